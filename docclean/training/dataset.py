"""The endless stream of training pairs: synthetic ones from a corpus, and real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.training.corpus import Corpus
from docclean.training.crops import is_held_out
from docclean.training.degrade import IDENTITY, Degraded, captured, degrade
from docclean.training.marks import add_marks
from docclean.training.real_pairs import RealPairs
from docclean.training.watermarks import watermarked

CONTEXT = 512
"""Side of a training context, px. The paper network sees all of it, the ink network a part."""


REAL = "real"
"""The kind of a pair of scans."""

_REAL_DOUBLED = 0.8
"""Real pairs are small pages, which are shown at twice their size when they are cleaned."""


class Pairs(Protocol):
    """Training pairs by number, without end."""

    def __getitem__(self, number: int) -> Degraded:
        """Make pair `number`."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How often a pair is of a special kind, each 0..1.

    Attributes:
        real: A real pair, if there are any.
        identity: Clean to clean.
        dark: A page that is dark by nature: light print on dark paper, a photograph.
        marked: With a watermark (only where watermarks are the task).
        stained: A page with strong spills and cup rings, of those that are dirtied.
        doubled: Cut out at half the side and shown at twice the size, as small pages are cleaned; see `doubled`.
    """

    real: float = 0.3
    identity: float = 0.18
    dark: float = 0.08
    marked: float = 0.75
    stained: float = 0.2
    doubled: float = 0.5


class CleanPages:
    """Clean contexts from one part of a corpus, as they are or with stamps, pens and pictures on them."""

    def __init__(self, corpus: Corpus, *, validation: bool) -> None:
        self._corpus = corpus
        self._pages = corpus.indices(validation=validation)
        self._photos = corpus.indices(validation=validation, photos=True)
        if not len(self._pages):
            raise TrainingError("The corpus is too small to hold documents out for validation; add documents.")

    def page(self, rng: np.random.Generator) -> PixelArray:
        """A page as it was printed, now and then an empty one; (CONTEXT, CONTEXT, 3), uint8, RGB."""
        crop = self._crop(self._pages, rng)
        if rng.random() < 0.02:
            return np.full_like(crop, 255)
        return crop

    def used_page(self, rng: np.random.Generator) -> PixelArray:
        """A page on which somebody may have stamped, written, or glued a picture."""
        page = self.page(rng)
        if rng.random() < 0.35:
            photo = self.photo(rng) if rng.random() < 0.35 else None
            page = add_marks(page, rng, photo=photo)
        return page

    def photo(self, rng: np.random.Generator) -> PixelArray | None:
        """A picture that fills the context; None where the corpus has none."""
        return self._crop(self._photos, rng) if len(self._photos) else None

    def _crop(self, indices: NDArray[np.int64], rng: np.random.Generator) -> PixelArray:
        whole = self._corpus.crops[int(rng.choice(indices))]
        top, left = rng.integers(0, whole.shape[0] - CONTEXT + 1, 2)
        return _flip(np.asarray(whole[top : top + CONTEXT, left : left + CONTEXT]), rng)


class PairStream:
    """Pairs by number: `stream[i]` depends on the seed and on i alone, so that a resumed run sees what it would have.

    Args:
        corpus: Clean crops.
        real: Real pairs, or None.
        seed: Seed of the stream.
        validation: Draw from the held-out documents.
        shares: How often a pair is of a special kind.
    """

    def __init__(
        self,
        corpus: Corpus,
        real: RealPairs | None,
        *,
        seed: int,
        validation: bool = False,
        shares: Shares = Shares(),
    ) -> None:
        self._clean = CleanPages(corpus, validation=validation)
        self._real = real
        self._seed = seed
        self._shares = shares
        self._salt = int(validation)

    def __getitem__(self, number: int) -> Degraded:
        """Make pair `number`: two arrays, (CONTEXT, CONTEXT, 3), uint8, RGB."""
        rng = np.random.default_rng([self._seed, self._salt, number])
        pair = self._pair(rng)
        share = max(_REAL_DOUBLED, self._shares.doubled) if REAL in pair.kinds else self._shares.doubled
        return doubled(pair, rng) if rng.random() < share else pair

    def _pair(self, rng: np.random.Generator) -> Degraded:
        if self._real is not None and rng.random() < self._shares.real:
            return self._real_pair(self._real, rng)
        if rng.random() < self._shares.dark:
            return self._dark_pair(rng)
        clean = self._clean.used_page(rng)
        backside = self._clean.page(rng) if rng.random() < 0.3 else None
        if rng.random() < 0.2:
            clean, backside = pale(clean, rng), None
        if rng.random() < self._shares.identity:
            return Degraded(clean, clean, kinds=(IDENTITY,))
        is_stained = self._shares.stained > 0 and rng.random() < self._shares.stained
        return degrade(clean, rng, backside=backside, is_stained=is_stained)

    def _dark_pair(self, rng: np.random.Generator) -> Degraded:
        page = self._clean.photo(rng) if rng.random() < 0.4 else None
        if page is None:
            page = light_on_dark(self._clean.page(rng), rng)
        return captured(page, rng) if rng.random() < 0.5 else Degraded(page, page, kinds=(IDENTITY,))

    def _real_pair(self, real: RealPairs, rng: np.random.Generator) -> Degraded:
        dirty, clean = real.pairs[int(rng.integers(0, len(real.pairs)))]
        scale = 1.0 if rng.random() < 0.6 else rng.uniform(0.8, 1.7)
        both = _fill_context(np.concatenate([dirty, clean], axis=2), scale, rng)
        dirty, clean = (np.ascontiguousarray(both[:, :, first : first + 3]) for first in (0, 3))
        return Degraded(dirty, clean, kinds=(REAL,))


def doubled(pair: Degraded, rng: np.random.Generator) -> Degraded:
    """Cut out a quarter of a pair and repeat every pixel twice along both sides; for pairs without a watermark."""
    half = CONTEXT // 2
    top, left = (int(v) for v in rng.integers(0, half + 1, 2))
    dirty, clean = (p[top : top + half, left : left + half] for p in (pair.dirty, pair.clean))
    dirty, clean = (p.repeat(2, axis=0).repeat(2, axis=1) for p in (dirty, clean))
    return Degraded(dirty, clean, kinds=pair.kinds)


def light_on_dark(page: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Print a page light on dark: black and white turned round, or, as on slides and covers, on a dark color."""
    if rng.random() < 0.4:
        return np.asarray(255 - page, np.uint8)
    dark = rng.uniform(0.0, 0.3) + rng.uniform(0.0, 0.35) * rng.random(3)
    light = rng.uniform(0.75, 1.0, 3)
    share = 1.0 - page.astype(np.float32) / 255.0
    return np.asarray(255.0 * (dark + share * (light - dark)) + 0.5, np.uint8)


