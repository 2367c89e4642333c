"""A small picture of a page, as fast as the file's format allows. Not for measuring: colors are only about right."""

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from docclean.core.errors import ReadError
from docclean.core.files import explain_read_fault
from docclean.core.page import PageSize, PageSource, PixelArray
from docclean.documents.decoding import decoding
from docclean.documents.formats import SUFFIXES
from docclean.documents.orientation import UPRIGHT, turned, turns_sideways
from docclean.documents.pdf_opening import is_pdf
from docclean.documents.pdf_thumbnail import draw_pdf_thumbnail

LARGEST_PIXELS = 150_000_000
"""Larger pages get no picture unless their format can be decoded small, px; decoding them takes memory and time."""

_NO_PICTURE = "cannot be shown small; clean it to see what is wrong."


def read_thumbnail(source: PageSource, box: PageSize) -> PixelArray:
    """Read a page upright and small. May be called in several threads at once.

    Args:
        source: The page.
        box: The picture fits into this, px; a smaller page stays as it is.

    Returns:
        (H, W, 1) for pages without color, else (H, W, 3), uint8.

    Raises:
        ReadError: The page cannot be read, or is too large for a small picture.
    """
    try:
        if is_pdf(source.path):
            return draw_pdf_thumbnail(source, box, LARGEST_PIXELS)
        with decoding(), Image.open(source.path, formats=tuple(SUFFIXES)) as image:
            if source.page:
                image.seek(source.page)
            return _small(image, box, source.path)
    except ReadError:
        raise
    except OSError as fault:
        raise ReadError(source.path, explain_read_fault(fault) if fault.errno else _NO_PICTURE) from fault
    except Exception as fault:  # Pillow lets struct.error, SyntaxError, zlib.error and more out of damaged files.
        raise ReadError(source.path, _NO_PICTURE) from fault


def _small(image: Image.Image, box: PageSize, path: Path) -> PixelArray:
    # Pillow turns TIFF pages by itself while it decodes them, and no others.
    orientation = UPRIGHT if image.format == "TIFF" else _orientation(image)
    width, height = (box.height, box.width) if turns_sideways(orientation) else (box.width, box.height)
    image.draft("RGB" if image.mode in ("YCbCr", "CMYK") else image.mode, (width, height))
    if image.width * image.height > LARGEST_PIXELS:
        raise ReadError(path, _NO_PICTURE)
    plain = _plain(image)
    plain.thumbnail((width, height), Image.Resampling.BOX, reducing_gap=2.0)
    samples = np.asarray(plain, dtype=np.uint8)
    return turned(samples.reshape(*samples.shape[:2], -1), orientation)


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except Exception:  # noqa: BLE001 - damaged EXIF raises anything, and the picture can be shown without it
        return UPRIGHT
    return orientation if isinstance(orientation, int) else UPRIGHT


def _plain(image: Image.Image) -> Image.Image:
    """Bring any mode to L or RGB; what is transparent is shown on white."""
    image.load()
    if image.mode.startswith("I"):
        samples = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
        return Image.fromarray((samples >> 8).astype(np.uint8))
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        page = Image.new("RGBA", layer.size, "white")
        page.alpha_composite(layer)
        return page.convert("RGB")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode in ("1", "F") else "RGB")
