"""The endless stream of training pairs: synthetic ones from a corpus, and real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.training.corpus import Corpus
from docclean.training.degrade import Degraded, degrade
from docclean.training.marks import add_marks
from docclean.training.textures import FloatImage

CONTEXT = 512
"""Side of a training context, px. The paper network sees all of it, the ink network a part."""

_PAIR_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class RealPairs:
    """Real dirty pages with their exact clean twins, in memory.

    Attributes:
        pairs: (dirty, clean), each (H, W, 3), uint8, RGB, equal sizes.
        sheets: The dirty pages with the ink filled in: real paper to print on, (H, W, 3), uint8.
    """

    pairs: tuple[tuple[PixelArray, PixelArray], ...]
    sheets: tuple[PixelArray, ...]


def read_pairs(folder: Path) -> RealPairs:
    """Read `folder/dirty/NAME` and `folder/clean/NAME`.

    Raises:
        TrainingError: No pairs, a page without twin, or twins of different size; names the file.
    """
    pairs, sheets = [], []
    names = sorted(p for p in (folder / "dirty").glob("*") if p.suffix.lower() in _PAIR_SUFFIXES)
    if not names:
        raise TrainingError(f"{folder}: no images in a sub-folder named dirty; pairs lie in dirty/ and clean/.")
    for dirty_path in names:
        clean_path = folder / "clean" / dirty_path.name
        dirty, clean = _read(dirty_path), _read(clean_path)
        if dirty.shape != clean.shape:
            raise TrainingError(f"{dirty_path}: not the size of its clean twin; scan or crop both the same way.")
        pairs.append((dirty, clean))
        ink = (clean.min(axis=2) < 245).astype(np.uint8)
        ink = cv2.dilate(ink, np.ones((3, 3), np.uint8))
        sheets.append(np.asarray(cv2.inpaint(dirty, ink, 3, cv2.INPAINT_TELEA), np.uint8))
    return RealPairs(tuple(pairs), tuple(sheets))


def _read(path: Path) -> PixelArray:
    try:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    except (OSError, cv2.error):
        pixels = None
    if pixels is None:
        raise TrainingError(f"{path}: missing or not a readable image; every dirty page needs a clean twin.")
    return np.asarray(pixels, np.uint8)


class PairStream:
    """Pairs by number: `stream[i]` depends on the seed and on i alone, so that a resumed run sees what it would have.

    Args:
        corpus: Clean crops.
        real: Real pairs, or None.
        seed: Seed of the stream.
        validation: Draw from the held-out documents.
        real_share: Share of real pairs, 0..1.
        identity_share: Share of clean-to-clean pairs, 0..1.
    """

    def __init__(
        self,
        corpus: Corpus,
        real: RealPairs | None,
        *,
        seed: int,
        validation: bool = False,
        real_share: float = 0.25,
        identity_share: float = 0.25,
    ) -> None:
        self._corpus = corpus
        self._real = real
        self._seed = seed
        self._pages = corpus.indices(validation=validation)
        self._photos = corpus.indices(validation=validation, photos=True)
        self._real_share = real_share if real is not None else 0.0
        self._identity_share = identity_share
        self._salt = int(validation)
        if not len(self._pages):
            raise TrainingError("The corpus is too small to hold documents out for validation; add documents.")

    def __getitem__(self, number: int) -> Degraded:
        """Make pair `number`: two arrays, (CONTEXT, CONTEXT, 3), uint8, RGB."""
        rng = np.random.default_rng([self._seed, self._salt, number])
        if self._real is not None and rng.random() < self._real_share:
            return self._real_pair(self._real, rng)
        clean = self._page(rng)
        if rng.random() < 0.35:
            photo = self._crop(self._photos, rng) if len(self._photos) and rng.random() < 0.35 else None
            clean = add_marks(clean, rng, photo=photo)
        backside = self._page(rng) if rng.random() < 0.3 else None
        if rng.random() < 0.2:
            clean, backside = _pale(clean, rng), None
        if rng.random() < self._identity_share:
            return Degraded(clean, clean)
        sheet = self._sheet(rng) if self._real is not None and rng.random() < 0.2 else None
        return degrade(clean, rng, backside=backside, sheet=sheet)

    def _page(self, rng: np.random.Generator) -> PixelArray:
        crop = self._crop(self._pages, rng)
        if rng.random() < 0.02:
            return np.full_like(crop, 255)
        return crop

    def _crop(self, indices: NDArray[np.int64], rng: np.random.Generator) -> PixelArray:
        whole = self._corpus.crops[int(rng.choice(indices))]
        top, left = rng.integers(0, whole.shape[0] - CONTEXT + 1, 2)
        return _flip(np.asarray(whole[top : top + CONTEXT, left : left + CONTEXT]), rng)

    def _real_pair(self, real: RealPairs, rng: np.random.Generator) -> Degraded:
        dirty, clean = real.pairs[int(rng.integers(0, len(real.pairs)))]
        scale = 1.0 if rng.random() < 0.6 else rng.uniform(0.8, 1.7)
        both = _fill_context(np.concatenate([dirty, clean], axis=2), scale, rng)
        return Degraded(np.ascontiguousarray(both[:, :, :3]), np.ascontiguousarray(both[:, :, 3:]))

    def _sheet(self, rng: np.random.Generator) -> FloatImage:
        assert self._real is not None  # noqa: S101  the caller checked
        sheet = self._real.sheets[int(rng.integers(0, len(self._real.sheets)))]
        filled = _fill_context(sheet, rng.uniform(0.8, 3.0), rng).astype(np.float32) / 255.0
        tint = 1.0 - rng.uniform(0, 1) ** 2 * rng.uniform(0.0, 0.25, 3)
        return np.asarray(filled * tint, np.float32)


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


def _pale(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
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


def stack(pairs: Sequence[Degraded]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Stack pairs to two arrays (N, H, W, 3), uint8."""
    return np.stack([p.dirty for p in pairs]), np.stack([p.clean for p in pairs])
