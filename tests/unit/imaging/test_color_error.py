import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from docclean.imaging.color_error import color_error

pages = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3])))


def stamped() -> NDArray[np.uint8]:
    """White, with four red pixels in a row."""
    page = np.full((10, 10, 3), 255, np.uint8)
    page[4, 2:6] = (200, 20, 20)
    return page


@given(pages)
def test_color_error_of_identical_pages_is_zero_or_absent(pixels: NDArray[np.uint8]) -> None:
    assert color_error(pixels, pixels.copy()) in (0.0, None)


@pytest.mark.parametrize("channels", [1, 3])
def test_color_error_of_page_without_color_is_absent(channels: int) -> None:
    grey = np.full((6, 6, channels), 90, np.uint8)
    assert color_error(np.zeros((6, 6, 3), np.uint8), grey) is None


@pytest.mark.parametrize(("chroma", "counts"), [(38, False), (39, True)])
def test_color_error_starts_above_a_chroma_of_15_percent(chroma: int, counts: bool) -> None:
    clean = np.full((2, 2, 3), 200, np.uint8)
    clean[0, 0, 2] -= chroma
    assert (color_error(clean, clean) == 0.0) is counts


def test_color_error_looks_at_colored_pixels_only() -> None:
    clean, result = stamped(), stamped()
    result[9] = 0
    assert color_error(result, clean) == 0.0
    result[4, 2:6, 1] += 51
    assert color_error(result, clean) == pytest.approx(0.2 / 3)


def test_color_error_of_grey_result_compares_every_channel() -> None:
    result = np.full((10, 10, 1), 80, np.uint8)
    assert color_error(result, stamped()) == pytest.approx((120 + 60 + 60) / 3 / 255)
