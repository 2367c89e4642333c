"""The same part of a page in several states, side by side at 100 %; drag one, and all move."""

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from docclean.core.page import PixelArray
from docclean.gui.crop_view import CropView


class PictureRow(QWidget):
    """Crops with captions, one beside the other, or one above the other."""

    def __init__(self, captions: Mapping[str, str], parent: QWidget | None = None, *, is_column: bool = False) -> None:
        """Start without pictures.

        Args:
            captions: What is written above each, by the key under which its pixels come.
            parent: The widget above.
            is_column: Whether they stand above one another.
        """
        super().__init__(parent)
        self._views: dict[str, CropView] = {}
        self._labels: dict[str, QLabel] = {}
        self._offset = QPoint(0, 0)
        self._is_placed = False
        self._reference: PixelArray = np.zeros((0, 0, 3), np.uint8)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.setHorizontalSpacing(8)
        for place, (key, caption) in enumerate(captions.items()):
            label = QLabel(caption, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            bold = QFont(label.font())
            bold.setBold(True)
            label.setFont(bold)
            view = CropView(caption, self)
            view.setObjectName(f"picture-{key}")
            view.setMinimumSize(96, 96)
            view.dragged.connect(self._move_to)
            view.resized.connect(self._stay_inside)
            self._views[key], self._labels[key] = view, label
            row, column = (2 * place, 0) if is_column else (0, place)
            grid.addWidget(label, row, column)
            grid.addWidget(view, row + 1, column)
            grid.setRowStretch(row + 1, 1)

    def show_pixels(self, pixels: Mapping[str, PixelArray]) -> None:
        """Show pictures of one size, by key, each (H, W, 3), uint8, RGB; keys without a picture are not shown."""
        for key, view in self._views.items():
            is_there = key in pixels
            view.setVisible(is_there)
            self._labels[key].setVisible(is_there)
            if is_there:
                view.show_pixels(pixels[key])
        self._reference = [self._reference, *pixels.values()][-1]
        if not self._is_placed:
            self._center()
        self._stay_inside()

    def showing(self) -> Sequence[str]:
        """Keys of the pictures that are there."""
        return [key for key, view in self._views.items() if not view.image_size.isEmpty() and not view.isHidden()]

    def _center(self) -> None:
        """Begin where there is most to see."""
        view = next((self._views[key] for key in self.showing()), None)
        if view is not None and self.isVisible() and self._reference.size:
            self._is_placed = True
            self._offset = inkiest(self._reference, view.room)

    @Slot(object)
    def _move_to(self, offset: QPoint) -> None:
        """Move all, as far as there is something to see."""
        views = [self._views[key] for key in self.showing()]
        if not views:
            return
        right = max(0, max(v.image_size.width() for v in views) - min(v.room.width() for v in views))
        bottom = max(0, max(v.image_size.height() for v in views) - min(v.room.height() for v in views))
        self._offset = QPoint(min(max(0, offset.x()), right), min(max(0, offset.y()), bottom))
        for view in views:
            spare = view.room - view.image_size
            middle = QPoint(max(0, spare.width() // 2), max(0, spare.height() // 2))
            view.move_to(self._offset - middle)

    @Slot()
    def _stay_inside(self) -> None:
        if not self._is_placed:
            self._center()
        self._move_to(self._offset)


def inkiest(pixels: PixelArray, room: QSize) -> QPoint:
    """Give the corner of the part of a page that has the most dark on it.

    Args:
        pixels: (H, W, C), uint8.
        room: Size of the part, px; what is wider or higher than the page takes all of it.
    """
    dark = 255 - pixels.min(axis=2).astype(np.int64)
    sums = np.pad(dark, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    height, width = (
        max(1, min(side, most)) for side, most in zip((room.height(), room.width()), dark.shape, strict=True)
    )
    parts = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = np.unravel_index(int(parts.argmax()), parts.shape)
    return QPoint(int(left), int(top))
