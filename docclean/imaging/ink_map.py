"""A quick look at a page: where its strokes are, at a size that is good for judging the page's geometry."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Outline, PageSize, PixelArray
from docclean.imaging.density import Density
from docclean.imaging.luma import luma_of
from docclean.imaging.outlines import filled

_LONG_SIDE = 1600
_STROKE = 15
"""Side of the square that strokes must fit into, px of the map; about 2.8 mm on A4."""


@dataclass(frozen=True, slots=True)
class InkMap:
    """How much darker strokes are than the paper beside them.

    Attributes:
        darkness: (h, w), uint8; large dark places are none. Pixels are square on paper.
        step: Page px per px of the map, horizontally and vertically.
    """

    darkness: NDArray[np.uint8]
    step: tuple[float, float]


def shrunk(pixels: PixelArray, density: Density, long_side: int = _LONG_SIDE) -> NDArray[np.uint8]:
    """The luma of a page with square pixels, (h, w), uint8, at most `long_side` px on its longer side.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        density: Pixels per mm; where rows and columns differ, the finer direction is reduced.
        long_side: px.
    """
    luma = luma_of(pixels)
    height, width = luma.shape
    finest = min(density.x, density.y)
    sides = np.array([width * finest / density.x, height * finest / density.y])
    w, h = (max(1, round(side)) for side in sides * min(1.0, long_side / sides.max()))
    if (h, w) == luma.shape:
        return luma
    return np.asarray(cv2.resize(luma, (w, h), interpolation=cv2.INTER_AREA), np.uint8)


def ink_map(pixels: PixelArray, density: Density, hidden: Sequence[Outline] = ()) -> InkMap:
    """Look for strokes.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        density: Pixels per mm.
        hidden: Outlines whose inside does not count.

    Source:
        Black-hat: Meyer 1979, "Iterative image transformations for an automatic screening of cervical smears".
    """
    small = shrunk(pixels, density)
    size = PageSize(pixels.shape[0], pixels.shape[1])
    step = (size.width / small.shape[1], size.height / small.shape[0])
    smooth = cv2.GaussianBlur(small, (3, 3), 0)
    hat = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, np.ones((_STROKE, _STROKE), np.uint8))
    darkness = np.asarray(hat, np.uint8)
    if hidden:
        height, width = small.shape
        darkness[filled(hidden, (height, width), step=step) > 0] = 0
    return InkMap(darkness, step)


def strokes_of(ink: InkMap, threshold: float, smallest_area: int) -> NDArray[np.bool_]:
    """Where strokes are that are darker than a threshold and have at least some pixels; (h, w)."""
    mask = (ink.darkness > threshold).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    is_kept = np.asarray(stats)[:, cv2.CC_STAT_AREA] >= smallest_area
    is_kept[0] = False
    return np.asarray(is_kept[labels], np.bool_)
