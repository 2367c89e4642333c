"""A page out of a PDF file: the scan on it at its own pixels, or a drawing of what it shows."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PIL import Image

from docclean.core.errors import DoccleanError, ReadError
from docclean.core.page import ColorMode, Page, PageSource, PixelArray, StoredSamples
from docclean.documents.decoding import MAX_PAGE_PIXELS
from docclean.documents.orientation import turned, turns_sideways
from docclean.documents.pdf_contents import PageContents, PageKind, PlacedImage
from docclean.documents.pdf_drawing import draw_page, drawn_size
from docclean.documents.pdf_geometry import (
    Box,
    covers,
    mapped_box,
    orientation_of,
    placed_dpi,
    rotation_of,
    shown_box,
    user_unit,
)
from docclean.documents.pdf_image_data import ImageDataError
from docclean.documents.pdf_image_reader import read_pdf_image
from docclean.documents.pdf_inspection import look_at_page
from docclean.documents.pdf_opening import drawable_page, opened_pdf, was_repaired
from docclean.documents.samples import Samples, levels_of, shown_pixels

if TYPE_CHECKING:
    import pikepdf

SHOWN_DPI = 150
"""Resolution at which a page is drawn that is only looked at."""

KEPT_DPI = 300
"""Resolution at which a page is drawn that is kept, but in a file that holds pixels only."""

_FINEST_DPI, _COARSEST_DPI = 1200.0, 30.0
_SHARE_THAT_COUNTS = 0.02
_SLACK = 0.01
_DECIMALS = 3
_IS_DRAWN = "This page is no scan and stays as it is; --pdf-pages render cleans such pages too."
_IS_EMPTY = "This page has no contents that could be cleaned; it stays as it is."
_WAS_DRAWN = "This page is no scan; it was drawn at {dpi:g} dpi."
_IS_COMPOSITE = "This page is put together from several parts; it was drawn at {dpi:g} dpi."
_IS_PART = "The page shows a part of its image only; all of the image was taken."
_WAS_SLANTED = "The image lies on the page at a slant; it was taken upright."
_WAS_REPAIRED = "The PDF file is damaged in places; it was repaired as far as possible, so look whether all is there."
_REMEDY = "Save the file anew with another program, or scan the page again."
_DAMAGED = "its image is damaged or cut off; save the file anew with another program, or scan the page again."
_TOO_LARGE = f"has more than {MAX_PAGE_PIXELS // 1_000_000} million pixels at that resolution; choose a lower one."


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page of an open file."""

    source: PageSource
    page: "pikepdf.Page"
    contents: PageContents
    unit: float
    rotation: int

    def fault(self, sentence: str) -> ReadError:
        """A fault of this page."""
        return ReadError(self.source.path, f"page {self.source.page + 1}: {sentence}")


def read_pdf_page(source: PageSource, *, kept_dpi: float = SHOWN_DPI) -> Page:
    """Read a page, upright as viewers show it. May be called in several threads; be in a block of `decoding`.

    Args:
        source: A PDF file and a page number.
        kept_dpi: Resolution at which a page is drawn that is kept, because it is empty, or no scan and
            `source.render_dpi` is None.

    Returns:
        A page of file format "PDF". A SCAN has its image's own samples, turned upright as `encoding["orientation"]`
        says (a value of EXIF's orientation tag that applies to the samples as they lie in the file); the rest of
        `encoding` is what `read_pdf_image` gives. Other pages are drawn, a COMPOSITE one at the resolution of its
        finest image; their orientation is 1.

    Raises:
        ReadError: The file or the page cannot be read.
        MemoryError: It does not fit.
    """
    with opened_pdf(source.path) as pdf:
        sheet = _look_up(pdf, source)
        is_scan = sheet.contents.kind is PageKind.SCAN
        page = _read_scan(sheet, sheet.contents.images[0]) if is_scan else _read_drawn(sheet, kept_dpi)
        return replace(page, warnings=(*page.warnings, _WAS_REPAIRED)) if was_repaired(source.path) else page


def _look_up(pdf: "pikepdf.Pdf", source: PageSource) -> _Sheet:
    if source.page >= len(pdf.pages):
        raise ReadError(source.path, f"has no page {source.page + 1}; open it again.")
    page = pdf.pages[source.page]
    return _Sheet(source, page, look_at_page(page), user_unit(page), rotation_of(page))


def _read_scan(sheet: _Sheet, placed: PlacedImage) -> Page:
    try:
        read = read_pdf_image(placed.image)
    except ImageDataError as fault:
        raise sheet.fault(f"its image {fault} {_REMEDY}") from fault
    except (DoccleanError, MemoryError, Image.DecompressionBombError):
        raise
    except Exception as fault:  # Pillow lets struct.error, SyntaxError, zlib.error and more out of damaged data.
        raise sheet.fault(_DAMAGED) from fault
    orientation = orientation_of(placed.matrix, sheet.rotation)
    height, width = read.samples.stored.data.shape[:2]
    resolution = placed_dpi(placed.matrix, (width, height), sheet.unit)
    if resolution is not None and turns_sideways(orientation):
        resolution = resolution[1], resolution[0]
    encoding = {**read.encoding, "orientation": orientation}
    if read.samples.palette is not None:
        encoding["palette"] = read.samples.palette
    notes = (*read.notes, *_notes_of_place(sheet, placed))
    stored = StoredSamples(read.samples.mode, turned(read.samples.stored.data, orientation))
    samples = Samples(stored, read.samples.palette, read.samples.icc_profile)
    return _page(samples, resolution, encoding, notes)


