"""Where a cleaned page shows photographs and large gray areas, which two levels can only imitate with dots."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import SHEET_PIXELS, PageRegion

_CELLS_PER_MM = 3.0
_DARKEST, _BRIGHTEST = 40, 222
_GRAY_SHARE = 190
"""Of 255: a cell is gray when three quarters of its pixels are."""
_SOLID_CELLS = 5
"""1.7 mm of gray on end: strokes are thinner, and the gray rims of letters leave paper between them."""
_GAP_CELLS = 13
_SMALLEST_CELLS = 180
"""20 square mm."""
_SOLID_SHARE = 0.3
_BOX_SHARE = 0.5
_RIM_CELLS = 2
_BAND_CELLS = 64


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a page.

    Attributes:
        cells: (h, w), uint8, 1 where there is a picture; h and w are those of the page divided by `step`, rounded up.
        step: Side of a cell, px.
    """

    cells: NDArray[np.uint8]
    step: int

    @property
    def share(self) -> float:
        """Part of the page that is picture, 0..1."""
        return float(self.cells.mean()) if self.cells.size else 0.0

    def __bool__(self) -> bool:
        return bool(self.cells.any())

    def within(self, region: PageRegion) -> NDArray[np.bool_]:
        """Which pixels of a region belong to a picture, (height, width)."""
        rows = (np.arange(region.top, region.top + region.height)) // self.step
        columns = (np.arange(region.left, region.left + region.width)) // self.step
        return np.asarray(self.cells[rows[:, None], columns[None, :]] > 0, np.bool_)


def find_pictures(luma: NDArray[np.uint8], scale: float) -> Pictures:
    """Find photographs, drawings in wash, and gray fills: at least 20 square mm, most of it solid gray.

    Args:
        luma: Luma of the cleaned page, (H, W), uint8.
        scale: px per mm, see `docclean.imaging.page_scale.px_per_mm`.

    Source:
        Ours.
    """
    step = max(1, round(scale / _CELLS_PER_MM))
    cells = _gray_cells(luma, step)
    solid = cv2.morphologyEx(cells, cv2.MORPH_OPEN, np.ones((_SOLID_CELLS, _SOLID_CELLS), np.uint8))
    closed = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((_GAP_CELLS, _GAP_CELLS), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    area = np.asarray(stats[:, cv2.CC_STAT_AREA])
    gray_cells = np.bincount(labels[np.asarray(solid) > 0], minlength=count)
    is_picture = (area >= _SMALLEST_CELLS) & (gray_cells >= _SOLID_SHARE * area)
    is_picture[0] = False
    found = is_picture[labels].astype(np.uint8)
    for left, top, width, height, cells_in_box in np.asarray(stats)[is_picture].tolist():
        if cells_in_box >= _BOX_SHARE * width * height:  # bright parts of a picture belong to it
            found[top : top + height, left : left + width] = 1
    return Pictures(np.asarray(cv2.dilate(found, np.ones((2 * _RIM_CELLS + 1,) * 2, np.uint8)), np.uint8), step)


def _gray_cells(luma: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Which cells are gray, 0 or 1; of a sheet they are counted in bands, to spare its memory."""
    rows = _BAND_CELLS * step if luma.size > SHEET_PIXELS else len(luma)
    bands = []
    for top in range(0, len(luma), rows):
        gray = np.asarray(cv2.inRange(luma[top : top + rows], _DARKEST, _BRIGHTEST), np.uint8)
        size = -(-gray.shape[1] // step), -(-gray.shape[0] // step)
        bands.append(np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA)) >= _GRAY_SHARE)
    return np.concatenate(bands).astype(np.uint8)
