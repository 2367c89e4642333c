"""Turning a page upright, as its EXIF or TIFF orientation says."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

UPRIGHT = 1
_SIDEWAYS = (5, 6, 7, 8)


def turns_sideways(orientation: int) -> bool:
    """Whether turning upright swaps height and width."""
    return orientation in _SIDEWAYS


def turned(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn samples upright.

    Args:
        samples: (H, W) or (H, W, C).
        orientation: Value of the orientation tag; anything but 2 to 8 means upright.

    Returns:
        The samples, C-contiguous; the very same array when there is nothing to turn.

    Source:
        TIFF 6.0, section "Orientation"; Exif 2.32, table 4.
    """
    across = samples.swapaxes(0, 1)
    match orientation:
        case 2:
            upright = samples[:, ::-1]
        case 3:
            upright = samples[::-1, ::-1]
        case 4:
            upright = samples[::-1]
        case 5:
            upright = across
        case 6:
            upright = across[:, ::-1]
        case 7:
            upright = across[::-1, ::-1]
        case 8:
            upright = across[::-1]
        case _:
            upright = samples
    return np.ascontiguousarray(upright)
