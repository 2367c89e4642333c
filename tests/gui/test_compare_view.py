"""What the compare view shows: which pixels, where, in which mode."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from docclean.core.page import PixelArray
from docclean.gui.compare_layout import ViewMode
from docclean.gui.compare_view import CompareView
from docclean.gui.qimage import to_pixels
from tests.helpers.pages import random_samples

ROOT = Path(__file__).resolve().parents[2]
BEFORE = random_samples(1203, 1301, 3, seed=1)
AFTER = random_samples(1203, 1301, 3, seed=2)
FREE = (slice(60, 180), slice(20, 380))  # rows and columns that no label covers
MakeView = Callable[..., CompareView]


@pytest.fixture
def make_view(qtbot: QtBot) -> MakeView:
    def make(mode: ViewMode = ViewMode.RESULT, after: PixelArray | None = AFTER, zoom: float = 1.0) -> CompareView:
        view = CompareView()
        qtbot.addWidget(view)
        view.resize(400, 240)
        view.show()
        view.set_mode(mode)
        view.set_pages(BEFORE, after)
        view.set_zoom(zoom)
        return view

    return make


def shown(view: CompareView) -> PixelArray:
    return to_pixels(view.grab().toImage())


def seen_of(page: PixelArray, view: CompareView) -> PixelArray:
    region = view.visible_region()
    return page[region.y() : region.y() + region.height(), region.x() : region.x() + region.width()]


@pytest.mark.parametrize(("mode", "page"), [(ViewMode.RESULT, AFTER), (ViewMode.ORIGINAL, BEFORE)])
def test_page_at_full_size_is_shown_pixel_by_pixel(make_view: MakeView, mode: ViewMode, page: PixelArray) -> None:
    view = make_view(mode)
    assert np.array_equal(shown(view), seen_of(page, view))


def test_gray_page_at_full_size_is_shown_pixel_by_pixel(qtbot: QtBot) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(300, 200)
    page = random_samples(700, 777, 1)
    view.set_mode(ViewMode.ORIGINAL)
    view.set_pages(page, page)
    view.set_zoom(1.0)
    assert np.array_equal(shown(view), np.repeat(seen_of(page, view), 3, axis=2))


@pytest.mark.parametrize("zoom", [2, 3, 5, 16])
def test_page_at_whole_zoom_repeats_every_pixel(make_view: MakeView, zoom: int) -> None:
    view = make_view(zoom=zoom)
    region, (left, top) = view.visible_region(), view._viewport.origin if view._viewport else (0, 0)
    large = seen_of(AFTER, view).repeat(zoom, axis=0).repeat(zoom, axis=1)
    first_row, first_column = -(top + region.y() * zoom), -(left + region.x() * zoom)
    expected = large[first_row : first_row + 240, first_column : first_column + 400]
    assert np.array_equal(shown(view), expected)


def test_page_at_half_size_is_average_of_pixels(make_view: MakeView) -> None:
    view = make_view(zoom=0.5)
    region = view.visible_region()
    blocks = AFTER[region.y() // 2 * 2 :, region.x() // 2 * 2 :][:480, :800].reshape(240, 2, 400, 2, 3)
    assert np.abs(shown(view).astype(int) - blocks.mean(axis=(1, 3))).max() <= 1


@pytest.mark.parametrize("zoom", [0.07, 0.3, 0.77, 1.0, 1.7, 3.3])
def test_white_page_is_shown_white_at_any_zoom(make_view: MakeView, zoom: float) -> None:
    view = make_view()
    view.set_pages(np.full((2400, 1800, 3), 255, np.uint8), np.full((2400, 1800, 3), 255, np.uint8))
    view.set_zoom(zoom)
    view.set_mode(ViewMode.CHANGES)
    assert (shown(view)[90:150, 150:250] == 255).all()


def test_split_shows_page_left_and_result_right(make_view: MakeView) -> None:
    view = make_view(ViewMode.SPLIT)
    view.set_split(0.25)
    picture = shown(view)[60:90]
    assert np.array_equal(picture[:, :90], seen_of(BEFORE, view)[60:90, :90])
    assert np.array_equal(picture[:, 110:], seen_of(AFTER, view)[60:90, 110:])


def test_side_by_side_shows_same_place_twice(make_view: MakeView) -> None:
    view = make_view(ViewMode.SIDE_BY_SIDE)
    for _ in range(2):
        picture, region = shown(view)[60:], view.visible_region()
        assert region.width() == 199
        assert np.array_equal(picture[:, :199], seen_of(BEFORE, view)[60:])
        assert np.array_equal(picture[:, 201:], seen_of(AFTER, view)[60:])
        view.pan(region.topLeft().toPointF() * 0.1)


def test_changes_at_full_size_color_exactly_what_differs(make_view: MakeView) -> None:
    after = BEFORE.copy()
    differs = random_samples(1203, 1301, 1)[:, :, 0] > 200
    after[differs] ^= 1
    view = make_view(ViewMode.CHANGES, after)
    picture, region = shown(view), view.visible_region()
    has_color = (picture != picture[:, :, :1]).any(axis=2)
    expected = differs[region.y() :, region.x() :][:240, :400]
    assert np.array_equal(has_color[FREE], expected[FREE])


def test_page_without_result_shows_page_alone(make_view: MakeView) -> None:
    for mode in (ViewMode.SPLIT, ViewMode.RESULT, ViewMode.CHANGES):
        view = make_view(mode, after=None)
        assert np.array_equal(shown(view)[FREE], seen_of(BEFORE, view)[FREE])
        assert view.split_line is None


def test_preview_replaces_its_region_only(make_view: MakeView) -> None:
    view = make_view()
    seen = view.visible_region()
    region, pixels = QRect(seen.x() + 31, seen.y() + 47, 101, 67), random_samples(67, 101, 3, seed=3)
    view.set_preview(region, pixels)
    expected = seen_of(AFTER, view).copy()
    expected[47 : 47 + 67, 31 : 31 + 101] = pixels
    assert np.array_equal(shown(view), expected)


def test_preview_removed_shows_result_again(make_view: MakeView) -> None:
    view = make_view()
    view.set_preview(QRect(0, 0, 1301, 1203), BEFORE)
    view.set_preview(QRect(), None)
    assert np.array_equal(shown(view), seen_of(AFTER, view))


def test_preview_of_page_without_result_opens_split(make_view: MakeView) -> None:
    view = make_view(ViewMode.SPLIT, after=None)
    view.set_preview(view.visible_region(), np.zeros((240, 400, 3), np.uint8))
    picture = shown(view)[60:90]
    assert np.array_equal(picture[:, :190], seen_of(BEFORE, view)[60:90, :190])
    assert (picture[:, 210:] == 0).all()


def test_preview_in_changes_is_compared_with_page(make_view: MakeView) -> None:
    view = make_view(ViewMode.CHANGES, BEFORE.copy())
    seen = view.visible_region()
    preview = np.ascontiguousarray(AFTER[:40, :60])
    view.set_preview(QRect(seen.x() + 50, seen.y() + 70, 60, 40), preview)
    region = BEFORE[seen.y() + 70 :, seen.x() + 50 :][:40, :60]
    has_color = (shown(view) != shown(view)[:, :, :1]).any(axis=2)
    differs = np.zeros((240, 400), bool)
    differs[70:110, 50:110] = (region != preview).any(axis=2)
    assert np.array_equal(has_color[FREE], differs[FREE])


@pytest.mark.parametrize(
    ("region", "shape"), [(QRect(0, 0, 10, 10), (10, 11, 3)), (QRect(1295, 0, 10, 10), (10, 10, 3))]
)
def test_preview_that_does_not_fit_is_refused(make_view: MakeView, region: QRect, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a preview of"):
        make_view().set_preview(region, np.zeros(shape, np.uint8))


def test_result_of_other_size_is_refused(make_view: MakeView) -> None:
    with pytest.raises(ValueError, match="a result of"):
        make_view().set_pages(BEFORE, AFTER[:-1])


def test_new_result_for_same_page_is_shown(make_view: MakeView) -> None:
    view = make_view(ViewMode.CHANGES)
    shown(view)
    view.set_pages(BEFORE, BEFORE.copy(), keep_place=True)
    picture = shown(view)[FREE]
    assert (picture == picture[:, :, :1]).all()


def test_cleared_view_shows_table_only(make_view: MakeView) -> None:
    view = make_view()
    view.clear()
    picture = shown(view)
    assert (picture == picture[0, 0]).all()
    assert view.visible_region().isEmpty()


@pytest.mark.parametrize(("window", "table"), [("#F6F6F4", "#8A8A86"), ("#1F2022", "#3A3B3E")])
def test_table_goes_with_palette(make_view: MakeView, window: str, table: str) -> None:
    view = make_view()
    view.setPalette(QPalette(QColor(window)))
    assert view.table_color == QColor(table)


def test_table_color_set_is_used(make_view: MakeView) -> None:
    view = make_view()
    view.clear()
    view.table_color = QColor(1, 2, 3)
    assert (shown(view) == (1, 2, 3)).all()


def test_page_has_shadow_of_one_pixel(make_view: MakeView) -> None:
    view = make_view()
    page = np.full((100, 100, 3), 255, np.uint8)
    view.set_pages(page, page)
    view.set_zoom(1.0)
    row = shown(view)[120].astype(int)
    table = row[0, 0]
    assert row[148, 0] == table
    assert row[149, 0] < table
    assert (row[150:250] == 255).all()
    assert row[250, 0] < table
    assert row[251, 0] == table


EXACT_ON_DENSE_SCREEN = """
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget
from docclean.gui.compare_layout import ViewMode
from docclean.gui.compare_view import CompareView
from docclean.gui.qimage import to_pixels
application = QApplication([])
window = QWidget()
window.resize(301, 221)
view = CompareView(window)
view.setGeometry(QRect(3, 5, 200, 160))
page = np.random.default_rng(0).integers(0, 256, (901, 803, 3), dtype=np.uint8)
view.set_pages(page, page)
view.set_mode(ViewMode.RESULT)
window.show()
view.set_zoom(1.0)
ratio = view.devicePixelRatioF()
region = view.visible_region()
picture = to_pixels(window.grab().toImage())
left, top = (int(side * ratio + .5) for side in (3, 5))
inner = (slice(1, region.height() - 1), slice(1, region.width() - 1))
seen = page[region.y():, region.x():][:region.height(), :region.width()]
assert np.array_equal(picture[top:, left:][inner], seen[inner]), "pixels differ"
print(ratio, region.width(), region.height())
"""


@pytest.mark.parametrize(("ratio", "size"), [("2", (400, 320)), ("1.25", (250, 200)), ("1.5", (300, 240))])
def test_page_at_full_size_is_exact_on_dense_screen(ratio: str, size: tuple[int, int]) -> None:
    environment = {
        **os.environ,
        "QT_SCALE_FACTOR": ratio,
        "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", EXACT_ON_DENSE_SCREEN]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [str(float(ratio)), str(size[0]), str(size[1])]
