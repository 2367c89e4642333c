"""A page at sizes that halve, so that a page of any size is drawn from about as many pixels as the screen has."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from docclean.core.page import PixelArray

SMALLEST_LEVEL = 256
"""A level whose longer side has at most so many px is the last one."""
BAND_SAMPLES = 8_000_000
"""How much of a page is halved at a time, samples. Takes some ten milliseconds: as long as stopping a build takes."""
_INSTANT_SAMPLES = 6_000_000  # a page of two megapixels in color: building its levels takes less than a frame or two
_OVERVIEW_PIXELS = 500_000
_STAND_IN = -1  # key of the overview

_serials = itertools.count()


@dataclass(frozen=True, slots=True)
class Level:
    """One size at which a source of tiles can be drawn.

    Attributes:
        key: Tells this level from the others of its source.
        step: Page px per level px, a power of two.
        width: Level px; the last may reach beyond the page.
        height: Level px.
    """

    key: int
    step: int
    width: int
    height: int


def level_of(pixels: PixelArray, number: int) -> Level:
    """Describe the pixels of a level by its number, 0 for the page itself."""
    return Level(number, 1 << number, pixels.shape[1], pixels.shape[0])


def is_instant(pixels: PixelArray) -> bool:
    """Tell whether levels of these pixels are made faster than anybody would see."""
    return pixels.size <= _INSTANT_SAMPLES


def level_number(scale: float, depth: int) -> int:
    """Choose the coarsest level that still has a pixel for every pixel of the screen.

    Args:
        scale: Device px per page px.
        depth: Number of levels; 0 is the page itself.
    """
    return min(depth - 1, max(0, math.floor(math.log2(1 / scale) + 1e-9)))


def depth_of(pixels: PixelArray) -> int:
    """Count the levels that a page of this size has, itself included."""
    longest, depth = max(pixels.shape[:2]), 1
    while longest > SMALLEST_LEVEL:
        longest, depth = (longest + 1) // 2, depth + 1
    return depth


def halved_size(pixels: PixelArray) -> tuple[int, int]:
    """Give height and width of the next level, px. An odd last row or column counts as a whole one."""
    return (pixels.shape[0] + 1) // 2, (pixels.shape[1] + 1) // 2


def bands(pixels: PixelArray) -> Iterator[slice]:
    """Cut a page into bands of rows, an even number each but for the last, of about `BAND_SAMPLES`."""
    height = pixels.shape[0]
    rows = max(2, BAND_SAMPLES // (pixels.shape[1] * pixels.shape[2]) // 2 * 2)
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def halve(pixels: PixelArray) -> PixelArray:
    """Average two by two pixels; a missing row or column repeats the last one."""
    height, width = halved_size(pixels)
    odd_rows, odd_columns = pixels.shape[0] % 2, pixels.shape[1] % 2
    if odd_rows or odd_columns:
        pixels = _three_axes(cv2.copyMakeBorder(pixels, 0, odd_rows, 0, odd_columns, cv2.BORDER_REPLICATE))
    return _three_axes(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


class PagePyramid:
    """A page's pixels and their smaller levels, which come one by one while `build` runs.

    One thread may build while another one draws: a level is either there as a whole or not at all.

    Args:
        pixels: (H, W, 1) or (H, W, 3), uint8. Kept, not copied: nobody may change them any more.
    """

    def __init__(self, pixels: PixelArray) -> None:
        self.serial = next(_serials)
        self.pixels = pixels
        self.depth = depth_of(pixels)
        self._levels = [pixels]
        self._overview: PixelArray | None = None
        if is_instant(pixels):
            for _ in self.build():
                pass

    @property
    def is_complete(self) -> bool:
        """Whether every level is there."""
        return len(self._levels) == self.depth

    def build(self) -> Iterator[bool]:
        """Make the missing levels, a band of rows at a time.

        Yields:
            Whether a level has been finished with this band. Whoever stops asking loses the unfinished level only.
        """
        while not self.is_complete:
            finer = self._levels[-1]
            coarser = np.empty((*halved_size(finer), finer.shape[2]), np.uint8)
            for rows in bands(finer):
                coarser[rows.start // 2 : (rows.stop + 1) // 2] = halve(finer[rows])
                yield False
            self._levels.append(coarser)
            yield True

    def has_level(self, number: int) -> bool:
        """Tell whether a level, 0 for the page itself, is there."""
        return number < len(self._levels)

    def level_at(self, scale: float) -> Level:
        """Choose the level to draw with now: the right one, or a rough overview until that is there."""
        number = level_number(scale, self.depth)
        if self.has_level(number):
            return level_of(self._levels[number], number)
        pixels, step = self._stand_in()
        return Level(_STAND_IN, step, pixels.shape[1], pixels.shape[0])

    def pixels_of(self, level: Level, rows: slice, columns: slice) -> PixelArray:
        """Give a part of a level, rows and columns in level px, as a view."""
        pixels = self._stand_in()[0] if level.key == _STAND_IN else self._levels[level.key]
        return pixels[rows, columns]

    def _stand_in(self) -> tuple[PixelArray, int]:
        """Take every n-th pixel: ugly, but it reads a small part of the memory only."""
        step = 1
        while self.pixels.shape[0] * self.pixels.shape[1] > _OVERVIEW_PIXELS * step * step:
            step *= 2
        if self._overview is None:
            self._overview = np.ascontiguousarray(self.pixels[::step, ::step])
        return self._overview, step


def _three_axes(pixels: object) -> PixelArray:
    array = cast(PixelArray, pixels)  # OpenCV drops the last axis of pages without color
    return array if array.ndim == 3 else array[:, :, np.newaxis]
