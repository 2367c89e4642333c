"""Color, grays or two levels: what pages need whose contents are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.imaging.page_colors import needed_mode, shows_color
from tests.helpers.printed import ADDITIONS, SCALE, as_jpeg, page_with, printed_page, yellowed

TINTS = st.tuples(st.floats(0.9, 1.0), st.floats(0.8, 0.93), st.floats(0.6, 0.85))


@pytest.mark.parametrize("addition", ADDITIONS)
@pytest.mark.parametrize("quality", [None, 85, 60])
def test_clean_page_of_every_kind(addition: str, quality: int | None) -> None:
    page = page_with(addition)
    scan = page if quality is None else as_jpeg(page, quality)
    assert needed_mode(page, scan, SCALE) == ADDITIONS[addition][1]
    assert needed_mode(scan, scan, SCALE) == ADDITIONS[addition][1]


@settings(max_examples=15)
@given(TINTS, st.sampled_from(sorted(ADDITIONS)), st.integers(50, 95))
def test_old_paper_is_no_color_and_color_on_it_is(
    tint: tuple[float, float, float], addition: str, quality: int
) -> None:
    page = page_with(addition)
    scan = as_jpeg(yellowed(page, tint), quality)
    assert needed_mode(page, scan, SCALE) == ADDITIONS[addition][1]


@settings(max_examples=15)
@given(TINTS, st.integers(50, 95))
def test_tint_that_cleaning_left_is_no_color(tint: tuple[float, float, float], quality: int) -> None:
    scan = as_jpeg(yellowed(printed_page(), tint), quality)
    assert not shows_color(scan, scan, SCALE)


def test_red_and_blue_rims_of_a_scanner_are_no_color() -> None:
    page = printed_page().copy()
    page[:, 1:, 0] = page[:, :-1, 0].copy()
    assert np.ptp(page.astype(int), axis=2).max() > 60
    assert not shows_color(page, page, SCALE)


def test_colored_noise_is_no_color() -> None:
    noise = np.random.default_rng(0).normal(0, 12, (*printed_page().shape,))
    page = np.asarray(np.clip(printed_page() + noise, 0, 255), np.uint8)
    assert not shows_color(page, page, SCALE)


def test_color_that_cleaning_took_away_does_not_count() -> None:
    assert needed_mode(printed_page(), page_with("stamp"), SCALE) == "bilevel"


def test_cover_of_one_color_is_color() -> None:
    cover = np.full((400, 300, 3), (170, 40, 45), np.uint8)
    cover[150:200, 50:250] = 240
    assert shows_color(cover, cover, SCALE)
