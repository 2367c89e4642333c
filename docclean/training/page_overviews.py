"""Whole pages, with marks and without, as the overview network sees them: at an eighth of their size.

The network that says where marks are looks at pages and not at crops, and it looks at an eighth of them. So it can be
trained on that alone: a page takes a few hundred kilobytes, and tens of thousands fit on a disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.imaging.overview import CELL, overview_of
from docclean.training.crops import is_held_out
from docclean.training.dataset import light_on_dark, pale
from docclean.training.degrade import captured, degrade
from docclean.training.kept_pages import LEAST_CELLS, keep
from docclean.training.marks import add_marks
from docclean.training.suite_pages import backside_of
from docclean.training.watermarks import watermarked
from docclean.training.whole_pages import WholePages

_TRIES = 5
_MARKED, _DIRTIED, _CAPTURED = 0.66, 0.6, 0.15
"""Share of pages with a watermark; of the others, shares of those that are dirtied and of those that are scanned."""

_Levels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page at an eighth of its size.

    Attributes:
        overview: (9, h, w), float16, 0..255: mean, brightest and darkest RGB of every cell of 8x8 px.
        opacity: (h, w), uint8: the largest opacity of a watermark in it; 0 where there is none.
    """

    overview: NDArray[np.float16]
    opacity: _Levels


def seen(page: PixelArray, opacity: _Levels | None) -> SeenPage:
    """Look at a page.

    Args:
        page: (H, W, 3), uint8, RGB; what is left of whole cells at the right and below is cut off.
        opacity: (H, W), uint8, of its watermark; None where there is none.
    """
    page = _whole_cells(page)
    rows, columns = page.shape[0] // CELL, page.shape[1] // CELL
    covered = np.zeros((rows, columns), np.uint8)
    if opacity is not None:
        cells = opacity[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
        covered = np.asarray(cells.max(axis=(1, 3)), np.uint8)
    return SeenPage((overview_of(page)[0] * np.float32(255.0)).astype(np.float16), covered)


class UsedPages:
    """Clean pages as they lie in a drawer: turned, some stamped, written on or glued on, pale or dark.

    Args:
        pages: Clean pages to learn from.
        photos: Files of pictures; those of the other part of the split are left out.
    """

    def __init__(self, pages: WholePages, photos: Sequence[Path]) -> None:
        self.pages = pages
        self._photos = [_picture(path) for path in sorted(photos) if not is_held_out(path.name)]

    def page(self, number: int, rng: np.random.Generator) -> PixelArray:
        """Take page `number`: whole cells, (H, W, 3), uint8, RGB.

        Raises:
            TrainingError: See `WholePages`.
        """
        page = _whole_cells(_turned(self.pages[number][1], rng))
        if rng.random() < 0.4:
            for _ in range(int(rng.integers(1, 3))):
                page = add_marks(page, rng, photo=self._photo(page.shape, rng) if rng.random() < 0.4 else None)
        if rng.random() < 0.1:
            page = pale(page, rng)
        if rng.random() < 0.06:
            photo = None if rng.random() < 0.6 else self._photo(page.shape, rng)
            page = light_on_dark(page, rng) if photo is None else photo
        return page

    def _photo(self, shape: tuple[int, ...], rng: np.random.Generator) -> PixelArray | None:
        """A picture that fills a page; None where there are no pictures."""
        if not self._photos:
            return None
        photo = self._photos[int(rng.integers(len(self._photos)))]
        scale = max(shape[0] / photo.shape[0], shape[1] / photo.shape[1]) * rng.uniform(1.0, 1.5)
        size = max(shape[1], round(scale * photo.shape[1])), max(shape[0], round(scale * photo.shape[0]))
        photo = np.asarray(cv2.resize(photo, size), np.uint8)[: shape[0], : shape[1]]
        return np.ascontiguousarray(photo[:, ::-1] if rng.random() < 0.5 else photo)


class MarkedPages:
    """Pages by number: two in three have a watermark, most of the others are dirty.

    `pages[i]` depends on the pages, the pictures, the seed and i alone.

    Args:
        used: Clean pages.
        seed: Seed of the stream.
    """

    def __init__(self, used: UsedPages, *, seed: int) -> None:
        self._used, self._seed = used, seed

    def __getitem__(self, number: int) -> tuple[PixelArray, _Levels | None]:
        """Make page `number`: (H, W, 3), uint8, RGB, and the opacity of its mark, (H, W), uint8, if it has one.

        Raises:
            TrainingError: See `WholePages`.
        """
        rng = np.random.default_rng([self._seed, number])
        page = self._used.page(number, rng)
        if rng.random() < _MARKED:
            return self._with_mark(page, rng)
        drawn = rng.random()
        if drawn < _DIRTIED:
            backside = backside_of(self._used.pages, number, page.shape) if rng.random() < 0.3 else None
            return degrade(page, rng, backside=backside, is_stained=bool(rng.random() < 0.3)).dirty, None
        return captured(page, rng).dirty if drawn < _DIRTIED + _CAPTURED else page, None

    def _with_mark(self, page: PixelArray, rng: np.random.Generator) -> tuple[PixelArray, _Levels | None]:
        fonts = self._used.pages.fonts
        pair = watermarked(page, rng, fonts=fonts, held_out=False)
        for _ in range(_TRIES - 1):
            if pair.mark_opacity is not None and pair.mark_opacity.any():
                break
            pair = watermarked(page, rng, fonts=fonts, held_out=False)  # the mark had missed the page
        return pair.dirty, pair.mark_opacity


def keep_pages(pages: MarkedPages, numbers: range, folder: Path) -> int:
    """Look at pages and keep what is seen, see `keep`; small ones are left out."""

    def look(number: int) -> SeenPage | None:
        page = seen(*pages[number])
        return page if min(page.opacity.shape) >= LEAST_CELLS else None

    return keep(numbers, folder, look)


def _turned(page: PixelArray, rng: np.random.Generator) -> PixelArray:
    if rng.random() < 0.5:
        if rng.random() < 0.5:
            page = page[:, ::-1]
        if rng.random() < 0.5:
            page = page[::-1]
        if rng.random() < 0.3:
            page = page.transpose(1, 0, 2)
    return page


def _whole_cells(page: PixelArray) -> PixelArray:
    return np.ascontiguousarray(page[: page.shape[0] // CELL * CELL, : page.shape[1] // CELL * CELL])


def _picture(path: Path) -> PixelArray:
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise TrainingError(f"{path}: is no picture that can be read; take it out of the folder.")
    return np.asarray(pixels, np.uint8)
