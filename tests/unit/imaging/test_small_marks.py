import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from docclean.imaging.luma import GrayArray
from docclean.imaging.small_marks import MarkCount, count_small_marks

pages = hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


def sheet(height: int = 120, width: int = 200) -> GrayArray:
    """White, with two rows of boxes as large as letters."""
    page = np.ones((height, width), np.float32)
    for top in (10, 60):
        for left in range(10, width - 20, 18):
            page[top : top + 16, left : left + 10] = 0.0
    return page


def with_points() -> GrayArray:
    """A sheet with a decimal point after each of the ten letters of the first row."""
    page = sheet()
    for left in range(23, 193, 18):
        page[24:26, left : left + 2] = 0.0
    return page


def without_point(page: GrayArray, number: int) -> GrayArray:
    erased = page.copy()
    left = 23 + 18 * number
    erased[24:26, left : left + 2] = 1.0
    return erased


@given(pages)
def test_marks_of_identical_pages_all_survive(pixels: NDArray[np.uint8]) -> None:
    page = pixels.astype(np.float32) / np.float32(255)
    count = count_small_marks(page, page.copy())
    assert count.kept == count.found
    assert count.share in (1.0, None)


def test_marks_of_page_with_letters_only_are_none() -> None:
    assert count_small_marks(sheet(), sheet()) == MarkCount(0, 0)
    assert MarkCount(0, 0).share is None


def test_marks_of_blank_page_are_none() -> None:
    assert count_small_marks(np.zeros((20, 20), np.float32), np.ones((20, 20), np.float32)) == MarkCount(0, 0)


@given(st.integers(0, 9))
def test_marks_without_one_decimal_point_are_one_fewer(number: int) -> None:
    clean = with_points()
    assert count_small_marks(without_point(clean, number), clean) == MarkCount(10, 9)


@pytest.mark.parametrize("sigma", [0.3, 0.5, 0.7])
def test_marks_after_slight_blur_all_survive(sigma: float) -> None:
    clean = with_points()
    clean[100, 20:180] = 0.0
    blurred = np.asarray(cv2.GaussianBlur(clean, (0, 0), sigma), np.float32)
    count = count_small_marks(blurred, clean)
    assert count.kept == count.found > 10


@pytest.mark.parametrize(("shift", "kept"), [(1, 10), (4, 0)])
def test_marks_may_move_by_one_pixel(shift: int, kept: int) -> None:
    clean = with_points()
    assert count_small_marks(np.roll(clean, shift, axis=0), clean) == MarkCount(10, kept)


@pytest.mark.parametrize(("tone", "kept"), [(0.0, 10), (0.5, 10), (0.52, 0)])
def test_marks_survive_with_half_of_their_contrast(tone: float, kept: int) -> None:
    clean = with_points()
    result = clean.copy()
    result[24:26] = np.maximum(result[24:26], np.float32(tone))
    assert count_small_marks(result, clean) == MarkCount(10, kept)


def test_marks_that_drown_in_dark_paper_do_not_survive() -> None:
    clean = with_points()
    result = np.full_like(clean, 0.2)
    assert count_small_marks(result, clean).kept == 0


@pytest.mark.parametrize("is_upright", [False, True])
@pytest.mark.parametrize("thickness", [1, 2])
def test_rule_with_a_gap_loses_the_pieces_in_the_gap(thickness: int, is_upright: bool) -> None:
    clean = sheet(200, 300)
    clean[100 : 100 + thickness, 1:257] = 0.0  # four pieces: the cuts lie at 0, 64, 128, 192 and 256
    result = clean.copy()
    result[100 : 100 + thickness, 70:120] = 1.0
    if is_upright:
        clean, result = clean.T.copy(), result.T.copy()
    assert count_small_marks(result, clean) == MarkCount(4, 3)


def test_bar_of_three_pixels_is_no_hairline() -> None:
    clean = sheet(200, 300)
    clean[100:103, 10:290] = 0.0
    assert count_small_marks(clean, clean) == MarkCount(0, 0)


def test_serifs_in_a_row_are_no_rule() -> None:
    clean = sheet(200, 300)
    clean[115, 10:280] = 0.0
    for left in range(10, 280, 14):
        clean[100:116, left : left + 2] = 0.0
    assert count_small_marks(clean, clean) == MarkCount(0, 0)


def test_rules_of_a_table_that_cross_are_found() -> None:
    clean = sheet(200, 300)
    clean[100:181:40, 10:250] = 0.0
    clean[100:181, 10:250:40] = 0.0
    count = count_small_marks(clean, clean)
    level = 3 * (6 + 3)  # six parts between crossings, and cuts at 64, 128 and 192
    upright = 6 * (2 + 1)  # two parts, and a cut at 128
    assert count.found == level + upright
    assert count_small_marks(sheet(200, 300), clean).kept == 0


@pytest.mark.parametrize(("level", "found"), [(0.7, 5), (0.4, 0), (0.8, 0)])
def test_pale_letters_are_found_between_ink_and_paper(level: float, found: int) -> None:
    clean = sheet()
    for left in range(10, 100, 18):
        clean[90:106, left : left + 10] = level
    assert count_small_marks(sheet(), clean) == MarkCount(found, 0)


def test_marks_on_page_of_a4_at_150_dpi_are_counted_group_by_group() -> None:
    clean = np.ones((1754, 1240), np.float32)
    clean[50:1700:30, 50:1200:25] = 0.0
    clean[60:70, 60:66] = 0.0
    assert count_small_marks(clean, clean).found == 55 * 46
