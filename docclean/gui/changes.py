"""What differs between a page and its result, painted over the result: where it got darker, where lighter."""

import itertools
from collections.abc import Iterator
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.gui.pyramid import Level, PagePyramid, bands, depth_of, halved_size, is_instant, level_number, level_of

DARKER_COLOR = (0, 114, 178)
LIGHTER_COLOR = (230, 159, 0)
"""Blue and orange, told apart with any color blindness. Source: Okabe and Ito 2008, "Color Universal Design"."""

ChangePlane = NDArray[np.uint8]
"""(H, W): 128 where nothing changed, lower where the page got darker, higher where lighter, by half the difference."""
SAME = 128

_STEPS = np.minimum(127, (np.arange(256) + 1) // 2)
_LIGHTER = (SAME + _STEPS).astype(np.uint8)
_DARKER = (SAME - _STEPS).astype(np.uint8)
_FADED = np.rint(64 + np.arange(256) * (255 - 64) / 255).astype(np.uint8)  # pale, so that colors stand out; white stays

_serials = itertools.count(-1, -1)  # pages count upward


def compare_pixels(before: PixelArray, after: PixelArray) -> ChangePlane:
    """Tell for every pixel how much it changed, and in which direction.

    The channel that changed most speaks for a pixel, upward when two changed equally; a pixel of which any channel
    changed is never `SAME`.

    Args:
        before: (H, W, 1) or (H, W, 3), uint8.
        after: The same height and width; it may have color where the other has none.
    """
    if before.shape[2] != after.shape[2]:
        before, after = (np.repeat(side, 3, axis=2) if side.shape[2] == 1 else side for side in (before, after))
    up, down = _largest(cv2.subtract(after, before)), _largest(cv2.subtract(before, after))
    return _array(np.where(up >= down, cv2.LUT(up, _LIGHTER), cv2.LUT(down, _DARKER)))


def halve_changes(plane: ChangePlane) -> ChangePlane:
    """Keep the largest of two by two changes, so that a single speck is still seen when the page is small."""
    padded = np.pad(plane, ((0, plane.shape[0] % 2), (0, plane.shape[1] % 2)), constant_values=SAME)
    corners = [padded[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    high, low = np.maximum.reduce(corners), np.minimum.reduce(corners)
    return _array(np.where(high.astype(np.int16) - SAME >= SAME - low.astype(np.int16), high, low))


def paint_changes(result: PixelArray, plane: ChangePlane) -> PixelArray:
    """Paint changes over the result without its colors: the larger the change, the stronger.

    Args:
        result: (H, W, 1) or (H, W, 3), uint8.
        plane: (H, W); see `ChangePlane`.

    Returns:
        (H, W, 3): red, green and blue are equal exactly where the plane is `SAME`.
    """
    gray = result[:, :, 0] if result.shape[2] == 1 else cv2.cvtColor(result, cv2.COLOR_RGB2GRAY)
    faded = cv2.LUT(np.ascontiguousarray(gray), _FADED)
    remaining = cv2.multiply(faded, cv2.LUT(np.ascontiguousarray(plane), _UNCOVERED), scale=1 / 255)
    return _array(cv2.merge([cv2.add(remaining, cv2.LUT(np.ascontiguousarray(plane), ink)) for ink in _INKS]))


class ChangePyramid:
    """Changes at the levels of a page. Level 0 is compared tile by tile when it is asked for, the others by `build`.

    Args:
        before: The page, or a part of it; rows need not follow each other in memory. Kept, not copied.
        after: Its result, of the same size.
    """

    def __init__(self, before: PixelArray, after: PagePyramid) -> None:
        self.serial = next(_serials)
        self._before = before
        self._after = after
        self._depth = depth_of(before)
        self._planes: list[ChangePlane] = []  # from level 1
        if is_instant(before):
            for _ in self.build():
                pass

    @property
    def is_complete(self) -> bool:
        """Whether every level is there."""
        return len(self._planes) == self._depth - 1

    def build(self) -> Iterator[bool]:
        """Make the missing levels, a band of rows at a time; as `PagePyramid.build`."""
        while not self.is_complete:
            finer = self._planes[-1][:, :, np.newaxis] if self._planes else self._before
            coarser = np.empty(halved_size(finer), np.uint8)
            for rows in bands(finer):
                plane = finer[rows, :, 0] if self._planes else compare_pixels(finer[rows], self._after.pixels[rows])
                coarser[rows.start // 2 : (rows.stop + 1) // 2] = halve_changes(plane)
                yield False
            self._planes.append(coarser)
            yield True

    def level_at(self, scale: float) -> Level | None:
        """Choose the level to draw with; None while it is not there."""
        number = level_number(scale, self._depth)
        if number == 0:
            return level_of(self._before, 0)
        if number > len(self._planes) or not self._after.has_level(number):
            return None
        return level_of(self._planes[number - 1][:, :, np.newaxis], number)

    def pixels_of(self, level: Level, rows: slice, columns: slice) -> PixelArray:
        """Give a part of a level as it is to be shown, rows and columns in level px."""
        result = self._after.pixels_of(level, rows, columns)
        if level.key == 0:
            return paint_changes(result, compare_pixels(self._before[rows, columns], result))
        return paint_changes(result, self._planes[level.key - 1][rows, columns])


def _largest(difference: object) -> NDArray[np.uint8]:
    channels = cv2.split(_array(difference))
    largest = channels[0]
    for channel in channels[1:]:
        largest = cv2.max(largest, channel)
    return _array(largest)


def _array(pixels: object) -> NDArray[np.uint8]:
    return cast(NDArray[np.uint8], pixels)  # OpenCV's types do not say that samples stay as they are


def _covers() -> NDArray[np.float64]:
    """How much of a pixel the color covers, 0 to 1: enough to be seen for the smallest change, never all."""
    change = np.abs(np.arange(256) - SAME)
    return np.where(change == 0, 0, 0.14 + 0.56 * np.minimum(1, change / 64))


def _inks() -> list[NDArray[np.uint8]]:
    is_darker = np.arange(256) < SAME
    return [
        np.rint(np.where(is_darker, darker, lighter) * _covers()).astype(np.uint8)
        for darker, lighter in zip(DARKER_COLOR, LIGHTER_COLOR, strict=True)
    ]


_UNCOVERED = np.rint(255 * (1 - _covers())).astype(np.uint8)
_INKS = _inks()
