"""An icon that stands by itself and follows the theme, which a label with a pixmap does not."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from docclean.gui.icons import IconColor, icon


class IconLabel(QWidget):
    """Shows an icon at a fixed size; decoration, so screen readers pass over it."""

    def __init__(self, name: str, size: int, *, color: IconColor = None, parent: QWidget | None = None) -> None:
        """Show an icon.

        Args:
            name: As for `icons.icon`.
            size: Edge in device-independent pixels.
            color: As for `icons.icon`.
            parent: Owner.
        """
        super().__init__(parent)
        self._icon = icon(name, color=color)
        self._size = QSize(size, size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The icon's size."""
        return self._size

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint in the palette of this moment."""
        self._icon.paint(QPainter(self), self.rect())
