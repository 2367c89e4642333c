"""What becomes of the colors of results, in the user's words."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox

from docclean.core.recipe import PageColor


def offer_colors(box: QComboBox) -> None:
    """Put all ways into a list; their data are `PageColor` values."""
    box.setAccessibleName(_text("Color of the results"))
    box.setToolTip(_text("Automatic: color only where there is color, gray only where there are grays."))
    for color, words in (
        (PageColor.KEEP, _text("As in the scan")),
        (PageColor.GRAY, _text("Gray")),
        (PageColor.BILEVEL, _text("Black and white")),
        (PageColor.AUTO, _text("Automatic")),
    ):
        box.addItem(words, color)


def _text(words: str) -> str:
    return QCoreApplication.translate("RecipePanel", words)
