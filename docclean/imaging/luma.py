"""The luma of a page: what every measure and every simple cleaner looks at."""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.color import has_color

GrayArray = NDArray[np.float32]
"""Luma of a page, (H, W), float32, 0 black to 1 white."""


def luma_of(pixels: PixelArray) -> NDArray[np.uint8]:
    """Take the luma of a page, (H, W), uint8.

    Args:
        pixels: (H, W, 1) or (H, W, 3), uint8, RGB.

    Source:
        ITU-R BT.601-7, section 2.5.1: 0.299 R + 0.587 G + 0.114 B, rounded to 8 bits as OpenCV's RGB2GRAY does.
    """
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.shape[2] == 3 else pixels[:, :, 0]
    return np.asarray(luma, np.uint8)


def without_color(pixels: PixelArray) -> PixelArray:
    """Show a page in gray: every channel is its luma; (H, W, C), uint8. One without color comes back as it is."""
    if not has_color(pixels):
        return pixels
    return np.ascontiguousarray(np.repeat(luma_of(pixels)[:, :, np.newaxis], pixels.shape[2], axis=2))


def gray_of(pixels: PixelArray) -> GrayArray:
    """Take the luma of a page, (H, W), float32, 0..1, in steps of 1/255; see `luma_of`."""
    return np.asarray(luma_of(pixels), np.float32) / np.float32(255.0)
