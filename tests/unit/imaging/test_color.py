import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.page import PixelArray
from docclean.imaging.color import as_planes, blend, from_planes, has_color, pad_to

SIDES = st.integers(1, 20)
CHANNELS = st.sampled_from([1, 3])
SEEDS = st.integers(0, 2**32 - 1)


def random_pixels(height: int, width: int, channels: int, seed: int = 0) -> PixelArray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


@given(SIDES, SIDES, CHANNELS, SEEDS)
def test_planes_and_back_is_the_same(height: int, width: int, channels: int, seed: int) -> None:
    pixels = random_pixels(height, width, channels, seed)
    planes = as_planes(pixels)
    assert planes.shape == (1, 3, height, width)
    assert planes.dtype == np.float32
    assert planes.flags.c_contiguous
    np.testing.assert_array_equal(from_planes(planes[0], channels), pixels)


def test_every_level_survives_planes_and_back() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    planes = as_planes(levels)
    assert planes.min() == 0.0
    assert planes.max() == pytest.approx(1.0)
    np.testing.assert_array_equal(from_planes(planes[0], 1), levels)


@pytest.mark.parametrize("channels", [1, 3])
def test_planes_may_be_written_to(channels: int) -> None:
    assert as_planes(random_pixels(4, 4, channels)).flags.writeable


@pytest.mark.parametrize("channels", [1, 3])
def test_planes_share_nothing_with_the_page(channels: int) -> None:
    pixels = random_pixels(4, 4, channels)
    before = pixels.copy()
    as_planes(pixels)[:] = 0.5
    np.testing.assert_array_equal(pixels, before)


def test_from_planes_cuts_and_rounds() -> None:
    planes = np.array([-0.3, 0.4999 / 255, 0.5001 / 255, 1.7], np.float32).reshape(1, 1, 4).repeat(3, axis=0)
    np.testing.assert_array_equal(from_planes(planes, 3)[0, :, 0], [0, 0, 1, 255])


def test_from_planes_of_gray_is_the_mean_of_the_channels() -> None:
    planes = (np.array([30, 60, 120], np.float32) / np.float32(255)).reshape(3, 1, 1)
    np.testing.assert_array_equal(from_planes(planes, 1), [[[70]]])


@pytest.mark.parametrize(("place", "channel"), [((0, 0), 0), ((2, 3), 1), ((4, 5), 2)])
def test_has_color_sees_a_single_pixel(place: tuple[int, int], channel: int) -> None:
    pixels = random_pixels(5, 6, 1).repeat(3, axis=2)
    assert not has_color(pixels)
    pixels[*place, channel] ^= 1
    assert has_color(pixels)


def test_has_color_of_gray_is_false() -> None:
    assert not has_color(random_pixels(5, 6, 1))


@given(SIDES, SIDES, st.integers(0, 9), st.integers(0, 9), CHANNELS)
def test_pad_to_repeats_the_last_pixels(height: int, width: int, below: int, beside: int, channels: int) -> None:
    pixels = random_pixels(height, width, channels)
    wanted = np.pad(pixels, ((0, below), (0, beside), (0, 0)), mode="edge")
    np.testing.assert_array_equal(pad_to(pixels, height + below, width + beside), wanted)


def test_pad_to_the_same_size_is_the_same_array() -> None:
    pixels = random_pixels(8, 8, 3)
    assert pad_to(pixels, 8, 8) is pixels


def test_pad_to_takes_a_view() -> None:
    pixels = random_pixels(5, 6, 3)
    np.testing.assert_array_equal(pad_to(pixels[:, :, :1], 8, 8), pad_to(pixels, 8, 8)[:, :, :1])


def test_blend_at_its_ends_gives_the_very_arrays() -> None:
    before, after = random_pixels(5, 6, 3), random_pixels(5, 6, 3, seed=1)
    assert blend(before, after, 0) is before
    assert blend(before, after, 100) is after


@given(SIDES, SIDES, CHANNELS, st.integers(0, 100), SEEDS)
def test_blend_is_the_weighted_mean(height: int, width: int, channels: int, strength: int, seed: int) -> None:
    before, after = random_pixels(height, width, channels, seed), random_pixels(height, width, channels, seed + 1)
    mixed = blend(before, after, strength)
    assert mixed.shape == before.shape
    assert mixed.dtype == np.uint8
    wanted = (after * (strength / 100)) + before * (1 - strength / 100)
    assert np.abs(mixed - wanted).max() <= 0.5 + 1e-4


@given(st.integers(0, 100), SEEDS)
def test_blend_of_equal_pages_is_the_page(strength: int, seed: int) -> None:
    pixels = random_pixels(9, 9, 3, seed)
    np.testing.assert_array_equal(blend(pixels, pixels.copy(), strength), pixels)
