"""A field for a folder, or for a file: typed, chosen or dropped."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from docclean.core.files import is_folder
from docclean.gui.file_questions import FileQuestion
from docclean.gui.page_queue import local_files


class FolderField(QWidget):
    """A line and a button beside it.

    Attributes:
        changed: Another folder, or file, is named.
    """

    changed = Signal()

    def __init__(self, name: str, title: str, parent: QWidget | None = None, *, files: str = "") -> None:
        """Start empty.

        Args:
            name: Object name of the line.
            title: What the folder is for, for the dialog and for those who cannot see it.
            parent: The widget above.
            files: Filter of names, as Qt writes them, for a field that asks for a file; empty for a folder.
        """
        super().__init__(parent)
        self._title, self._files = title, files
        self.line = QLineEdit(self)
        self.line.setObjectName(name)
        self.line.setAccessibleName(title)
        hint = self.tr("Type, choose or drop a file") if files else self.tr("Type, choose or drop a folder")
        self.line.setPlaceholderText(hint)
        self.line.setAcceptDrops(False)
        self.line.textChanged.connect(self.changed)
        self._button = QPushButton(self.tr("Choose…"), self)
        self._button.setObjectName(f"{name}Button")
        self._button.setAccessibleName(self.tr("Choose: {title}").format(title=title))
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._ask)
        self._question = FileQuestion(self, f"{name}Question")
        self._question.answered.connect(self.set_path)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.line)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.line, 1)
        layout.addWidget(self._button)

    @property
    def path(self) -> Path | None:
        """The folder that is named; it need not be there. None for none."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text and "\0" not in text else None

    @Slot(object)
    def set_path(self, path: Path) -> None:
        """Name a folder."""
        self.line.setText(str(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt's: one folder, or file, may be dropped."""
        paths = local_files(event.mimeData())
        if len(paths) == 1 and is_folder(paths[0]) is not bool(self._files):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Qt's."""
        self.set_path(local_files(event.mimeData())[0])
        event.acceptProposedAction()

    @Slot()
    def _ask(self) -> None:
        path = self.path
        if self._files:
            self._question.ask_for_file(self._title, self._files)
            return
        self._question.ask_for_folder(self._title, path if path is not None and is_folder(path) else None)
