from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.errors import TrainingError
from docclean.imaging.overview import overview_of
from docclean.training.degrade import IDENTITY, Degraded
from docclean.training.kept_pages import kept_pages, read_kept
from docclean.training.page_overviews import UsedPages
from docclean.training.page_parts import PARTS, SIDE, DirtyPages, PagePair, keep_pairs, seen, shaded
from docclean.training.real_pairs import RealPairs
from docclean.training.whole_pages import find_learned
from tests.helpers.corpus import names, page_pixels, saved_page


@pytest.fixture
def used(tmp_path: Path) -> UsedPages:
    folder = tmp_path / "corpus"
    saved_page(folder / next(names(held_out=False, suffix=".png")), page_pixels(260, 300))
    return UsedPages(find_learned([folder], [], seed=1), [])


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("doubled_up_to", [0, 10**6])
@settings(max_examples=15)
@given(height=st.integers(192, 320), width=st.integers(192, 320), seed=st.integers(0, 9))
def test_parts_lie_where_they_say(doubled_up_to: int, height: int, width: int, seed: int) -> None:
    dirty, clean = noise(height, width, seed), np.full((height, width, 3), 255, np.uint8)
    clean[100:140, 60:120] = 0
    pair = seen(Degraded(dirty, clean), np.random.default_rng(seed), doubled_up_to=doubled_up_to)
    assert pair is not None
    dirty, clean = (p[: height // 8 * 8, : width // 8 * 8] for p in (dirty, clean))
    if doubled_up_to:
        dirty, clean = (p.repeat(2, axis=0).repeat(2, axis=1) for p in (dirty, clean))
    assert np.abs(pair.overview.astype(np.float32) / 255.0 - overview_of(np.ascontiguousarray(dirty))[0]).max() < 3e-4
    cells = clean.reshape(clean.shape[0] // 8, 8, clean.shape[1] // 8, 8, 3).min(axis=(1, 3, 4))
    assert np.array_equal(pair.blank, cells == 255)
    assert pair.corners.shape == (PARTS, 2)
    for (row, column), found, truth in zip(pair.corners, pair.dirty, pair.clean, strict=True):
        part = slice(8 * row, 8 * row + SIDE), slice(8 * column, 8 * column + SIDE)
        assert np.array_equal(found.transpose(1, 2, 0), dirty[part])
        assert np.array_equal(truth.transpose(1, 2, 0), clean[part])


def test_scans_and_pages_that_are_clean_count_more() -> None:
    gray, color = noise(200, 200)[..., :1].repeat(3, axis=2), noise(200, 200)
    weights = [
        pair.weight
        for pages in (Degraded(gray, gray // 2), Degraded(color, color, kinds=(IDENTITY,)), Degraded(color, color // 2))
        if (pair := seen(pages, np.random.default_rng(0), doubled_up_to=0)) is not None
    ]
    assert weights == [1.5, 1.5, 0.35]


def test_small_page_is_left_out() -> None:
    assert seen(Degraded(noise(100, 400), noise(100, 400)), np.random.default_rng(0), doubled_up_to=0) is None


@settings(max_examples=30)
@given(st.integers(40, 300), st.integers(40, 300), st.integers(0, 99))
def test_shading_lies_under_the_print(height: int, width: int, seed: int) -> None:
    page = page_pixels(height, width)
    result = shaded(page, np.random.default_rng(seed))
    assert result.shape == page.shape
    assert (result <= page).all()
    white = (page == 255).all(axis=2)
    assert (result[white].max(axis=1, initial=0) > 100).all()  # nothing is as dark as print


def test_pair_depends_on_seed_and_number_alone(used: UsedPages) -> None:
    real = RealPairs(((noise(220, 230), noise(220, 230, 1)),))
    first, again, other = (DirtyPages(used, real, seed=seed) for seed in (2, 2, 3))
    assert all(np.array_equal(first[n].dirty, again[n].dirty) for n in range(6))
    assert any(not np.array_equal(first[n].dirty, other[n].dirty) for n in range(6))
    taken = [np.array_equal(first[n].dirty, real.pairs[0][0]) for n in range(40)]
    assert 0 < sum(taken) < 15


def test_kept_pairs_are_made_once_and_read_again(used: UsedPages, tmp_path: Path) -> None:
    pages, folder = DirtyPages(used, None, seed=2), tmp_path / "kept"
    assert keep_pairs(pages, range(2), folder, doubled_up_to=0) == 2
    assert keep_pairs(pages, range(3), folder, doubled_up_to=0) == 1
    wanted = seen(pages[1], np.random.default_rng([1, 1]), doubled_up_to=0)
    found = read_kept(kept_pages(folder)[1], PagePair)
    assert wanted is not None
    for name in ("overview", "blank", "corners", "dirty", "clean", "weight"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name))
    (folder / "9.npz").write_bytes(b"PK nothing")
    with pytest.raises(TrainingError, match="is damaged"):
        read_kept(folder / "9.npz", PagePair)
