"""Outlines of places on a page: polygons of page px, so that they can be turned and cut with the page."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Outline

_SUBPIXEL_BITS = 4


def filled(
    outlines: Sequence[Outline],
    shape: tuple[int, int],
    *,
    step: tuple[float, float] = (1.0, 1.0),
    corner: tuple[int, int] = (0, 0),
) -> NDArray[np.uint8]:
    """Draw outlines as a mask.

    Args:
        outlines: Polygons, (N, 2), x and y, px of the page; pixel centers lie at whole numbers.
        shape: Height and width of the mask.
        step: Page px per px of the mask, horizontally and vertically.
        corner: Column and row of the page where the mask begins, px.

    Returns:
        (H, W), uint8, 1 inside of any of them.
    """
    mask = np.zeros(shape, np.uint8)
    scale = np.array(step, np.float64)
    for outline in outlines:
        places = (outline + 0.5 - np.array(corner)) / scale - 0.5
        fixed = np.rint(places * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], (1,), lineType=cv2.LINE_8, shift=_SUBPIXEL_BITS)
    return mask


def moved(outlines: Sequence[Outline], matrix: NDArray[np.float64]) -> tuple[Outline, ...]:
    """Move outlines by an affine map, (2, 3), of x and y."""
    return tuple(np.asarray(outline @ matrix[:, :2].T + matrix[:, 2], np.float32) for outline in outlines)
