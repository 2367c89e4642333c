"""The skew of made pages is found to a twentieth of a degree, and none where there is nothing to judge by."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.page import PixelArray
from docclean.imaging.density import Density
from docclean.imaging.skew import LARGEST_SKEW_DEG, SMALLEST_SKEW_DEG, find_skew
from tests.helpers.skewed import DPI, PAPER, PER_MM, SIZE, skewed, text_page, with_rims

DENSITY = Density(PER_MM, PER_MM)


@settings(max_examples=10, deadline=None)
@given(st.floats(-9.8, 9.8), st.integers(0, 5))
def test_skew_of_lines_of_text_is_found(degrees: float, seed: int) -> None:
    found = find_skew(skewed(text_page(seed), degrees), DENSITY)
    assert abs(found - degrees) <= max(0.05, SMALLEST_SKEW_DEG)


@settings(max_examples=5, deadline=None)
@given(st.floats(-4.0, 4.0))
def test_skew_is_found_between_dark_rims_and_in_dirt(degrees: float) -> None:
    page = with_rims(skewed(text_page(1), degrees))
    shade = np.linspace(0.6, 1.0, page.shape[1])[np.newaxis, :, np.newaxis]
    dirty = page * shade + np.random.default_rng(0).normal(0, 9, page.shape)
    found = find_skew(np.clip(dirty, 0, 255).astype(np.uint8), DENSITY)
    assert abs(found - degrees) <= 0.1


def test_one_line_of_text_is_enough() -> None:
    assert find_skew(skewed(text_page(0, lines=1), 3.0), DENSITY) == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("degrees", [-6.0, 2.5])
def test_skew_of_a_grid_is_found(degrees: float) -> None:
    page = np.full((*SIZE, 1), 255, np.uint8)
    page[150:1000:40, 120:700] = page[150:991, 120:700:145] = 0
    assert find_skew(skewed(page, degrees, 255), DENSITY) == pytest.approx(degrees, abs=0.05)


def specks() -> PixelArray:
    rng = np.random.default_rng(4)
    page = np.full((*SIZE, 1), PAPER, np.uint8)
    for _ in range(500):
        middle = int(rng.integers(0, SIZE[1])), int(rng.integers(0, SIZE[0]))
        cv2.circle(page, middle, int(rng.integers(1, 4)), (60,), -1)
    return page


def clouds() -> PixelArray:
    rough = np.random.default_rng(5).integers(0, 256, (40, 28, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(rough, SIZE[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize(
    "page",
    [
        np.full((*SIZE, 1), 255, np.uint8),
        np.zeros((*SIZE, 3), np.uint8),
        np.full((1, 1, 1), 7, np.uint8),
        np.full((3, 900, 1), 7, np.uint8),
        text_page(0, lines=0),
        specks(),
        clouds(),
        np.random.default_rng(6).integers(0, 256, (*SIZE, 1)).astype(np.uint8),
    ],
    ids=["white", "black", "pixel", "sliver", "blank", "specks", "picture", "noise"],
)
def test_page_without_lines_has_no_skew(page: PixelArray) -> None:
    assert find_skew(page, DENSITY) == 0.0


def test_page_that_lies_too_far_askew_is_left_alone() -> None:
    assert find_skew(skewed(text_page(0), LARGEST_SKEW_DEG + 1.5), DENSITY) == 0.0


def test_skew_that_cannot_be_seen_is_none() -> None:
    assert find_skew(skewed(text_page(0), 0.02), DENSITY) == 0.0


def test_rows_and_columns_of_different_resolution_do_not_change_the_skew() -> None:
    page = skewed(text_page(2), 4.0)
    half = cv2.resize(page, (SIZE[1], SIZE[0] // 2), interpolation=cv2.INTER_AREA)
    squeezed = np.asarray(half, np.uint8)[:, :, np.newaxis]
    assert find_skew(squeezed, Density(DPI / 25.4, DPI / 50.8)) == pytest.approx(4.0, abs=0.1)
