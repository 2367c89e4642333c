"""Samples with 16 bits per color, which Pillow cuts to 8 bits on reading.

Pillow can be told which byte of each sample to keep, so a page is decoded once for the high bytes and once for the low
ones. tests/unit/documents/test_deep.py tells when a Pillow version gives all 16 bits and this module can go.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from docclean.core.page import ColorMode, StoredSamples
from docclean.documents.samples import Samples

_FIRST_BYTE, _SECOND_BYTE = "16B", "16L"
_Arguments = tuple[Any, ...] | str | None
_COLOR_MODES = {"RGB": 3, "RGBA": 4}


def raw_mode_of(image: ImageFile.ImageFile) -> str:
    """Tell how Pillow finds the samples in the file, e.g. "RGB;16B"; empty when it does not say."""
    return _raw_mode(image.tile[0].args) if image.tile else ""


def has_deep_samples(image: ImageFile.ImageFile) -> bool:
    """Whether `read_deep` can give more than Pillow does. Ask before the image is decoded."""
    raw_modes = {_raw_mode(tile.args) for tile in image.tile}
    if len(raw_modes) != 1:
        return False
    layout, _, bits = raw_modes.pop().partition(";")
    return (layout, bits) == ("LA", "16B") or (layout in _COLOR_MODES and bits in ("16B", "16L", "16N"))


def read_deep(image: ImageFile.ImageFile, reopened: Callable[[], ImageFile.ImageFile]) -> Samples:
    """Read 16-bit color, or 16-bit grey with alpha.

    Args:
        image: Opened, not decoded; is decoded afterwards.
        reopened: Opens the same page anew.

    Returns:
        Samples, upright as far as Pillow turns them; mode RGB16 or GRAY16.
    """
    raw_mode = raw_mode_of(image)
    if raw_mode == "LA;16B":
        halves = _decoded(image, "RGBA").astype(np.uint16)
        both = halves[:, :, ::2] << 8 | halves[:, :, 1::2]
        gray, alpha = (np.ascontiguousarray(both[:, :, band]) for band in (0, 1))
        return Samples(StoredSamples(ColorMode.GRAY16, gray, alpha))
    layout, bits = raw_mode.split(";")
    # PNG and uncompressed TIFF give the bytes in file order, libtiff ("16N") in the order of this machine.
    starts_high = bits == "16B" or (bits == "16N" and sys.byteorder == "big")
    high, low = (_FIRST_BYTE, _SECOND_BYTE) if starts_high else (_SECOND_BYTE, _FIRST_BYTE)
    data: NDArray[np.uint16] = np.left_shift(_decoded(image, f"{layout};{high}"), 8, dtype=np.uint16)
    data |= _decoded(reopened(), f"{layout};{low}")
    return Samples(_with_alpha(image, data))


def _with_alpha(image: Image.Image, data: NDArray[np.uint16]) -> StoredSamples:
    if data.shape[2] == _COLOR_MODES["RGBA"]:
        colors, alpha = np.ascontiguousarray(data[:, :, :3]), np.ascontiguousarray(data[:, :, 3])
        return StoredSamples(ColorMode.RGB16, colors, alpha)
    key = image.info.get("transparency")
    if key is None:
        return StoredSamples(ColorMode.RGB16, data)
    opaque = (data != np.array(key)).any(axis=2)
    return StoredSamples(ColorMode.RGB16, data, np.where(opaque, 65_535, 0).astype(np.uint16))


def _decoded(image: ImageFile.ImageFile, raw_mode: str) -> NDArray[np.uint8]:
    image.tile = [tile._replace(args=_replaced(tile.args, raw_mode)) for tile in image.tile]
    image.load()
    return np.array(image)


def _replaced(arguments: _Arguments, raw_mode: str) -> _Arguments:
    return (raw_mode, *arguments[1:]) if isinstance(arguments, tuple) else raw_mode


def _raw_mode(arguments: _Arguments) -> str:
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""
