"""A part of a page at 100 %, one pixel of it on one of the screen, to be dragged together with others."""

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from docclean.core.page import PixelArray
from docclean.gui.qimage import to_screen_image
from docclean.gui.theme import table_color

_STEP_PX = 32
_SIDE = 280


class CropView(QWidget):
    """Shows pixels from an offset on. Who holds several moves all when one was dragged.

    Attributes:
        dragged: Where the user wants the upper left corner, px of the crop: `QPoint`.
        resized: There is more or less room.
    """

    dragged = Signal(object)
    resized = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Start empty.

        Args:
            name: What is shown, for those who cannot see it.
            parent: The widget above.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self._image = QImage()
        self._offset = QPoint(0, 0)
        self._grabbed: tuple[QPointF, QPoint] | None = None

    @property
    def image_size(self) -> QSize:
        """Size of what there is to see, px; empty if nothing."""
        return self._image.size()

    @property
    def room(self) -> QSize:
        """How many pixels fit in, px of the screen."""
        ratio = self.devicePixelRatioF()
        return QSize(int(self.width() * ratio), int(self.height() * ratio))

    @property
    def offset(self) -> QPoint:
        """The pixel in the upper left corner."""
        return self._offset

    def show_pixels(self, pixels: PixelArray) -> None:
        """Show pixels, (height, width, C), uint8; what was shown goes."""
        self._image = to_screen_image(pixels) if pixels.size else QImage()
        self.update()

    def move_to(self, offset: QPoint) -> None:
        """Put a pixel into the upper left corner."""
        self._offset = offset
        self.update()

    def sizeHint(self) -> QSize:
        """Qt's."""
        return QSize(_SIDE, _SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: the painter counts in pixels of the screen, so that nothing is scaled."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), table_color(self.palette()))
        ratio = self.devicePixelRatioF()
        painter.save()
        painter.scale(1.0 / ratio, 1.0 / ratio)
        painter.drawImage(-self._offset, self._image)
        painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2.0))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's."""
        super().resizeEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's: take hold."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position(), self._offset
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's: drag."""
        if self._grabbed is not None:
            start, offset = self._grabbed
            moved = (event.position() - start) * self.devicePixelRatioF()
            self.dragged.emit(offset - moved.toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's: let go."""
        self._grabbed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: the arrow keys move, too."""
        steps = {
            Qt.Key.Key_Left: QPoint(-_STEP_PX, 0),
            Qt.Key.Key_Right: QPoint(_STEP_PX, 0),
            Qt.Key.Key_Up: QPoint(0, -_STEP_PX),
            Qt.Key.Key_Down: QPoint(0, _STEP_PX),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.dragged.emit(self._offset + step)
