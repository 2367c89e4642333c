"""Renames, removes and imports presets. Removing can be undone as long as the dialog is open."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from docclean.core.errors import DoccleanError
from docclean.core.presets import Preset, Presets
from docclean.gui.preset_name_dialog import PresetNameDialog
from docclean.gui.shown_names import preset_name


class PresetListDialog(QDialog):
    """All presets in a list; the built-in ones can only be looked at.

    Attributes:
        presets_changed: The list is another one now.
    """

    presets_changed = Signal()

    def __init__(self, presets: Presets, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("presetList")
        self.setWindowTitle(self.tr("Presets"))
        self._presets = presets
        self._removed: list[Preset] = []
        self._list = QListWidget(self)
        self._list.setObjectName("presets")
        self._list.setAccessibleName(self.tr("Presets"))
        self._message = QLabel(self)
        self._message.setObjectName("message")
        self._message.setWordWrap(True)
        self._rename = self._button(self.tr("Rename…"), "rename")
        self._remove = self._button(self.tr("Remove"), "remove")
        self._restore = self._button(self.tr("Put back"), "restore")
        self._import = self._button(self.tr("Import…"), "import")
        self._lay_out()
        self._rename.clicked.connect(self._ask_name)
        self._remove.clicked.connect(self._take_out)
        self._restore.clicked.connect(self._put_back)
        self._import.clicked.connect(self._ask_file)
        self._list.currentRowChanged.connect(self._enable)
        self._fill(0)
        self._message.setText(presets.fault)

    def _button(self, words: str, name: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(8)
        for button in (self._rename, self._remove, self._restore, self._import):
            side.addWidget(button)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._list, 1)
        row.addLayout(side)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(row, 1)
        column.addWidget(self._message)
        column.addWidget(buttons)
        self.resize(480, 320)

    def _fill(self, row: int) -> None:
        self._list.clear()
        for preset in self._presets.all():
            is_builtin = self._presets.is_builtin(preset.name)
            words = (
                self.tr("{name} (comes with docclean)").format(name=preset_name(preset)) if is_builtin else preset.name
            )
            entry = QListWidgetItem(words)
            entry.setData(Qt.ItemDataRole.UserRole, preset.name)
            self._list.addItem(entry)
        self._list.setCurrentRow(min(row, self._list.count() - 1))
        self._enable()

    def _name(self) -> str:
        row = self._list.currentRow()
        return str(self._list.item(row).data(Qt.ItemDataRole.UserRole)) if row >= 0 else ""

    @Slot()
    def _enable(self) -> None:
        name = self._name()
        is_own = bool(name) and not self._presets.is_builtin(name)
        self._rename.setEnabled(is_own)
        self._remove.setEnabled(is_own)
        self._restore.setEnabled(bool(self._removed))

    def _tell(self, words: str = "") -> None:
        self._message.setText(words)
        self._fill(self._list.currentRow())
        self.presets_changed.emit()

    @Slot()
    def _ask_name(self) -> None:
        dialog = PresetNameDialog(self._presets, self.tr("Rename preset"), self._name(), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._naming = dialog
        dialog.accepted.connect(self._give_name)
        dialog.open()

    @Slot()
    def _give_name(self) -> None:
        try:
            self._presets.rename(self._name(), self._naming.name)
            self._tell()
        except DoccleanError as error:
            self._tell(str(error))

    @Slot()
    def _take_out(self) -> None:
        try:
            removed = self._presets.remove(self._name())
            self._removed.append(removed)
            self._tell(self.tr("{name} was removed.").format(name=removed.name))
        except DoccleanError as error:
            self._tell(str(error))

    @Slot()
    def _put_back(self) -> None:
        try:
            if self._removed:
                self._presets.save(self._removed[-1])
                self._removed.pop()
            self._tell()
        except DoccleanError as error:
            self._tell(str(error))

    @Slot()
    def _ask_file(self) -> None:
        words, kinds = self.tr("Import presets"), self.tr("Presets (*.json)")
        dialog = QFileDialog(self, words, "", kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.import_file)
        dialog.open()

    @Slot(str)
    def import_file(self, path: str) -> None:
        """Add the presets of a file, and say what could not be read of it."""
        try:
            self._tell(self._presets.import_from(Path(path)))
        except DoccleanError as error:
            self._tell(str(error))