def _notes_of_place(sheet: _Sheet, placed: PlacedImage) -> tuple[str, ...]:
    """Say what about the place of an image is not what viewers show."""
    a, b, c, d = placed.matrix[:4]
    slant = min(max(abs(a * c), abs(b * d)), max(abs(a * b), abs(c * d)))
    around = mapped_box(placed.matrix)
    notes = [_IS_PART] if around is not None and not covers(shown_box(sheet.page), around, _SLACK) else []
    return (*notes, _WAS_SLANTED) if slant > _SLACK * abs(a * d - b * c) else tuple(notes)


def _read_drawn(sheet: _Sheet, kept_dpi: float) -> Page:
    """Draw a page that is no scan."""
    kind, asked_dpi = sheet.contents.kind, sheet.source.render_dpi
    is_kept = kind is PageKind.EMPTY or (kind is PageKind.DRAWN and asked_dpi is None)
    if is_kept:
        dpi, note = kept_dpi, _IS_EMPTY if kind is PageKind.EMPTY else _IS_DRAWN
    elif kind is PageKind.DRAWN:
        dpi, note = float(asked_dpi or KEPT_DPI), _WAS_DRAWN
    else:
        dpi, note = _finest_dpi(sheet), _IS_COMPOSITE
    pixels, dpi = _draw(sheet, dpi, has_notes=is_kept, may_be_coarser=kind is PageKind.COMPOSITE or is_kept)
    stored = _stored(pixels, is_bilevel=kind is PageKind.COMPOSITE and _has_two_levels(sheet.contents))
    encoding = {
        "size_bytes": _packed_bytes(sheet.contents),
        "orientation": 1,
        "bits": 1 if stored.mode is ColorMode.BILEVEL else 8,
        "is_composite": kind is PageKind.COMPOSITE,
    }
    return replace(_page(Samples(stored), (dpi, dpi), encoding, (note.format(dpi=dpi),)), is_kept=is_kept)


def _draw(sheet: _Sheet, dpi: float, *, has_notes: bool, may_be_coarser: bool) -> tuple[PixelArray, float]:
    """Draw a page; at a lower resolution than asked for if it would be too large and that is allowed."""
    try:
        with drawable_page(sheet.source.path, sheet.source.page) as page:
            size = drawn_size(page, dpi, sheet.unit)
            if size.height * size.width > MAX_PAGE_PIXELS:
                if not may_be_coarser:
                    raise sheet.fault(_TOO_LARGE)
                dpi = math.floor(dpi * math.sqrt(MAX_PAGE_PIXELS / (size.height * size.width)))
                size = drawn_size(page, dpi, sheet.unit)
            return draw_page(page, size, has_notes=has_notes), dpi
    except (RuntimeError, ValueError) as fault:  # pdfium's, and that of a page with less than a pixel
        raise sheet.fault("it cannot be drawn; save it anew with another program.") from fault


def _finest_dpi(sheet: _Sheet) -> float:
    """Give the resolution of the finest image that is not tiny, dpi."""
    known: list[tuple[bool, float]] = []
    page_area = _area(shown_box(sheet.page))
    for placed in sheet.contents.images:
        around = mapped_box(placed.matrix)
        for size in _sizes(placed.image):
            dpi = placed_dpi(placed.matrix, size, sheet.unit)
            if dpi is not None and around is not None:
                known.append((_area(around) >= _SHARE_THAT_COUNTS * page_area, max(dpi)))
    finest = max(known, default=(True, float(KEPT_DPI)))[1]
    return float(round(min(max(finest, _COARSEST_DPI), _FINEST_DPI)))


def _sizes(image: "pikepdf.Object") -> Iterator[tuple[int, int]]:
    """Give the width and height of an image and of its masks, px: text may be in the mask, and the image its color."""
    for part in (image, image.get("/SMask"), image.get("/Mask")):
        with suppress(AttributeError, KeyError, TypeError, ValueError):  # no mask, or one that does not say its size
            yield int(part["/Width"]), int(part["/Height"])  # type: ignore[index]  # what is no mask raises


def _packed_bytes(contents: PageContents) -> int:
    """Give how many bytes the images of a page and their masks take in the file."""
    lengths: dict[tuple[int, int], int] = {}
    for placed in contents.images:
        for part in (placed.image, placed.image.get("/SMask"), placed.image.get("/Mask")):
            with suppress(AttributeError, KeyError, TypeError, ValueError):  # no mask, or one of colors
                lengths[part.objgen] = int(part["/Length"])  # type: ignore[union-attr,index]  # what is no mask raises
    return sum(lengths.values())


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _has_two_levels(contents: PageContents) -> bool:
    """Whether only two-level images are on a page, and it is known which images are."""
    images = [placed.image for placed in contents.images]
    return bool(images) and all(
        image.get("/ImageMask", False) or image.get("/BitsPerComponent") == 1 for image in images
    )


def _stored(pixels: PixelArray, *, is_bilevel: bool) -> StoredSamples:
    if pixels.shape[2] > 1:
        return StoredSamples(ColorMode.RGB, pixels)
    gray = pixels[:, :, 0]
    return StoredSamples(ColorMode.BILEVEL, levels_of(gray)) if is_bilevel else StoredSamples(ColorMode.GRAY, gray)


def _page(
    samples: Samples, resolution_dpi: tuple[float, float] | None, encoding: dict[str, Any], notes: tuple[str, ...]
) -> Page:
    pixels = shown_pixels(samples)
    for array in (pixels, samples.stored.data):
        array.flags.writeable = False
    if resolution_dpi is not None:
        resolution_dpi = round(resolution_dpi[0], _DECIMALS), round(resolution_dpi[1], _DECIMALS)
    return Page(
        pixels=pixels,
        original=pixels,
        stored=samples.stored,
        resolution_dpi=resolution_dpi,
        icc_profile=samples.icc_profile,
        file_format="PDF",
        encoding=encoding,
        warnings=notes,
    )
