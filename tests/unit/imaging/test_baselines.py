import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.baselines import divide_by_median, nonlocal_means, sauvola


def shaded(*, channels: int = 1) -> tuple[PixelArray, NDArray[np.bool_]]:
    """Thin dark strokes on paper that darkens from left to right; gives the strokes too."""
    paper = np.tile(np.linspace(250, 120, 160), (80, 1))
    ink = np.zeros((80, 160), np.bool_)
    ink[10:70:12, 10:150] = True
    page = np.where(ink, paper * 0.2, paper).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(page[:, :, None], channels, axis=2)), ink


@pytest.mark.parametrize("channels", [1, 3])
def test_median_division_levels_the_paper_and_keeps_the_ink(channels: int) -> None:
    page, ink = shaded(channels=channels)
    result = divide_by_median(page)
    assert result.shape == page.shape
    assert result[~ink].min() >= 245
    assert result[ink].max() <= 70


def test_median_division_of_black_page_stays_within_range() -> None:
    assert not divide_by_median(np.zeros((30, 30, 1), np.uint8)).any()


def test_sauvola_separates_ink_from_shaded_paper() -> None:
    page, ink = shaded()
    assert np.array_equal(sauvola(page)[:, :, 0] == 0, ink)


def test_sauvola_threshold_follows_the_formula() -> None:
    page = np.random.default_rng(1).integers(0, 256, (40, 40, 1)).astype(np.uint8)
    window = page[20 - 12 : 20 + 13, 20 - 12 : 20 + 13].astype(float)
    threshold = window.mean() * (1 + 0.2 * (window.std() / 128 - 1))
    assert (sauvola(page)[20, 20, 0] == 255) == (page[20, 20, 0] > threshold)


def test_sauvola_of_color_is_two_level_and_grey() -> None:
    page = np.random.default_rng(2).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    result = sauvola(page)
    assert result.shape == (30, 40, 1)
    assert set(np.unique(result)) == {0, 255}


@pytest.mark.parametrize("channels", [1, 3])
def test_nonlocal_means_lowers_noise_and_keeps_the_shape(channels: int) -> None:
    noise = np.random.default_rng(3).normal(200, 8, (48, 64, channels))
    page = np.clip(noise, 0, 255).astype(np.uint8)
    result = nonlocal_means(page)
    assert result.shape == page.shape
    assert result.std() < page.std() / 2
    assert cv2.absdiff(result, page).max() > 0
