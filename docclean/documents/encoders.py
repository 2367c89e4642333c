"""A page as the bytes of a file, in any format that can be written."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docclean.core.errors import WriteError
from docclean.core.page import Page
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
from docclean.documents.tiff_encoder import encode_tiff

_WEBP_QUALITY = 90
_OPAQUE = 255
_NO_MEMORY = "could not be written for want of memory; close other programs and try again."

Resolution = tuple[float, float] | None


class PageTooLargeError(ValueError):
    """The format cannot hold a page of this size; the message says so in one sentence."""


def encode_page(page: Page, file_format: str) -> tuple[bytes, tuple[str, ...]]:
    """Encode a page the way its file was encoded, as far as the format allows.

    Args:
        page: The page as cleaning left it.
        file_format: A format in `docclean.documents.formats.OUTPUT_SUFFIXES`.

    Returns:
        The file, and a sentence for each thing that could not be kept.

    Raises:
        PageTooLargeError: The format cannot hold a page of this height or width.
    """
    largest = LARGEST_SIDE.get(file_format)
    if largest is not None and max(page.size) > largest:
        raise PageTooLargeError(f"cannot be {file_format}, which ends at {largest} px a side; choose TIFF or PNG.")
    if file_format == "PDF":
        return encode_pdf(page)
    changed, change_notes = changed_samples(page)
    samples, fit_notes = fitted(changed, file_format)
    facts = (page.encoding if page.file_format == file_format else {}) | {"origin": page.origin}
    data = _ENCODERS[file_format](samples, page.resolution_dpi, facts)
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


def _encode_webp(samples: Samples, resolution_dpi: Resolution, facts: dict[str, Any]) -> bytes:
    options: dict[str, Any] = {"exact": True}
    options |= {"lossless": True} if facts.get("lossless") else {"quality": _WEBP_QUALITY}
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
    "JPEG": encode_jpeg,
    "TIFF": encode_tiff,
    "WEBP": _encode_webp,
    "JPEG2000": encode_jpeg2000,
    "BMP": _encode_bmp,
    "PPM": _encode_pnm,
    "GIF": _encode_gif,
}
