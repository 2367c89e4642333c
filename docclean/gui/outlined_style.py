"""Fusion with outlines that can be seen: it mixes them from the window's color, and on dark windows they vanish."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QWidget

_Element = QStyle.PrimitiveElement
_ROUND = (_Element.PE_IndicatorRadioButton,)
_SQUARE = (_Element.PE_IndicatorCheckBox, _Element.PE_FrameLineEdit)
_CORNER_PX = 2.0


class OutlinedStyle(QProxyStyle):
    """Draws a line around check boxes, radio buttons and text fields that stands out at least 3:1.

    Source:
        WCAG 2.1, success criterion 1.4.11.
    """

    def __init__(self) -> None:
        super().__init__("Fusion")
        self.setObjectName("fusion")

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Qt's."""
        super().drawPrimitive(element, option, painter, widget)
        state: QStyle.StateFlag = option.state
        if element not in (*_ROUND, *_SQUARE) or not state & QStyle.StateFlag.State_Enabled:
            return
        if state & QStyle.StateFlag.State_HasFocus and element is _Element.PE_FrameLineEdit:
            return  # Fusion's own frame in the accent color
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(outline_color(option.palette), 1.0))
        place = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        if element in _ROUND:
            painter.drawEllipse(place)
        else:
            painter.drawRoundedRect(place, _CORNER_PX, _CORNER_PX)
        painter.restore()


def outline_color(palette: QPalette) -> QColor:
    """The color of outlines: that of hints, which stands out from windows and fields in either theme."""
    return palette.color(QPalette.ColorRole.PlaceholderText)
