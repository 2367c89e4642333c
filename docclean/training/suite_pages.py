"""Pages for the evaluation suite: whole pages of documents and fonts that no model was trained on, and their twins.

Everything is a function of a seed and a page's number, so that two runs, and two models, see the same pages.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.training.degrade import degrade
from docclean.training.watermarks import watermarked
from docclean.training.whole_pages import WholePages

_TRIES = 5
_BACKSIDES = 1_000_000
"""The backside of page `i` is page `i` plus this: a number that no suite reaches."""


@dataclass(frozen=True, slots=True)
class SuitePair:
    """A page to clean and what should come out.

    Attributes:
        name: Name for people: document, page number from 1, resolution.
        dirty: (H, W, C), uint8.
        clean: (H, W, C), uint8, same height and width.
        kinds: Names of the damage that was done; empty if nobody knows.
        mark_opacity: (H, W), uint8, above 0 where a watermark lies; None where there is none.
    """

    name: str
    dirty: PixelArray
    clean: PixelArray
    kinds: tuple[str, ...] = ()
    mark_opacity: NDArray[np.uint8] | None = None


def degraded_pair(pages: WholePages, number: int, *, seed: int) -> SuitePair:
    """Damage held-out page `number`; through three in ten another page shows, as in training."""
    name, clean = pages[number]
    rng = np.random.default_rng([seed, number, 1])
    backside = backside_of(pages, number, clean.shape) if rng.random() < 0.3 else None
    pair = degrade(clean, rng, backside=backside)
    return SuitePair(name, pair.dirty, pair.clean, pair.kinds)


def watermarked_pair(pages: WholePages, number: int, *, seed: int) -> SuitePair:
    """Put a watermark of the held-out kinds on held-out page `number`."""
    name, clean = pages[number]
    rng = np.random.default_rng([seed, number, 2])
    pair = watermarked(clean, rng, fonts=pages.fonts, held_out=True)
    for _ in range(_TRIES):
        if pair.mark_opacity is not None and pair.mark_opacity.any():
            break
        pair = watermarked(clean, rng, fonts=pages.fonts, held_out=True)  # the mark had missed the page
    return SuitePair(name, pair.dirty, pair.clean, pair.kinds, pair.mark_opacity)


def clean_pair(pages: WholePages, number: int) -> SuitePair:
    """Take held-out page `number` as it is: it should come back as it is."""
    name, clean = pages[number]
    return SuitePair(name, clean, clean)


def backside_of(pages: WholePages, number: int, shape: tuple[int, ...]) -> PixelArray:
    """Another page, on a white sheet of the size of page `number`, (H, W, 3); cut off where it is larger."""
    page = pages[number + _BACKSIDES][1]
    sheet = np.full(shape, 255, np.uint8)
    part = page[: shape[0], : shape[1]]
    sheet[: part.shape[0], : part.shape[1]] = part
    return sheet
