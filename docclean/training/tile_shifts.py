"""How far two pages of one size are apart, tile by tile: what registration refines itself with and is judged by.

Pages are compared as print maps, in which paper is even: stains, shadows and yellowing are divided out.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.luma import luma_of

PAPER = 160
"""Level of paper in a print map."""

ALIKE = 0.5
"""Correlation from which on two tiles count as showing the same print."""

PrintMap = NDArray[np.uint8]
FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_BACKGROUND_SIDE = 400
_BACKGROUND_WINDOW = 21
_DARKEST = 8
_TILES_ACROSS = 16
_SMALLEST_TILE, _LARGEST_TILE = 48, 192
_FAINTEST_PRINT = 12.0
_LEAST_PRINT = 0.005
_LEAST_COVERED = 0.9
_QUARTER_OF_A_NORMAL = 0.3186
"""A quarter of normally distributed values lie within this many deviations of their mean."""


@dataclass(frozen=True, slots=True)
class TileShifts:
    """Shifts over a grid of tiles that covers a page.

    Attributes:
        centers: (R, C, 2), float32, px: x and y of the middle of every tile.
        shifts: (R, C, 2), float32, px: what lies at `centers` in the reference lies at `centers + shifts` in the other.
        likeness: (R, C), float32, -1..1: correlation at that shift.
        has_print: (R, C): whether the reference has print there and the other page covers it.
    """

    centers: FloatArray
    shifts: FloatArray
    likeness: FloatArray
    has_print: BoolArray

    @property
    def is_measured(self) -> BoolArray:
        """Tiles whose shift can be relied on, (R, C)."""
        return self.has_print & (self.likeness >= ALIKE)

    @property
    def share_alike(self) -> float:
        """Share of the tiles with print that show the same print, 0..1."""
        return float(self.is_measured.sum() / max(1, self.has_print.sum()))

    @property
    def lengths(self) -> FloatArray:
        """Lengths of the shifts of measured tiles, (N,), px."""
        return np.asarray(np.linalg.norm(self.shifts[self.is_measured], axis=1), np.float32)


def print_map(pixels: PixelArray) -> PrintMap:
    """Divide a page by its background.

    Args:
        pixels: (H, W, 1) or (H, W, 3), uint8, RGB.

    Returns:
        (H, W), uint8: `PAPER` on paper, less on print, more where the page is lighter than around.

    Source:
        Background by median, as `imaging.baselines.divide_by_median`, but taken from a small copy of the page.
    """
    luma = luma_of(pixels)
    height, width = luma.shape
    scale = min(1.0, _BACKGROUND_SIDE / min(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    background = cv2.medianBlur(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), _BACKGROUND_WINDOW)
    background = cv2.resize(np.maximum(background, _DARKEST), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(luma, background, scale=PAPER), np.uint8)


def amount_of_print(page: PrintMap) -> float:
    """Share of a page's pixels that stand out from the paper's grain, 0..1."""
    return float(_print_mask(page).mean())


def measured_shifts(
    reference: PrintMap, other: PrintMap, *, covered: BoolArray | None = None, reach: int
) -> TileShifts:
    """Find for every tile how far the print of another page is shifted.

    Args:
        reference: (H, W), from `print_map`.
        other: (H, W), from `print_map`.
        covered: (H, W): where `other` shows its page at all; None for everywhere.
        reach: Largest shift that is looked for, px.

    Source:
        Normalized cross-correlation with a parabola through the peak in either direction (Tian, Huhns 1986,
        "Algorithms for subpixel registration", section 3.2). In place of phase correlation: it does not whiten, and so
        does not lift noise and blur to the weight of print.
    """
    height, width = reference.shape
    side = int(np.clip(min(height, width) // _TILES_ACROSS, _SMALLEST_TILE, _LARGEST_TILE))
    tops, lefts = _starts(height, side), _starts(width, side)
    soft, other = _soft(reference), _soft(other)
    printed = _print_mask(reference)
    padded = np.pad(other, reach, constant_values=PAPER)
    shape = (len(tops), len(lefts))
    shifts = np.zeros((*shape, 2), np.float32)
    likeness = np.zeros(shape, np.float32)
    has_print = np.zeros(shape, np.bool_)
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            tile = np.s_[top : top + side, left : left + side]
            if printed[tile].mean() < _LEAST_PRINT:
                continue
            if covered is not None and covered[tile].mean() < _LEAST_COVERED:
                continue
            has_print[row, column] = True
            window = padded[top : top + soft[tile].shape[0] + 2 * reach, left : left + soft[tile].shape[1] + 2 * reach]
            peak, shift = _best_match(window, soft[tile], reach)
            likeness[row, column], shifts[row, column] = peak, shift
    x = [left + (min(side, width) - 1) / 2 for left in lefts]
    y = [top + (min(side, height) - 1) / 2 for top in tops]
    centers = np.stack(np.meshgrid(x, y), axis=2).astype(np.float32)
    return TileShifts(centers, shifts, likeness, has_print)


def smoothed(values: FloatArray, weights: FloatArray, sigma: float, *, ridge: float = 1e-6) -> FloatArray:
    """Average over a grid with weights: normalized convolution.

    Args:
        values: (R, C, 2), float32.
        weights: (R, C), float32, 0 where a value is missing.
        sigma: Deviation of the Gaussian, cells.
        ridge: Weight of the value 0 in every cell: what little evidence says is drawn towards it.

    Returns:
        (R, C, 2), float32; 0 where nothing is near.

    Source:
        Knutsson, Westin 1993, "Normalized and differential convolution", section 3.
    """
    total = cv2.GaussianBlur(weights, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    sums = cv2.GaussianBlur(values * weights[:, :, None], (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(sums / (total + ridge)[:, :, None], np.float32)


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin: side by side, spread evenly, the last one at the end."""
    count = max(1, round(length / side))
    return [round(number * (length - side) / max(1, count - 1)) if length > side else 0 for number in range(count)]


def _soft(page: PrintMap) -> PrintMap:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 1.0), np.uint8)


def _print_mask(page: PrintMap) -> BoolArray:
    """What is darker or lighter than paper by more than its grain, (H, W)."""
    distance = cv2.absdiff(_soft(page), np.full(1, PAPER, np.uint8))
    grain = float(np.percentile(distance[::2, ::2], 25)) / _QUARTER_OF_A_NORMAL
    return np.asarray(distance > max(_FAINTEST_PRINT, 4.0 * grain), np.bool_)


def _best_match(window: PrintMap, tile: PrintMap, reach: int) -> tuple[float, tuple[float, float]]:
    scores = np.asarray(cv2.matchTemplate(window, tile, cv2.TM_CCOEFF_NORMED), np.float32)
    _, peak, _, (x, y) = cv2.minMaxLoc(scores)
    return float(peak), (x - reach + _vertex(scores[y], x), y - reach + _vertex(scores[:, x], y))


def _vertex(scores: NDArray[np.floating], at: int) -> float:
    """Where a parabola through a peak and its neighbors is highest, -0.5..0.5; 0 at the ends."""
    if at in (0, len(scores) - 1):
        return 0.0
    before, peak, after = (float(score) for score in scores[at - 1 : at + 2])
    curvature = before - 2.0 * peak + after
    return 0.5 * (before - after) / curvature if curvature < -1e-9 else 0.0
