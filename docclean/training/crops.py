"""Crops of one document: a PDF, an image, or a font to typeset with. What becomes of them is not decided here."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.training.pdf_pages import open_pdf, rendered
from docclean.training.typeset import typeset

logger = logging.getLogger(__name__)

CROP = 576
"""Side of a stored crop, px: a 512 px context with room for random shifts."""
_RENDER_DPI = (75, 100, 100, 120, 150, 150, 200, 200, 240, 300, 300, 400)
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}
_FONT_SUFFIXES = {".ttf", ".otf"}
_LEAST_INK = 0.005
_VALIDATION_SHARE = 20


@dataclass(frozen=True, slots=True)
class CropRecord:
    """Where a crop came from.

    Attributes:
        document: File name of the document.
        page: Page number, from 0.
        dpi: Resolution it was rendered at; 0 for an image taken as it is.
        is_photo: Whether the document is a picture and not a page: it is pasted into pages.
    """

    document: str
    page: int
    dpi: int
    is_photo: bool

    @property
    def is_validation(self) -> bool:
        """Whether the document is held out of training (one in twenty, by name)."""
        return is_held_out(self.document)


def is_held_out(name: str) -> bool:
    """Whether the document, font or logo of this name is kept for validation. Depends on the name alone."""
    return hashlib.sha256(name.encode()).digest()[0] % _VALIDATION_SHARE == 0


def document_crops(task: tuple[Path, int, int]) -> list[tuple[CropRecord, NDArray[np.uint8]]]:
    """Take up to `count` crops from one document; an unreadable document gives none."""
    path, count, seed = task
    name_seed = int.from_bytes(hashlib.sha256(path.name.encode()).digest()[:4], "big")
    rng = np.random.default_rng([seed, name_seed])
    try:
        if path.suffix.lower() == ".pdf":
            return list(_pdf_crops(path, count, rng))
        if path.suffix.lower() in _FONT_SUFFIXES:
            record = CropRecord(path.name, 0, 0, is_photo=False)
            return [(record, typeset(path, CROP, rng)) for _ in range(count)]
        return list(_image_crops(path, count, rng))
    except (OSError, ValueError, RuntimeError, cv2.error) as error:
        logger.warning("%s: left out of the corpus (%s)", path, error)
        return []


def _pdf_crops(path: Path, count: int, rng: np.random.Generator) -> Iterator[tuple[CropRecord, NDArray[np.uint8]]]:
    with open_pdf(path) as document:
        given = 0
        for number in rng.permutation(len(document))[: 2 * count]:
            dpi = int(rng.choice(_RENDER_DPI))
            page = document[int(number)]
            if max(page.get_size()) * dpi / 72 > 6000:
                dpi = 75
            pixels = rendered(page, dpi)
            record = CropRecord(path.name, int(number), dpi, is_photo=False)
            for crop in _inked_crops(pixels, min(2, count - given), rng):
                given += 1
                yield record, crop
            if given >= count:
                return


def _image_crops(path: Path, count: int, rng: np.random.Generator) -> Iterator[tuple[CropRecord, NDArray[np.uint8]]]:
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError("not a readable image")
    is_photo = path.parent.name == "photos"
    record = CropRecord(path.name, 0, 0, is_photo=is_photo)
    for crop in _inked_crops(pixels.astype(np.uint8), 3 if is_photo else count, rng):
        yield record, crop


def _inked_crops(pixels: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Random crops that are not blank; a small page is padded with its own corner color."""
    height, width = pixels.shape[:2]
    bottom, right = max(0, CROP - height), max(0, CROP - width)
    if bottom or right:
        corner = [int(v) for v in pixels[-1, -1]]
        pixels = cv2.copyMakeBorder(pixels, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=corner).astype(np.uint8)
        height, width = pixels.shape[:2]
    for _ in range(count):
        for _attempt in range(6):
            top, left = int(rng.integers(0, height - CROP + 1)), int(rng.integers(0, width - CROP + 1))
            crop = pixels[top : top + CROP, left : left + CROP]
            if float((crop.min(axis=2) < 200).mean()) >= _LEAST_INK:
                yield np.ascontiguousarray(crop)
                break
