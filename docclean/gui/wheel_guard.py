"""Keeps the mouse wheel from changing a control that the pointer only passes over while a panel is scrolled."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class WheelGuard(QObject):
    """Hands wheel events of controls without focus on to what lies behind them."""

    def watch(self, *controls: QWidget) -> None:
        """Guard controls; they no longer take the focus from the wheel."""
        for control in controls:
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False
