"""Expected values are computed by hand or by loops over windows that follow the papers' formulas."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from docclean.imaging.luma import GrayArray
from docclean.imaging.metrics import PageScores, ink_added, ink_lost, psnr_db, rmse, score, ssim

pages = hnp.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30), st.sampled_from([1, 3])))


def white(height: int = 20, width: int = 20) -> GrayArray:
    return np.ones((height, width), np.float32)


def noise(height: int, width: int, seed: int) -> GrayArray:
    return np.random.default_rng(seed).random((height, width), dtype=np.float32)


def ssim_by_loops(x: NDArray[Any], y: NDArray[Any]) -> float:
    offsets = np.arange(-5, 6)
    weights = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    values = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            a = x[top : top + 11, left : left + 11].astype(float)
            b = y[top : top + 11, left : left + 11].astype(float)
            mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
            var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
            cov = (weights * (a - mean_a) * (b - mean_b)).sum()
            values.append(
                (2 * mean_a * mean_b + 1e-4)
                * (2 * cov + 9e-4)
                / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
            )
    return float(np.mean(values))


def test_rmse_and_psnr_of_known_difference_are_right() -> None:
    clean = white(2, 2)
    result = clean.copy()
    result[0, 0] = 0.8
    assert rmse(result, clean) == pytest.approx(0.1)
    assert psnr_db(result, clean) == pytest.approx(20.0)


def test_psnr_of_identical_pages_is_infinite() -> None:
    assert psnr_db(white(), white()) == math.inf


@pytest.mark.parametrize(("height", "width"), [(11, 11), (13, 17), (600, 12)])
def test_ssim_equals_the_formula_window_by_window(height: int, width: int) -> None:
    clean = noise(height, width, 1)
    result = np.clip(clean + 0.3 * (noise(height, width, 2) - 0.5), 0, 1).astype(np.float32)
    assert ssim(result, clean) == pytest.approx(ssim_by_loops(result, clean), abs=1e-6)


def test_ssim_of_flat_pages_is_their_luminance_term() -> None:
    black_and_white = ssim(np.zeros((20, 20), np.float32), white())
    assert black_and_white == pytest.approx(1e-4 / (1 + 1e-4))


def test_ssim_on_side_shorter_than_window_repeats_the_rim() -> None:
    clean, result = noise(4, 20, 3), noise(4, 20, 4)
    padded = [np.pad(page, ((5, 5), (0, 0)), mode="edge") for page in (result, clean)]
    assert ssim(result, clean) == pytest.approx(ssim_by_loops(*padded), abs=1e-6)


@given(pages)
def test_score_of_identical_pages_is_perfect(pixels: NDArray[np.uint8]) -> None:
    scores = score(pixels, pixels.copy())
    assert (scores.rmse, scores.psnr_db, scores.ink_lost, scores.ink_added) == (0.0, math.inf, 0.0, 0.0)
    assert scores.ssim == pytest.approx(1.0)


@given(pages, st.integers(0, 255))
def test_score_of_any_page_is_finite_but_for_psnr(pixels: NDArray[np.uint8], level: int) -> None:
    scores = score(np.full_like(pixels, level), pixels)
    assert 0 <= scores.rmse <= 1
    assert -1 <= scores.ssim <= 1 + 1e-9
    assert 0 <= scores.ink_lost <= 1
    assert scores.ink_added >= 0


def test_ink_lost_when_half_the_strokes_vanish_is_half() -> None:
    clean, result = white(), white()
    clean[5, 2:18] = clean[12, 2:18] = 0.0
    result[5, 2:18] = 0.0
    assert ink_lost(result, clean) == 0.5


@pytest.mark.parametrize(("tone", "lost"), [(0.0, 0.0), (0.74, 0.0), (0.75, 1.0), (1.0, 1.0)])
def test_ink_lost_of_stroke_grown_paler_starts_near_white(tone: float, lost: float) -> None:
    clean, result = white(), white()
    clean[5, 2:18], result[5, 2:18] = 0.0, tone
    assert ink_lost(result, clean) == lost


@pytest.mark.parametrize(("shift", "lost"), [(1, 0.0), (2, 1.0)])
def test_ink_lost_tolerates_a_shift_of_one_pixel(shift: int, lost: float) -> None:
    clean, result = white(), white()
    clean[5, 2:18], result[5 + shift, 2:18] = 0.0, 0.0
    assert ink_lost(result, clean) == lost


@pytest.mark.parametrize(("distance", "added"), [(2, 0.0), (3, 1 / 16)])
def test_ink_added_counts_what_is_farther_than_two_pixels(distance: int, added: float) -> None:
    clean = white()
    clean[5, 2:18] = 0.0
    result = clean.copy()
    result[5 + distance, 9] = 0.49
    assert ink_added(result, clean) == pytest.approx(added)


def test_ink_added_ignores_pale_print_that_came_out_darker() -> None:
    clean, result = white(), white()
    clean[5, 2:18], result[5, 2:18] = 0.6, 0.3
    assert ink_added(result, clean) == 0.0


def test_ink_added_may_exceed_the_ink_there_was() -> None:
    clean = white()
    clean[0, 0] = 0.0
    assert ink_added(np.zeros((20, 20), np.float32), clean) == 400 - 9


def test_ink_on_blank_clean_page_is_a_share_of_the_page() -> None:
    result = white(10, 10)
    result[4, 4:9] = 0.0
    assert ink_lost(result, white(10, 10)) == 0.0
    assert ink_added(result, white(10, 10)) == pytest.approx(0.05)


def test_score_of_color_result_for_grey_truth_compares_luma() -> None:
    grey = np.full((12, 12, 1), 90, np.uint8)
    assert score(np.repeat(grey, 3, axis=2), grey).rmse == 0.0


def test_score_of_different_sizes_is_refused() -> None:
    with pytest.raises(ValueError, match="different size"):
        score(np.zeros((4, 5, 1), np.uint8), np.zeros((5, 4, 1), np.uint8))


def test_scores_in_json_have_null_for_infinity() -> None:
    pixels = np.zeros((12, 12, 1), np.uint8)
    text = json.dumps(score(pixels, pixels).to_json(), allow_nan=False)
    assert json.loads(text) == {
        "rmse": 0.0,
        "psnr_db": None,
        "ssim": 1.0,
        "ink_lost": 0.0,
        "ink_added": 0.0,
        "color_error": None,
        "marks_kept": None,
        "character_errors": None,
    }


def test_scores_with_every_value_come_back_from_json() -> None:
    scores = PageScores(0.1, 20.0, 0.9, 0.01, 0.02, 0.03, 0.98, 0.05)
    assert PageScores(**json.loads(json.dumps(scores.to_json()))) == scores


def test_score_of_color_page_with_a_dot_has_color_error_and_marks() -> None:
    clean = np.full((40, 60, 3), 255, np.uint8)
    clean[10:22, 5:11] = clean[10:22, 20:26] = (200, 0, 0)
    clean[20:22, 14:16] = 0
    grey = np.repeat(clean.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    grey[20:22, 14:16] = 255
    scores = score(grey, clean)
    assert scores.color_error == pytest.approx((134 + 66 + 66) / 3 / 255, abs=0.003)
    assert scores.marks_kept == 0.0
