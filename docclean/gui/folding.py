"""A heading that shows and hides what is under it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyleOptionToolButton, QToolButton, QVBoxLayout, QWidget


class _Header(QToolButton):
    """A button that says by its arrow, and not by looking pressed, whether it is on."""

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        """Leave out what makes it look pressed."""
        super().initStyleOption(option)
        pressed = QStyle.StateFlag.State_On | QStyle.StateFlag.State_Sunken
        option.state &= ~pressed


class FoldingSection(QWidget):
    """A heading with an arrow, and content that it folds away. Folded at first.

    Attributes:
        folded: Emitted with True when the content went away, with False when it came.
        header: The heading; other layouts may take it over.
    """

    folded = Signal(bool)

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self.header: QToolButton = _Header(self)
        self.header.setObjectName("foldingHeader")
        self.header.setAutoRaise(True)
        self.header.setCheckable(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.header.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.header, alignment=Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(content, stretch=1)
        self.set_title(title)
        self.header.toggled.connect(self._show_content)
        self._show_content(False)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self.header.setText(title)
        self.header.setAccessibleName(title.replace("&", ""))

    def is_folded(self) -> bool:
        """Whether the content is hidden."""
        return not self.header.isChecked()

    def set_folded(self, folded: bool) -> None:  # noqa: FBT001 - a property's setter, as in Qt
        """Show or hide the content."""
        self.header.setChecked(not folded)

    @Slot(bool)
    def _show_content(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal has one argument
        self.header.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._content.setVisible(shown)
        self.folded.emit(not shown)
