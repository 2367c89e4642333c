"""Rows of settings: a name, a control, one sentence of help. Knows controls, not what they are for."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

_NAME_WIDTH = 136
_NUMBER_WIDTH = 136


class SettingsForm(QWidget):
    """A column of settings.

    Attributes:
        edited: Emitted with a setting's key and its new value when the user changed it.
    """

    edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setters: dict[str, Callable[[object], None]] = {}
        self._controls: dict[str, QWidget] = {}
        self._helps: dict[str, QLabel] = {}
        self._help_texts: dict[str, str] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnMinimumWidth(0, _NAME_WIDTH)
        self._grid.setColumnStretch(1, 1)

    def add_heading(self, text: str) -> None:
        """Begin a group."""
        label = QLabel(text, self)
        font = label.font()
        font.setBold(True)
        label.setFont(font)
        row = self._grid.rowCount()
        self._grid.setRowMinimumHeight(row, 16 if row > 1 else 0)
        self._grid.addWidget(label, row + 1, 0, 1, 2)
        self._grid.setRowMinimumHeight(row + 2, 8)

    def add_switch(self, key: str, text: str, explanation: str) -> QCheckBox:
        """Add a setting that is on or off."""
        box = QCheckBox(text, self)
        box.toggled.connect(partial(self.edited.emit, key))
        self._add_row(key, "", box, explanation)
        self._setters[key] = lambda value: box.setChecked(bool(value))
        return box

    def add_choice(self, key: str, name: str, choices: Sequence[tuple[str, str]], explanation: str) -> QComboBox:
        """Add a setting with a few values.

        Args:
            key: The setting.
            name: What it is called.
            choices: Values, and what users see for each.
            explanation: One sentence.
        """
        box = QComboBox(self)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(20)
        for value, label in choices:
            box.addItem(label, value)
        box.activated.connect(lambda index: self.edited.emit(key, box.itemData(index)))
        self._add_row(key, name, box, explanation)

        def show(value: object) -> None:
            if box.findData(str(value)) < 0:  # a device that was unplugged, a model that was removed
                box.addItem(self.tr("%1 (not here)").replace("%1", str(value)), str(value))
            box.setCurrentIndex(box.findData(str(value)))

        self._setters[key] = show
        return box

    def add_number(self, key: str, name: str, most: int, unit: str, explanation: str) -> QSpinBox:
        """Add a number of which 0 means that the program chooses."""
        box = QSpinBox(self)
        box.setRange(0, most)
        box.setSuffix(unit)
        box.setSpecialValueText(self.tr("Automatic"))
        box.setKeyboardTracking(False)
        box.setFixedWidth(_NUMBER_WIDTH)
        box.valueChanged.connect(partial(self.edited.emit, key))
        self._add_row(key, name, box, explanation)
        self._setters[key] = lambda value: box.setValue(value if isinstance(value, int) else 0)
        return box

    def add_text(self, key: str, name: str, explanation: str) -> QLineEdit:
        """Add a line of text; it counts when the user leaves it."""
        line = QLineEdit(self)
        line.editingFinished.connect(lambda: self._leave(key, line))
        self._add_row(key, name, line, explanation)
        self._setters[key] = lambda value: self._fill(line, str(value))
        return line

    def add_folder(self, key: str, name: str, placeholder: str, explanation: str) -> QLineEdit:
        """Add a folder, typed or chosen in the desktop's own dialog."""
        line = QLineEdit()
        line.setPlaceholderText(placeholder)
        line.editingFinished.connect(lambda: self._leave(key, line))
        browse = QPushButton(self.tr("&Browse…"))
        browse.setObjectName(f"browse_{key}")
        browse.setAutoDefault(False)
        browse.clicked.connect(lambda: self._browse(key, name, line))
        pair = QWidget(self)
        layout = QHBoxLayout(pair)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(line, stretch=1)
        layout.addWidget(browse)
        self._add_row(key, name, line, explanation, placed=pair)
        self._setters[key] = lambda value: self._fill(line, str(value))
        return line

    def setting_keys(self) -> tuple[str, ...]:
        """The settings that have a row, from top to bottom."""
        return tuple(self._helps)

    def show_value(self, key: str, value: object) -> None:
        """Show a value without telling anybody."""
        with QSignalBlocker(self._controls[key]):
            self._setters[key](value)
        self.complain(key, "")

    def complain(self, key: str, sentence: str) -> None:
        """Put a sentence about a wrong value where the help is; an empty one brings the help back."""
        label = self._helps[key]
        label.setText(sentence or self._help_texts[key])
        label.setForegroundRole(QPalette.ColorRole.BrightText if sentence else QPalette.ColorRole.PlaceholderText)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the wheel, which is for scrolling, from changing what it passes over."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _add_row(
        self, key: str, name: str, control: QWidget, explanation: str, *, placed: QWidget | None = None
    ) -> None:
        control.setObjectName(key)
        self._controls[key] = control
        control.setAccessibleDescription(explanation)
        if isinstance(control, QComboBox | QSpinBox):
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            control.installEventFilter(self)
        row = self._grid.rowCount()
        if name:
            label = QLabel(name, self)
            label.setBuddy(control)
            self._grid.addWidget(label, row, 0)
            control.setAccessibleName(name)
        is_small = isinstance(control, QSpinBox | QCheckBox)
        self._grid.addWidget(placed or control, row, 1, *([Qt.AlignmentFlag.AlignLeft] if is_small else []))
        note = QLabel(explanation, self)
        note.setWordWrap(True)
        note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        note.setContentsMargins(0, 4, 0, 12)
        self._grid.addWidget(note, row + 1, 1)
        self._helps[key] = note
        self._help_texts[key] = explanation

    def _fill(self, line: QLineEdit, text: str) -> None:
        line.setText(text)
        line.setModified(False)

    def _leave(self, key: str, line: QLineEdit) -> None:
        if line.isModified():
            line.setModified(False)
            self.edited.emit(key, line.text().strip())

    def _browse(self, key: str, name: str, line: QLineEdit) -> None:
        dialog = QFileDialog(self, name, line.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setProperty("key", key)
        dialog.fileSelected.connect(self._take_folder)
        dialog.open()

    @Slot(str)
    def _take_folder(self, folder: str) -> None:
        key = str(self.sender().property("key"))
        self.show_value(key, folder)
        self.edited.emit(key, folder)
