"""The program's icons: drawings in one color, which is taken from the palette when they are painted.

So a change of theme needs no second set of files and nobody who puts icons in again.
"""

import functools
from typing import ClassVar

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from docclean.core.resources import resource_path

IconColor = QColor | QPalette.ColorRole | None
"""A fixed color, a role of the palette, or None for the color of text on buttons."""

_PLACEHOLDER = b"currentColor"


def icon(name: str, *, color: IconColor = None) -> QIcon:
    """Give an icon that keeps fitting the theme.

    Args:
        name: File in `resources/icons`, without its suffix.
        color: Color of the enabled icon. Disabled and selected ones always take the palette's color for that.

    Raises:
        FileNotFoundError: The program has no such icon.
    """
    return QIcon(_TintedEngine(_drawing(name), color))


def icon_pixmap(name: str, size: QSize, *, color: IconColor = None, ratio: float = 1.0) -> QPixmap:
    """Paint an icon, or a drawing that is none, as large as fits.

    Args:
        name: As for `icon`.
        size: Size in device-independent pixels.
        color: As for `icon`.
        ratio: Device pixels per device-independent pixel.
    """
    return icon(name, color=color).pixmap(size, ratio)


@functools.cache
def _drawing(name: str) -> bytes:
    return resource_path("icons", f"{name}.svg").read_bytes()


class _TintedEngine(QIconEngine):
    """Paints a drawing in a color of the palette of that moment."""

    _clones: ClassVar[list[QIconEngine]] = []  # Qt owns them, but Python would delete what nobody refers to

    def __init__(self, drawing: bytes, color: IconColor) -> None:
        super().__init__()
        self._drawing = drawing
        self._color = color

    def clone(self) -> QIconEngine:
        """Copy the engine, for an icon that is changed."""
        copy = _TintedEngine(self._drawing, self._color)
        self._clones.append(copy)
        return copy

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Paint at a ratio of 1."""
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State, scale: float) -> QPixmap:
        """Paint; `size` is in device-independent pixels, and `scale` says how many device pixels each is."""
        color = self._color_for(mode)
        key = f"docclean/{hash(self._drawing)}/{size.width()}x{size.height()}@{scale}/{color.rgba()}"
        pixmap = QPixmap()
        if not QPixmapCache.find(key, pixmap):
            pixmap = QPixmap((QSizeF(size) * scale).toSize())
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self._paint(painter, pixmap.rect(), color)
            painter.end()
            pixmap.setDevicePixelRatio(scale)
            QPixmapCache.insert(key, pixmap)
        return pixmap

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        """Paint straight onto a widget, sharp at whatever ratio it has."""
        self._paint(painter, rect, self._color_for(mode))

    def _paint(self, painter: QPainter, rect: QRect, color: QColor) -> None:
        renderer = QSvgRenderer(QByteArray(self._drawing.replace(_PLACEHOLDER, color.name().encode("ascii"))))
        size = QSize(renderer.defaultSize()).scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(rect.x(), rect.y(), size.width(), size.height())
        place.translate((rect.width() - size.width()) // 2, (rect.height() - size.height()) // 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, QRectF(place))

    def _color_for(self, mode: QIcon.Mode) -> QColor:
        palette = QApplication.palette()
        if mode is QIcon.Mode.Disabled:
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        if mode is QIcon.Mode.Selected:
            return palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText)
        if isinstance(self._color, QColor):
            return self._color
        return palette.color(QPalette.ColorGroup.Active, self._color or QPalette.ColorRole.ButtonText)
