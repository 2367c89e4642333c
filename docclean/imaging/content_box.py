"""The part of a page that has something on it, found so that nothing is ever cut off."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Outline, PageRegion, PageSize, PixelArray
from docclean.imaging.density import Density
from docclean.imaging.ink_map import InkMap, ink_map
from docclean.imaging.outlines import filled
from docclean.imaging.paper_grid import paper_grid

MARGIN_MM = 4.0
"""Paper that stays around the contents."""

_SMALLEST_MM = 0.6
_JOINED_MM = 0.7
_AT_EDGE_MM = 1.0
_NEAR_EDGE_MM = 5.0
_LEAST_CUT_MM = 1.5
_LEAST_LEFT = 0.25
"""Pages of which less would be left have hardly anything on them, and keep their size."""

_FAINTEST = 8.0
_NOISE = 4.0
_SOLID = 32.0


def find_content(pixels: PixelArray, density: Density, hidden: Sequence[Outline] = ()) -> PageRegion | None:
    """Find what to keep of a page: everything that is not paper, with a margin.

    Strokes of pencil count, and so does whatever differs from the paper in color, stains included: better too much than
    a stamp too little. Specks of less than 0.6 mm alone do not.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        density: Pixels per mm.
        hidden: Outlines of rims and punch holes, which are no contents.

    Returns:
        The part to keep, or None when there is nothing worth cutting off, or hardly anything to keep.
    """
    ink = ink_map(pixels, density, hidden)
    mask = _strokes(ink) | _solids(pixels, ink, hidden)
    per_mm = density.x / ink.step[0]
    box = _bounds(mask, per_mm)
    if box is None:
        return None
    margin = MARGIN_MM * per_mm
    left, top = np.floor((box[:2] - margin) * ink.step).astype(int)
    right, bottom = np.ceil((box[2:] + margin) * ink.step).astype(int)
    size = PageSize(pixels.shape[0], pixels.shape[1])
    region = PageRegion(int(top), int(left), int(bottom - top), int(right - left)).within(size)
    cut_x, cut_y = (size.width - region.width) / density.x, (size.height - region.height) / density.y
    is_worth_it = max(cut_x, cut_y) >= _LEAST_CUT_MM
    is_most = region.width * region.height >= _LEAST_LEFT * size.width * size.height
    return region if is_worth_it and is_most else None


def free_strokes(
    pixels: PixelArray, density: Density, hidden: Sequence[Outline] = ()
) -> tuple[InkMap, NDArray[np.bool_]]:
    """Every stroke, pencil included, as a map and a mask, (h, w), without specks of their own.

    Of strokes that run over the edge of the page, such as the rules of a sheet, the last 5 mm do not count.
    """
    ink = ink_map(pixels, density, hidden)
    per_mm = density.x / ink.step[0]
    mask = _strokes(ink)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    sides = np.asarray(stats)[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    is_kept = sides >= _SMALLEST_MM * per_mm
    is_kept[0] = False
    runs_over = np.zeros(len(stats), np.bool_)
    runs_over[labels[~_inner(mask.shape, _AT_EDGE_MM * per_mm)]] = True
    is_far = _inner(mask.shape, _NEAR_EDGE_MM * per_mm)
    return ink, np.asarray(is_kept[labels] & (is_far | ~runs_over[labels]), np.bool_)


def _inner(shape: tuple[int, ...], rim: float) -> NDArray[np.bool_]:
    """A mask of what is not within some px of the edge."""
    width = max(1, round(rim))
    inner = np.zeros(shape, np.bool_)
    inner[width:-width, width:-width] = True
    return inner


def _strokes(ink: InkMap) -> NDArray[np.bool_]:
    usual = float(np.median(ink.darkness))
    return np.asarray(ink.darkness > max(_FAINTEST, _NOISE * usual), np.bool_)


def _solids(pixels: PixelArray, ink: InkMap, hidden: Sequence[Outline]) -> NDArray[np.bool_]:
    """Where the page has another color than most of its paper: pictures, stamps, stains, shadows."""
    height, width = ink.darkness.shape
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, -1)
    small = cv2.blur(small, (5, 5)).reshape(height, width, -1)
    cells = paper_grid(pixels, hidden).reshape(-1, pixels.shape[2])
    brightness = cells.sum(axis=1)
    paper = np.median(cells[brightness >= np.median(brightness)], axis=0)
    mask = np.abs(small.astype(np.float32) - paper).max(axis=2) > _SOLID
    if hidden:
        grown = cv2.dilate(filled(hidden, (height, width), step=ink.step), np.ones((5, 5), np.uint8))
        mask &= np.asarray(grown) == 0
    return np.asarray(mask, np.bool_)


def _bounds(mask: NDArray[np.bool_], per_mm: float) -> NDArray[np.float64] | None:
    """Left, top, right and bottom of what is larger than a speck, px of the map; dots close together count as one."""
    reach = max(1, round(_JOINED_MM * per_mm))
    near = cv2.dilate(mask.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    boxes = np.asarray(stats, np.float64)[1:]
    left, top = boxes[:, cv2.CC_STAT_LEFT], boxes[:, cv2.CC_STAT_TOP]
    right, bottom = left + boxes[:, cv2.CC_STAT_WIDTH], top + boxes[:, cv2.CC_STAT_HEIGHT]
    is_large = np.maximum(right - left, bottom - top) - 2 * reach >= _SMALLEST_MM * per_mm
    if not is_large.any():
        return None
    return np.array([left[is_large].min(), top[is_large].min(), right[is_large].max(), bottom[is_large].max()])
