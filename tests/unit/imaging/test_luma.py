import numpy as np

from docclean.imaging.luma import gray_of


def test_gray_of_color_is_weighted_and_rounded_luma() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]]], np.uint8)
    assert np.rint(gray_of(pixels) * 255).tolist() == [[76, 150, 29, 18]]


def test_gray_of_grey_is_the_samples() -> None:
    pixels = np.array([[[0], [51], [255]]], np.uint8)
    grey = gray_of(pixels)
    assert grey.dtype == np.float32
    assert np.array_equal(grey, np.array([[0.0, 0.2, 1.0]], np.float32))
