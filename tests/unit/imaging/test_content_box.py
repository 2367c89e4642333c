"""The content box holds everything that is on a page, and blank pages have none."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.page import PixelArray
from docclean.imaging.content_box import MARGIN_MM, find_content
from docclean.imaging.density import Density
from docclean.imaging.rims import find_rims
from tests.helpers.skewed import PAPER, PER_MM, SIZE, text_page, with_rims

DENSITY = Density(PER_MM, PER_MM)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(5, SIZE[1] - 45),
            st.integers(5, SIZE[0] - 45),
            st.integers(3, 40),
            st.integers(3, 40),
            st.sampled_from([0, 120, 200, 215]),
        ),
        min_size=0,
        max_size=6,
    ),
    st.integers(0, 3),
)
def test_box_holds_all_ink(marks: list[tuple[int, int, int, int, int]], seed: int) -> None:
    page = text_page(seed, margin=200, lines=26)
    for x, y, width, height, level in marks:
        cv2.rectangle(page, (x, y), (x + width, y + height), (level,), 1 if min(width, height) > 8 else -1)
    box = find_content(page, DENSITY)
    if box is not None:
        outside = page.copy()
        outside[box.slices] = PAPER
        assert (outside == PAPER).all()


def test_text_is_cropped_to_with_a_margin() -> None:
    page = text_page(0, margin=200, lines=26)
    box = find_content(page, DENSITY)
    assert box is not None
    rows, columns = np.nonzero(page[:, :, 0] < PAPER)
    margin = MARGIN_MM * PER_MM
    assert box.top == pytest.approx(rows.min() - margin, abs=8)
    assert box.left == pytest.approx(columns.min() - margin, abs=8)
    assert box.top + box.height == pytest.approx(rows.max() + margin, abs=8)


def with_mark(kind: str) -> tuple[PixelArray, tuple[int, int]]:
    """A page with something near its edge, and the middle of that."""
    page = np.repeat(text_page(0, margin=200, lines=26), 3, axis=2)
    x, y = 40, 1130
    match kind:
        case "page number":
            cv2.putText(page, "17", (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1)
        case "pencil":
            cv2.line(page, (x - 10, y), (x + 20, y - 8), (214, 214, 214), 2)
        case "stamp":
            cv2.circle(page, (x, y - 8), 20, (235, 190, 190), -1)
        case _:
            cv2.circle(page, (x, y - 8), 25, (190, 200, 250), 2)
    return page, (x, y - 8)


@pytest.mark.parametrize("kind", ["page number", "pencil", "stamp", "ring of pale ink"])
def test_faint_things_near_the_edge_stay(kind: str) -> None:
    page, (x, y) = with_mark(kind)
    box = find_content(page, DENSITY)
    assert box is not None
    outside = page.astype(int) - PAPER
    outside[box.slices] = 0
    assert not outside.any()
    assert box.left <= x
    assert box.top + box.height >= y


def test_rims_are_cut_off() -> None:
    page = with_rims(text_page(0, margin=200, lines=26))
    box = find_content(page, DENSITY, find_rims(page, DENSITY))
    assert box is not None
    assert box.left > 100
    assert page[box.slices].min() > 20


@pytest.mark.parametrize(
    "page",
    [
        np.full((*SIZE, 1), 255, np.uint8),
        np.full((*SIZE, 3), (200, 190, 160), np.uint8),
        text_page(0, lines=1),
        np.zeros((*SIZE, 1), np.uint8),
        np.full((1, 1, 1), 80, np.uint8),
        np.random.default_rng(0).integers(0, 256, (*SIZE, 1)).astype(np.uint8),
    ],
    ids=["white", "paper", "one line", "black", "pixel", "noise"],
)
def test_page_with_hardly_anything_on_it_keeps_its_size(page: PixelArray) -> None:
    assert find_content(page, DENSITY) is None
