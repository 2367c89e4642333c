"""A page at an eighth of its size, as the paper network sees it."""

import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray

CELL = 8
"""Side of a cell, px."""


def overview_of(pixels: PixelArray) -> NDArray[np.float32]:
    """Mean, brightest and darkest color of every 8x8 cell.

    Args:
        pixels: (H, W, 1 or 3), uint8; H and W multiples of 8.

    Returns:
        (1, 9, H / 8, W / 8), float32, 0..1; a grey page counts as three equal channels.
    """
    height, width, channels = pixels.shape
    rows = pixels.reshape(height // CELL, CELL, width, channels)
    cells = (height // CELL, width // CELL, CELL, channels)
    mean = rows.sum(axis=1, dtype=np.uint16).reshape(cells).sum(axis=2, dtype=np.uint16) / np.float32(CELL * CELL)
    brightest = rows.max(axis=1).reshape(cells).max(axis=2)
    darkest = rows.min(axis=1).reshape(cells).min(axis=2)
    parts = [np.broadcast_to(a, (*a.shape[:2], 3)) for a in (mean, brightest, darkest)]
    stacked = np.concatenate(parts, axis=2).astype(np.float32).transpose(2, 0, 1)
    return np.ascontiguousarray(stacked / np.float32(255.0))[None]
