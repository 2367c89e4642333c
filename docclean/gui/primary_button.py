"""The button in the accent color. A window has one at a time."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from docclean.gui.theme import primary_palette

_COLORED = (QPalette.ColorRole.Button, QPalette.ColorRole.ButtonText)


class PrimaryButton(QPushButton):
    """A push button that stands out, in either theme."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._take_colors()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colors()

    def _take_colors(self) -> None:
        colors = primary_palette(QApplication.palette())
        if any(self.palette().color(role) != colors.color(role) for role in _COLORED):
            self.setPalette(colors)
