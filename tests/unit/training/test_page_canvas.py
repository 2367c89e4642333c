from pathlib import Path

import numpy as np
import pytest

from docclean.training.page_canvas import PageCanvas, Sheet
from tests.helpers.corpus import saved_font


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return saved_font(tmp_path / "letters.ttf")


def canvas(font: Path, sheet: Sheet) -> PageCanvas:
    return PageCanvas(sheet, font, font, np.random.default_rng(1))


def draw(page: PageCanvas) -> None:
    page.box(10, 10, (20, 8))
    page.rule(0, 25, (page.width, 25), width=1)
    page.text(30, 30, "Letters", 20)
    page.dots(5, 45, 40)
    page.stroke([(5, 50), (20, 55), (40, 50)])
    page.paste(10, 60, np.full((*page.shape_of((10, 10)), 3), 80, np.uint8))


def test_part_of_a_sheet_is_what_the_whole_sheet_shows_there(font: Path) -> None:
    pages = [
        canvas(font, sheet) for sheet in (Sheet.whole((400, 300), 100), Sheet((400, 300), 100, (90, 37), (150, 210)))
    ]
    for page in pages:
        draw(page)
    whole, part = (page.pixels for page in pages)
    assert part.shape == (150, 210, 3)
    assert (part < 200).any()
    assert np.array_equal(part, whole[90:240, 37:247])


def test_lengths_on_paper_are_the_same_at_any_resolution(font: Path) -> None:
    pages = [canvas(font, Sheet.whole((dpi * 3, dpi * 2), dpi)) for dpi in (100, 300)]
    assert pages[0].width == pytest.approx(2 * 25.4)
    assert pages[0].height == pytest.approx(3 * 25.4)
    assert pages[0].length("Letters", 12) == pytest.approx(pages[1].length("Letters", 12), rel=0.05)
    rows = []
    for page, dpi in zip(pages, (100, 300), strict=True):
        page.rule(0, 25.4, (page.width, 25.4), width=1)
        rows.append(float(np.flatnonzero((page.pixels < 128).any(axis=(1, 2))).mean()) / dpi)
    assert rows == pytest.approx([1.0, 1.0], abs=0.02)


def test_line_is_no_longer_than_asked_for(font: Path) -> None:
    page = canvas(font, Sheet.whole((400, 300), 100))
    for width in (0.5, 20, 60):
        assert page.length(page.line(width, 10), 10) <= width


def test_strip_outside_the_part_is_not_shown(font: Path) -> None:
    page = canvas(font, Sheet((400, 300), 100, (200, 0), (100, 300)))
    assert not page.shows(10, 20)
    assert page.shows(45, 10)
    assert not page.shows(90, 5)
