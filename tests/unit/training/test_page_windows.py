import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.imaging.overview import overview_of
from docclean.training.degrade import Degraded
from docclean.training.page_windows import PARTS, SEEN, SIDE, PageWindow, window_of
from tests.helpers.page_windows import boxed_page


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def window(pair: Degraded, seed: int = 0, *, doubled_up_to: int = 0, has_marks: bool = False) -> PageWindow:
    found = window_of(pair, np.random.default_rng(seed), doubled_up_to=doubled_up_to, has_marks=has_marks)
    assert found is not None
    return found


@pytest.mark.parametrize("doubled_up_to", [0, 10**6])
@settings(max_examples=12)
@given(height=st.integers(320, 420), width=st.integers(320, 420), seed=st.integers(0, 9))
def test_parts_lie_where_they_say(doubled_up_to: int, height: int, width: int, seed: int) -> None:
    dirty, clean = noise(height, width, seed), noise(height, width, seed + 100)
    found = window(Degraded(dirty, clean), seed, doubled_up_to=doubled_up_to)
    if doubled_up_to:
        dirty, clean = (p.repeat(2, axis=0).repeat(2, axis=1) for p in (dirty, clean))
    dirty, clean = (p[: p.shape[0] // 8 * 8, : p.shape[1] // 8 * 8] for p in (dirty, clean))
    rows, columns = dirty.shape[0] // 8, dirty.shape[1] // 8
    wanted = overview_of(np.ascontiguousarray(dirty))[0]
    assert np.abs(found.overview[:, :rows, :columns].astype(np.float32) / 255.0 - wanted).max() < 3e-4
    assert (found.overview[:, rows:] == found.overview[:, rows - 1 : rows]).all()
    assert (found.overview[:, :, columns:] == found.overview[:, :, columns - 1 : columns]).all()
    assert found.parts.shape == (PARTS, 6, SIDE, SIDE)
    for (row, column), part in zip(found.corners, found.parts, strict=True):
        place = slice(8 * row, 8 * row + SIDE), slice(8 * column, 8 * column + SIDE)
        assert np.array_equal(part[:3].transpose(1, 2, 0), dirty[place])
        assert np.array_equal(part[3:].transpose(1, 2, 0), clean[place])


def test_of_a_large_page_a_window_is_seen_with_parts_in_it() -> None:
    page = noise(8 * SEEN + 400, 8 * SEEN + 333)
    found = window(Degraded(page, page), 4)
    assert found.overview.shape == (9, SEEN, SEEN)
    assert (found.corners + SIDE // 8 <= SEEN).all()
    row, column = found.corners[0]
    part = overview_of(np.ascontiguousarray(found.parts[0, :3].transpose(1, 2, 0)))[0]
    seen = found.overview[:, row : row + SIDE // 8, column : column + SIDE // 8].astype(np.float32) / 255.0
    assert np.abs(part - seen).max() < 3e-4


def test_sheet_is_known_everywhere_or_where_the_truth_is_white() -> None:
    page = boxed_page(1)
    known = window(page)
    assert known.is_known.all()
    assert np.abs(known.sheet.astype(int) - np.array([229, 216, 178])[:, None, None]).max() <= 1
    guessed = window(Degraded(page.dirty, page.clean))
    box = guessed.overview[6, :45, :45].astype(int) < 160  # darkest red of a cell: yellow paper has 229
    assert np.array_equal(guessed.is_known[:45, :45], ~box)


def test_mark_is_seen_in_cells_and_most_parts_lie_at_it() -> None:
    page = boxed_page(0, has_mark=True)
    found = window(page, has_marks=True)
    assert found.parts.shape == (PARTS, 10, SIDE, SIDE)
    assert page.mark_opacity is not None
    assert np.array_equal(found.opacity[:45, :45] > 0, page.mark_opacity.reshape(45, 8, 45, 8).max(axis=(1, 3)) > 0)
    at_mark = [bool(part[6].any()) for seed in range(8) for part in window(page, seed, has_marks=True).parts]
    assert np.mean(at_mark) > 0.6
    bare = window(Degraded(page.clean, page.clean), has_marks=True)
    assert not bare.opacity.any()
    assert not bare.parts[:, 6:].any()


def test_small_page_is_left_out() -> None:
    page = noise(310, 400)
    assert window_of(Degraded(page, page), np.random.default_rng(0), doubled_up_to=0, has_marks=False) is None
