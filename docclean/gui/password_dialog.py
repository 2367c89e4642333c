"""Asks for the password of a locked PDF file."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget


class PasswordDialog(QDialog):
    """One line to type a password in. `open` it and listen to `accepted` and `rejected`."""

    def __init__(self, name: str, parent: QWidget | None = None, *, was_wrong: bool = False) -> None:
        """Build the dialog.

        Args:
            name: The file's name.
            parent: Qt's.
            was_wrong: Whether a password was given that does not open the file.
        """
        super().__init__(parent)
        self.setObjectName("password")
        self.setWindowTitle(self.tr("Locked PDF"))
        words = self.tr("“{0}” is locked with a password.").format(name)
        if was_wrong:
            words = self.tr("This password does not open “{0}”. Try another one.").format(name)
        said = QLabel(words, self)
        said.setObjectName("passwordWords")
        said.setWordWrap(True)
        said.setMinimumWidth(320)
        self._line = QLineEdit(self)
        self._line.setObjectName("passwordLine")
        self._line.setEchoMode(QLineEdit.EchoMode.Password)
        label = QLabel(self.tr("&Password"), self)
        label.setBuddy(self._line)
        shown = QCheckBox(self.tr("&Show what is typed"), self)
        shown.toggled.connect(self._show_typed)
        note = QLabel(self.tr("It is kept in memory until docclean ends, and never written to disk."), self)
        note.setWordWrap(True)
        self._buttons = QDialogButtonBox(self)
        self._open = self._buttons.addButton(self.tr("&Open"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(self.tr("&Leave out"), QDialogButtonBox.ButtonRole.RejectRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for part in (said, label, self._line, shown, note, self._buttons):
            column.addWidget(part)
        self._line.textChanged.connect(self._check)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._check()

    @property
    def password(self) -> str:
        """What was typed."""
        return self._line.text()

    @Slot()
    def _check(self) -> None:
        self._open.setEnabled(bool(self._line.text()))

    @Slot(bool)
    def _show_typed(self, is_on: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._line.setEchoMode(QLineEdit.EchoMode.Normal if is_on else QLineEdit.EchoMode.Password)
