"""How well color came through: a red stamp or a colored chart that turns grey is damage, and luma does not show it."""

import numpy as np

from docclean.core.page import PixelArray

_COLORED_ABOVE = 0.15
"""Chroma (largest minus smallest of R, G, B, 0..1) above which a pixel of the clean page counts as colored."""


def color_error(result: PixelArray, clean: PixelArray) -> float | None:
    """Measure the mean absolute error of R, G and B where the clean page is colored.

    Pixels whose chroma is 0.15 or less do not count: paper and ink are never quite neutral.

    Args:
        result: (H, W, 1) or (H, W, 3), uint8, RGB.
        clean: (H, W, 1) or (H, W, 3), uint8, RGB, of the same height and width.

    Returns:
        0 (identical) to 1; None for a clean page without color.

    Source:
        Ours.
    """
    if clean.shape[2] == 1:
        return None
    chroma = clean.max(axis=2) - clean.min(axis=2)  # uint8: the largest is never below the smallest
    colored = chroma > _COLORED_ABOVE * 255.0
    if not colored.any():
        return None
    truth = clean[colored].astype(np.int16)
    difference = np.abs(result[colored].astype(np.int16) - truth)  # a grey result is compared with each channel
    return float(difference.mean()) / 255.0
