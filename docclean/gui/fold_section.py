"""A part of a panel that folds under its title."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget


class FoldSection(QWidget):
    """A title with an arrow, and what it shows or hides.

    Attributes:
        folded_changed: Whether it is folded now.
    """

    folded_changed = Signal(bool)

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self._title = QToolButton(self)
        self._title.setText(title)
        self._title.setAccessibleName(title)
        self._title.setAutoRaise(True)
        self._title.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bold = QFont(self._title.font())
        bold.setBold(True)
        self._title.setFont(bold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(content)
        self._is_folded = False
        self._title.clicked.connect(self._toggle)
        self._show_content()

    @property
    def is_folded(self) -> bool:
        """Whether only the title shows."""
        return self._is_folded

    def set_folded(self, is_folded: bool) -> None:  # noqa: FBT001 - reads like Qt's own setters
        """Show only the title, or everything."""
        if is_folded != self._is_folded:
            self._is_folded = is_folded
            self._show_content()
            self.folded_changed.emit(is_folded)

    @Slot()
    def _toggle(self) -> None:
        self.set_folded(not self._is_folded)

    def _show_content(self) -> None:
        self._title.setArrowType(Qt.ArrowType.RightArrow if self._is_folded else Qt.ArrowType.DownArrow)
        words = self.tr("folded") if self._is_folded else self.tr("unfolded")
        self._title.setAccessibleDescription(words)
        self._content.setVisible(not self._is_folded)
