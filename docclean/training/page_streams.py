"""Whole pages by number to learn from: dirtied ones for the denoiser, ones with watermarks for the remover."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.imaging.overview import CELL
from docclean.training.capture import fax
from docclean.training.crops import is_held_out
from docclean.training.dataset import light_on_dark, pale
from docclean.training.degrade import IDENTITY, Degraded, captured, degrade
from docclean.training.marks import add_marks
from docclean.training.real_pairs import RealPairs
from docclean.training.suite_pages import backside_of
from docclean.training.watermarks import watermarked
from docclean.training.whole_pages import WholePages

_TRIES = 5
_MARKED, _DIRTIED, _CAPTURED = 0.7, 0.6, 0.15
"""Share of pages with a watermark; of the others, shares of those that are dirtied and of those that are scanned."""

_BEYOND = 0.4
"""Share of marks of which the page shows a part, because it was cut out of a sheet."""

_REAL, _SHADED, _CLEAN, _SCANNED, _FAXED, _STAINED, _SEE_THROUGH = 0.12, 0.2, 0.1, 0.05, 0.06, 0.15, 0.3
"""Shares of real pairs, and of pages with plain boxes; of the rest, of clean pages, of those that are only scanned and
of those that come by fax; of the dirtied ones, of those with strong stains, and with the print of their backs."""


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
        if self._real and rng.random() < _REAL:
            dirty, clean = self._real[int(rng.integers(len(self._real)))]
            return Degraded(dirty, clean)
        page = self._used.page(number, rng)
        if rng.random() < _SHADED:
            page = shaded(page, rng)
        drawn = rng.random()
        if drawn < _CLEAN:
            return Degraded(page, page, kinds=(IDENTITY,), sheet=np.full_like(page, 255))
        if drawn < _CLEAN + _SCANNED:
            return captured(page, rng)
        if drawn < _CLEAN + _SCANNED + _FAXED:
            return Degraded(*fax(page, rng), kinds=("fax",))
        backside = backside_of(self._used.pages, number, page.shape) if rng.random() < _SEE_THROUGH else None
        return degrade(page, rng, backside=backside, is_stained=bool(rng.random() < _STAINED))


class MarkedPages:
    """Pages by number: most have a watermark, most of the others are dirty, which is to stay.

    `pages[i]` depends on the pages, the pictures, the seed and i alone.

    Args:
        used: Clean pages.
        seed: Seed of the stream.
    """

    def __init__(self, used: UsedPages, *, seed: int) -> None:
        self._used, self._seed = used, seed

    def __getitem__(self, number: int) -> Degraded:
        """Make pair `number`, with the layers of its mark if it has one.

        Raises:
            TrainingError: See `WholePages`.
        """
        rng = np.random.default_rng([self._seed, number])
        page = self._used.page(number, rng)
        if rng.random() < _MARKED:
            return self._with_mark(page, rng)
        drawn = rng.random()
        if drawn < _DIRTIED:
            backside = backside_of(self._used.pages, number, page.shape) if rng.random() < _SEE_THROUGH else None
            page = degrade(page, rng, backside=backside, is_stained=bool(rng.random() < 0.3)).dirty
        elif drawn < _DIRTIED + _CAPTURED:
            page = captured(page, rng).dirty
        return Degraded(page, page, kinds=(IDENTITY,))

    def _with_mark(self, page: PixelArray, rng: np.random.Generator) -> Degraded:
        fonts = self._used.pages.fonts
        pair = watermarked(page, rng, fonts=fonts, held_out=False, beyond=_BEYOND)
        for _ in range(_TRIES - 1):
            if pair.mark_opacity is not None and pair.mark_opacity.any():
                break
            pair = watermarked(page, rng, fonts=fonts, held_out=False)  # the mark had missed the page
        return pair


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
