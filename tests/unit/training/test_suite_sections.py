from pathlib import Path

import numpy as np
import pytest

from docclean.core.errors import DoccleanError
from docclean.core.page import PixelArray
from docclean.core.recipe import Task
from docclean.engine.evaluation import PagePair, match_pages
from docclean.training import suite_sections as module
from docclean.training.suite_sections import read_real_pair, suite_sections
from docclean.training.whole_pages import WholePages
from tests.helpers.corpus import names, page_pixels, saved_page

SIMPLE = ["median division", "Sauvola", "non-local means"]


def same(pixels: PixelArray) -> PixelArray:
    return pixels


@pytest.fixture
def pages(tmp_path: Path) -> WholePages:
    return WholePages([saved_page(tmp_path / next(names(held_out=True, suffix=".png")), page_pixels())], [], seed=0)


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "installed_cleaners", lambda: {"unpaper": same})


@pytest.fixture
def pairs(tmp_path: Path) -> tuple[PagePair, ...]:
    for folder, seed in (("dirty", 1), ("clean", 2)):
        saved_page(tmp_path / folder / "a.png", page_pixels(seed=seed))
    saved_page(tmp_path / "dirty" / "b.png", page_pixels(20, 20))
    saved_page(tmp_path / "clean" / "b.png", page_pixels(20, 30))
    saved_page(tmp_path / "dirty" / "c.png", page_pixels())
    return match_pages(tmp_path / "dirty", tmp_path / "clean")


def test_sections_with_both_models_compare_each_where_it_belongs(
    pages: WholePages, pairs: tuple[PagePair, ...]
) -> None:
    ours = {Task.DENOISE: ("d", same), Task.DEWATERMARK: ("w", same)}
    sections = {section.key: section for section in suite_sections(pages, pairs, ours, count=5, seed=0)}
    assert {key: section.ours for key, section in sections.items()} == {
        "real": ("d",),
        "denoise": ("d",),
        "watermark": ("w",),
        "clean": ("d", "w"),
    }
    assert list(sections["denoise"].cleaners) == [*SIMPLE, "unpaper", "d"]
    assert list(sections["watermark"].cleaners) == ["median division", "w"]
    assert list(sections["clean"].cleaners) == [*SIMPLE, "unpaper", "d", "w"]
    assert [section.count for section in sections.values()] == [3, 5, 5, 5]


def test_sections_without_models_and_pairs_have_the_baselines(pages: WholePages) -> None:
    sections = suite_sections(pages, (), {}, count=2, seed=0)
    assert [section.key for section in sections] == ["denoise", "watermark", "clean"]
    assert not any(section.ours for section in sections)


def test_pairs_of_sections_are_what_they_are_called(pages: WholePages) -> None:
    damaged, marked, clean = (section.pair(0) for section in suite_sections(pages, (), {}, count=1, seed=0))
    assert damaged.kinds
    assert marked.mark_opacity is not None
    assert np.array_equal(clean.dirty, clean.clean)


def test_real_pair_is_read(pairs: tuple[PagePair, ...]) -> None:
    pair = read_real_pair(pairs[0])
    assert pair.name == "a.png"
    assert np.array_equal(pair.dirty, page_pixels(seed=1))
    assert np.array_equal(pair.clean, page_pixels(seed=2))


@pytest.mark.parametrize(("number", "sentence"), [(1, "not of its clean twin's size"), (2, "has no clean twin")])
def test_real_pair_that_cannot_be_compared_is_one_sentence(
    number: int, sentence: str, pairs: tuple[PagePair, ...]
) -> None:
    with pytest.raises(DoccleanError, match=sentence):
        read_real_pair(pairs[number])
