"""Between a page's pixels and what networks eat, and how strongly a correction is applied."""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.bands import are_alike
from docclean.core.page import PixelArray

FloatArray = NDArray[np.float32]


def has_color(pixels: PixelArray) -> bool:
    """Whether any pixel's channels differ. (H, W, 1 or 3), uint8."""
    if pixels.shape[2] == 1:
        return False
    red, green, blue = (pixels[:, :, channel] for channel in range(3))
    return not (are_alike(red, green) and are_alike(green, blue))


def as_planes(pixels: PixelArray) -> FloatArray:
    """Pixels for a network: (H, W, 1 or 3), uint8 -> (1, 3, H, W), float32, 0..1, contiguous."""
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32)
    planes *= np.float32(1.0 / 255.0)
    return (planes if len(planes) == 3 else planes.repeat(3, axis=0))[None]


def from_planes(planes: FloatArray, channels: int) -> PixelArray:
    """Back again: (3, H, W), float32, 0..1 -> (H, W, channels), uint8; one channel is the mean of three."""
    if channels == 1:
        planes = planes.mean(axis=0, keepdims=True)
    return np.ascontiguousarray((np.clip(planes, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8).transpose(1, 2, 0))


def pad_to(pixels: PixelArray, height: int, width: int) -> PixelArray:
    """Extend a page to the right and downwards by repeating its last pixels. (H, W, C) -> (height, width, C)."""
    below, beside = height - pixels.shape[0], width - pixels.shape[1]
    if not below and not beside:
        return pixels
    padded = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.uint8).reshape(height, width, pixels.shape[2])


def blend(before: PixelArray, after: PixelArray, strength: int) -> PixelArray:
    """Apply a part of a correction.

    Args:
        before: (H, W, C), uint8.
        after: The fully corrected page, same shape.
        strength: 0 gives `before` itself, 100 gives `after` itself.

    Returns:
        (H, W, C), uint8.
    """
    if strength == 0:
        return before
    if strength == 100 or after is before:
        return after
    mixed = cv2.addWeighted(after, strength / 100.0, before, 1.0 - strength / 100.0, 0.0)
    return np.asarray(mixed, np.uint8).reshape(before.shape)
