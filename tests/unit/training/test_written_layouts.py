from pathlib import Path

import numpy as np
import pytest

from docclean.training.page_canvas import PageCanvas, Sheet
from docclean.training.written_layouts import draw_form, draw_notes
from tests.helpers.corpus import saved_font


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return saved_font(tmp_path / "letters.ttf")


def drawn(font: Path, seed: int) -> PageCanvas:
    return PageCanvas(Sheet.whole((870, 620), 75), font, font, np.random.default_rng(seed))


def test_notes_are_written_on_several_kinds_of_paper(font: Path) -> None:
    shares = []
    for seed in range(12):
        page = drawn(font, seed)
        draw_notes(page)
        rims = page.pixels[:, -3:]  # only ruling reaches the edge of the sheet
        shares.append(float((rims < 250).any(axis=2).mean()))
    assert min(shares) == 0
    assert max(shares) > 0.01


def test_form_has_print_and_pen(font: Path) -> None:
    for seed in range(6):
        page = drawn(font, seed)
        draw_form(page)
        assert (page.pixels == page.ink).all(axis=2).any()
        assert (page.pixels == page.pen).all(axis=2).any()
