"""Whole dirty pages as the denoiser's overview network sees them, with some parts at full size and their truth.

Training on crops shows that network 512 px of a page; what is paper and what is a colored box shows on the whole page.
A page at an eighth of its size and a few parts of it take 2 MB, so thousands of pages fit into memory.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.doubling import doubled
from docclean.imaging.overview import CELL, overview_of
from docclean.training.degrade import IDENTITY, Degraded, captured, degrade
from docclean.training.kept_pages import LEAST_CELLS, keep
from docclean.training.page_overviews import UsedPages
from docclean.training.real_pairs import RealPairs
from docclean.training.suite_pages import backside_of

SIDE = 160
"""Side of a part, px."""

PARTS = 6
_AT_INK = 0.6
_BLANK = 0.97


@dataclass(frozen=True, slots=True)
class PagePair:
    """A dirty page at an eighth of its size, and parts of it.

    Attributes:
        overview: (9, h, w), float16, 0..255: mean, brightest and darkest RGB of every cell of 8x8 px.
        blank: (h, w), bool: cells of which the truth is white.
        corners: (N, 2): row and column of each part, cells.
        dirty: (N, 3, SIDE, SIDE), uint8, RGB.
        clean: The truth of `dirty`, same shape.
        weight: How much the page counts, see `losses.kind_weights`.
    """

    overview: NDArray[np.float16]
    blank: NDArray[np.bool_]
    corners: NDArray[np.int64]
    dirty: PixelArray
    clean: PixelArray
    weight: float


class DirtyPages:
    """Pairs by number: dirtied pages, scanned ones, clean ones and, where there are some, real ones.

    `pages[i]` depends on the pages, the pictures, the real pairs, the seed and i alone.

    Args:
        used: Clean pages, some of them stamped or glued on.
        real: Real pairs; may have none.
        seed: Seed of the stream.
    """

    def __init__(self, used: UsedPages, real: RealPairs | None, *, seed: int) -> None:
        self._used, self._seed = used, seed
        self._real = real.pairs if real else ()

    def __getitem__(self, number: int) -> Degraded:
        """Make pair `number`.

        Raises:
            TrainingError: See `WholePages`.
        """
        rng = np.random.default_rng([self._seed, number])
        if self._real and rng.random() < 0.12:
            dirty, clean = self._real[int(rng.integers(len(self._real)))]
            return Degraded(dirty, clean)
        page = self._used.page(number, rng)
        if rng.random() < 0.15:
            page = shaded(page, rng)
        drawn = rng.random()
        if drawn < 0.1:
            return Degraded(page, page, kinds=(IDENTITY,))
        if drawn < 0.16:
            return captured(page, rng)
        backside = backside_of(self._used.pages, number, page.shape) if rng.random() < 0.3 else None
        return degrade(page, rng, backside=backside, is_stained=bool(rng.random() < 0.15))


def shaded(page: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Lay plain boxes and disks under the print, as forms, tables and diagrams have them.

    Args:
        page: (H, W, 3), uint8, RGB.
        rng: Source of randomness.
    """
    height, width = page.shape[:2]
    fill = np.full(page.shape, 255, np.uint8)
    level = rng.uniform(0.55, 0.95)
    for _ in range(int(rng.integers(1, 9))):
        is_gray = rng.random() < 0.3  # pale gray ones would look like folds and shadows
        hue = np.array([[[rng.uniform(0, 360), 0.0 if is_gray else rng.uniform(0.25, 0.9), 1.0]]], np.float32)
        rgb = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0] * min(0.85 if is_gray else 1.0, level * rng.uniform(0.9, 1.1))
        color = tuple(int(255 * value) for value in rgb)
        left, top = int(rng.integers(0, width)), int(rng.integers(0, height))
        if rng.random() < 0.35:
            radius = int(np.exp(rng.uniform(np.log(10), np.log(max(11.0, min(height, width) / 5)))))
            for step in range(int(rng.integers(1, 6))):  # a row of them
                cv2.circle(fill, (left, top + 3 * step * radius), radius, color, -1, cv2.LINE_AA)
        else:
            across, down = (
                int(rng.uniform(0.03, 0.8) * width),
                int(np.exp(rng.uniform(np.log(16), np.log(max(17.0, height / 2))))),
            )
            for step in range(int(rng.integers(1, 6)) if down < 80 else 1):
                cv2.rectangle(
                    fill, (left, top + 2 * step * down), (left + across, top + (2 * step + 1) * down), color, -1
                )
    return np.asarray(page.astype(np.uint16) * fill // 255, np.uint8)


def seen(pair: Degraded, rng: np.random.Generator, *, doubled_up_to: int) -> PagePair | None:
    """Look at a pair; None if it is too small.

    Args:
        pair: The pages.
        rng: Chooses the parts.
        doubled_up_to: As in `InputSpec`.
    """
    height, width = (side // CELL * CELL for side in pair.dirty.shape[:2])
    dirty, clean = (np.ascontiguousarray(p[:height, :width]) for p in (pair.dirty, pair.clean))
    if height * width <= doubled_up_to:
        dirty, clean = doubled(dirty), doubled(clean)
    rows, columns = dirty.shape[0] // CELL, dirty.shape[1] // CELL
    side = SIDE // CELL
    if min(rows, columns) < LEAST_CELLS:
        return None
    blank = np.asarray(overview_of(clean)[0, 6:].min(axis=0) > _BLANK)
    corners = np.array([_corner(blank, rng) for _ in range(PARTS)], np.int64)
    parts = [
        np.stack([p[CELL * y : CELL * (y + side), CELL * x : CELL * (x + side)] for y, x in corners]).transpose(
            0, 3, 1, 2
        )
        for p in (dirty, clean)
    ]
    is_gray = all(bool((p[..., 0] == p[..., 1]).all()) for p in (dirty, clean))
    weight = 1.5 if is_gray or pair.kinds == (IDENTITY,) else 0.35
    overview = (overview_of(dirty)[0] * np.float32(255.0)).astype(np.float16)
    return PagePair(overview, blank, corners, np.ascontiguousarray(parts[0]), np.ascontiguousarray(parts[1]), weight)


def _corner(blank: NDArray[np.bool_], rng: np.random.Generator) -> tuple[int, int]:
    side = SIDE // CELL
    most = [whole - side for whole in blank.shape]
    at = [int(rng.integers(0, limit + 1)) for limit in most]
    rows, columns = np.nonzero(~blank)
    if len(rows) and rng.random() < _AT_INK:
        chosen = int(rng.integers(len(rows)))
        shift = rng.integers(0, side, 2)
        at = [
            int(np.clip(place - step, 0, limit))
            for place, step, limit in zip((rows[chosen], columns[chosen]), shift, most, strict=True)
        ]
    return at[0], at[1]


def keep_pairs(pages: DirtyPages, numbers: range, folder: Path, *, doubled_up_to: int) -> int:
    """Look at pairs and keep what is seen, see `keep`; small ones are left out."""
    return keep(
        numbers,
        folder,
        lambda number: seen(pages[number], np.random.default_rng([number, 1]), doubled_up_to=doubled_up_to),
    )
