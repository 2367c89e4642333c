"""By how much a page lies askew, judged by its lines of text and its rules.

Ink is summed along lines of a slope. The slope of the text is the one at which these sums change most abruptly from
line to line, because then lines and the gaps between them do not mix.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.density import Density
from docclean.imaging.ink_map import ink_map, strokes_of

LARGEST_SKEW_DEG = 10.0
"""Pages that seem to lie more askew than this are left alone."""

SMALLEST_SKEW_DEG = 0.05
"""Less than this cannot be seen: 0.2 mm on the width of A4."""

_SEARCHED_DEG = 12.0
_COARSE_DEG = 0.2
_FINER_DEG = 0.1
_FINEST_DEG = 0.03
_RIM = 0.03
_LEAST_CONTRAST = 16.0
_NOISE = 3.0
_OF_DARKEST = 0.3
_SMALLEST_STROKE = 8
_LEAST_INK = 600
_CLEAREST = 1.45
"""A slope counts when its sharpness is so many times the usual one. Text, tables and notes have 1.5 (one faint line
under heavy dirt) to 8; photographs, specks and single words had at most 1.4 on made pages."""

_FINE = 4
_WINDOW = 2
_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class _Ink:
    """Pixels of ink: places from the middle of the map, px, and how dark they are."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    weight: NDArray[np.float64]
    reach: int


def find_skew(pixels: PixelArray, density: Density) -> float:
    """Find the angle at which a page's lines run.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        density: Pixels per mm.

    Returns:
        Degrees counterclockwise, -10 to 10, to about .01 for print; 0 when the page has nothing to judge by or the
        angle is smaller than .05.

    Source:
        Bloomberg, Kopec, Dasari 1995, "Measuring document image skew and orientation", section 3: squared differences
        of sums along lines. Ours: their square root is summed over strips of the page, so that one long line of a
        scanner's dust or a screened picture does not outweigh the text.
    """
    strokes = _strokes(pixels, density)
    ink = _ink_of(strokes)
    if len(ink.weight) < _LEAST_INK:
        return 0.0
    half = _ink_of(np.asarray(cv2.resize(strokes, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32))
    slopes = np.arange(-_SEARCHED_DEG, _SEARCHED_DEG + _COARSE_DEG / 2, _COARSE_DEG)
    sharpness = np.array([_sharpness(half, slope) for slope in slopes])
    best = float(slopes[sharpness.argmax()])
    if sharpness.max() < _CLEAREST * np.median(sharpness) or abs(best) > LARGEST_SKEW_DEG + _COARSE_DEG:
        return 0.0
    skew = _refined(ink, best)
    return skew if SMALLEST_SKEW_DEG <= abs(skew) <= LARGEST_SKEW_DEG else 0.0


def _strokes(pixels: PixelArray, density: Density) -> NDArray[np.float32]:
    """How much darker strokes are than they need to be, (h, w); the rim of the page does not count."""
    ink = ink_map(pixels, density)
    rim = max(1, round(_RIM * min(ink.darkness.shape)))
    inner = ink.darkness[rim:-rim, rim:-rim]
    if not inner.size:
        return np.zeros_like(ink.darkness, np.float32)
    darkest, usual = (float(value) for value in np.percentile(inner, (99.5, 50.0)))
    threshold = max(_LEAST_CONTRAST, _NOISE * usual, _OF_DARKEST * darkest)
    ink.darkness[:rim] = ink.darkness[-rim:] = 0
    ink.darkness[:, :rim] = ink.darkness[:, -rim:] = 0
    is_stroke = strokes_of(ink, threshold, _SMALLEST_STROKE)
    excess = np.minimum(ink.darkness.astype(np.float32) - threshold, max(1.0, darkest - threshold))
    return np.where(is_stroke, excess, 0.0).astype(np.float32)


def _ink_of(strokes: NDArray[np.float32]) -> _Ink:
    rows, columns = np.nonzero(strokes)
    height, width = strokes.shape
    weight = strokes[rows, columns].astype(np.float64)
    reach = int(np.hypot(height, width) / 2.0) + 8
    return _Ink(columns - (width - 1) / 2.0, rows - (height - 1) / 2.0, weight, reach)


def _sharpness(ink: _Ink, degrees: float) -> float:
    """How abruptly sums along lines of a slope change: larger is sharper.

    Sums are taken in quarters of a pixel and over two pixels, so that rows of pixels do not favor level lines.
    """
    angle = np.deg2rad(degrees)
    places = ((ink.y * np.cos(angle) + ink.x * np.sin(angle) + ink.reach) * _FINE).astype(np.int64)
    length = 2 * ink.reach * _FINE
    total = np.cumsum(np.bincount(places, ink.weight, length))
    window = _WINDOW * _FINE
    sums = total[window:] - total[:-window]
    change = sums[window:] - sums[:-window]
    strips = np.add.reduceat(change * change, np.arange(0, len(change), max(1, length // _BLOCKS)))
    return float(np.sqrt(strips).sum())


def _refined(ink: _Ink, best: float) -> float:
    """The sharpest slope near one, between the steps too: the top of a parabola."""
    slopes, sharpness = _around(ink, best, _FINER_DEG)
    slopes, sharpness = _around(ink, float(slopes[sharpness.argmax()]), _FINEST_DEG)
    top = int(sharpness.argmax())
    best = float(slopes[top])
    if 0 < top < len(slopes) - 1:
        before, here, after = sharpness[top - 1 : top + 2]
        bend = before - 2.0 * here + after
        best += _FINEST_DEG * 0.5 * float((before - after) / bend) if bend else 0.0
    return best


def _around(ink: _Ink, middle: float, step: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slopes near one, and how sharp they are."""
    slopes = np.asarray(middle + step * np.arange(-4, 5), np.float64)
    return slopes, np.array([_sharpness(ink, slope) for slope in slopes])
