"""Asks for the name of a preset and says at once what is wrong with it."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from docclean.core.presets import LONGEST_NAME, Presets


class PresetNameDialog(QDialog):
    """One line to type a name in. `open` it and listen to `accepted`."""

    def __init__(self, presets: Presets, title: str, name: str = "", parent: QWidget | None = None) -> None:
        """Build the dialog.

        Args:
            presets: Those that there are.
            title: What the name is for.
            name: The name that the preset has now; it may be kept, others of the user may not be taken.
            parent: Qt's.
        """
        super().__init__(parent)
        self.setObjectName("presetName")
        self.setWindowTitle(title)
        self._presets, self._old = presets, name
        self._line = QLineEdit(name, self)
        self._line.setObjectName("name")
        self._line.setMaxLength(LONGEST_NAME)
        self._line.setMinimumWidth(280)
        label = QLabel(self.tr("&Name"), self)
        label.setBuddy(self._line)
        self._hint = QLabel(self)
        self._hint.setObjectName("hint")
        self._hint.setWordWrap(True)
        self._hint.setMinimumHeight(2 * self.fontMetrics().height())
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for part in (label, self._line, self._hint, self._buttons):
            column.addWidget(part)
        self._line.textChanged.connect(self._check)
        self._line.selectAll()
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._check()

    @property
    def name(self) -> str:
        """The name as it will be kept."""
        return " ".join(self._line.text().split())

    @Slot()
    def _check(self) -> None:
        other = self._presets.get(self.name) if self.name else None
        if other is not None and other.name == self._old:
            other = None
        is_builtin = other is not None and self._presets.is_builtin(other.name)
        replaces = other is not None and not is_builtin and not self._old
        hint = ""
        if is_builtin:
            hint = self.tr("This one comes with docclean and stays as it is; choose another name.")
        elif replaces:
            hint = self.tr("There is a preset of this name; it will be replaced.")
        elif other is not None:
            hint = self.tr("There is a preset of this name; choose another one.")
        self._hint.setText(hint)
        accept = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        accept.setText(self.tr("Replace") if replaces else (self.tr("Rename") if self._old else self.tr("Save")))
        accept.setEnabled(bool(self.name) and (other is None or replaces))
