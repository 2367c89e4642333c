"""A page out of a file: pixels, the samples as they were stored, and what must survive cleaning."""

import re
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageFile, TiffImagePlugin, UnidentifiedImageError

from docclean.core.errors import MissingPageError, ReadError
from docclean.core.files import explain_read_fault
from docclean.core.memory import give_back
from docclean.core.page import SHEET_PIXELS, Page, PageSource, StoredSamples
from docclean.documents.decoding import MAX_PAGE_PIXELS, decoding
from docclean.documents.deep_jpeg2000 import with_right_colors
from docclean.documents.deep_reader import has_deep_samples, raw_mode_of, read_deep
from docclean.documents.encoding import read_encoding
from docclean.documents.exif import read_origin
from docclean.documents.formats import SUFFIXES
from docclean.documents.image_samples import read_samples
from docclean.documents.jpeg2000 import read_profile
from docclean.documents.orientation import UPRIGHT, turned, turns_sideways
from docclean.documents.pdf_opening import is_pdf
from docclean.documents.pdf_page_reader import SHOWN_DPI, read_pdf_page
from docclean.documents.resolution import read_resolution
from docclean.documents.samples import Samples, shown_pixels
from docclean.documents.tiff_directories import follow_pages, read_directory
from docclean.documents.tiff_pages import HAS_NO_PAGE, IS_LOST, is_described, starting_at

_MAGICS = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"BM",
    b"RIFF",
    b"GIF8",
    b"\0\0\0\x0cjP",
)
_HEADER_BYTES = 1 << 22
_DIGITS = re.compile(r"\d+")
_UNKNOWN = "is not an image of a known kind (PDF, PNG, JPEG, TIFF, BMP, WebP, JPEG 2000, PNM or GIF); convert it first."
_DAMAGED = "is damaged or cut off; copy or scan it again."
_BREAKS_OFF = (
    "page {}, and whatever comes behind it, cannot be found, because the file's list of pages is damaged or cut off "
    "there; copy or scan it again."
)
_NO_MEMORY = "does not fit into memory; close other programs or scan it at a lower resolution."
_TOO_LARGE = f"has more than {MAX_PAGE_PIXELS // 1_000_000} million pixels; scan it at a lower resolution or in parts."


def read_page(source: PageSource, *, kept_dpi: float = SHOWN_DPI) -> Page:
    """Read one page, upright. May be called in several threads at once.

    The arrays of the page are read-only, because `pixels`, `original` and `stored` may share memory.

    Args:
        source: A file and a page number.
        kept_dpi: Resolution at which a page of a PDF is drawn that is kept as it is.

    Returns:
        The page; its `encoding` is what `read_encoding` gives, or for a page of a PDF `read_pdf_page`, and for a
        palette also "palette", (N, 4), uint8, RGBA.

    Raises:
        ReadError: Whatever is wrong with the file, in one sentence; no other fault of a file gets out of here.
    """
    path = source.path
    try:
        size_bytes = _checked_size(path)
        with decoding() as heard:
            if is_pdf(path):
                page = read_pdf_page(source, kept_dpi=kept_dpi)
            else:
                with path.open("rb") as file:
                    page = _read(file, source, size_bytes)
    except ReadError:
        raise
    except Exception as fault:  # Pillow lets struct.error, SyntaxError, zlib.error and more out of damaged files.
        sentence = _explained(fault)
        if sentence == _DAMAGED and source.pages > 1:
            sentence = f"page {source.page + 1} {_DAMAGED}"
        raise ReadError(path, sentence) from fault
    if page.size.height * page.size.width > SHEET_PIXELS:
        give_back()
    return replace(page, warnings=page.warnings + _flaws(heard))


def _flaws(heard: Sequence[str]) -> tuple[str, ...]:
    """Put what was heard into sentences, one for all messages that differ only in their numbers."""
    kinds: dict[str, list[str]] = {}
    for message in dict.fromkeys(heard):
        kinds.setdefault(_DIGITS.sub("", message), []).append(message.rstrip("."))
    return tuple(
        f"The file has a flaw that was passed over: {first}" + (f", and {len(others)} more like it." if others else ".")
        for first, *others in kinds.values()
    )


def _explained(fault: Exception) -> str:
    if isinstance(fault, MemoryError):
        return _NO_MEMORY
    if isinstance(fault, Image.DecompressionBombError):
        return _TOO_LARGE
    if isinstance(fault, OSError) and fault.errno is not None:
        return explain_read_fault(fault)
    return _DAMAGED


