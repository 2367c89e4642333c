"""What mouse, wheel, trackpad, touch and keys do to a comparison."""

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QEventPoint,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTouchEvent,
    QWheelEvent,
)

from docclean.gui.compare_layout import ViewMode

if TYPE_CHECKING:
    from docclean.gui.compare_view import CompareView  # which makes this module's objects

_NOTCH = 120  # angle of one notch of a wheel, eighths of a degree
_PAN_STEP = 64  # logical px that an arrow key moves the page
_SPLIT_STEP, _LARGE_SPLIT_STEP = 0.01, 0.1  # of the view's width
_MOUSE_REACH, _TOUCH_REACH = 8.0, 24.0  # how near the split line counts as on it, logical px
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_MODE_KEYS: dict[int, ViewMode] = {
    Qt.Key.Key_1: ViewMode.SPLIT,
    Qt.Key.Key_2: ViewMode.SIDE_BY_SIDE,
    Qt.Key.Key_3: ViewMode.RESULT,
    Qt.Key.Key_4: ViewMode.ORIGINAL,
    Qt.Key.Key_5: ViewMode.CHANGES,
}


class CompareInput:
    """Turns events of a view into calls of what it offers. Decides nothing about what is shown."""

    def __init__(self, view: "CompareView") -> None:
        self._view = view
        self._drag_from: QPointF | None = None
        self._drags_split = False
        self._wheel_angle = 0
        self._fingers: list[QPointF] = []
        self._handlers: dict[QEvent.Type, Callable[[QEvent], bool]] = {
            QEvent.Type.MouseButtonPress: self._press,
            QEvent.Type.MouseMove: self._move,
            QEvent.Type.MouseButtonRelease: self._release,
            QEvent.Type.MouseButtonDblClick: self._double_click,
            QEvent.Type.Wheel: self._wheel,
            QEvent.Type.NativeGesture: self._native_gesture,
            QEvent.Type.TouchBegin: self._touch,
            QEvent.Type.TouchUpdate: self._touch,
            QEvent.Type.TouchEnd: self._touch,
            QEvent.Type.TouchCancel: self._touch,
            QEvent.Type.KeyPress: self._key_press,
            QEvent.Type.KeyRelease: self._key_release,
            QEvent.Type.ShortcutOverride: self._claim_key,
        }
        self._keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_F: view.fit,
            Qt.Key.Key_Plus: view.zoom_in,
            Qt.Key.Key_Equal: view.zoom_in,
            Qt.Key.Key_Minus: view.zoom_out,
            Qt.Key.Key_Z: partial(view.set_zoom, 1.0),
            Qt.Key.Key_X: partial(view.set_zoom, 2.0),
            Qt.Key.Key_Space: partial(view.hold_original, True),
            **{key: partial(view.set_mode, mode) for key, mode in _MODE_KEYS.items()},
        }

    def handle(self, event: QEvent) -> bool:
        """Do what an event asks for; False leaves it to Qt."""
        handler = self._handlers.get(event.type())
        if handler is None:
            return False
        is_done = handler(event)
        if is_done:
            event.accept()
        return is_done

    def _press(self, event: QEvent) -> bool:
        mouse = cast(QMouseEvent, event)
        if mouse.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return False
        is_left = mouse.button() is Qt.MouseButton.LeftButton
        self._begin_drag(mouse.position(), _MOUSE_REACH if is_left else 0)
        return True

    def _move(self, event: QEvent) -> bool:
        mouse = cast(QMouseEvent, event)
        if self._drag_from is None:
            self._show_cursor(mouse.position())
            return False
        self._drag_to(mouse.position())
        return True

    def _release(self, event: QEvent) -> bool:
        mouse = cast(QMouseEvent, event)
        if self._drag_from is None:
            return False
        self._drag_from = None
        self._show_cursor(mouse.position())
        return True

    def _double_click(self, event: QEvent) -> bool:
        mouse = cast(QMouseEvent, event)
        if mouse.button() is not Qt.MouseButton.LeftButton or not self._is_on_split(mouse.position(), _MOUSE_REACH):
            return self._press(event)
        self._view.set_split(0.5)
        return True

    def _begin_drag(self, place: QPointF, reach: float) -> None:
        self._drag_from = place
        self._drags_split = self._is_on_split(place, reach)
        self._show_cursor(place)

    def _drag_to(self, place: QPointF) -> None:
        if self._drag_from is None:
            return
        if self._drags_split:
            self._view.set_split(place.x() / max(1, self._view.width()))
        else:
            self._view.pan(place - self._drag_from)
        self._drag_from = place

    def _is_on_split(self, place: QPointF, reach: float) -> bool:
        line = self._view.split_line
        return line is not None and abs(place.x() - line) <= reach

    def _show_cursor(self, place: QPointF) -> None:
        is_split = self._drags_split if self._drag_from is not None else self._is_on_split(place, _MOUSE_REACH)
        if is_split:
            self._view.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._drag_from is not None:
            self._view.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._view.zoom is not None:
            self._view.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self._view.unsetCursor()

    def _wheel(self, event: QEvent) -> bool:
        wheel = cast(QWheelEvent, event)
        pixels = wheel.pixelDelta()
        is_trackpad = not pixels.isNull() and (
            wheel.phase() is not Qt.ScrollPhase.NoScrollPhase
            or wheel.device().type() is QInputDevice.DeviceType.TouchPad
        )
        if wheel.modifiers() & Qt.KeyboardModifier.ControlModifier and is_trackpad:
            self._view.zoom_by(math.exp2(pixels.y() / 100), wheel.position())
        elif is_trackpad:
            self._view.pan(QPointF(pixels))
        else:
            self._turn_wheel(wheel)
        return True

    def _turn_wheel(self, wheel: QWheelEvent) -> None:
        """Zoom by one stop for every notch; wheels that send smaller angles collect them."""
        angle = wheel.angleDelta().y()
        if self._wheel_angle * angle < 0:
            self._wheel_angle = 0
        self._wheel_angle += angle
        notches = int(self._wheel_angle / _NOTCH)
        self._wheel_angle -= notches * _NOTCH
        for _ in range(abs(notches)):
            self._view.zoom_step(wheel.position(), is_larger=notches > 0)

    def _native_gesture(self, event: QEvent) -> bool:
        gesture = cast(QNativeGestureEvent, event)
        if gesture.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
            self._view.zoom_by(1 + gesture.value(), gesture.position())
            return True
        if gesture.gestureType() is Qt.NativeGestureType.PanNativeGesture:
            self._view.pan(gesture.delta())
            return True
        return False

    def _touch(self, event: QEvent) -> bool:
        """One finger drags, two pinch and drag. Fingers that rest on a trackpad are none of ours."""
        touch = cast(QTouchEvent, event)
        if touch.device().type() is not QInputDevice.DeviceType.TouchScreen:
            return True  # or Qt would make mouse events of them
        points = touch.points()
        fingers = [point.position() for point in points if point.state() is not QEventPoint.State.Released]
        if event.type() is QEvent.Type.TouchCancel:
            fingers = []
        if len(fingers) == 1 and len(self._fingers) == 1 and self._drag_from is not None:
            self._drag_to(fingers[0])
        elif len(fingers) == 1:
            self._begin_drag(fingers[0], 0 if self._fingers else _TOUCH_REACH)
        else:
            self._drag_from = None
        if len(fingers) == 2 and len(self._fingers) == 2:
            self._pinch(fingers)
        self._fingers = fingers
        return True

    def _pinch(self, fingers: list[QPointF]) -> None:
        before, after = ((pair[0] + pair[1]) / 2 for pair in (self._fingers, fingers))
        self._view.pan(after - before)
        spread = [math.hypot((pair[1] - pair[0]).x(), (pair[1] - pair[0]).y()) for pair in (self._fingers, fingers)]
        if min(spread) > 0:
            self._view.zoom_by(spread[1] / spread[0], after)

    def _claim_key(self, event: QEvent) -> bool:
        """Take keys that are ours, before they reach a window's shortcuts."""
        return self._action_of(cast(QKeyEvent, event)) is not None

    def _key_press(self, event: QEvent) -> bool:
        action = self._action_of(cast(QKeyEvent, event))
        if action is not None:
            action()
        return action is not None

    def _key_release(self, event: QEvent) -> bool:
        key = cast(QKeyEvent, event)
        if key.key() != Qt.Key.Key_Space:
            return False
        if not key.isAutoRepeat():
            self._view.hold_original(False)
        return True

    def _action_of(self, key: QKeyEvent) -> Callable[[], None] | None:
        kept = key.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if kept != Qt.KeyboardModifier.NoModifier:
            return None
        code = key.key()  # a number: not every key has a name
        if code in _ARROWS:
            return partial(self._arrow, code, is_large=bool(key.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        return self._keys.get(code)

    def _arrow(self, code: int, *, is_large: bool) -> None:
        right, down = _ARROWS[code]
        if right and self._view.split_line is not None:
            step = _LARGE_SPLIT_STEP if is_large else _SPLIT_STEP
            self._view.set_split(self._view.split + right * step)
        else:
            step = _PAN_STEP * (4 if is_large else 1)
            self._view.pan(QPointF(-right * step, -down * step))
