"""Telling pages that need no cleaning: drawn by a program, not scanned.

Paper that was drawn has one color, to the last bit; a scanner does not give that, nor does anything that soils paper.
Where a good part of a page is of one color exactly, and nothing lies on it but print and pictures, there is nothing to
clean, and all that could be done would be harm.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray

Marks = NDArray[np.uint8]
"""How far the color of each pixel is from the paper's, by its worst channel; (H, W), 0 is paper."""

_SAMPLE, _MOST_SAMPLES = 97, 100_000
"""Every so manieth pixel shows what color the paper has, a prime; of a sheet so many pixels are enough."""

_LEAST_PAPER = 0.35
"""So much of a page has the paper's color; a third, because pages of slides and brochures are printed all over."""

_INK = 48
"""A pixel so far from the paper is print. What is nearer should lie at its rim."""

_MOST_GRAIN = 0.002
"""Weak, uneven pixels beyond the rims of print, as a share of all that is not paper."""

_WINDOW = 33
_SPECK_AREA = 6.0
_SPECK_REACH = 12.0
"""Area and distance from all larger things that make a speck, px and px at 100 dpi."""

_MOST_SPECKS = 3.0
_MOST_LOOKED_AT = 500
_EVEN = 1.25
"""Dots of a printer's screen have at least two neighbors that are equally far, but for this factor."""

_UNEVEN_SHARE = 0.2
_WIDTH_AT_100_DPI = 827
_TWO_LEVELS = 2
_BAND_PIXELS, _BAND_RIM = 1 << 24, 256
"""Pixels of a part that is looked at at once, and rows that neighboring parts share."""


def is_spotless(pixels: PixelArray) -> bool:
    """Whether a page is drawn, and nothing on it should be taken away.

    Pages of two levels never are: a threshold gives every scan paper of one color.

    Args:
        pixels: (H, W, 1 or 3), uint8.
    """
    whole = pixels.reshape(-1, pixels.shape[2])
    samples = whole[:: max(_SAMPLE, len(whole) // _MOST_SAMPLES)]
    colors, counts = np.unique(samples, axis=0, return_counts=True)
    if len(colors) <= _TWO_LEVELS or counts.max() < _LEAST_PAPER * len(samples):
        return False
    paper = colors[counts.argmax()]
    scale = max(1.0, min(pixels.shape[:2]) / _WIDTH_AT_100_DPI)
    marked, grains, specks = 0, 0, 0.0
    band = max(_BAND_RIM, _BAND_PIXELS // pixels.shape[1])
    for top in range(0, pixels.shape[0], band):
        start = max(0, top - _BAND_RIM)
        marks = _marks(pixels[start : top + band + _BAND_RIM], paper)
        rows = slice(top - start, top - start + band)
        marked += int(np.count_nonzero(marks[rows]))
        grains += _grains(marks, rows)
        specks += _specks(marks, rows, scale)
        if specks > _MOST_SPECKS:
            return False
    return grains <= _MOST_GRAIN * marked


def _marks(pixels: PixelArray, paper: NDArray[np.uint8]) -> Marks:
    marks = np.zeros(pixels.shape[:2], np.uint8)
    for channel, value in enumerate(paper):
        plane = pixels[:, :, channel]
        np.maximum(marks, np.where(plane > value, plane - value, value - plane), out=marks)
    return marks


def _grains(marks: Marks, rows: slice) -> int:
    """Count weak, uneven pixels away from print, where there is more paper than print: there no picture lies."""
    square = np.ones((5, 5), np.uint8)
    weak = (marks > 0) & (cv2.dilate((marks >= _INK).astype(np.uint8), square) == 0)
    if not weak.any():
        return 0
    small = np.ones((3, 3), np.uint8)
    weak &= cv2.dilate(marks, small) != cv2.erode(marks, small)  # a tint is even
    paper = cv2.blur((marks == 0).astype(np.float32), (_WINDOW, _WINDOW))
    return int(np.count_nonzero((weak & (paper > 0.5))[rows]))


def _specks(marks: Marks, rows: slice, scale: float) -> float:
    """Count small things far from all larger ones; those that lie evenly, as a printer's screen does, are none."""
    _, labels, stats, centers = cv2.connectedComponentsWithStats((marks > 0).astype(np.uint8), connectivity=8)
    areas = np.asarray(stats)[:, cv2.CC_STAT_AREA]
    is_large = areas > _SPECK_AREA * scale**2
    is_large[0] = False
    nearest = cv2.distanceTransform((~is_large[labels]).astype(np.uint8), cv2.DIST_L2, 3)
    middle = np.asarray(centers, np.float32)
    column, row = (middle + 0.5).astype(np.int64).clip(0, [marks.shape[1] - 1, marks.shape[0] - 1]).T
    is_lone = ~is_large & (nearest[row, column] > _SPECK_REACH * scale) & (row >= rows.start) & (row < rows.stop)
    is_lone[0] = False
    lone = np.flatnonzero(is_lone)
    if len(lone) <= _MOST_SPECKS:
        return float(len(lone))
    looked_at = lone[:: -(-len(lone) // _MOST_LOOKED_AT)]
    found = cv2.BFMatcher(cv2.NORM_L2).knnMatch(middle[looked_at], middle[1:], k=3)
    uneven = np.mean([second.distance > _EVEN * first.distance for _itself, first, second in found])
    return float(len(lone) * uneven) if uneven > _UNEVEN_SHARE else 0.0
