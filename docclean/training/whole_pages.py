"""Whole clean pages by number, of the documents and fonts of one part of the split."""

import logging
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.training.corpus import find_documents
from docclean.training.crops import is_held_out
from docclean.training.page_layouts import is_handwriting, set_page
from docclean.training.pdf_pages import open_pdf, rendered
from docclean.training.typeset import find_fonts

logger = logging.getLogger(__name__)

LARGEST_SIDE = 1400
"""Pages are cropped to this, px: 1:1 pixels of a large scan, and a suite that ends while one waits."""

_RENDER_DPI = (100, 150, 200, 300)
_LARGEST_RENDERED = 6000
TYPESET_EVERY = 4
"""One page in so many is set with a font, if there are fonts."""
_LEAST_INK = 0.005
_ATTEMPTS = 60


class WholePages:
    """Clean pages by number: `pages[i]` depends on the documents, the fonts, the seed and i alone.

    Every fourth page (`TYPESET_EVERY`) is set with one of the fonts, if there are any.

    Args:
        documents: PDFs and images, all of one part of the split.
        fonts: Fonts of the same part; may be empty.
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
                logger.warning("%s: left out (%s)", path, error)
                continue
            page = _cropped(page, rng)
            if float((page.min(axis=2) < 200).mean()) >= _LEAST_INK:
                return name, page
        kind = "font" if is_typeset else "page"
        raise TrainingError(
            f"{files[0].parent}: every {kind} that was tried is blank or unreadable; name a folder with more."
        )

    def _set(self, font: Path, rng: np.random.Generator) -> tuple[str, PixelArray]:
        dpi = int(rng.choice(_RENDER_DPI))
        hands = [path for path in self.fonts if is_handwriting(path)]
        return f"set in {font.name}, {dpi} dpi", set_page(font, rng, dpi=dpi, hands=hands)


def find_held_out(corpus: Sequence[Path], fonts: Sequence[Path], *, seed: int) -> WholePages:
    """Find the documents and fonts that training leaves out.

    Args:
        corpus: Folders with PDFs and page images, searched recursively; pictures in a folder named `photos` are no
            pages.
        fonts: Folders with fonts; none gives no typeset pages.
        seed: See `WholePages`.

    Raises:
        TrainingError: A folder is missing, there is no document or font, or none is held out.
    """
    documents, found = _files(corpus, fonts)
    kept = [path for path in documents if is_held_out(path.name)]
    if not kept:
        names = ", ".join(str(folder) for folder in corpus)
        raise TrainingError(
            f"{names}: none of the {len(documents)} documents is held out of training, which one in twenty is; "
            "name a folder with more of them."
        )
    kept_fonts = [path for path in found if is_held_out(path.name)]
    if found and not kept_fonts:
        raise TrainingError(
            f"{fonts[0]}: none of the {len(found)} fonts is held out of training, which one in twenty is; "
            "name a folder with more of them, or evaluate without --fonts."
        )
    return WholePages(kept, kept_fonts, seed=seed)


def find_learned(corpus: Sequence[Path], fonts: Sequence[Path], *, seed: int) -> WholePages:
    """Find the documents and fonts that are for training; arguments as in `find_held_out`.

    Raises:
        TrainingError: A folder is missing, or there is no document to learn from.
    """
    documents, found = _files(corpus, fonts)
    kept = [path for path in documents if not is_held_out(path.name)]
    if not kept:
        names = ", ".join(str(folder) for folder in corpus)
        raise TrainingError(f"{names}: every document is held out of training; name a folder with more of them.")
    return WholePages(kept, [path for path in found if not is_held_out(path.name)], seed=seed)


def _files(corpus: Sequence[Path], fonts: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Documents and fonts of some folders, whatever their part of the split."""
    missing = [folder for folder in (*corpus, *fonts) if not folder.exists()]
    if missing:
        raise TrainingError(f"{missing[0]}: was not found; name a folder with clean pages or fonts.")
    documents = sorted(path for path in find_documents(corpus) if path.parent.name != "photos")
    if not documents:
        names = ", ".join(str(folder) for folder in corpus)
        raise TrainingError(f"{names}: no PDF and no image found; name a folder with clean pages.")
    return documents, find_fonts(fonts) if fonts else []


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
