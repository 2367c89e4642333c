import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from docclean.imaging.overview import CELL, overview_of
from docclean.models import denoiser


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 127, 128, 254, 255]))
def test_overview_equals_the_one_of_the_networks(rows: int, columns: int, seed: int, level: int) -> None:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (rows * CELL, columns * CELL, 3), dtype=np.uint8)
    pixels[: CELL // 2] = level
    planes = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]
    ours = overview_of(pixels)
    assert ours.dtype == np.float32
    assert ours.flags.c_contiguous
    assert ours.shape == (1, 9, rows, columns)
    np.testing.assert_allclose(ours, denoiser.overview_of(planes).numpy(), atol=1e-6)
    np.testing.assert_allclose(ours, denoiser.overview_of(planes / 255.0).numpy(), atol=1e-6)


def test_overview_cell_is_as_large_as_the_networks_think() -> None:
    assert CELL == denoiser.CONTEXT_STRIDE


def test_overview_holds_mean_brightest_and_darkest() -> None:
    pixels = np.full((8, 16, 3), 255, np.uint8)
    pixels[0, 8:10] = (0, 51, 102)
    overview = overview_of(pixels)[0]
    np.testing.assert_allclose(overview[:, 0, 0], 1.0)
    np.testing.assert_allclose(overview[3:6, 0, 1], 1.0)
    np.testing.assert_allclose(overview[6:, 0, 1], [0.0, 0.2, 0.4], atol=1e-7)
    np.testing.assert_allclose(overview[:3, 0, 1], 1.0 - np.array([1.0, 0.8, 0.6]) / 32, atol=1e-6)


def test_overview_of_gray_is_that_of_three_equal_channels() -> None:
    gray = np.random.default_rng(0).integers(0, 256, (24, 40, 1), dtype=np.uint8)
    np.testing.assert_array_equal(overview_of(gray), overview_of(gray.repeat(3, axis=2)))


def test_overview_of_a_bright_page_does_not_overflow() -> None:
    np.testing.assert_array_equal(overview_of(np.full((8, 8, 1), 255, np.uint8)), 1.0)


def test_overview_of_a_view_into_a_page_is_that_of_its_copy() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    np.testing.assert_array_equal(overview_of(pixels[:, :, :1]), overview_of(pixels[:, :, :1].copy()))
