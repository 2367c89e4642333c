"""Pixels to Qt's images and back. No other module knows how their rows lie in memory."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from docclean.core.page import PixelArray

_FORMATS = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888}
_GRAY_FORMATS = (QImage.Format.Format_Grayscale8, QImage.Format.Format_Grayscale16)


def to_qimage(pixels: PixelArray) -> QImage:
    """Copy pixels into an image that owns its memory.

    Args:
        pixels: (H, W, 1) or (H, W, 3), uint8, RGB; need not be contiguous. At least one pixel.

    Returns:
        Format_Grayscale8 or Format_RGB888.

    Raises:
        ValueError: These are no pixels of a page.
    """
    rows = _checked(pixels)
    return _borrowing(rows).copy()


def to_screen_image(pixels: PixelArray) -> QImage:
    """Copy pixels into an image of the format that is painted fastest.

    Args:
        pixels: As for `to_qimage`.

    Returns:
        Format_RGB32; it owns its memory.

    Raises:
        ValueError: These are no pixels of a page.
    """
    rows = _checked(pixels)
    return _borrowing(rows).convertToFormat(QImage.Format.Format_RGB32)


def to_pixels(image: QImage) -> PixelArray:
    """Copy an image's pixels.

    Args:
        image: Any format, not null. What is transparent is shown on white.

    Returns:
        (H, W, 1) for formats without color, else (H, W, 3) RGB; uint8, C-contiguous, independent of the image.

    Raises:
        ValueError: The image is null.
    """
    if image.isNull():
        raise ValueError("an image without pixels")
    channels = 1 if image.format() in _GRAY_FORMATS else 3
    opaque = _on_white(image) if image.hasAlphaChannel() else image
    stored = opaque.convertToFormat(_FORMATS[channels])
    height, width = stored.height(), stored.width()
    rows = np.frombuffer(stored.constBits(), np.uint8, height * stored.bytesPerLine()).reshape(height, -1)
    return rows[:, : width * channels].reshape(height, width, channels).copy()


def _checked(pixels: PixelArray) -> PixelArray:
    if pixels.ndim != 3 or pixels.shape[2] not in _FORMATS or pixels.dtype != np.uint8 or not pixels.size:
        raise ValueError(f"a page is (H, W, 1) or (H, W, 3) of uint8, and not {pixels.shape} of {pixels.dtype}")
    return np.ascontiguousarray(pixels)


def _borrowing(pixels: PixelArray) -> QImage:
    """Make an image over the array's own memory: to be copied while the caller still holds the array."""
    height, width, channels = pixels.shape
    return QImage(pixels.data.cast("B"), width, height, width * channels, _FORMATS[channels])


def _on_white(image: QImage) -> QImage:
    opaque = QImage(image.size(), QImage.Format.Format_RGB32)
    opaque.fill(Qt.GlobalColor.white)
    painter = QPainter(opaque)
    flat = image.copy()
    flat.setDevicePixelRatio(1.0)
    painter.drawImage(0, 0, flat)
    painter.end()
    return opaque
