"""Windows of whole dirty pages as the overview networks see them, with parts at full size for the tile networks.

A training context is 512 px of a page. What is paper and what is a colored box, what is print and what is a bar of a
letter that lies across the sheet, shows on the whole page. A page at an eighth of its size and a few parts of it take
3 MB, so thousands of them fit into the memory of a GPU.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.doubling import doubled
from docclean.imaging.overview import CELL, overview_of
from docclean.training.degrade import Degraded

SEEN = 176
"""Side of a window, cells: of most pages it is all."""

SIDE = 160
"""Side of a part, px."""

PARTS = 8

_LEAST_CELLS = 40
_AT_INK = 0.6
_AT_MARK = 0.6
_BLANK = 0.97


@dataclass(frozen=True, slots=True)
class PageWindow:
    """A window of a dirty page at an eighth of its size, and parts of it.

    What a window lacks of `SEEN` cells repeats its last row and column.

    Attributes:
        overview: (9, SEEN, SEEN), float16, 0..255: mean, brightest and darkest RGB of every cell of 8x8 px.
        sheet: (3, SEEN, SEEN), uint8: mean RGB of the paper without print.
        is_known: (SEEN, SEEN), bool: where `sheet` is known.
        opacity: (SEEN, SEEN), uint8: the largest opacity of a watermark in a cell; 0 where there is none.
        corners: (PARTS, 2): row and column of each part, cells.
        parts: (PARTS, C, SIDE, SIDE), uint8: dirty RGB, clean RGB and, on pages that may have a watermark, its opacity
            and RGB.
    """

    overview: NDArray[np.float16]
    sheet: NDArray[np.uint8]
    is_known: NDArray[np.bool_]
    opacity: NDArray[np.uint8]
    corners: NDArray[np.int64]
    parts: NDArray[np.uint8]


def window_of(pair: Degraded, rng: np.random.Generator, *, doubled_up_to: int, has_marks: bool) -> PageWindow | None:
    """Look at a page; None if it is too small.

    Args:
        pair: The pages.
        rng: Chooses the window and the parts.
        doubled_up_to: As in `InputSpec`.
        has_marks: Whether parts have the layers of a watermark.
    """
    planes = _planes(pair, has_marks=has_marks)
    if planes[0].shape[0] * planes[0].shape[1] <= doubled_up_to:
        planes = [doubled(plane) for plane in planes]
    height, width = planes[0].shape[:2]
    if min(height, width) < _LEAST_CELLS * CELL:
        return None
    corner = [CELL * int(rng.integers(0, max(0, side // CELL - SEEN) + 1)) for side in (height, width)]
    cut = tuple(slice(start, start + SEEN * CELL) for start in corner)
    dirty, clean, sheet, *mark = (_whole_cells(plane[cut]) for plane in planes)
    blank = np.asarray(overview_of(clean)[0, 6:].min(axis=0) > _BLANK)
    opacity = _largest(mark[0]) if mark else np.zeros_like(blank, np.uint8)
    corners = np.array([_corner(blank, opacity > 0, rng) for _ in range(PARTS)], np.int64)
    layers = np.concatenate([dirty, clean, *mark], axis=2)
    parts = [layers[CELL * y : CELL * y + SIDE, CELL * x : CELL * x + SIDE].transpose(2, 0, 1) for y, x in corners]
    is_known = blank if pair.sheet is None else np.ones_like(blank)
    missing = [(0, SEEN - side) for side in blank.shape]
    means = (overview_of(sheet)[0, :3] * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)
    return PageWindow(
        np.pad((overview_of(dirty)[0] * np.float32(255.0)).astype(np.float16), [(0, 0), *missing], mode="edge"),
        np.pad(means, [(0, 0), *missing], mode="edge"),
        np.pad(is_known, missing, mode="edge"),
        np.pad(opacity, missing, mode="edge"),
        corners,
        np.ascontiguousarray(np.stack(parts)),
    )


def _planes(pair: Degraded, *, has_marks: bool) -> list[PixelArray]:
    """Dirty page, clean page, sheet and, if asked for, opacity and color of the mark."""
    planes = [pair.dirty, pair.clean, pair.dirty if pair.sheet is None else pair.sheet]
    if has_marks and (pair.mark_opacity is None or pair.mark_color is None):
        return [*planes, np.zeros((*pair.dirty.shape[:2], 1), np.uint8), np.zeros_like(pair.dirty)]
    if has_marks and pair.mark_opacity is not None and pair.mark_color is not None:
        return [*planes, pair.mark_opacity[:, :, None], pair.mark_color]
    return planes


def _whole_cells(plane: PixelArray) -> PixelArray:
    height, width = (side // CELL * CELL for side in plane.shape[:2])
    return np.ascontiguousarray(plane[:height, :width])


def _largest(opacity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = (side // CELL for side in opacity.shape[:2])
    return np.asarray(opacity.reshape(rows, CELL, columns, CELL).max(axis=(1, 3)), np.uint8)


def _corner(blank: NDArray[np.bool_], is_marked: NDArray[np.bool_], rng: np.random.Generator) -> tuple[int, int]:
    """Choose a part: at a mark, at ink, or anywhere."""
    side = SIDE // CELL
    most = [whole - side for whole in blank.shape]
    at = [int(rng.integers(0, limit + 1)) for limit in most]
    wanted = is_marked if is_marked.any() and rng.random() < _AT_MARK else ~blank
    rows, columns = np.nonzero(wanted)
    if len(rows) and (wanted is is_marked or rng.random() < _AT_INK):
        chosen = int(rng.integers(len(rows)))
        shift = rng.integers(0, side, 2)
        at = [
            int(np.clip(place - step, 0, limit))
            for place, step, limit in zip((rows[chosen], columns[chosen]), shift, most, strict=True)
        ]
    return at[0], at[1]
