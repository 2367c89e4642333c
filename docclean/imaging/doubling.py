"""Small pages at twice the size and back, exactly.

A network that works at half size has one feature vector for four pixels. On a page of few pixels, whose letters are a
dozen pixels high, that is too coarse; with every pixel repeated twice along both sides it has one for each.
"""

import numpy as np

from docclean.core.page import PixelArray


def doubled(pixels: PixelArray) -> PixelArray:
    """Repeat every pixel: (H, W, C) -> (2H, 2W, C)."""
    return np.ascontiguousarray(pixels.repeat(2, axis=0).repeat(2, axis=1))


def halved(pixels: PixelArray) -> PixelArray:
    """Take the mean of 2x2 pixels, rounded: (2H, 2W, C), uint8 -> (H, W, C); undoes `doubled` exactly."""
    height, width, channels = pixels.shape
    blocks = pixels.reshape(height // 2, 2, width // 2, 2, channels)
    return np.asarray((blocks.sum(axis=(1, 3), dtype=np.uint16) + 2) // 4, np.uint8)
