"""Turning samples of any kind about the middle of their page; what comes in from beyond it is paper."""

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Outline, PageSize
from docclean.imaging.density import Density
from docclean.imaging.paper_grid import colors_at, paper_grid

Affine = NDArray[np.float64]
"""(2, 3): where a place of the page, x and y in px, comes to lie."""

_BLOCK = 1024
_REACH = 4
"""Pixels around a place that interpolation looks at."""


def plan_turn(size: PageSize, degrees: float, density: Density) -> Affine:
    """Turn about the middle of a page, counterclockwise as seen; a page whose pixels are not square is turned right.

    Args:
        size: The page, px; the turned page has the same.
        degrees: By how much.
        density: Pixels per mm.
    """
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    stretch = np.array([density.x, density.y])
    matrix = stretch[:, np.newaxis] * turn / stretch
    middle = np.array([(size.width - 1) / 2.0, (size.height - 1) / 2.0])
    return np.hstack((matrix, (middle - matrix @ middle)[:, np.newaxis]))


def turned(samples: NDArray[Any], turn: Affine, hidden: Sequence[Outline] = ()) -> NDArray[Any]:
    """Turn samples, interpolating with cubic convolution.

    Corners that come in from beyond the page get the color of the nearest rim: the median of cells of some mm, so that
    print and specks at the rim are not drawn out.

    Args:
        samples: (H, W) or (H, W, C) with C at most 4, uint8, uint16 or float32.
        turn: Where places come to lie.
        hidden: Outlines on the page as it is whose color does not count for the rim.

    Returns:
        Same shape and type, C-contiguous.

    Source:
        Keys 1981, "Cubic convolution interpolation for digital image processing"; as OpenCV does it, a = -0.75.
    """
    size = PageSize(samples.shape[0], samples.shape[1])
    grid = paper_grid(samples, hidden)
    result = np.empty(samples.shape, samples.dtype, order="C")
    back = np.asarray(cv2.invertAffineTransform(turn), np.float64)
    for rows, columns in _blocks(size):
        x, y = _places(back, rows, columns)
        block = _sampled(samples, x, y)
        is_beyond = (x < -0.5) | (y < -0.5) | (x > size.width - 0.5) | (y > size.height - 0.5)
        if is_beyond.any():
            fill = _as_type(colors_at(grid, x, y, size)[is_beyond], samples.dtype)
            block[is_beyond] = fill if samples.ndim == 3 else fill[:, 0]
        result[rows, columns] = block
    return result


def _blocks(size: PageSize) -> Iterator[tuple[slice, slice]]:
    for top in range(0, size.height, _BLOCK):
        for left in range(0, size.width, _BLOCK):
            yield slice(top, min(top + _BLOCK, size.height)), slice(left, min(left + _BLOCK, size.width))


def _places(back: Affine, rows: slice, columns: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where on the page the pixels of a block come from; (h, w) of x and of y."""
    y, x = np.mgrid[rows, columns].astype(np.float64)
    found = (back[axis, 0] * x + back[axis, 1] * y + back[axis, 2] for axis in range(2))
    from_x, from_y = (axis.astype(np.float32) for axis in found)
    return from_x, from_y


def _sampled(samples: NDArray[Any], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[Any]:
    """Interpolate one block; only the part of the page that it needs is handed on, because remap takes 32,767 px."""
    height, width = samples.shape[:2]
    left, right = (int(np.clip(edge, 0, width - 1)) for edge in (x.min() - _REACH, x.max() + _REACH + 1))
    top, bottom = (int(np.clip(edge, 0, height - 1)) for edge in (y.min() - _REACH, y.max() + _REACH + 1))
    part = np.ascontiguousarray(samples[top : bottom + 1, left : right + 1])
    block = cv2.remap(part, x - left, y - top, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(block).reshape(*x.shape, *samples.shape[2:])


def _as_type(colors: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "f":
        return colors
    return np.clip(np.rint(colors), 0, np.iinfo(dtype).max).astype(dtype)
