from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.errors import TrainingError
from docclean.training.page_streams import DirtyPages, MarkedPages, UsedPages, shaded
from docclean.training.real_pairs import RealPairs
from docclean.training.whole_pages import WholePages, find_learned
from tests.helpers.corpus import names, page_pixels, saved_font, saved_page


@pytest.fixture
def pages(tmp_path: Path) -> WholePages:
    folder, fonts = tmp_path / "corpus", tmp_path / "fonts"
    saved_page(folder / next(names(held_out=False, suffix=".png")), page_pixels(260, 300))
    fonts.mkdir()
    saved_font(fonts / next(names(held_out=False, suffix=".ttf")))
    return find_learned([folder], [fonts], seed=1)


def photos(folder: Path) -> list[Path]:
    return [
        saved_page(folder / next(names(held_out=part, suffix=".png")), page_pixels(40, 50, seed=3))
        for part in (True, False)
    ]


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_marked_page_depends_on_seed_and_number_alone(pages: WholePages, tmp_path: Path) -> None:
    pictures = photos(tmp_path)
    first, again, other = (MarkedPages(UsedPages(pages, pictures), seed=seed) for seed in (2, 2, 3))
    assert all(np.array_equal(first[number].dirty, again[number].dirty) for number in range(4))
    assert any(not np.array_equal(first[number].dirty, other[number].dirty) for number in range(4))


def test_most_pages_have_a_mark_and_the_others_stay_as_they_are(pages: WholePages, tmp_path: Path) -> None:
    stream = MarkedPages(UsedPages(pages, photos(tmp_path)), seed=2)
    pairs = [stream[number] for number in range(40)]
    bare = [pair for pair in pairs if pair.mark_opacity is None]
    assert 5 <= len(bare) <= 20
    assert all(np.array_equal(pair.dirty, pair.clean) for pair in bare)


def test_pictures_of_the_other_part_are_left_out(pages: WholePages, tmp_path: Path) -> None:
    held_out, learned = photos(tmp_path)
    held_out.write_bytes(b"no picture")
    assert MarkedPages(UsedPages(pages, [held_out, learned]), seed=2)[0].dirty.shape[2] == 3
    learned.write_bytes(b"no picture")
    with pytest.raises(TrainingError, match="is no picture that can be read"):
        UsedPages(pages, [learned])


@settings(max_examples=30)
@given(st.integers(40, 300), st.integers(40, 300), st.integers(0, 99))
def test_shading_lies_under_the_print(height: int, width: int, seed: int) -> None:
    page = page_pixels(height, width)
    result = shaded(page, np.random.default_rng(seed))
    assert result.shape == page.shape
    assert (result <= page).all()
    white = (page == 255).all(axis=2)
    assert (result[white].max(axis=1, initial=0) > 100).all()  # nothing is as dark as print


def test_dirty_page_depends_on_seed_and_number_alone(pages: WholePages) -> None:
    used, real = UsedPages(pages, []), RealPairs(((noise(220, 230), noise(220, 230, 1)),))
    first, again, other = (DirtyPages(used, real, seed=seed) for seed in (2, 2, 3))
    assert all(np.array_equal(first[n].dirty, again[n].dirty) for n in range(6))
    assert any(not np.array_equal(first[n].dirty, other[n].dirty) for n in range(6))
    taken = [np.array_equal(first[n].dirty, real.pairs[0][0]) for n in range(40)]
    assert 0 < sum(taken) < 15


def test_every_kind_of_dirt_and_clean_pages_are_met(pages: WholePages) -> None:
    stream = DirtyPages(UsedPages(pages, []), None, seed=2)
    kinds = {kind for number in range(60) for kind in stream[number].kinds}
    assert {"identity", "fax", "paper", "faded ink"} <= kinds
