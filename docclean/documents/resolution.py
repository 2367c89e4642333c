"""Resolution of a page in dots per inch, from wherever its file states it."""

import math
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

CM_PER_INCH = 2.54
_UNIT_INCH, _UNIT_CM = 2, 3
_SNAP_DPI = 0.0128
"""PNG and BMP count whole px per metre, so that a whole number of dpi comes back up to half of 0.0254 dpi off."""
_DECIMALS = 3
_MIN_DPI, _MAX_DPI = 1.0, 100_000.0


def read_resolution(image: Image.Image, exif: Mapping[int, Any]) -> tuple[float, float] | None:
    """Find the horizontal and vertical resolution that a file states.

    Args:
        image: Opened, not necessarily decoded.
        exif: Its EXIF tags, or the tags of a TIFF page, which have the same numbers; empty when it has none.

    Returns:
        Resolution, dpi; None when the file does not say, states no unit, or states nonsense such as 0 or 1.
    """
    return _sensible(_pillow_resolution(image)) or _sensible(_exif_resolution(exif))


def _pillow_resolution(image: Image.Image) -> tuple[Any, Any] | None:
    """Give the resolution that Pillow found, unless it may be invented or left over."""
    # Pillow invents 72 dpi for a JPEG whose EXIF does not state a resolution, so the unit of JFIF decides.
    if image.format in ("JPEG", "MPO") and image.info.get("jfif_unit") not in (1, 2):
        return None
    # Pillow keeps the first page's resolution for later pages of a TIFF that state none; the tags do not.
    return None if image.format == "TIFF" else image.info.get("dpi")


def _exif_resolution(exif: Mapping[int, Any]) -> tuple[Any, Any] | None:
    unit = exif.get(ExifTags.Base.ResolutionUnit, _UNIT_INCH)
    if unit not in (_UNIT_INCH, _UNIT_CM) or ExifTags.Base.XResolution not in exif:
        return None
    factor = CM_PER_INCH if unit == _UNIT_CM else 1.0
    horizontal = exif[ExifTags.Base.XResolution]
    vertical = exif.get(ExifTags.Base.YResolution, horizontal)
    try:
        return float(horizontal) * factor, float(vertical) * factor
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _sensible(stated: tuple[Any, Any] | None) -> tuple[float, float] | None:
    if stated is None:
        return None
    try:
        horizontal, vertical = (_snapped(float(value)) for value in stated)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if all(math.isfinite(value) and _MIN_DPI < value <= _MAX_DPI for value in (horizontal, vertical)):
        return horizontal, vertical
    return None


def _snapped(dpi: float) -> float:
    """Round to a whole number where the file can only have meant that: 300 comes from PNG as 299.9994."""
    if math.isfinite(dpi) and abs(dpi - round(dpi)) <= _SNAP_DPI:
        return float(round(dpi))
    return round(dpi, _DECIMALS)
