import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.training import marks
from docclean.training.marks import add_marks
from tests.helpers.corpus import page_pixels


def photo_pixels(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 120, (height, width, 3), dtype=np.uint8)


@settings(max_examples=40)
@given(height=st.integers(8, 80), width=st.integers(8, 80), seed=st.integers(0, 2**32), has_photo=st.booleans())
def test_marks_depend_on_the_seed_alone_and_leave_the_page(height: int, width: int, seed: int, has_photo: bool) -> None:
    page = page_pixels(height, width, seed=seed)
    before = page.copy()
    photo = photo_pixels(height, width) if has_photo else None
    marked, again = (add_marks(page, np.random.default_rng(seed), photo=photo) for _ in range(2))
    assert np.array_equal(marked, again)
    assert np.array_equal(page, before)
    assert marked.shape == page.shape
    assert marked.dtype == np.uint8


def test_marks_only_darken_the_page() -> None:
    page = page_pixels(64, 80)
    marked = [add_marks(page, np.random.default_rng(seed)) for seed in range(60)]
    assert all((m <= page).all() for m in marked)
    changed = np.mean([not np.array_equal(m, page) for m in marked])
    assert 0.5 < changed < 1.0  # two pages in three get a mark
    assert any(np.ptp(m, axis=2).max() > 100 for m in marked)


def test_photo_is_pasted_into_a_part_of_the_page() -> None:
    page, photo = np.ones((64, 80, 3), np.float32), np.zeros((64, 80, 3), np.float32)
    for seed in range(20):
        pasted = marks._paste_photo(page, photo, np.random.default_rng(seed))
        covered = (pasted < 1.0).any(axis=2).mean()
        assert 0.01 < covered < 0.85


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_halftone_prints_as_much_ink_as_the_picture_is_dark(level: float) -> None:
    picture = np.full((60, 60, 3), level, np.float32)
    for seed in range(5):
        dots = marks.halftone(picture, np.random.default_rng(seed))
        assert dots.shape == picture.shape
        assert float(dots.mean()) == pytest.approx(level, abs=0.1)
