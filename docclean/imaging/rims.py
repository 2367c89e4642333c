"""The dark rims that scanners and copiers leave around a sheet: found so that no picture is ever taken for one."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Outline, PageSize, PixelArray
from docclean.imaging.density import Density
from docclean.imaging.luma import luma_of

_DEEPEST_MM = 25.0
_DEEPEST_SHARE = 0.15
_GAP_MM = 0.5
_FREE_MM = 8.0
"""What is narrower than this along the edge is no rim: a rule or a letter that runs into it."""

_GROWN_MM = 0.4
_OUTSIDE = 3.0
"""How far outlines reach beyond the page, px, so that nothing is left of its outermost pixels."""

_RAGGED_MM = 1.0
_LEAST_OF_CORNER = 0.9
_LEAST_OF_EDGE = 0.4
_ALONG_PER_MM = 4.0
_DARK = 0.5
_DARKEST_LIMIT = 110.0
_LEAST_PAPER = 140.0
_PAPER_SHARE = 0.5
_LIKE_PAPER = 0.7
_MOST_COLOR = 70
_BESIDE_MM = (0.8, 2.5)
_LEAST_BESIDE = 0.7
_STEP_MM = 1.5
_STRAIGHT_MM = 1.2
_LEAST_STRAIGHT = 0.75
_QUICK = 400


@dataclass(frozen=True, slots=True)
class _Edge:
    """A strip along one edge of a page, its outer rows first.

    Attributes:
        strip: Luma, (depth, places), float32; in full resolution inwards, in pieces of some px along the edge.
        color: How far the channels lie apart, likewise.
        piece: Page px per column.
        per_mm: Rows per mm.
        along_per_mm: Columns per mm.
    """

    strip: NDArray[np.float32]
    color: NDArray[np.float32]
    piece: float
    per_mm: float
    along_per_mm: float


def find_rims(pixels: PixelArray, density: Density) -> tuple[Outline, ...]:
    """Find dark rims that touch the edge of a page.

    A rim is dark and without color, runs along at least two fifths of an edge, is at most 25 mm and 15 % of the page
    deep, and ends in a line behind which there is bright paper. A picture that reaches the edge is deeper or has no
    paper beside it; a page that is not mostly bright paper, such as a cover, has no rims at all.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        density: Pixels per mm.

    Returns:
        An outline for each rim, which reach 0.4 mm into the page further than the dark does.
    """
    paper = _paper_level(pixels)
    if paper is None:
        return ()
    shape = pixels.shape[:2]
    found = []
    for side in ("top", "bottom", "left", "right"):
        depth = _depths(_edge(pixels, side, density), paper)
        if depth is not None:
            found += [_outline(span, side, shape) for span in _spans(depth, shape, side)]
    return tuple(found)


def _paper_level(pixels: PixelArray) -> float | None:
    """Luma of the page's paper; None where the page is not mostly paper."""
    step = max(1, max(pixels.shape[:2]) // _QUICK)
    few = np.ascontiguousarray(pixels[::step, ::step])
    few = np.asarray(cv2.medianBlur(few, 3), np.uint8).reshape(few.shape)
    luma = luma_of(np.ascontiguousarray(few)).astype(np.float32)
    color = few.max(axis=2).astype(np.int16) - few.min(axis=2)
    paper = float(np.percentile(luma, 70.0))
    is_paper = (luma >= _LIKE_PAPER * paper) & (color <= _MOST_COLOR)
    return paper if paper >= _LEAST_PAPER and is_paper.mean() >= _PAPER_SHARE else None


def _edge(pixels: PixelArray, side: str, density: Density) -> _Edge:
    view = _seen_from(pixels, side)
    is_across = side in ("top", "bottom")
    inwards, along = (density.y, density.x) if is_across else (density.x, density.y)
    depth = max(1, round(min(_DEEPEST_MM * inwards, _DEEPEST_SHARE * view.shape[0])))
    places = max(1, round(view.shape[1] * min(1.0, _ALONG_PER_MM / along)))
    strip = np.ascontiguousarray(view[:depth])
    luma, color = (
        np.asarray(cv2.resize(plane, (places, depth), interpolation=cv2.INTER_AREA), np.float32)
        for plane in (luma_of(strip), strip.max(axis=2) - strip.min(axis=2))
    )
    piece = view.shape[1] / places
    return _Edge(luma, color, piece, inwards, along / piece)


def _seen_from(pixels: PixelArray, side: str) -> PixelArray:
    """The page turned so that an edge is the first row; a view."""
    match side:
        case "top":
            return pixels
        case "bottom":
            return pixels[::-1]
        case "left":
            return pixels.swapaxes(0, 1)
        case _:
            return pixels.swapaxes(0, 1)[::-1]


@dataclass(frozen=True, slots=True)
class _Depths:
    """How far a rim reaches in, page px, at places along the edge; 0 where there is none."""

    depth: NDArray[np.float32]
    piece: float


def _depths(edge: _Edge, paper: float) -> _Depths | None:
    """How deep the rim along an edge is; None where what is dark there is no rim."""
    limit = min(_DARK * paper, _DARKEST_LIMIT)
    is_dark = cv2.medianBlur((edge.strip < limit).astype(np.uint8), 3) > 0
    is_dark = _without_gap(is_dark, max(1, round(_GAP_MM * edge.per_mm)))
    depth = np.where(is_dark.all(axis=0), len(is_dark), is_dark.argmin(axis=0)).astype(np.float32)
    length = 2 * max(1, round(_FREE_MM * edge.along_per_mm / 2.0)) + 1
    smooth = _opened(depth, min(length, len(depth) | 1))
    smooth[smooth >= len(is_dark) - 1] = 0.0  # deeper than a rim: a picture, or the rim of the edge around the corner
    step = _STEP_MM * edge.per_mm
    for first, beyond in _runs(smooth, step):
        if beyond - first < length or not _is_rim(edge, smooth, np.arange(first, beyond), paper, limit):
            smooth[first:beyond] = 0.0
    if np.count_nonzero(smooth) < _LEAST_OF_EDGE * len(smooth):
        return None
    smooth = _into_corners(smooth, depth > 0, round(_DEEPEST_MM * edge.along_per_mm))
    reach = 2 * max(1, round(_RAGGED_MM * edge.along_per_mm)) + 1
    grown = np.asarray(cv2.dilate(smooth[np.newaxis], np.ones((1, reach), np.uint8)), np.float32)[0]
    return _Depths(np.where(grown > 0, grown + _GROWN_MM * edge.per_mm, 0.0).astype(np.float32), edge.piece)


def _into_corners(depth: NDArray[np.float32], is_dark: NDArray[np.bool_], deepest: int) -> NDArray[np.float32]:
    """Let a rim run on into corners, where the rim of the next edge is in the way."""
    places = np.flatnonzero(depth > 0)
    first, last = int(places[0]), int(places[-1])
    whole = depth.copy()
    before, behind = is_dark[:first], is_dark[last + 1 :]
    if 0 < len(before) <= deepest and before.mean() >= _LEAST_OF_CORNER:
        whole[:first] = depth[first]
    if 0 < len(behind) <= deepest and behind.mean() >= _LEAST_OF_CORNER:
        whole[last + 1 :] = depth[last]
    return whole


def _runs(depth: NDArray[np.float32], step: float = np.inf) -> list[tuple[int, int]]:
    """Where places with a rim begin and end; a step in its depth, px, begins another one."""
    padded = np.concatenate(([0.0], depth, [0.0]))
    is_rim = padded > 0
    changes = (is_rim[1:] != is_rim[:-1]) | (np.abs(np.diff(padded)) > step)
    places = [int(place) for place in np.flatnonzero(changes)]
    return [(first, beyond) for first, beyond in pairwise(places) if depth[first] > 0]


def _without_gap(is_dark: NDArray[np.bool_], gap: int) -> NDArray[np.bool_]:
    """Count a bright line at the very edge as dark where the dark begins right behind it."""
    first = is_dark.argmax(axis=0)
    bridged = (first > 0) & (first <= gap) & is_dark.any(axis=0)
    filled = is_dark.copy()
    filled[:gap] |= bridged & (np.arange(gap)[:, np.newaxis] < first)[: len(is_dark)]
    return filled


def _opened(depth: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Take away what sticks out inwards along less than `length` places."""
    row = np.ones((1, length), np.uint8)
    padded = cv2.copyMakeBorder(depth[np.newaxis], 0, 0, length, length, cv2.BORDER_REPLICATE)
    opened = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, row), np.float32)
    return opened[0, length : length + len(depth)].copy()


def _is_rim(edge: _Edge, depth: NDArray[np.float32], places: NDArray[np.int_], paper: float, limit: float) -> bool:
    """Whether there is paper behind the dark, and the line between them is straight or bends evenly."""
    begin, end = (round(mm * edge.per_mm) for mm in _BESIDE_MM)
    behind = np.clip(depth[places].astype(np.intp)[:, np.newaxis] + np.arange(begin, max(end, begin + 1)), 0, None)
    is_inside = behind[:, -1] < len(edge.strip)
    if is_inside.mean() < _LEAST_BESIDE:
        return False
    beside = edge.strip[behind[is_inside], places[is_inside][:, np.newaxis]].mean(axis=1)
    if (beside >= _LIKE_PAPER * paper).mean() < _LEAST_BESIDE:
        return False
    rows = np.arange(len(edge.strip))[:, np.newaxis]
    is_rim = rows < depth[places]
    if edge.strip[:, places][is_rim].mean() >= limit or edge.color[:, places][is_rim].mean() > _MOST_COLOR:
        return False
    curve = np.polyfit(places, depth[places], 2) if len(places) > 3 else np.array([depth[places].mean()])
    distance = np.abs(np.polyval(curve, places) - depth[places])
    return bool((distance <= _STRAIGHT_MM * edge.per_mm).mean() >= _LEAST_STRAIGHT)


def _spans(depths: _Depths, shape: tuple[int, ...], side: str) -> list[NDArray[np.float64]]:
    """Runs of places with a rim: for each the inner line, (N, 2), px along the edge and inwards."""
    length = shape[1] if side in ("top", "bottom") else shape[0]
    lines = []
    for first, beyond in _runs(depths.depth):
        along = (np.arange(first, beyond) + 0.5) * depths.piece - 0.5
        inner = np.stack((along, depths.depth[first:beyond] - 0.5), axis=1)
        start = -_OUTSIDE if first == 0 else first * depths.piece
        stop = length + _OUTSIDE if beyond == len(depths.depth) else beyond * depths.piece
        ends = [[start, -_OUTSIDE], [start, inner[0, 1]], *inner, [stop, inner[-1, 1]], [stop, -_OUTSIDE]]
        lines.append(np.array(ends, np.float64))
    return lines


def _outline(line: NDArray[np.float64], side: str, shape: tuple[int, ...]) -> Outline:
    """From px along an edge and inwards to x and y on the page."""
    along, inwards = line[:, 0], line[:, 1]
    size = PageSize(shape[0], shape[1])
    match side:
        case "top":
            points = (along, inwards)
        case "bottom":
            points = (along, size.height - 1 - inwards)
        case "left":
            points = (inwards, along)
        case _:
            points = (size.width - 1 - inwards, along)
    return np.asarray(np.stack(points, axis=1), np.float32)
