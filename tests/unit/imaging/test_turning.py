"""Turning keeps size, type and what is in the middle, and fills corners with paper."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.core.page import PageSize
from docclean.imaging.density import Density, density_of
from docclean.imaging.turning import plan_turn, turned
from tests.helpers.skewed import PAPER, text_page

SQUARE = Density(4.0, 4.0)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-10, 10),
    st.sampled_from([(60, 40), (40, 60, 1), (33, 50, 3), (20, 20, 4), (1, 1), (1, 30, 3)]),
    st.sampled_from([np.uint8, np.uint16, np.float32]),
)
def test_turning_keeps_shape_and_type_and_one_color(degrees: float, shape: tuple[int, ...], dtype: Any) -> None:
    samples = np.full(shape, 77, dtype)
    result = turned(samples, plan_turn(PageSize(*shape[:2]), degrees, SQUARE))
    assert result.shape == shape
    assert result.dtype == dtype
    np.testing.assert_allclose(result, 77, atol=0.01)


def test_turning_by_nothing_changes_nothing() -> None:
    samples = np.random.default_rng(0).integers(0, 65536, (50, 70, 3)).astype(np.uint16)
    np.testing.assert_array_equal(turned(samples, plan_turn(PageSize(50, 70), 0.0, SQUARE)), samples)


@pytest.mark.parametrize("degrees", [1.0, -7.0])
def test_turning_there_and_back_gives_the_page_again(degrees: float) -> None:
    page, size = text_page(0), PageSize(*text_page(0).shape[:2])
    there = turned(page, plan_turn(size, degrees, SQUARE))
    back = turned(there, plan_turn(size, -degrees, SQUARE))
    inner = (slice(150, -150), slice(120, -120))
    assert np.abs(back[inner].astype(int) - page[inner]).mean() < 4.0
    assert np.abs(there[inner].astype(int) - page[inner]).mean() > 20.0


def test_counterclockwise_lifts_the_right_side() -> None:
    page = np.full((101, 101), 255, np.uint8)
    page[49:52] = 0
    result = turned(page, plan_turn(PageSize(101, 101), 5.0, SQUARE))
    rows = [int(np.argmin(result[:, column])) for column in (5, 95)]
    assert rows[0] > 52
    assert rows[1] < 48


@pytest.mark.parametrize(("degrees", "color"), [(8.0, 90), (-8.0, 250)])
def test_corners_get_the_color_of_the_rim_and_not_of_print_there(degrees: float, color: int) -> None:
    page = np.full((800, 600, 1), color, np.uint8)
    page[::40, ::3] = 0
    result = turned(page, plan_turn(PageSize(800, 600), degrees, SQUARE))
    for corner in (result[:10, :10], result[-10:, -10:], result[:10, -10:], result[-10:, :10]):
        assert np.median(corner) == color


def test_blocks_leave_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    page, turn = text_page(3), plan_turn(PageSize(*text_page(3).shape[:2]), 3.3, SQUARE)
    whole = turned(page, turn)
    monkeypatch.setattr("docclean.imaging.turning._BLOCK", 100)
    np.testing.assert_array_equal(turned(page, turn), whole)


def test_page_longer_than_opencv_takes_is_turned() -> None:
    samples: NDArray[np.uint8] = np.full((33_000, 12), PAPER, np.uint8)
    samples[16_480:16_520] = 0
    result = turned(samples, plan_turn(PageSize(33_000, 12), 1.0, SQUARE))
    assert result.shape == samples.shape
    assert result[16_500, 6] == 0


@pytest.mark.parametrize(
    ("size", "dpi", "expected"),
    [
        ((3508, 2480), (300.0, 300.0), 300 / 25.4),
        ((3508, 2480), None, 2480 / 210),
        ((3508, 2480), (72.0, 72.0), 2480 / 210),
        ((842, 595), (72.0, 72.0), 72 / 25.4),
        ((3508, 2480), (1.0, 1.0), 2480 / 210),
        ((3508, 2480), (0.0, 300.0), 2480 / 210),
    ],
)
def test_density_believes_what_can_be_true(
    size: tuple[int, int], dpi: tuple[float, float] | None, expected: float
) -> None:
    density = density_of(PageSize(*size), dpi)
    assert density.x == pytest.approx(expected)
    assert density.is_stated == (dpi is not None and expected == pytest.approx(dpi[0] / 25.4))
