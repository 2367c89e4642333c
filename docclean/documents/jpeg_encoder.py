"""A page as JPEG in memory, never much larger than the input."""

import io
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image, ImageFile

from docclean.core.page import SHEET_PIXELS, ColorMode
from docclean.documents.exif import exif_of
from docclean.documents.image_samples import image_of
from docclean.documents.resolution import CM_PER_INCH
from docclean.documents.samples import Samples

_QUALITY = 90
_SUM_AT_QUALITY = 736
"""Sum of the first quantization table at quality 90.

Source:
    ITU-T T.81, table K.1, scaled by 0.2 as libjpeg does for quality 90.
"""
_JFIF_START = b"\xff\xd8\xff\xe0\x00\x10JFIF\0"
_CM_TOLERANCE = 0.001
_LONGEST_EXIF = 65_533
"""A JPEG segment has 16 bits for its length, which counts itself.

Source:
    ITU-T T.81, section B.1.1.4.
"""
_MOST_BYTES_PER_SAMPLE = 2
"""Noise with tables of ones takes 1.4."""

_one_room = threading.Lock()

_FULL_COLOR = 0
"""Subsampling 4:4:4 for pages that were not JPEG: colored strokes one px wide keep their color."""


def encode_jpeg(
    samples: Samples,
    resolution_dpi: tuple[float, float] | None,
    facts: dict[str, Any],
    *,
    keeps_profile: bool = True,
    quality: int | None = None,
) -> bytes:
    """Encode with the input's own quantization tables where they are finer than quality 90 or 90 would be larger.

    The own tables bring blocks that were not touched back almost exactly, and about the input's size; otherwise quality
    90 keeps what cleaning did.

    Args:
        samples: 8-bit grey, RGB or CMYK without alpha.
        resolution_dpi: Resolution, or None.
        facts: What `read_encoding` said about the input, if it held JPEG data; and "origin", the page's.
        keeps_profile: Whether the color profile goes into the stream.
        quality: libjpeg's, 1..100, in place of all that; None chooses as said.

    Returns:
        A JPEG file.
    """
    options: dict[str, Any] = {"progressive": facts.get("progressive", False)}
    if samples.mode is ColorMode.RGB:
        subsampling = facts.get("subsampling", _FULL_COLOR)
        options["subsampling"] = subsampling if subsampling >= 0 else _FULL_COLOR
    if resolution_dpi is not None:
        options["dpi"] = resolution_dpi
    exif = exif_of(origin, resolution_dpi) if (origin := facts.get("origin")) else b""
    if len(exif) <= _LONGEST_EXIF:
        options["exif"] = exif
    if keeps_profile and samples.icc_profile is not None:
        options["icc_profile"] = samples.icc_profile
    if quality is None:
        data = _smallest_enough(samples, options, facts)
    else:
        data = _encoded(samples, options | {"quality": quality})
    return _with_exact_density(data, resolution_dpi)


def _smallest_enough(samples: Samples, options: dict[str, Any], facts: dict[str, Any]) -> bytes:
    tables = facts.get("quantization")
    if not tables:
        return _encoded(samples, options | {"quality": _QUALITY})
    own = options | {"qtables": [tables[number] for number in sorted(tables)]}
    if sum(next(iter(tables.values()))) <= _SUM_AT_QUALITY:
        return _encoded(samples, own)
    data = _encoded(samples, options | {"quality": _QUALITY})
    return data if len(data) <= facts.get("size_bytes", 0) else min(data, _encoded(samples, own), key=len)


def _with_exact_density(data: bytes, resolution_dpi: tuple[float, float] | None) -> bytes:
    """State the resolution in dots per cm where only that is a whole number; Pillow rounds to whole dpi.

    Source:
        ITU-T T.871, section 10.1 (JFIF APP0: units at byte 13 of the file, then the two densities).
    """
    if resolution_dpi is None or not data.startswith(_JFIF_START):
        return data
    per_cm = [dpi / CM_PER_INCH for dpi in resolution_dpi]
    is_whole_dpi = all(dpi == round(dpi) for dpi in resolution_dpi)
    if is_whole_dpi or any(abs(density - round(density)) > _CM_TOLERANCE for density in per_cm):
        return data
    return data[:13] + struct.pack(">BHH", 2, *map(round, per_cm)) + data[18:]


def _encoded(samples: Samples, options: dict[str, Any]) -> bytes:
    image, file = image_of(samples), io.BytesIO()
    if image.width * image.height > SHEET_PIXELS:  # tables of its own would take two bytes of memory for each sample
        return _encoded_piecewise(image, options)
    try:
        with _room(_MOST_BYTES_PER_SAMPLE * samples.stored.data.size):
            image.save(file, "JPEG", optimize=True, **options)
    except OSError:  # should the room not be enough: plain baseline files are written piece by piece
        return _encoded_piecewise(image, options)
    return file.getvalue()


def _encoded_piecewise(image: Image.Image, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **(options | {"progressive": False}))
    return file.getvalue()


@contextmanager
def _room(size_bytes: int) -> Iterator[None]:
    """Have Pillow reserve this much for a file that libjpeg wants to write in one go.

    Pillow's own guess is too small for noise with fine tables (seen with Pillow 13): libjpeg prints to the terminal and
    gives up. Its lower limit is a value of the process, so one thread at a time may raise it; memory that the file does
    not need is reserved but not touched.
    """
    with _one_room:
        before = ImageFile.MAXBLOCK
        ImageFile.MAXBLOCK = max(before, size_bytes)
        try:
            yield
        finally:
            ImageFile.MAXBLOCK = before
