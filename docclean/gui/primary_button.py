"""The button in the accent color. A window has one at a time."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter

_RADIUS = 3.0
_HOVERED = 106  # per cent of the brightness
_PRESSED = 114


class PrimaryButton(QPushButton):
    """A push button that stands out, in either theme. Its icons want the color role HighlightedText.

    Fusion mixes a button's color with white, and text on it could no longer be read; so the ground is painted here.
    """

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground in the accent color, and the label as the style does it."""
        if not self.isEnabled():
            super().paintEvent(event)
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.ButtonText, palette.color(QPalette.ColorRole.HighlightedText))
        option.palette = palette
        painter = QStylePainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ground_color())
        painter.drawRoundedRect(ground, _RADIUS, _RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.HighlightedText), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(2.5, 2.5, -2.5, -2.5), _RADIUS - 1, _RADIUS - 1)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option)

    def _ground_color(self) -> QColor:
        color = self.palette().color(QPalette.ColorRole.Accent)
        if self.isDown():
            return color.darker(_PRESSED)
        return color.darker(_HOVERED) if self.underMouse() else color
