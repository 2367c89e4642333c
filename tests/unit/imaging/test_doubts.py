import cv2
import numpy as np
import pytest

from docclean.core.page import PixelArray
from docclean.imaging.doubts import count_doubts


def page(*, stamp: bool = True) -> PixelArray:
    pixels = np.full((1754, 1240, 3), 236, np.uint8)
    for row in range(6):
        cv2.putText(pixels, "The quick brown fox 12.50", (120, 300 + 200 * row), 0, 1.5, (30, 30, 30), 3, cv2.LINE_AA)
    if stamp:
        cv2.circle(pixels, (1000, 1450), 90, (200, 30, 40), 6, cv2.LINE_AA)
    return pixels


def whitened(pixels: PixelArray) -> PixelArray:
    return np.asarray(np.where(pixels > 200, 255, pixels), np.uint8)


def test_clean_page_with_all_its_ink_raises_no_doubt() -> None:
    assert count_doubts(page(), whitened(page())) == 0


def test_page_that_nothing_changed_raises_no_doubt() -> None:
    assert count_doubts(page(), page()) == 0


def test_lines_that_are_gone_are_one_place_each() -> None:
    after = whitened(page())
    after[240:320] = 255
    after[840:920] = 255
    assert count_doubts(page(), after) == 2


def test_stamp_that_turned_gray_is_a_place() -> None:
    after = whitened(page())
    after[1300:1600, 850:1150] = after[1300:1600, 850:1150].mean(axis=2, keepdims=True).astype(np.uint8)
    assert count_doubts(page(), after) == 1


def test_shadow_and_specks_that_are_gone_raise_no_doubt() -> None:
    before = page().astype(np.float32)
    before[:, :600] *= np.linspace(0.4, 1.0, 600)[None, :, None]
    before[np.random.default_rng(0).integers(0, 1754, 400), np.random.default_rng(1).integers(0, 1240, 400)] = 20
    assert count_doubts(before.astype(np.uint8), whitened(page())) == 0


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 200, 3), (200, 3, 1), (40, 40, 3)])
def test_tiny_page_is_taken(shape: tuple[int, int, int]) -> None:
    assert count_doubts(np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)) >= 0


def test_gray_page_that_gained_color_is_taken() -> None:
    gray = np.ascontiguousarray(page(stamp=False)[:, :, :1])
    assert count_doubts(gray, page(stamp=False)) == 0
