"""Slices of rows, so that work on a whole page needs little memory beside the page."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BAND_PIXELS = 4_000_000


def plan_bands(height: int, width: int) -> Iterator[slice]:
    """Cover all rows from top to bottom with slices of a few million px each."""
    rows = max(1, _BAND_PIXELS // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def are_alike(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two arrays, (H, W, ...), have the same shape and values: `np.array_equal`, in bands."""
    if one.shape != other.shape:
        return False
    return all(np.array_equal(one[rows], other[rows]) for rows in plan_bands(*one.shape[:2]))
