"""Clean pages, fonts, corpora and streams of pairs made on the spot, small enough to train on in a test."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from docclean.core.recipe import Task
from docclean.training.config import Precision, TrainConfig
from docclean.training.corpus import Corpus, open_corpus
from docclean.training.crops import is_held_out
from docclean.training.dataset import PairStream
from docclean.training.degrade import Degraded
from docclean.training.watermarks import watermarked

TINY: dict[str, Any] = {
    "paper_channels": [4, 4],
    "ink_channels": [4, 4, 4],
    "context_channels": 2,
    "bottleneck_depth": 1,
}
"""Hyperparameters of the smallest network."""

SIDE = 64
"""Side of a page in the streams of pairs, px."""


def page_pixels(height: int = SIDE, width: int = SIDE, *, seed: int = 0, is_colored: bool = True) -> NDArray[np.uint8]:
    """Make a white page with rows of dark strokes, (H, W, 3), uint8, RGB."""
    rng = np.random.default_rng(seed)
    page = np.full((height, width, 3), 255, np.uint8)
    color = [int(v) for v in rng.integers(0, 90, 3)] if is_colored else [30, 30, 30]
    for top in range(2, height, 9):
        for left in range(1, width, 6):
            if rng.random() < 0.8:
                end = (left + int(rng.integers(1, 5)), top + int(rng.integers(1, 6)))
                cv2.rectangle(page, (left, top), end, color, -1)
    return page


def names(*, held_out: bool, suffix: str) -> Iterator[str]:
    """Name documents of one part of the split, without end."""
    number = 0
    while True:
        name = f"document-{number}{suffix}"
        if is_held_out(name) == held_out:
            yield name
        number += 1


def saved_page(path: Path, pixels: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def saved_pdf(path: Path, *pages: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = (Image.fromarray(page) for page in pages)
    first.save(path, save_all=True, append_images=others)
    return path


def corpus_of(folder: Path, documents: Mapping[str, NDArray[np.uint8]], *, photos: tuple[str, ...] = ()) -> Corpus:
    """Write a corpus of crops of any one size, one for each document, and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "crops.npy", np.stack(list(documents.values())))
    rows = [{"document": n, "page": 0, "dpi": 0, "is_photo": n in photos} for n in documents]
    (folder / "crops.json").write_text(json.dumps(rows), encoding="utf-8")
    return open_corpus(folder)


def font_bytes() -> bytes:
    """Take the font that Pillow carries inside its code: every machine has it."""
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    content: bytes = font.font_bytes
    return content


def saved_font(path: Path) -> Path:
    path.write_bytes(font_bytes())
    return path


def font_without_letters(path: Path) -> Path:
    """Write a font that finds no glyph for any letter: the tables that name its glyphs are hidden."""
    content = font_bytes()
    for table in (b"cmap", b"post"):
        content = content.replace(table, b"x" + table[1:], 1)
    path.write_bytes(content)
    return path


def font_without_width(path: Path) -> Path:
    """Write a font whose glyphs do not move the pen, as combining marks do not."""
    content = font_bytes()
    at = content.index(b"hmtx")
    start, length = (int.from_bytes(content[at + n : at + n + 4], "big") for n in (8, 12))
    path.write_bytes(content[:start] + bytes(length) + content[start + length :])
    assert ImageFont.truetype(io.BytesIO(path.read_bytes()), 20).getlength("ae") == 0
    return path


class FewPairs(PairStream):
    """Pairs that cost nothing: `stream[i]` depends on i alone, as in the real stream.

    Args:
        side: Side of a pair, px.
    """

    def __init__(self, side: int = SIDE) -> None:
        self._side = side

    def __getitem__(self, number: int) -> Degraded:
        clean = page_pixels(self._side, self._side, seed=number)
        paper = np.random.default_rng(number).integers(120, 230, 3)
        return Degraded((clean * (paper / 255.0)).astype(np.uint8), clean)


class FewMarkedPairs(FewPairs):
    """Pages with watermarks, and their layers."""

    def __getitem__(self, number: int) -> Degraded:
        rng = np.random.default_rng(number)
        return watermarked(page_pixels(self._side, self._side, seed=number), rng, fonts=(), held_out=False)


def stream_for(task: Task) -> FewPairs:
    """Pairs that cost little, for a task."""
    return FewMarkedPairs() if task is Task.DEWATERMARK else FewPairs()


def tiny_config(**changes: Any) -> TrainConfig:
    values: dict[str, Any] = {
        "hyperparameters": TINY,
        "steps": 12,
        "batch": 2,
        "crop": 32,
        "warmup": 2,
        "precision": Precision.FLOAT32,
        "reuse": 4,
        "workers": 0,
        "validate_every": 5,
    }
    return TrainConfig(**(values | changes))
