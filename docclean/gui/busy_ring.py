"""A small ring that says that something is being made."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QStyle, QWidget

SIDE = 24
"""Width and height, logical px."""
_INTERVAL_MS = 80
_TURN = 30  # degrees at a time: one round a second
_BACKGROUND = QColor(28, 28, 28, 190)
_TRACK = QColor(255, 255, 255, 70)
_ARC = QColor(255, 255, 255, 235)


class BusyRing(QWidget):
    """Turns while it is visible; stands still when the system asks for less motion. Lets the mouse through."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("busyRing")
        self.setAccessibleName(self.tr("Working"))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(SIDE, SIDE)
        self._angle = 90
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._turn)

    @property
    def is_turning(self) -> bool:
        """Whether it moves."""
        return self._timer.isActive()

    def sizeHint(self) -> QSize:
        """Give the fixed size."""
        return QSize(SIDE, SIDE)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to turn, unless the style says that nothing moves."""
        super().showEvent(event)
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stand still."""
        self._timer.stop()
        super().hideEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a quarter of a ring on a dark disk."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BACKGROUND)
        painter.drawEllipse(QRectF(0, 0, SIDE, SIDE))
        ring = QRectF(6, 6, SIDE - 12, SIDE - 12)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_TRACK, 2))
        painter.drawEllipse(ring)
        painter.setPen(QPen(_ARC, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, self._angle * 16, 100 * 16)
        painter.end()

    @Slot()
    def _turn(self) -> None:
        self._angle = (self._angle - _TURN) % 360
        self.update()
