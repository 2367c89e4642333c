"""Simple ways to clean a page, from the literature: what a trained model has to beat.

Each takes a page, (H, W, C), uint8, RGB or grey, and gives one of equal height and width. They are for comparing only.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.color import has_color
from docclean.imaging.luma import luma_of


def divide_by_median(pixels: PixelArray, *, window: int = 23) -> PixelArray:
    """Divide every channel by its background, the median around each pixel.

    Args:
        pixels: (H, W, C), uint8.
        window: Side of the median's square, px, odd. Strokes must fill less than half of it.

    Returns:
        (H, W, C), uint8.

    Source:
        Background by median: a common recipe of the contest "Denoising Dirty Documents" (Kaggle 2015). Division in
        place of difference: light multiplies. Window: the best of several on that contest's pages.
    """
    planes = [np.ascontiguousarray(pixels[:, :, channel]) for channel in range(pixels.shape[2])]
    paper = [np.maximum(np.asarray(cv2.medianBlur(plane, window), np.uint8), 1) for plane in planes]
    divided = [cv2.divide(plane, background, scale=255.0) for plane, background in zip(planes, paper, strict=True)]
    return np.ascontiguousarray(np.stack(divided, axis=2), np.uint8)


def sauvola(pixels: PixelArray, *, window: int = 25, k: float = 0.2) -> PixelArray:
    """Binarize with a threshold for every pixel, from mean and deviation around it.

    Args:
        pixels: (H, W, C), uint8; color becomes luma.
        window: Side of the neighborhood, px, odd.
        k: How far deviation lowers the threshold.

    Returns:
        (H, W, 1), uint8: 0 and 255.

    Source:
        Sauvola, Pietikäinen 2000, "Adaptive document image binarization", equation 5: T = m (1 + k (s / R - 1)),
        R = 128. k = 0.2 and the window as in scikit-image's `threshold_sauvola`, but 25 px in place of 15.
    """
    x = luma_of(pixels).astype(np.float64)
    mean = _mean(x, window)
    deviation = np.sqrt(np.maximum(_mean(x * x, window) - mean * mean, 0.0))
    threshold = mean * (1.0 + k * (deviation / 128.0 - 1.0))
    return np.where(x > threshold, 255, 0).astype(np.uint8)[:, :, None]


def _mean(x: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    return np.asarray(cv2.boxFilter(x, cv2.CV_64F, (window, window), borderType=cv2.BORDER_REFLECT_101), np.float64)


def nonlocal_means(pixels: PixelArray, *, strength: float = 15.0) -> PixelArray:
    """Average every pixel with the pixels whose surroundings look alike. A page without color comes out as grey.

    Args:
        pixels: (H, W, C), uint8.
        strength: How unlike surroundings may be, in grey levels.

    Returns:
        (H, W, C) or (H, W, 1), uint8.

    Source:
        Buades, Coll, Morel 2005, "A non-local algorithm for image denoising", equation 3, as OpenCV has it: squares of
        7 px within 21 px.
    """
    if not has_color(pixels):  # one channel in place of three takes a third of the time
        return np.asarray(cv2.fastNlMeansDenoising(np.ascontiguousarray(pixels[:, :, 0]), h=strength), np.uint8)[
            :, :, None
        ]
    return np.asarray(cv2.fastNlMeansDenoisingColored(pixels, h=strength, hColor=strength), np.uint8)
