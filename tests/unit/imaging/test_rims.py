"""Dark rims are found; pictures, covers, bars and rules at the edge are not taken for rims."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.page import PixelArray
from docclean.imaging.clearing import cleared
from docclean.imaging.density import Density
from docclean.imaging.rims import find_rims
from tests.helpers.skewed import PAPER, PER_MM, SIZE, skewed, text_page, with_rims

DENSITY = Density(PER_MM, PER_MM)


def clear_of_rims(page: PixelArray) -> PixelArray:
    return cleared(page, find_rims(page, DENSITY))


@settings(max_examples=8, deadline=None)
@given(st.tuples(*[st.integers(3, 60)] * 4), st.integers(0, 9))
def test_rims_become_paper_and_print_stays(depths: tuple[int, int, int, int], seed: int) -> None:
    page = text_page(seed)
    rimmed = np.clip(with_rims(page, *depths) + np.random.default_rng(seed).normal(0, 4, page.shape), 0, 255)
    result = clear_of_rims(rimmed.astype(np.uint8))
    assert result.min(initial=255, where=np.broadcast_to(page == PAPER, page.shape)) > 150
    assert np.abs(result.astype(int) - page)[page < PAPER].max() < 30


@pytest.mark.parametrize("degrees", [-2.0, 1.0])
def test_wedges_beside_a_sheet_that_lies_askew_become_paper(degrees: float) -> None:
    page = skewed(text_page(0), degrees, beyond=8)
    result = clear_of_rims(page)
    margin = np.ones(page.shape[:2], np.bool_)
    margin[90:-90, 90:-90] = False
    assert (result[margin] < 120).mean() < 0.004  # tips less than a pixel deep stay
    np.testing.assert_array_equal(result[90:-90, 90:-90], page[90:-90, 90:-90])


def picture(*, seed: int = 1) -> PixelArray:
    rough = np.random.default_rng(seed).integers(10, 120, (12, 9, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(rough, (SIZE[1], SIZE[0]), interpolation=cv2.INTER_CUBIC), np.uint8)


def colored(page: PixelArray) -> PixelArray:
    return np.ascontiguousarray(np.repeat(page, 3, axis=2))


def with_picture_at_the_left() -> PixelArray:
    page = colored(text_page(0))
    page[300:800, :300] = picture()[300:800, :300] // 2
    return page


def with_dark_header() -> PixelArray:
    """A bar across the top with a title in it, deeper than a rim may be."""
    page = colored(text_page(0))
    page[:110] = 20
    cv2.putText(page, "ANNUAL REPORT", (60, 75), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (250, 250, 250), 4)
    return page


def with_blue_band() -> PixelArray:
    page = colored(text_page(0))
    page[:, :40] = (10, 20, 140)
    return page


def with_short_dark_patch() -> PixelArray:
    page = colored(text_page(0))
    page[400:650, :50] = 15
    return page


def with_rules_to_the_edge() -> PixelArray:
    page = text_page(0)
    page[100:900:30] = 30
    return page


@pytest.mark.parametrize(
    "page",
    [
        picture(),
        with_picture_at_the_left(),
        with_short_dark_patch(),
        with_rules_to_the_edge(),
        np.zeros((*SIZE, 1), np.uint8),
        255 - text_page(0),
        np.full((*SIZE, 3), (20, 60, 140), np.uint8),
        np.full((*SIZE, 1), 255, np.uint8),
        np.full((1, 1, 1), 0, np.uint8),
        text_page(0),
    ],
    ids=["photograph", "picture", "patch", "rules", "black", "inverted", "cover", "white", "pixel", "text"],
)
def test_what_is_no_rim_stays(page: PixelArray) -> None:
    assert find_rims(page, DENSITY) == ()


def test_title_in_a_dark_header_stays() -> None:
    page = with_dark_header()
    np.testing.assert_array_equal(clear_of_rims(page), page)


def test_colored_band_at_the_edge_stays() -> None:
    page = with_blue_band()
    np.testing.assert_array_equal(clear_of_rims(page), page)


def test_rule_that_runs_into_a_rim_stays() -> None:
    page = text_page(0)
    page[600:603, :400] = 20
    result = clear_of_rims(with_rims(page))
    assert result[601, 60:400].max() < 40
    assert result[500, :10].min() > 150


def test_picture_beside_a_rim_stays() -> None:
    page = with_picture_at_the_left()
    result = clear_of_rims(with_rims(page, left=3))
    np.testing.assert_array_equal(result[320:780, 20:280], page[320:780, 20:280])


def test_dark_picture_on_a_page_with_rims_on_other_edges_stays_to_its_edge() -> None:
    page = colored(text_page(0))
    page[300:800, :300] = 12
    rimmed = with_rims(page, left=0)
    np.testing.assert_array_equal(clear_of_rims(rimmed)[310:790, :290], rimmed[310:790, :290])


def test_two_level_page_stays_two_level() -> None:
    page = np.where(with_rims(text_page(0)) > 128, 255, 0).astype(np.uint8)
    assert set(np.unique(clear_of_rims(page)).tolist()) == {0, 255}
