"""The color of the paper in every cell of a coarse grid: what is painted where a page has nothing to show."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Outline
from docclean.imaging.outlines import filled

SAMPLES = 8
"""Samples along each side of a cell."""

_LEAST_SEEN = 0.25
_CELLS = 64


def paper_grid(samples: NDArray[Any], hidden: Sequence[Outline] = ()) -> NDArray[np.float32]:
    """Take the median of every cell; print covers less than half of nearly every cell, so that paper is what is left.

    Args:
        samples: (H, W) or (H, W, C), of any type.
        hidden: Outlines whose inside does not count; cells that are hidden take the color of the next ones.

    Returns:
        (h, w, C), about 64 cells along the longer side, each as wide as high, in the values of the samples.
    """
    height, width = samples.shape[:2]
    step = max(1, round(max(height, width) / (_CELLS * SAMPLES)))
    few = samples[step // 2 :: step, step // 2 :: step]
    few = np.asarray(few if few.ndim == 3 else few[:, :, np.newaxis], np.float32)
    seen = np.ones(few.shape[:2], np.bool_)
    if hidden:
        seen = filled(hidden, few.shape[:2], step=(step, step)) == 0
    values = _cells(np.where(seen[:, :, np.newaxis], few, np.nan), np.nan)
    counts = np.count_nonzero(~np.isnan(values[..., 0]), axis=2)
    sampled = np.count_nonzero(_cells(np.ones((*seen.shape, 1), np.float32), 0.0)[..., 0], axis=2)
    is_known = counts >= np.maximum(1, _LEAST_SEEN * sampled)
    grid = np.zeros((*counts.shape, few.shape[2]), np.float32)
    if is_known.any():
        grid[is_known] = np.nanmedian(values[is_known], axis=1)
    return _spread(grid, is_known)


def colors_at(
    grid: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Look the grid up at places of the page, (H, W) of x and y, px; beyond the page the color of its rim goes on.

    Args:
        grid: What `paper_grid` gave.
        x: Columns of the page.
        y: Rows of the page.
        size: Height and width of the page, px.
    """
    cell = max(1, round(max(size) / (_CELLS * SAMPLES))) * SAMPLES
    columns, rows = (np.asarray((axis + 0.5) / cell - 0.5, np.float32) for axis in (x, y))
    found = cv2.remap(grid, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(*x.shape, grid.shape[2])


def _cells(samples: NDArray[np.float32], beyond: float) -> NDArray[np.float32]:
    """Sort samples, (H, W, C), into cells: (h, w, samples of a cell, C); `beyond` stands where the page has ended."""
    height, width, channels = samples.shape
    rows, columns = (-(-side // SAMPLES) for side in (height, width))
    padded = np.full((rows * SAMPLES, columns * SAMPLES, channels), beyond, np.float32)
    padded[:height, :width] = samples
    split = padded.reshape(rows, SAMPLES, columns, SAMPLES, channels).swapaxes(1, 2)
    return split.reshape(rows, columns, SAMPLES * SAMPLES, channels)


def _spread(grid: NDArray[np.float32], is_known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give cells that are not known the mean of the known ones around them, from the near ones to the far ones."""
    known = is_known.astype(np.float32)
    if not known.any():
        return grid
    while not known.all():
        weight = cv2.blur(known, (3, 3), borderType=cv2.BORDER_REPLICATE)
        total = cv2.blur(grid * known[:, :, np.newaxis], (3, 3), borderType=cv2.BORDER_REPLICATE).reshape(grid.shape)
        is_next = (known == 0) & (weight > 0)
        grid[is_next] = total[is_next] / weight[is_next][:, np.newaxis]
        known[is_next] = 1.0
    return grid
