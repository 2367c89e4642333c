"""Pixels survive the way into Qt's images and back, whatever the width."""

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from docclean.gui.qimage import to_pixels, to_qimage, to_screen_image
from tests.helpers.pages import random_samples

sides = st.integers(1, 37)
channel_counts = st.sampled_from([1, 3])


@given(sides, sides, channel_counts, st.integers(0, 9))
def test_round_trip_of_any_size_keeps_pixels(height: int, width: int, channels: int, seed: int) -> None:
    pixels = random_samples(height, width, channels, seed=seed)
    again = to_pixels(to_qimage(pixels))
    assert again.shape == pixels.shape
    assert np.array_equal(again, pixels)


@given(sides, sides, channel_counts)
def test_round_trip_of_part_of_page_keeps_pixels(height: int, width: int, channels: int) -> None:
    part = random_samples(height + 3, width + 5, channels)[1 : height + 1, 2 : width + 2]
    assert np.array_equal(to_pixels(to_qimage(part)), part)


@given(sides, sides, channel_counts)
def test_screen_image_shows_same_colors(height: int, width: int, channels: int) -> None:
    pixels = random_samples(height, width, channels)
    shown = to_pixels(to_screen_image(pixels))
    assert np.array_equal(shown, np.broadcast_to(pixels, shown.shape))


@pytest.mark.parametrize("convert", [to_qimage, to_screen_image])
@pytest.mark.parametrize("step", [1, 2])
def test_image_outlives_its_array(convert: object, step: int) -> None:
    assert callable(convert)
    pixels = np.full((300, 333 * step, 3), 77, np.uint8)
    image = convert(pixels[:, ::step])
    pixels[:] = 0
    del pixels
    gc.collect()
    _ = [np.zeros((300, 333, 3), np.uint8) for _ in range(8)]
    assert (to_pixels(image) == 77).all()


def test_pixels_outlive_their_image() -> None:
    image = QImage(33, 9, QImage.Format.Format_RGB888)
    image.fill(QColor(1, 2, 3))
    pixels = to_pixels(image)
    image.fill(Qt.GlobalColor.white)
    del image
    gc.collect()
    assert (pixels == (1, 2, 3)).all()


def test_gray_page_becomes_gray_image() -> None:
    assert to_qimage(random_samples(3, 5, 1)).format() is QImage.Format.Format_Grayscale8


def test_transparent_pixel_is_shown_on_white() -> None:
    image = QImage(3, 2, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(2)
    image.fill(QColor(0, 0, 0, 0))
    assert (to_pixels(image) == 255).all()


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 4), (0, 4, 3)])
def test_array_that_is_no_page_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a page is"):
        to_qimage(np.zeros(shape, np.uint8))


def test_null_image_is_refused() -> None:
    with pytest.raises(ValueError, match="without pixels"):
        to_pixels(QImage())
