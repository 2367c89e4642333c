from pathlib import Path

import numpy as np
import pytest

from docclean.training.suite_pages import clean_pair, degraded_pair, watermarked_pair
from docclean.training.whole_pages import find_held_out
from tests.helpers.corpus import names, page_pixels, saved_page, saved_pdf


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with one held-out PDF of two pages and one held-out image."""
    saved_pdf(tmp_path / next(names(held_out=True, suffix=".pdf")), page_pixels(90, 80), page_pixels(80, 90, seed=1))
    saved_page(tmp_path / next(names(held_out=True, suffix=".png")), page_pixels(70, 60, seed=2))
    return tmp_path


def test_pairs_have_their_layers(corpus: Path) -> None:
    pages = find_held_out([corpus], [], seed=0)
    damaged, marked, same = degraded_pair(pages, 1, seed=0), watermarked_pair(pages, 1, seed=0), clean_pair(pages, 1)
    assert damaged.name == marked.name == same.name
    assert damaged.mark_opacity is None
    assert damaged.kinds
    assert marked.mark_opacity is not None
    assert marked.mark_opacity.shape == marked.clean.shape[:2]
    assert same.dirty is same.clean


def test_another_page_shows_through_some_pages(corpus: Path) -> None:
    pages = find_held_out([corpus], [], seed=0)
    kinds = [degraded_pair(pages, number, seed=0).kinds for number in range(30)]
    assert 3 <= sum("bleed-through" in each for each in kinds) <= 15


def test_pair_depends_on_seed_and_number_alone(corpus: Path) -> None:
    pages = find_held_out([corpus], [], seed=0)
    for pair in (degraded_pair, watermarked_pair):
        assert np.array_equal(pair(pages, 2, seed=7).dirty, pair(pages, 2, seed=7).dirty)