def _checked_size(path: Path) -> int:
    """Give a file's size in bytes; refuse what would block or cannot be an image."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise ReadError(path, "is a folder; name it as a folder to read the images in it.")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError(path, "is a device or a pipe, not a file; save its contents as a file first.")
    if status.st_size == 0:
        raise ReadError(path, "is empty; copy or scan it again.")
    return status.st_size


def _read(file: BinaryIO, source: PageSource, size_bytes: int) -> Page:
    image = _opened(file, source)
    notes: list[str] = []
    if image.format != "TIFF" and getattr(image, "is_animated", False):
        notes.append("The file has several pictures; only the first one is used.")
    # Pillow turns TIFF pages by itself while it decodes them, and no others.
    tiff_orientation = _tags(image).get(ExifTags.Base.Orientation, UPRIGHT)
    samples = _decoded(image, file, source, notes)
    tags = _tags(image) if image.format == "TIFF" else _exif(image, notes)
    orientation = tiff_orientation if image.format == "TIFF" else tags.get(ExifTags.Base.Orientation, UPRIGHT)
    resolution = read_resolution(image, tags)
    if resolution is not None and turns_sideways(orientation):
        resolution = (resolution[1], resolution[0])
    encoding = read_encoding(image, file, size_bytes)
    if encoding.get("bits", 8) > 8 and image.format == "JPEG2000" and image.mode != "I;16":
        notes.append("The colors have more than 8 bits each; they were reduced to 8 bits.")
    if samples.palette is not None:
        encoding["palette"] = samples.palette
    if image.format != "TIFF":
        samples = replace(samples, stored=_upright(samples.stored, orientation))
    page = _page(samples, resolution, "JPEG" if image.format == "MPO" else str(image.format), encoding, notes)
    return replace(page, origin=_origin(tags, page))


def _page(
    samples: Samples,
    resolution: tuple[float, float] | None,
    file_format: str,
    encoding: dict[str, Any],
    notes: list[str],
) -> Page:
    pixels = shown_pixels(samples)
    for array in (pixels, samples.stored.data, samples.stored.alpha):
        if array is not None:
            array.flags.writeable = False
    return Page(
        pixels=pixels,
        original=pixels,
        stored=samples.stored,
        resolution_dpi=resolution,
        icc_profile=samples.icc_profile,
        file_format=file_format,
        encoding=encoding,
        warnings=tuple(notes),
    )


def _opened(file: BinaryIO, source: PageSource) -> ImageFile.ImageFile:
    """Open a page without decoding it."""
    if source.pages > 1:
        _refuse_lost(file, source)
    try:
        image = Image.open(file, formats=tuple(SUFFIXES))
    except UnidentifiedImageError as fault:
        file.seek(0)
        raise ReadError(source.path, _explain_unidentified(file.read(16))) from fault
    if source.page:
        image = _turned_to(image, file, source)
    if image.width * image.height > MAX_PAGE_PIXELS:
        raise ReadError(source.path, _TOO_LARGE)
    return image


def _refuse_lost(file: BinaryIO, source: PageSource) -> None:
    """Refuse a page of a TIFF file that nothing leads to or describes; Pillow makes blank pages of some of them."""
    with suppress(ValueError):
        chain = follow_pages(file)
        if source.page < len(chain.offsets):
            place = chain.offsets[source.page]
            if not is_described(read_directory(file, chain.layout, place, forgives=True)):
                raise MissingPageError(source.path, IS_LOST.format(source.page + 1))
        elif chain.is_broken and source.page == len(chain.offsets):
            raise MissingPageError(source.path, _BREAKS_OFF.format(source.page + 1))
    file.seek(0)


def _turned_to(image: ImageFile.ImageFile, file: BinaryIO, source: PageSource) -> ImageFile.ImageFile:
    """Go to a page that is not the first."""
    try:
        image.seek(source.page)
    except EOFError as fault:
        chain = follow_pages(file) if image.format == "TIFF" else None
        if chain is None or source.page >= len(chain.offsets):
            raise ReadError(source.path, HAS_NO_PAGE.format(source.page + 1)) from fault
        # Pillow goes no further than to a page that has a damaged tag.
        return Image.open(starting_at(file, chain, source.page), formats=("TIFF",))
    return image


def _explain_unidentified(start: bytes) -> str:
    return _DAMAGED if start.startswith(_MAGICS) else _UNKNOWN


def _decoded(image: ImageFile.ImageFile, file: BinaryIO, source: PageSource, notes: list[str]) -> Samples:
    """Decode the samples, as they lie in the file except that Pillow turns TIFF pages upright."""
    raw_mode, was_lab = raw_mode_of(image), image.mode == "LAB"
    if has_deep_samples(image):
        samples = read_deep(image, lambda: _opened(file, source))
    else:
        image.load()
        samples = read_samples(_with_right_colors(image, file), raw_mode, notes)
        if ";16" in raw_mode and image.mode.startswith("RGB"):
            notes.append("The colors have 16 bits each; they were reduced to 8 bits.")
    return replace(samples, icc_profile=None if was_lab else _profile(image, file))


def _with_right_colors(image: ImageFile.ImageFile, file: BinaryIO) -> Image.Image:
    """Repair what Pillow makes of JPEG 2000 with deep colors."""
    if image.format != "JPEG2000":
        return image
    bits = read_encoding(image, file, 0).get("bits", 8)
    file.seek(0)
    return with_right_colors(image, file.read(), bits) if bits > 8 else image


def _profile(image: Image.Image, file: BinaryIO) -> bytes | None:
    profile = image.info.get("icc_profile")
    if image.format == "TIFF":
        # Pillow keeps the first page's profile for later pages that have none; the tags do not.
        profile = _tags(image).get(TiffImagePlugin.ICCPROFILE)
    elif image.format == "JPEG2000":
        file.seek(0)
        profile = read_profile(file.read(_HEADER_BYTES))
    return profile if isinstance(profile, bytes) and profile else None


def _tags(image: Image.Image) -> Mapping[int, Any]:
    return image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}


def _origin(tags: Mapping[int, Any], page: Page) -> dict[int, Any]:
    try:
        return read_origin(tags, (page.size.width, page.size.height))
    except Exception:  # noqa: BLE001 - damaged EXIF raises anything, and that is worth no page
        return {}


def _exif(image: Image.Image, notes: list[str]) -> Mapping[int, Any]:
    try:
        return _whole(image.getexif())
    except Exception:  # noqa: BLE001 - damaged EXIF raises anything, and the page can be read without it
        notes.append("The EXIF data is damaged; orientation and resolution were not taken from it.")
        return {}


def _whole(exif: Image.Exif) -> Image.Exif:
    """Read all of it now, while faults are expected."""
    dict(exif)
    return exif


def _upright(stored: StoredSamples, orientation: int) -> StoredSamples:
    alpha = None if stored.alpha is None else turned(stored.alpha, orientation)
    return replace(stored, data=turned(stored.data, orientation), alpha=alpha)
