"""Asking for files and folders, and asking once before what cannot be undone. Nothing here blocks."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


class FileQuestion(QObject):
    """Asks for one path with the platform's dialog.

    Attributes:
        answered: The `Path`; nothing is told when the user thinks better of it.
    """

    answered = Signal(object)

    def __init__(self, parent: QWidget, name: str) -> None:
        """Prepare the question.

        Args:
            parent: The window that asks.
            name: Object name of the dialog.
        """
        super().__init__(parent)
        self._parent = parent
        self._name = name

    def ask_for_folder(self, title: str, start: Path | None) -> None:
        """Ask for a folder that is there."""
        dialog = self._dialog(title, start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.open()

    def ask_for_file(self, title: str, filters: str) -> None:
        """Ask for a file that is there."""
        dialog = self._dialog(title, None)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(filters)
        dialog.open()

    def ask_where_to_save(self, title: str, name: str, filters: str) -> None:
        """Ask for a file to write; the dialog itself asks before one is replaced."""
        dialog = self._dialog(title, None)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilter(filters)
        dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
        dialog.selectFile(name)
        dialog.open()

    def _dialog(self, title: str, start: Path | None) -> QFileDialog:
        dialog = QFileDialog(self._parent, title, str(start) if start is not None else "")
        dialog.setObjectName(self._name)
        dialog.fileSelected.connect(self._on_selected)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    @Slot(str)
    def _on_selected(self, name: str) -> None:
        self.answered.emit(Path(name))


def question(parent: QWidget, name: str, text: str, detail: str, action: str) -> QMessageBox:
    """Make a question with one way forward and one back; back is what Enter and Escape do.

    Args:
        parent: The window that asks.
        name: Object name of the box.
        text: The question.
        detail: What will be, in one sentence.
        action: What the way forward does.

    Returns:
        The box, still closed; `open` it. Its `accepted` signal is the way forward.
    """
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(detail)
    box.addButton(action, QMessageBox.ButtonRole.AcceptRole)
    back = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(back)
    box.setEscapeButton(back)
    box.finished.connect(box.deleteLater)
    return box


def notice(parent: QWidget, name: str, sentence: str) -> None:
    """Say why what was asked for could not be done."""
    box = QMessageBox(QMessageBox.Icon.Warning, parent.windowTitle(), sentence, QMessageBox.StandardButton.Ok, parent)
    box.setObjectName(name)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.finished.connect(box.deleteLater)
    box.open()
