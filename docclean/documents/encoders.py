"""A page as the bytes of a file, in any format that can be written."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docclean.core.errors import WriteError
from docclean.core.job import Compression, Storage
from docclean.core.page import ColorMode, Page
from docclean.documents.changes import changed_samples
from docclean.documents.exif import exif_of
from docclean.documents.fitting import fitted
from docclean.documents.formats import LARGEST_SIDE
from docclean.documents.image_samples import image_of
from docclean.documents.jpeg2000 import encode_jpeg2000
from docclean.documents.jpeg_encoder import encode_jpeg
from docclean.documents.pdf_encoder import encode_pdf
from docclean.documents.png_encoder import encode_png
from docclean.documents.samples import Samples
from docclean.documents.tiff_encoder import encode_tiff, packed_for_tiff

_WEBP_QUALITY = 90
_OPAQUE = 255
_AS_IT_CAME = Storage()
_PACKED_BY_CHOICE = ("PDF", "TIFF")
_WITH_QUALITY = ("PDF", "TIFF", "JPEG", "WEBP", "JPEG2000")
_NO_MEMORY = "could not be written for want of memory; close other programs and try again."

Resolution = tuple[float, float] | None


class PageTooLargeError(ValueError):
    """The format cannot hold a page of this size; the message says so in one sentence."""


def stays_as_read(page: Page, file_format: str, storage: Storage) -> bool:
    """Whether the input's own bytes may stand for a page: nothing changed, and nothing is to be packed otherwise.

    A page in two levels is never packed anew for nothing: its file may know a smaller way than we do.
    """
    if not page.is_as_read or page.file_format != file_format:
        return False
    if page.stored.mode is ColorMode.BILEVEL:
        return True
    is_repacked = storage.compression is not Compression.KEEP and file_format in _PACKED_BY_CHOICE
    return not is_repacked and (storage.quality is None or file_format not in _WITH_QUALITY)


def encode_page(page: Page, file_format: str, storage: Storage = _AS_IT_CAME) -> tuple[bytes, tuple[str, ...]]:
    """Encode a page the way its file was encoded, as far as the format allows, or the way that is asked for.

    Args:
        page: The page as cleaning left it.
        file_format: A format in `docclean.documents.formats.OUTPUT_SUFFIXES`.
        storage: How its samples are packed, in formats that leave a choice.

    Returns:
        The file, and a sentence for each thing that could not be kept.

    Raises:
        PageTooLargeError: The format cannot hold a page of this height or width.
    """
    largest = LARGEST_SIDE.get(file_format)
    if largest is not None and max(page.size) > largest:
        raise PageTooLargeError(f"cannot be {file_format}, which ends at {largest} px a side; choose TIFF or PNG.")
    if file_format == "PDF":
        return encode_pdf(page, storage)
    changed, change_notes = changed_samples(page)
    samples, fit_notes = fitted(changed, file_format)
    facts = (page.encoding if page.file_format == file_format else {}) | {"origin": page.origin}
    if file_format == "TIFF":
        samples, facts, pack_notes = packed_for_tiff(samples, facts, storage)
        fit_notes += pack_notes
    elif file_format == "JPEG2000":
        facts["as_read"] = page.stored
    data = _ENCODERS[file_format](samples, page.resolution_dpi, facts | {"quality": storage.quality})
    return data, tuple(dict.fromkeys(change_notes + fit_notes))


@contextmanager
def encoding_faults_explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong in `encode_page` into a `WriteError` about the file to write."""
    try:
        yield
    except PageTooLargeError as fault:
        raise WriteError(path, str(fault)) from fault
    except MemoryError as fault:
        raise WriteError(path, _NO_MEMORY) from fault


def _encode_jpeg(samples: Samples, resolution_dpi: Resolution, facts: dict[str, Any]) -> bytes:
    return encode_jpeg(samples, resolution_dpi, facts, quality=facts.get("quality"))


def _encode_jpeg2000(samples: Samples, resolution_dpi: Resolution, facts: dict[str, Any]) -> bytes:
    return encode_jpeg2000(samples, resolution_dpi, facts, quality=facts.get("quality"))


def _encode_webp(samples: Samples, resolution_dpi: Resolution, facts: dict[str, Any]) -> bytes:
    options: dict[str, Any] = {"exact": True}
    quality = facts.get("quality")
    options |= (
        {"lossless": True} if facts.get("lossless") and quality is None else {"quality": quality or _WEBP_QUALITY}
    )
    if exif := exif_of(facts.get("origin", {}), resolution_dpi):  # WebP has no other field for the resolution
        options["exif"] = exif
    return _saved(samples, "WEBP", options)


def _encode_bmp(samples: Samples, resolution_dpi: Resolution, facts: dict[str, Any]) -> bytes:  # noqa: ARG001 - all encoders are called alike
    return _saved(samples, "BMP", {} if resolution_dpi is None else {"dpi": resolution_dpi})


def _encode_pnm(samples: Samples, resolution_dpi: Resolution, facts: dict[str, Any]) -> bytes:  # noqa: ARG001 - all encoders are called alike
    return _saved(samples, "PPM", {})


def _encode_gif(samples: Samples, resolution_dpi: Resolution, facts: dict[str, Any]) -> bytes:  # noqa: ARG001 - all encoders are called alike
    options: dict[str, Any] = {"optimize": False}
    if samples.palette is not None and samples.stored.alpha is not None:
        options["transparency"] = int((samples.palette[:, 3] == _OPAQUE).argmin())
    return _saved(samples, "GIF", options)


def _saved(samples: Samples, file_format: str, options: dict[str, Any]) -> bytes:
    if samples.icc_profile is not None and file_format == "WEBP":
        options["icc_profile"] = samples.icc_profile
    file = io.BytesIO()
    image_of(samples).save(file, file_format, **options)
    return file.getvalue()


_ENCODERS: dict[str, Callable[[Samples, Resolution, dict[str, Any]], bytes]] = {
    "PNG": encode_png,
    "JPEG": _encode_jpeg,
    "TIFF": encode_tiff,
    "WEBP": _encode_webp,
    "JPEG2000": _encode_jpeg2000,
    "BMP": _encode_bmp,
    "PPM": _encode_pnm,
    "GIF": _encode_gif,
}
