"""The presets as a list to choose from, with a menu to keep the present settings under a name."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from docclean.core.errors import DoccleanError
from docclean.core.output_choice import OutputChoice
from docclean.core.presets import BUILTIN, Preset, Presets, make_preset
from docclean.core.recipe import Recipe
from docclean.gui.preset_list_dialog import PresetListDialog
from docclean.gui.preset_name_dialog import PresetNameDialog
from docclean.gui.shown_names import preset_name
from docclean.gui.wheel_guard import WheelGuard


class PresetBox(QWidget):
    """Shows which preset the selected pages have, chooses another, keeps new ones.

    Attributes:
        preset_chosen: A `Preset`.
    """

    preset_chosen = Signal(object)

    def __init__(self, presets: Presets, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preset")
        self._presets = presets
        self._recipes: tuple[Recipe, ...] = ()
        self._output: OutputChoice | None = None
        self._choice = QComboBox(self)
        self._choice.setObjectName("preset.choice")
        self._choice.setAccessibleName(self.tr("Preset"))
        self._choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._choice.setMinimumContentsLength(8)
        label = QLabel(self.tr("Preset"), self)
        label.setBuddy(self._choice)
        self._fault = QLabel(self)
        self._fault.setObjectName("preset.fault")
        self._fault.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self._choice, 1)
        row.addWidget(self._more_button())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._fault)
        self._guard = WheelGuard(self)
        self._guard.watch(self._choice)
        self._choice.activated.connect(self._choose)
        self._tell(presets.fault)
        self.reload()

    def _more_button(self) -> QToolButton:
        menu = QMenu(self)
        self._save = menu.addAction(self.tr("Save as…"), self.ask_name)
        menu.addAction(self.tr("Manage…"), self.open_list)
        more = QToolButton(self)
        more.setObjectName("preset.more")
        more.setText("…")
        more.setAccessibleName(self.tr("More about presets"))
        more.setToolTip(self.tr("Save or manage presets"))
        more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        more.clicked.connect(self._show_menu)
        self._menu, self._more = menu, more
        return more

    @Slot()
    def _show_menu(self) -> None:
        self._menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def show_recipes(self, recipes: Sequence[Recipe]) -> None:
        """Show the preset that all these recipes are, if there is one."""
        self._recipes = tuple(recipes)
        self._choice.setEnabled(bool(recipes))
        self._save.setEnabled(len(set(recipes)) == 1)
        self._mark()

    def set_output(self, output: OutputChoice) -> None:
        """The output that is kept with a preset."""
        self._output = output

    @Slot()
    def reload(self) -> None:
        """Fill the list anew."""
        self._choice.clear()
        for number, preset in enumerate(self._presets.all()):
            if number == len(BUILTIN):
                self._choice.insertSeparator(number)
            self._choice.addItem(preset_name(preset), preset.name)
        self._mark()

    def _mark(self) -> None:
        different = set(self._recipes)
        same = next((preset for preset in self._presets.all() if {preset.recipe} == different), None)
        kept = self._presets.get(str(self._choice.currentData() or ""))
        if kept is not None and {kept.recipe} == different:  # of two alike, the one that was chosen
            same = kept
        several, own = self.tr("several settings"), self.tr("own settings")
        self._choice.setPlaceholderText(several if len(different) > 1 else (own if different else ""))
        self._choice.setCurrentIndex(self._choice.findData(same.name) if same is not None else -1)

    @Slot(int)
    def _choose(self, place: int) -> None:
        preset = self._presets.get(str(self._choice.itemData(place) or ""))
        if preset is not None:
            self.preset_chosen.emit(preset)

    @Slot()
    def ask_name(self) -> None:
        """Ask under which name to keep the present settings."""
        dialog = PresetNameDialog(self._presets, self.tr("Save preset"), parent=self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._naming = dialog
        dialog.accepted.connect(self._save_named)
        dialog.open()

    @Slot()
    def _save_named(self) -> None:
        self.save(self._naming.name)

    def save(self, name: str) -> None:
        """Keep the recipe that is shown, and the output, under a name."""
        if len(set(self._recipes)) != 1:
            return
        try:
            preset: Preset = make_preset(name, self._recipes[0], self._output)
            self._presets.save(preset)
        except DoccleanError as error:
            self._tell(str(error))
            return
        self._tell("")
        self.reload()
        self._choice.setCurrentIndex(self._choice.findData(preset.name))

    @Slot()
    def open_list(self) -> None:
        """Show all presets, to rename, remove and import them."""
        dialog = PresetListDialog(self._presets, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.presets_changed.connect(self.reload)
        dialog.open()

    def _tell(self, words: str) -> None:
        self._fault.setText(words)
        self._fault.setVisible(bool(words))