def _fill_context(pixels: PixelArray, scale: float, rng: np.random.Generator) -> PixelArray:
    """Cut a context out of a page that may be smaller than it: scaled, mirrored beyond its rim, flipped."""
    if scale != 1.0:
        channels = [
            cv2.resize(pixels[:, :, c : c + 3], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
            for c in range(0, pixels.shape[2], 3)
        ]
        pixels = np.asarray(np.concatenate(channels, axis=2), np.uint8)
    missing = [max(0, CONTEXT - side) for side in pixels.shape[:2]]
    pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="reflect")
    top, left = (int(rng.integers(0, side - CONTEXT + 1)) for side in pixels.shape[:2])
    return _flip(pixels[top : top + CONTEXT, left : left + CONTEXT], rng)


def pale(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Make the whole page or a band of it pale, like pencil or worn print: not dirt, but part of the page.

    Such pages get no ink from their back, because nobody could tell the two apart.
    """
    strength = np.ones((pixels.shape[0], 1, 1), np.float32)
    top, bottom = (0, pixels.shape[0]) if rng.random() < 0.5 else np.sort(rng.integers(0, pixels.shape[0] + 1, 2))
    strength[top:bottom] = rng.uniform(0.1, 0.6)
    return np.asarray(255.5 - (255.0 - pixels) * strength, np.uint8)


def _flip(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    if rng.random() < 0.3:
        pixels = pixels[:, ::-1]
    if rng.random() < 0.3:
        pixels = pixels[::-1]
    if rng.random() < 0.2:
        pixels = pixels.transpose(1, 0, 2)
    return np.ascontiguousarray(pixels)


class WatermarkStream:
    """Pages with watermarks by number, like `PairStream`; some have none, and some of those are dirty.

    Args:
        corpus: Clean crops.
        fonts: Fonts for words; those of the other part of the split are left out.
        seed: Seed of the stream.
        validation: Draw documents, fonts, words, logos and hues that are held out.
        shares: How often a pair is of a special kind.
    """

    def __init__(
        self,
        corpus: Corpus,
        fonts: Sequence[Path],
        *,
        seed: int,
        validation: bool = False,
        shares: Shares = Shares(),
    ) -> None:
        self._clean = CleanPages(corpus, validation=validation)
        self._fonts = tuple(font for font in fonts if is_held_out(font.name) == validation)
        self._seed, self._validation, self._shares = seed, validation, shares

    def __getitem__(self, number: int) -> Degraded:
        """Make pair `number`, (CONTEXT, CONTEXT), with the mark's layers."""
        rng = np.random.default_rng([self._seed, 2 + int(self._validation), number])
        page = self._clean.used_page(rng)
        if rng.random() < 0.1:
            page = pale(page, rng)
        if rng.random() < self._shares.dark:
            photo = self._clean.photo(rng) if rng.random() < 0.4 else None
            page = light_on_dark(page, rng) if photo is None else photo
        if rng.random() < self._shares.marked:
            return watermarked(page, rng, fonts=self._fonts, held_out=self._validation)
        seen = degrade(page, rng).dirty if rng.random() < 0.5 else page
        return Degraded(seen, seen, kinds=(IDENTITY,))
