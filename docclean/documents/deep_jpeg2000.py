"""JPEG 2000 with more than 8 bits per color, which Pillow reduces wrongly.

Pillow 13.0 rounds when it cuts such samples to 8 bits, and what is rounded up from 255 becomes 0: white turns black.
OpenCV gives the samples as they are. tests/unit/documents/test_deep_jpeg2000.py tells when Pillow does it right and
this module can go.
"""

import contextlib
from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from docclean.core.page import PixelArray

_BYTE = 255
_CHANNELS = {"RGB": 3, "RGBA": 4}
_BLUE_FIRST = {3: [2, 1, 0], 4: [2, 1, 0, 3]}


def with_right_colors(image: Image.Image, data: bytes, bits: int) -> Image.Image:
    """Give a decoded image whose deep colors are reduced to 8 bits as they should be.

    Args:
        image: As Pillow decoded it.
        data: The JPEG 2000 file or codestream that it came from.
        bits: Bits per color as the codestream says.

    Returns:
        `image` itself unless it has colors with more than 8 bits; also when OpenCV cannot read it, because its colors
        differ in depth or are subsampled.
    """
    if bits <= 8 or image.mode not in _CHANNELS:
        return image
    deep = _decoded(data)
    if deep is None or deep.shape != (image.height, image.width, _CHANNELS[image.mode]) or deep.dtype != np.uint16:
        return image
    reduced = Image.fromarray(_reduced(deep, bits))
    reduced.info = image.info
    return reduced


def _decoded(data: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint16]] | None":
    try:
        with _quiet():
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    return None if decoded is None or decoded.ndim != 3 else decoded.astype(np.uint16, casting="no")


def _reduced(deep: "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]", bits: int) -> PixelArray:
    """Cut (H, W, C) samples to 8 bits, line by line because they are large, and put red first."""
    largest = (1 << bits) - 1
    table = ((np.arange(largest + 1, dtype=np.uint32) * _BYTE + largest // 2) // largest).astype(np.uint8)
    return np.ascontiguousarray(table[np.minimum(deep, largest)][:, :, _BLUE_FIRST[deep.shape[2]]])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenCV from printing what it thinks of a file; the file was decoded already."""
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)
