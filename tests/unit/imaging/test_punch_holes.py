"""Punch holes are found in the patterns of punches, and nothing else that is round."""

import cv2
import numpy as np
import pytest

from docclean.core.page import PixelArray
from docclean.imaging.clearing import cleared
from docclean.imaging.density import Density
from docclean.imaging.punch_holes import find_punch_holes
from tests.helpers.skewed import PAPER, PER_MM, SIZE, punched, skewed, text_page

DENSITY = Density(PER_MM, PER_MM)
GUESSED = Density(PER_MM, PER_MM, is_stated=False)


@pytest.mark.parametrize("is_bright", [False, True])
@pytest.mark.parametrize(("spacing", "holes"), [(80.0, 2), (80.0, 3), (107.95, 2), (69.85, 2)])
@pytest.mark.parametrize("density", [DENSITY, GUESSED])
def test_holes_become_paper_and_print_stays(is_bright: bool, spacing: float, holes: int, density: Density) -> None:
    page = text_page(0)
    dirty = punched(page, spacing_mm=spacing, is_bright=is_bright, holes=holes)
    outlines = find_punch_holes(dirty, density)
    assert len(outlines) == holes
    np.testing.assert_allclose(cleared(dirty, outlines).astype(int), page, atol=2)


def test_holes_of_a_page_that_lies_askew_are_found() -> None:
    page = skewed(punched(text_page(0)), 4.0)
    assert len(find_punch_holes(page, DENSITY, 4.0)) == 2


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_holes_along_every_edge_are_found(turns: int) -> None:
    page = np.ascontiguousarray(np.rot90(punched(text_page(0)), turns))
    assert len(find_punch_holes(page, DENSITY)) == 2


def spots(radius_mm: float, *places_mm: tuple[float, float]) -> PixelArray:
    page = np.full((*SIZE, 1), PAPER, np.uint8)
    for x, y in places_mm:
        cv2.circle(page, (round(x * PER_MM), round(y * PER_MM)), round(radius_mm * PER_MM), (30,), -1)
    return page


def ringed_text() -> PixelArray:
    page = np.full((*SIZE, 1), PAPER, np.uint8)
    for y in (100, 180):
        middle = round(12 * PER_MM), round(y * PER_MM)
        cv2.circle(page, middle, round(3 * PER_MM), (40,), 2)
        cv2.putText(page, "7", (middle[0] - 6, middle[1] + 7), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20,), 2)
    return page


@pytest.mark.parametrize(
    "page",
    [
        spots(3, (12, 100)),
        spots(3, (12, 100), (12, 135)),
        spots(3, (60, 100), (60, 180)),
        spots(1.2, (12, 100), (12, 180)),
        spots(9, (15, 100), (15, 180)),
        spots(3, (12, 100), (18, 180)),
        ringed_text(),
        text_page(0),
        np.zeros((*SIZE, 1), np.uint8),
        np.full((1, 1, 3), 9, np.uint8),
    ],
    ids=[
        "alone",
        "unlike a punch",
        "in the middle",
        "bullets",
        "large",
        "not in line",
        "ringed",
        "text",
        "black",
        "pixel",
    ],
)
def test_what_is_no_punch_hole_stays(page: PixelArray) -> None:
    assert find_punch_holes(page, DENSITY) == ()
