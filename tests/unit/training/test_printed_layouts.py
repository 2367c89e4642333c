import re
from pathlib import Path

import numpy as np

from docclean.training.page_canvas import PageCanvas, Sheet
from docclean.training.printed_layouts import amount, draw_illustrated, signature
from tests.helpers.corpus import saved_font


def test_amount_has_two_decimals() -> None:
    assert all(re.fullmatch(r"[0-9,]+\.\d\d", amount(np.random.default_rng(seed))) for seed in range(50))


def test_signature_stays_near_its_place(tmp_path: Path) -> None:
    font = saved_font(tmp_path / "letters.ttf")
    inked = 0
    for seed in range(12):
        page = PageCanvas(Sheet.whole((600, 600), 100), font, font, np.random.default_rng(seed))
        signature(page, 30, 50)
        rows = np.flatnonzero((page.pixels < 200).any(axis=(1, 2))) * 25.4 / 100
        if len(rows):
            inked += 1
            assert rows.min() > 45
            assert rows.max() < 75
    assert inked >= 8


def test_illustrated_page_has_a_picture(tmp_path: Path) -> None:
    font = saved_font(tmp_path / "letters.ttf")
    page = PageCanvas(Sheet.whole((870, 620), 75), font, font, np.random.default_rng(3))
    draw_illustrated(page)
    toned = (page.pixels < 235).all(axis=2)
    assert 0.05 < float(toned.mean()) < 0.7
