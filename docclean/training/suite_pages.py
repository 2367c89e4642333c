"""Pages for the evaluation suite: whole pages of documents and fonts that no model was trained on, and their twins.

Everything is a function of a seed and a page's number, so that two runs, and two models, see the same pages.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.training.corpus import find_documents
from docclean.training.crops import is_held_out
from docclean.training.degrade import degrade
from docclean.training.page_layouts import is_handwriting, set_page
from docclean.training.pdf_pages import open_pdf, rendered
from docclean.training.typeset import find_fonts
from docclean.training.watermarks import watermarked

logger = logging.getLogger(__name__)

LARGEST_SIDE = 1400
"""Pages are cropped to this, px: 1:1 pixels of a large scan, and a suite that ends while one waits."""

_RENDER_DPI = (100, 150, 200, 300)
_LARGEST_RENDERED = 6000
TYPESET_EVERY = 4
"""One page in so many is set with a font, if there are fonts."""
_LEAST_INK = 0.005
_ATTEMPTS = 60
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


class HeldOutPages:
    """Clean pages by number: `pages[i]` depends on the documents, the fonts, the seed and i alone.

    Every fourth page (`TYPESET_EVERY`) is set with one of the fonts, if there are any.

    Args:
        documents: PDFs and images, all of them held out of training.
        fonts: Fonts, held out too; may be empty.
        seed: Chooses documents, pages, resolutions and positions.
    """

    def __init__(self, documents: Sequence[Path], fonts: Sequence[Path], *, seed: int) -> None:
        self._documents = tuple(documents)
        self.fonts = tuple(fonts)
        self._seed = seed

    def __getitem__(self, number: int) -> tuple[str, PixelArray]:
        """Give a page that is not blank: its name, and (H, W, 3), uint8, RGB, no side above `LARGEST_SIDE`.

        Raises:
            TrainingError: Sixty draws gave blank and unreadable pages only, or a library is missing.
        """
        rng = np.random.default_rng([self._seed, number])
        is_typeset = bool(self.fonts) and number % TYPESET_EVERY == TYPESET_EVERY - 1
        files = self.fonts if is_typeset else self._documents
        for _ in range(_ATTEMPTS):
            path = files[int(rng.integers(0, len(files)))]
            try:
                name, page = self._set(path, rng) if is_typeset else _document_page(path, rng)
            except (OSError, ValueError, RuntimeError, cv2.error) as error:
                logger.warning("%s: left out of the suite (%s)", path, error)
                continue
            page = _cropped(page, rng)
            if float((page.min(axis=2) < 200).mean()) >= _LEAST_INK:
                return name, page
        kind = "font" if is_typeset else "page"
        raise TrainingError(
            f"{files[0].parent}: every held-out {kind} that was tried is blank or unreadable; name a folder with more."
        )

    def _set(self, font: Path, rng: np.random.Generator) -> tuple[str, PixelArray]:
        dpi = int(rng.choice(_RENDER_DPI))
        hands = [path for path in self.fonts if is_handwriting(path)]
        return f"set in {font.name}, {dpi} dpi", set_page(font, rng, dpi=dpi, hands=hands)


def find_held_out(corpus: Sequence[Path], fonts: Sequence[Path], *, seed: int) -> HeldOutPages:
    """Find the documents and fonts that training leaves out.

    Args:
        corpus: Folders with PDFs and page images, searched recursively; pictures in a folder named `photos` are no
            pages.
        fonts: Folders with fonts; none gives no typeset pages.
        seed: See `HeldOutPages`.

    Raises:
        TrainingError: A folder is missing, there is no document or font, or none is held out.
    """
    missing = [folder for folder in (*corpus, *fonts) if not folder.exists()]
    if missing:
        raise TrainingError(f"{missing[0]}: was not found; name a folder with clean pages or fonts.")
    names = ", ".join(str(folder) for folder in corpus)
    documents = sorted(path for path in find_documents(corpus) if path.parent.name != "photos")
    if not documents:
        raise TrainingError(f"{names}: no PDF and no image found; name a folder with clean pages.")
    kept = [path for path in documents if is_held_out(path.name)]
    if not kept:
        raise TrainingError(
            f"{names}: none of the {len(documents)} documents is held out of training, which one in twenty is; "
            "name a folder with more of them."
        )
    found = find_fonts(fonts) if fonts else []
    kept_fonts = [path for path in found if is_held_out(path.name)]
    if found and not kept_fonts:
        raise TrainingError(
            f"{fonts[0]}: none of the {len(found)} fonts is held out of training, which one in twenty is; "
            "name a folder with more of them, or evaluate without --fonts."
        )
    return HeldOutPages(kept, kept_fonts, seed=seed)


def degraded_pair(pages: HeldOutPages, number: int, *, seed: int) -> SuitePair:
    """Damage held-out page `number`; through three in ten another page shows, as in training."""
    name, clean = pages[number]
    rng = np.random.default_rng([seed, number, 1])
    backside = _fitted(pages[number + _BACKSIDES][1], clean.shape) if rng.random() < 0.3 else None
    pair = degrade(clean, rng, backside=backside)
    return SuitePair(name, pair.dirty, pair.clean, pair.kinds)


def watermarked_pair(pages: HeldOutPages, number: int, *, seed: int) -> SuitePair:
    """Put a watermark of the held-out kinds on held-out page `number`."""
    name, clean = pages[number]
    rng = np.random.default_rng([seed, number, 2])
    pair = watermarked(clean, rng, fonts=pages.fonts, held_out=True)
    for _ in range(_TRIES):
        if pair.mark_opacity is not None and pair.mark_opacity.any():
            break
        pair = watermarked(clean, rng, fonts=pages.fonts, held_out=True)  # the mark had missed the page
    return SuitePair(name, pair.dirty, pair.clean, pair.kinds, pair.mark_opacity)


def clean_pair(pages: HeldOutPages, number: int) -> SuitePair:
    """Take held-out page `number` as it is: it should come back as it is."""
    name, clean = pages[number]
    return SuitePair(name, clean, clean)


def _fitted(page: PixelArray, shape: tuple[int, ...]) -> PixelArray:
    """A page on a white sheet of another page's size, cut off where it is larger."""
    sheet = np.full(shape, 255, np.uint8)
    part = page[: shape[0], : shape[1]]
    sheet[: part.shape[0], : part.shape[1]] = part
    return sheet


def _document_page(path: Path, rng: np.random.Generator) -> tuple[str, PixelArray]:
    if path.suffix.lower() == ".pdf":
        return _pdf_page(path, rng)
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError("not a readable image")
    return path.name, np.asarray(pixels, np.uint8)


def _pdf_page(path: Path, rng: np.random.Generator) -> tuple[str, PixelArray]:
    with open_pdf(path) as document:
        number, dpi = int(rng.integers(0, len(document))), int(rng.choice(_RENDER_DPI))
        page = document[number]
        if max(page.get_size()) * dpi / 72 > _LARGEST_RENDERED:
            dpi = _RENDER_DPI[0]
        return f"{path.name}, page {number + 1}, {dpi} dpi", rendered(page, dpi)


def _cropped(page: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Cut a random part no larger than `LARGEST_SIDE` either way."""
    height, width = (min(side, LARGEST_SIDE) for side in page.shape[:2])
    top = int(rng.integers(0, page.shape[0] - height + 1))
    left = int(rng.integers(0, page.shape[1] - width + 1))
    return np.ascontiguousarray(page[top : top + height, left : left + width])
