"""What the user does to the compare view with mouse, wheel, trackpad, touch and keys."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QInputDevice, QKeyEvent, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QStyleHintReturn, QStyleOption, QWidget
from pytestqt.qtbot import QtBot

from docclean.gui import pyramid as pyramid_module
from docclean.gui.busy_ring import BusyRing
from docclean.gui.compare_layout import ViewMode
from docclean.gui.compare_view import CompareView
from docclean.gui.qimage import to_pixels
from docclean.gui.viewport import Point
from tests.helpers.pages import random_samples

BEFORE = random_samples(2001, 3003, 1, seed=1)
AFTER = random_samples(2001, 3003, 1, seed=2)
CURSOR = QPointF(130, 90)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CompareView]:
    made = CompareView()
    qtbot.addWidget(made)
    made.resize(400, 240)
    made.set_pages(BEFORE, AFTER)
    made.show()
    made.set_zoom(1.0)
    yield made
    made.close()


def page_point(view: CompareView, place: QPointF) -> Point:
    assert view._viewport is not None
    return view._viewport.to_page(Point(place.x(), place.y()))


def send_wheel(
    view: CompareView,
    angle: int,
    pixels: QPoint | None = None,
    control: bool = False,
    phase: Qt.ScrollPhase = Qt.ScrollPhase.NoScrollPhase,
) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    place = view.mapToGlobal(CURSOR)
    turned = QPoint(0, angle)
    event = QWheelEvent(CURSOR, place, pixels or QPoint(), turned, Qt.MouseButton.NoButton, modifiers, phase, False)
    QApplication.sendEvent(view, event)


@pytest.mark.parametrize(("angle", "zoom"), [(120, 2.0), (-120, 0.8), (240, 3.0)])
@pytest.mark.parametrize("control", [False, True])
def test_wheel_zooms_by_steps_at_cursor(view: CompareView, angle: int, zoom: float, control: bool) -> None:
    point = page_point(view, CURSOR)
    send_wheel(view, angle, control=control)
    assert view.zoom == zoom
    assert page_point(view, CURSOR) == pytest.approx(point, abs=0.7)


def test_fine_wheel_collects_its_angles(view: CompareView) -> None:
    for _ in range(3):
        send_wheel(view, 30)
    assert view.zoom == 1.0
    send_wheel(view, 30)
    assert view.zoom == 2.0


def test_trackpad_pans(view: CompareView) -> None:
    seen = view.visible_region()
    send_wheel(view, 40, QPoint(-13, 7), phase=Qt.ScrollPhase.ScrollUpdate)
    assert view.zoom == 1.0
    assert view.visible_region() == seen.translated(13, -7)


def test_trackpad_with_control_zooms_at_cursor(view: CompareView) -> None:
    point = page_point(view, CURSOR)
    send_wheel(view, 40, QPoint(0, 50), control=True, phase=Qt.ScrollPhase.ScrollUpdate)
    assert view.zoom == pytest.approx(2**0.5)
    assert page_point(view, CURSOR) == pytest.approx(point, abs=0.7)


def test_pinch_on_trackpad_zooms_at_cursor(view: CompareView) -> None:
    point = page_point(view, CURSOR)
    gesture, device = Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice()
    place = view.mapToGlobal(CURSOR)
    QApplication.sendEvent(view, QNativeGestureEvent(gesture, device, 2, CURSOR, CURSOR, place, 0.25, QPointF()))
    assert view.zoom == pytest.approx(1.25)
    assert page_point(view, CURSOR) == pytest.approx(point, abs=0.7)


def test_wheel_over_right_pane_keeps_point_under_cursor(view: CompareView) -> None:
    view.set_mode(ViewMode.SIDE_BY_SIDE)
    point = page_point(view, QPointF(50, 90))
    view.zoom_step(QPointF(201 + 50, 90), is_larger=True)
    assert page_point(view, QPointF(50, 90)) == pytest.approx(point, abs=0.7)


def test_drag_moves_page(view: CompareView) -> None:
    seen = view.visible_region()
    drag(view, QPoint(50, 100), QPoint(20, 110))
    assert view.visible_region() == seen.translated(30, -10)
    assert view.split == 0.5


def test_drag_of_line_moves_split_only(view: CompareView) -> None:
    seen = view.visible_region()
    drag(view, QPoint(203, 100), QPoint(100, 100))
    assert view.split == 0.25
    assert view.visible_region() == seen


def test_drag_of_line_stops_at_edge(view: CompareView) -> None:
    drag(view, QPoint(200, 100), QPoint(-50, 100))
    assert view.split == 0


def test_double_click_centers_split(view: CompareView) -> None:
    view.set_split(0.2)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(80, 50))
    assert view.split == 0.5


def drag(view: QWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)


def test_finger_on_line_moves_split(view: CompareView) -> None:
    device = QTest.createTouchDevice()
    QTest.touchEvent(view, device).press(0, QPoint(215, 100), view).commit()
    QTest.touchEvent(view, device).move(0, QPoint(300, 100), view).commit()
    QTest.touchEvent(view, device).release(0, QPoint(300, 100), view).commit()
    assert view.split == 0.75


def test_finger_on_page_moves_page(view: CompareView) -> None:
    device, seen = QTest.createTouchDevice(), view.visible_region()
    QTest.touchEvent(view, device).press(0, QPoint(50, 100), view).commit()
    QTest.touchEvent(view, device).move(0, QPoint(20, 110), view).commit()
    QTest.touchEvent(view, device).release(0, QPoint(20, 110), view).commit()
    assert view.visible_region() == seen.translated(30, -10)


def test_two_fingers_zoom(view: CompareView) -> None:
    device = QTest.createTouchDevice()
    QTest.touchEvent(view, device).press(0, QPoint(40, 100), view).press(1, QPoint(80, 100), view).commit()
    QTest.touchEvent(view, device).move(0, QPoint(20, 100), view).move(1, QPoint(100, 100), view).commit()
    QTest.touchEvent(view, device).release(0, QPoint(20, 100), view).release(1, QPoint(100, 100), view).commit()
    assert view.zoom == 2.0


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        (Qt.Key.Key_1, ViewMode.SPLIT),
        (Qt.Key.Key_2, ViewMode.SIDE_BY_SIDE),
        (Qt.Key.Key_3, ViewMode.RESULT),
        (Qt.Key.Key_4, ViewMode.ORIGINAL),
        (Qt.Key.Key_5, ViewMode.CHANGES),
    ],
)
def test_number_key_changes_mode(view: CompareView, qtbot: QtBot, key: Qt.Key, mode: ViewMode) -> None:
    view.set_mode(ViewMode.RESULT if mode is not ViewMode.RESULT else ViewMode.SPLIT)
    with qtbot.waitSignal(view.mode_changed) as changed:
        QTest.keyClick(view, key)
    assert changed.args == [mode]
    assert view.mode is mode


@pytest.mark.parametrize(
    ("key", "zoom"), [(Qt.Key.Key_Z, 1.0), (Qt.Key.Key_X, 2.0), (Qt.Key.Key_Plus, 4.0), (Qt.Key.Key_Minus, 2.0)]
)
def test_key_changes_zoom(view: CompareView, qtbot: QtBot, key: Qt.Key, zoom: float) -> None:
    view.set_zoom(3.0)
    with qtbot.waitSignal(view.zoom_changed) as changed:
        QTest.keyClick(view, key)
    assert changed.args == [zoom]


def test_f_key_fits_whole_page(view: CompareView) -> None:
    QTest.keyClick(view, Qt.Key.Key_F)
    assert view.visible_region() == QRect(0, 0, 3003, 2001)


@pytest.mark.parametrize(
    ("key", "modifier", "split"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 0.51),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 0.49),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier, 0.4),
    ],
)
def test_arrow_moves_split(view: CompareView, key: Qt.Key, modifier: Qt.KeyboardModifier, split: float) -> None:
    QTest.keyClick(view, key, modifier)
    assert view.split == pytest.approx(split)


def test_arrow_without_split_moves_page(view: CompareView) -> None:
    view.set_mode(ViewMode.RESULT)
    seen = view.visible_region()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.visible_region() == seen.translated(64, 0)


@pytest.mark.parametrize("mode", list(ViewMode))
def test_space_held_shows_original_in_every_mode(view: CompareView, mode: ViewMode) -> None:
    view.set_mode(mode)
    usual = to_pixels(view.grab().toImage())
    QTest.keyPress(view, Qt.Key.Key_Space)
    seen = view.visible_region()
    right = view.width() - seen.width()
    expected = BEFORE[seen.y() :, seen.x() :][: seen.height(), : seen.width()]
    held = to_pixels(view.grab().toImage())[:, right:]
    assert np.array_equal(held[50:200, :, :1], expected[50:200])
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert np.array_equal(to_pixels(view.grab().toImage()), usual)


def test_space_repeating_keeps_original(view: CompareView) -> None:
    QTest.keyPress(view, Qt.Key.Key_Space)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_Space, none, " ", True))
    assert view.split_line is None
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.split_line == 200


def test_focus_lost_lets_go_of_original(view: CompareView) -> None:
    view.activateWindow()
    view.setFocus()
    QTest.keyPress(view, Qt.Key.Key_Space)
    view.clearFocus()
    assert view.split_line == 200


def test_key_with_control_is_left_to_window(view: CompareView) -> None:
    QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(view, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    assert view.zoom == 1.0


def test_key_without_name_is_left_to_window(view: CompareView) -> None:
    QApplication.sendEvent(view, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier))
    assert view.zoom == 1.0


def test_fingers_on_trackpad_move_nothing(view: CompareView) -> None:
    device, seen = QTest.createTouchDevice(QInputDevice.DeviceType.TouchPad), view.visible_region()
    QTest.touchEvent(view, device).press(0, QPoint(50, 100), view).commit()
    QTest.touchEvent(view, device).move(0, QPoint(20, 110), view).commit()
    QTest.touchEvent(view, device).release(0, QPoint(20, 110), view).commit()
    assert view.visible_region() == seen


def test_every_input_without_page_is_harmless(view: CompareView) -> None:
    view.clear()
    for key in (*range(Qt.Key.Key_0, Qt.Key.Key_Z + 1), Qt.Key.Key_Left, Qt.Key.Key_Plus, Qt.Key.Key_Space):
        QTest.keyClick(view, Qt.Key(key))
    send_wheel(view, 120)
    drag(view, QPoint(50, 100), QPoint(20, 110))
    view.fit()
    view.zoom_in()
    assert view.zoom is None


def test_page_kept_in_place_keeps_zoom_and_relative_place(view: CompareView) -> None:
    view.pan(QPointF(600, 400))
    share = page_point(view, QPointF(200, 120)).x / 3003
    view.set_pages(BEFORE[:1001, :1501].copy(), None, keep_place=True)
    assert view.zoom == 1.0
    assert page_point(view, QPointF(200, 120)).x / 1501 == pytest.approx(share, abs=0.001)


def test_page_not_kept_in_place_is_fitted(view: CompareView) -> None:
    view.set_pages(AFTER, None)
    assert view.visible_region() == QRect(0, 0, 3003, 2001)


def test_fitted_page_stays_fitted_when_view_grows(view: CompareView) -> None:
    view.fit()
    zoom = view.zoom or 0
    view.resize(800, 480)
    assert (view.zoom or 0) > 2 * zoom


def test_viewport_is_told_once_after_last_change(view: CompareView, qtbot: QtBot) -> None:
    told: list[QRect] = []
    view.viewport_changed.connect(told.append)
    view.pan(QPointF(5, 5))
    view.pan(QPointF(5, 5))
    qtbot.waitUntil(lambda: bool(told))
    assert told == [view.visible_region()]


def test_hidden_view_leaves_no_timer_and_no_thread(view: CompareView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid_module, "_INSTANT_SAMPLES", 0)
    view.set_pages(BEFORE.copy(), AFTER.copy())
    view.set_busy(True)
    view.hide()
    assert not [timer for timer in view.findChildren(QTimer) if timer.isActive()]
    assert not [thread for thread in threading.enumerate() if thread.name == "page-levels"]


def test_view_shown_again_finishes_its_levels(view: CompareView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid_module, "_INSTANT_SAMPLES", 0)
    view.set_pages(BEFORE.copy(), AFTER.copy())
    view.hide()
    view.show()
    qtbot.waitUntil(lambda: not view._pages.unfinished(with_changes=False))


def test_changes_mode_builds_changes_of_large_page(
    view: CompareView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyramid_module, "_INSTANT_SAMPLES", 0)
    after = np.full_like(BEFORE, 255)
    view.set_pages(np.full_like(BEFORE, 255), after)
    after[1000, 1500] = 0
    view.set_mode(ViewMode.CHANGES)
    qtbot.waitUntil(lambda: not view._pages.unfinished(with_changes=True))
    picture = to_pixels(view.grab().toImage())[40:200]
    assert (picture != picture[:, :, :1]).any()


def test_tiles_of_70_megapixels_stay_bounded(qtbot: QtBot) -> None:
    page = np.zeros((8192, 8600, 1), np.uint8)
    view = CompareView(tile_memory_bytes=8 * 2**20)
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.set_pages(page, page.copy())
    view.set_mode(ViewMode.SIDE_BY_SIDE)
    view.show()
    for zoom in (0.05, 0.3, 1.0):
        view.set_zoom(zoom)
        for _ in range(12):
            view.pan(QPointF(-300, -250))
            view.grab()
            assert view._tiles.size_bytes <= 8 * 2**20
    assert view._tiles.size_bytes > 0


class StillStyle:
    """Stands in for the style of a system that asks for less motion."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        _option: QStyleOption | None,
        _widget: QWidget,
        _more: QStyleHintReturn | None = None,
    ) -> int:
        return 0


def test_busy_ring_turns_while_visible(view: CompareView) -> None:
    ring = view.findChild(BusyRing)
    assert isinstance(ring, BusyRing)
    view.set_busy(True)
    assert ring.is_turning
    view.set_busy(False)
    assert not ring.is_turning


def test_busy_ring_stands_still_when_motion_is_unwanted(view: CompareView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BusyRing, "style", lambda ring: StillStyle())
    view.set_busy(True)
    ring = view.findChild(BusyRing)
    assert isinstance(ring, BusyRing)
    assert ring.isVisible()
    assert not ring.is_turning
