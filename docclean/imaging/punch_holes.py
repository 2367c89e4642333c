"""The shadows of punch holes: round, near an edge, and always several in the pattern of a punch."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Outline, PageSize, PixelArray
from docclean.imaging.density import Density
from docclean.imaging.ink_map import shrunk

_DIAMETERS_MM = (4.5, 9.5)
_FROM_EDGE_MM = (4.0, 22.0)
_SPACINGS_MM = (80.0, 160.0, 240.0, 107.95, 215.9, 69.85, 21.0, 70.0, 91.0, 112.0)
"""Between holes, not only neighboring ones: ISO 838 and its four-hole form, US three and two holes, SS 628106."""

_TOLERANCE = 0.04
_GUESSED_TOLERANCE = 0.1
_SAME_SIZE = 0.25
_SAME_DISTANCE_MM = 2.5
_ROUND = 0.82
_DARK = 0.6
_RING = 20.0
_PER_MM = 5.0
_GROWN_MM = 0.5
_EVEN = 22.0
_CORNERS = 32


@dataclass(frozen=True, slots=True)
class _Disc:
    """Something round: its middle and radius, px of the small page."""

    x: float
    y: float
    radius: float


def find_punch_holes(pixels: PixelArray, density: Density, skew_deg: float = 0.0) -> tuple[Outline, ...]:
    """Find punch holes.

    A hole is a dark disc, or a bright one with a dark ring, 4.5 to 9.5 mm wide, even inside, its middle 4 to 22 mm from
    an edge. It counts only with another one of its size, as far from that edge, at a distance that punches have.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        density: Pixels per mm; tolerances are wider when it is a guess.
        skew_deg: By how much the page lies askew, degrees counterclockwise.

    Returns:
        Round outlines, 0.5 mm larger than the holes.

    Source:
        ISO 838:1974: holes of 6 mm, 80 mm apart, 12 mm from the edge. ANSI/ISO-like US punches: 8 mm, 4.25 and 2.75 in.
        SS 628106: 21, 70 and 21 mm.
    """
    long_side = round(max(pixels.shape[0] / density.y, pixels.shape[1] / density.x) * _PER_MM)
    small = shrunk(pixels, density, max(1, long_side))
    size = PageSize(pixels.shape[0], pixels.shape[1])
    step = np.array([size.width / small.shape[1], size.height / small.shape[0]])
    per_mm = density.x / step[0]
    discs = _discs(small, per_mm, density.is_stated)
    holes: set[_Disc] = set()
    for edge in range(4):
        near = [disc for disc in discs if _is_near(disc, edge, small.shape, per_mm)]
        for one, other in combinations(near, 2):
            if _is_pair(one, other, edge, per_mm, skew_deg, is_stated=density.is_stated):
                holes |= {one, other}
    turns = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    circle = np.stack((np.cos(turns), np.sin(turns)), axis=1)
    return tuple(
        np.asarray(
            (np.array([hole.x, hole.y]) + 0.5 + circle * (hole.radius + _GROWN_MM * per_mm)) * step - 0.5, np.float32
        )
        for hole in sorted(holes, key=lambda hole: (hole.y, hole.x))
    )


def _discs(small: NDArray[np.uint8], per_mm: float, is_stated: bool) -> list[_Disc]:  # noqa: FBT001 - one of its facts
    """Everything round of a hole's size; dark ones, and bright ones in a ring."""
    paper = float(np.percentile(small, 70.0))
    slack = 1.0 if is_stated else 1.0 + _GUESSED_TOLERANCE
    radii = _DIAMETERS_MM[0] / 2.0 * per_mm / slack, _DIAMETERS_MM[1] / 2.0 * per_mm * slack
    smooth = cv2.GaussianBlur(small, (3, 3), 0)
    reach = 2 * max(1, round(0.75 * per_mm)) + 1
    hat = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, np.ones((reach, reach), np.uint8))
    bridge = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    masks = (smooth < _DARK * paper, np.asarray(hat) > _RING)
    found: list[_Disc] = []
    for mask in masks:
        closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, bridge)
        contours, _ = cv2.findContours(closed, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        candidates = (_disc_of(np.asarray(contour, np.int32), radii) for contour in contours)
        found += [disc for disc in candidates if disc is not None and _is_even(small, disc)]
    found.sort(key=lambda disc: -disc.radius)
    discs: list[_Disc] = []
    for disc in found:  # a ring has two contours
        if not any(_is_same(disc, other) for other in discs):
            discs.append(disc)
    return discs


def _disc_of(contour: NDArray[np.int32], radii: tuple[float, float]) -> _Disc | None:
    if len(contour) < 4 * radii[0]:
        return None
    (x, y), radius = cv2.minEnclosingCircle(contour)
    if not radii[0] <= radius <= radii[1]:
        return None
    return _Disc(x, y, radius) if cv2.contourArea(contour) >= _ROUND * np.pi * radius * radius else None


def _is_even(small: NDArray[np.uint8], disc: _Disc) -> bool:
    """Whether a disc has nothing in it."""
    reach = int(disc.radius) + 2
    left, top = max(0, int(disc.x) - reach), max(0, int(disc.y) - reach)
    part = small[top : int(disc.y) + reach, left : int(disc.x) + reach]
    mask = np.zeros(part.shape, np.uint8)
    cv2.circle(mask, (round(disc.x) - left, round(disc.y) - top), max(1, int(0.65 * disc.radius)), (1,), -1)
    return float(part[mask > 0].std()) <= _EVEN


def _is_same(one: _Disc, other: _Disc) -> bool:
    return bool(np.hypot(one.x - other.x, one.y - other.y) < max(one.radius, other.radius))


def _from_edge(disc: _Disc, edge: int, shape: Sequence[int]) -> float:
    """Distance of a disc's middle from the left, right, upper or lower edge, px."""
    return (disc.x, shape[1] - 1 - disc.x, disc.y, shape[0] - 1 - disc.y)[edge]


def _is_near(disc: _Disc, edge: int, shape: Sequence[int], per_mm: float) -> bool:
    return _FROM_EDGE_MM[0] * per_mm <= _from_edge(disc, edge, shape) <= _FROM_EDGE_MM[1] * per_mm


def _is_pair(one: _Disc, other: _Disc, edge: int, per_mm: float, skew_deg: float, *, is_stated: bool) -> bool:
    """Whether two discs may be holes of one punch along an edge of a page that lies askew."""
    if abs(one.radius - other.radius) > _SAME_SIZE * max(one.radius, other.radius):
        return False
    angle = np.deg2rad(skew_deg)
    x, y = other.x - one.x, other.y - one.y
    level, upright = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    along, across = (upright, level) if edge < 2 else (level, upright)
    tolerance = _TOLERANCE if is_stated else _GUESSED_TOLERANCE
    is_spaced = any(abs(abs(along) / per_mm - spacing) <= tolerance * spacing for spacing in _SPACINGS_MM)
    return bool(is_spaced and abs(across) <= _SAME_DISTANCE_MM * per_mm)
