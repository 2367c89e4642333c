"""What is measured on was not learned from: documents, fonts, words, logos, patterns and hues of marks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from docclean.training import dataset, mark_shapes
from docclean.training.corpus import Corpus
from docclean.training.crops import document_crops, is_held_out
from docclean.training.dataset import CONTEXT, CleanPages, WatermarkStream
from docclean.training.degrade import Degraded
from docclean.training.mark_shapes import mark_word
from docclean.training.watermarks import _HELD_OUT_HUES, draw_watermark
from tests.helpers.corpus import corpus_of, names, saved_font

PARTS = (False, True)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Eight documents, each of one level of grey, so that a crop tells where it is from."""
    documents = {}
    for part in PARTS:
        for number, name in zip(range(4), names(held_out=part, suffix=".pdf"), strict=False):
            documents[name] = np.full((CONTEXT, CONTEXT, 3), 20 + 100 * part + number, np.uint8)
    return corpus_of(tmp_path / "corpus", documents, photos=tuple(list(documents)[::4]))


def test_no_document_gives_crops_to_both_parts(corpus: Corpus) -> None:
    used = [
        {corpus.records[i].document for photos in PARTS for i in corpus.indices(validation=part, photos=photos)}
        for part in PARTS
    ]
    assert not used[0] & used[1]
    assert used[0] | used[1] == {record.document for record in corpus.records}


@pytest.mark.parametrize("part", PARTS)
def test_pages_and_pictures_are_drawn_from_one_part(part: bool, corpus: Corpus) -> None:
    pages = CleanPages(corpus, validation=part)
    levels = set()
    for seed in range(30):
        rng = np.random.default_rng(seed)
        photo = pages.photo(rng)
        assert photo is not None
        levels |= {int(pages.page(rng)[0, 0, 0]), int(photo[0, 0, 0])}
    assert levels - {255} <= set(range(120, 130) if part else range(20, 30))


def test_typeset_crop_is_filed_under_its_font(tmp_path: Path) -> None:
    for part in PARTS:
        font = saved_font(tmp_path / next(names(held_out=part, suffix=".ttf")))
        records = [record for record, _ in document_crops((font, 2, 0))]
        assert len(records) == 2
        assert all(record.is_validation == part == is_held_out(font.name) for record in records)


@pytest.mark.parametrize("part", PARTS)
def test_stream_gives_marks_fonts_of_its_part_alone(
    part: bool, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = [
        Path(name)
        for held_out in PARTS
        for _, name in zip(range(3), names(held_out=held_out, suffix=".ttf"), strict=False)
    ]
    seen: set[tuple[str, ...]] = set()

    def watermarked(clean: Any, rng: Any, *, fonts: Sequence[Path], held_out: bool) -> Degraded:
        assert held_out == part
        seen.add(tuple(font.name for font in fonts))
        return Degraded(clean, clean)

    monkeypatch.setattr(dataset, "watermarked", watermarked)
    stream = WatermarkStream(corpus, fonts, seed=0, validation=part)
    for number in range(12):
        stream[number]
    assert seen == {tuple(font.name for font in fonts if is_held_out(font.name) == part)}


def test_usable_font_of_the_part_is_always_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's own font would be the same in both parts."""
    damaged = [tmp_path / f"damaged-{number}.ttf" for number in range(40)]
    for path in damaged:
        path.write_bytes(b"no font")

    def refused(*arguments: Any) -> Any:
        raise AssertionError("Pillow's own font was taken")

    own = saved_font(tmp_path / "letters.ttf")
    monkeypatch.setattr(ImageFont, "load_default", refused)
    for seed in range(10):
        assert mark_shapes._font([*damaged, own], 20, np.random.default_rng(seed)).getlength("A") > 0


def test_no_word_is_on_marks_of_both_parts() -> None:
    fixed = [{word.casefold() for word in words} for words in (mark_shapes._WORDS, mark_shapes._HELD_OUT_WORDS)]
    invented = [
        {mark_word(np.random.default_rng(seed), held_out=part).casefold() for seed in range(1500)} for part in PARTS
    ]
    learned, kept = (fixed[part] | invented[part] for part in PARTS)
    assert not learned & kept
    assert min(len(invented[0]), len(invented[1])) > 50
    pieces = [{piece for text in words for piece in text.split() if len(piece) > 3} for words in fixed]
    assert not pieces[0] & pieces[1]


def test_no_logo_is_drawn_for_both_parts() -> None:
    emblems = [
        {mark_shapes._emblem(48, np.random.default_rng(seed), held_out=part).tobytes() for seed in range(150)}
        for part in PARTS
    ]
    assert not emblems[0] & emblems[1]
    patterns = [
        {mark_shapes.draw_pattern((40, 40), np.random.default_rng(seed), (), part).tobytes() for seed in range(60)}
        for part in PARTS
    ]
    assert not (patterns[0] & patterns[1]) - {bytes(4 * 40 * 40)}


def test_no_hue_is_on_marks_of_both_parts() -> None:
    for part in PARTS:
        for seed in range(150):
            mark, _ = draw_watermark((16, 16), np.random.default_rng(seed), fonts=(), held_out=part)
            if max(mark.color) - min(mark.color) < 0.02:
                continue  # grey has no hue
            pixel = np.array([[mark.color]], np.float32)
            hue = float(cv2.cvtColor(pixel, cv2.COLOR_RGB2HSV)[0, 0, 0]) / 360.0
            depth = max(min(hue - low, high - hue) for low, high in _HELD_OUT_HUES)
            assert depth > -0.005 if part else depth < 0.005
