"""Changes are marked where pixels differ, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.gui import pyramid as pyramid_module
from docclean.gui.changes import SAME, ChangePyramid, compare_pixels, halve_changes, paint_changes
from docclean.gui.pyramid import PagePyramid
from tests.helpers.pages import random_samples

seeds = st.integers(0, 50)


@given(seeds, st.sampled_from([1, 3]), st.sampled_from([1, 3]))
def test_plane_marks_exactly_what_differs(seed: int, of_page: int, of_result: int) -> None:
    before = random_samples(9, 11, of_page, seed=seed) // 86
    after = random_samples(9, 11, of_result, seed=seed + 1) // 86
    differs = (before.astype(int) != after.astype(int)).any(axis=2)
    assert np.array_equal(compare_pixels(before, after) != SAME, differs)


@given(seeds, st.sampled_from([1, 3]))
def test_painted_pixel_has_color_exactly_where_it_changed(seed: int, channels: int) -> None:
    before = random_samples(9, 11, channels, seed=seed)
    after = np.where(random_samples(9, 11, 1, seed=seed + 1) > 127, before, before ^ 1)
    shown = paint_changes(after, compare_pixels(before, after))
    has_color = (shown != shown[:, :, :1]).any(axis=2)
    assert np.array_equal(has_color, (before != after).any(axis=2))


@pytest.mark.parametrize(("before", "after", "is_lighter"), [(10, 250, True), (250, 10, False), (254, 255, True)])
def test_plane_tells_lighter_from_darker(before: int, after: int, is_lighter: bool) -> None:
    plane = compare_pixels(np.full((1, 1, 1), before, np.uint8), np.full((1, 1, 1), after, np.uint8))
    assert (plane[0, 0] > SAME) == is_lighter


def test_lighter_is_orange_and_darker_is_blue() -> None:
    white = np.full((1, 2, 1), 255, np.uint8)
    shown = paint_changes(white, np.array([[SAME + 100, SAME - 100]], np.uint8)).astype(int)
    assert shown[0, 0, 0] > shown[0, 0, 2] + 50
    assert shown[0, 1, 2] > shown[0, 1, 0] + 50


def test_unchanged_white_stays_white() -> None:
    white = np.full((2, 2, 3), 255, np.uint8)
    assert (paint_changes(white, compare_pixels(white, white)) == 255).all()


@given(st.integers(1, 20), st.integers(1, 20), st.data())
def test_halved_changes_keep_single_speck(height: int, width: int, data: st.DataObject) -> None:
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    value = data.draw(st.integers(1, 255).filter(lambda value: value != SAME))
    plane = np.full((height, width), SAME, np.uint8)
    plane[row, column] = value
    halved = halve_changes(plane)
    assert halved[row // 2, column // 2] == value
    assert np.count_nonzero(halved != SAME) == 1


@pytest.mark.parametrize("samples", [0, 10**9])
def test_speck_is_marked_at_every_level(monkeypatch: pytest.MonkeyPatch, samples: int) -> None:
    monkeypatch.setattr(pyramid_module, "_INSTANT_SAMPLES", samples)
    monkeypatch.setattr(pyramid_module, "BAND_SAMPLES", 40_000)
    before = np.full((1100, 901, 1), 255, np.uint8)
    after = before.copy()
    after[700, 333] = 0
    result = PagePyramid(after)
    changes = ChangePyramid(before, result)
    for source in (result, changes):
        for _ in source.build():
            pass
    for step in (1, 2, 4, 8):
        level = changes.level_at(1 / step)
        assert level is not None
        shown = changes.pixels_of(level, slice(None), slice(None))
        marked = np.argwhere((shown != shown[:, :, :1]).any(axis=2))
        assert marked.tolist() == [[700 // step, 333 // step]]


def test_level_that_is_not_there_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid_module, "_INSTANT_SAMPLES", 0)
    pixels = random_samples(600, 600, 1)
    assert ChangePyramid(pixels, PagePyramid(pixels)).level_at(0.5) is None
