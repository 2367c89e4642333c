"""The right side of the window: what shall be done to the selected pages, and where the results go."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from docclean.core.output_choice import OutputChoice
from docclean.core.presets import Preset, Presets
from docclean.core.recipe import PageColor, Recipe, Task
from docclean.gui.color_words import offer_colors
from docclean.gui.folding import FoldingSection
from docclean.gui.geometry_switches import GeometrySwitches
from docclean.gui.output_panel import OutputPanel
from docclean.gui.preset_box import PresetBox
from docclean.gui.recipe_change import SetColor, SetGeometry, UseRecipe
from docclean.gui.stage_box import StageBox
from docclean.gui.wheel_guard import WheelGuard
from docclean.models.catalog import ModelEntry


class RecipePanel(QScrollArea):
    """Presets, stages and output, one below the other. It shows what pages have in common and changes none itself.

    Attributes:
        output: The part about the results' files.
        recipe_edited: A `RecipeChange` for every selected page, and the name of the control, as for `ChangeRecipes`.
        output_edited: The new `OutputChoice`.
        apply_to_all_requested: All pages shall have the settings that are shown.
        apply_to_selected_requested: All selected pages shall have the settings of the current one.
    """

    recipe_edited = Signal(object, str)
    output_edited = Signal(object)
    apply_to_all_requested = Signal()
    apply_to_selected_requested = Signal()

    def __init__(self, presets: Presets, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipePanel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget(self)
        content.setObjectName("recipeContent")
        self._presets = PresetBox(presets, content)
        mark, dirt = self.tr("Remove watermark"), self.tr("Clean up")
        rights = self.tr("Only where you have the right to.")
        self._stages = (
            StageBox(Task.DEWATERMARK, mark, rights, content),
            StageBox(Task.DENOISE, dirt, parent=content),
        )
        self._geometry = GeometrySwitches("geometry", content)
        self.output = OutputPanel(content)
        self._output_section = FoldingSection(self.tr("Output"), self.output, content)
        self._output_section.set_folded(False)
        bold = self._output_section.header.font()
        bold.setBold(True)
        self._output_section.header.setFont(bold)
        self._output_section.setObjectName("outputSection")
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addWidget(self._presets)
        for stage in self._stages:
            column.addWidget(stage)
        column.addWidget(self._geometry)
        column.addLayout(self._color_row(content))
        column.addLayout(self._apply_buttons(content))
        column.addWidget(self._output_section)
        column.addStretch(1)
        self._content = content
        self.setWidget(content)
        self._connect()
        self.show_recipes(())

    def _color_row(self, content: QWidget) -> QHBoxLayout:
        label = QLabel(self.tr("Color"), content)
        self._color = QComboBox(content)
        self._color.setObjectName("color")
        self._color.setPlaceholderText(self.tr("several values"))
        offer_colors(self._color)
        self._color.activated.connect(self._on_color)
        self._guard = WheelGuard(self)
        self._guard.watch(self._color)
        label.setBuddy(self._color)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self._color, 1)
        return row

    def _apply_buttons(self, content: QWidget) -> QHBoxLayout:
        self._to_selected = QPushButton(self.tr("Apply to selected"), content)
        self._to_selected.setObjectName("applyToSelected")
        self._to_selected.setToolTip(self.tr("Give all selected pages the settings of the page that is shown"))
        self._to_all = QPushButton(self.tr("Apply to all"), content)
        self._to_all.setObjectName("applyToAll")
        self._to_all.setToolTip(self.tr("Give all pages of the queue these settings"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._to_selected, 1)
        row.addWidget(self._to_all, 1)
        return row

    def _connect(self) -> None:
        for stage in self._stages:
            stage.touched.connect(self.recipe_edited)
        self._geometry.touched.connect(self._on_geometry)
        self._presets.preset_chosen.connect(self._use_preset)
        self.output.output_edited.connect(self._on_output)
        self._to_all.clicked.connect(self._ask_all)
        self._to_selected.clicked.connect(self._ask_selected)
        self._presets.set_output(self.output.choice)

    def least_width(self) -> int:
        """Width below which words would be cut, px."""
        return self._content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()

    def show_recipes(self, recipes: Sequence[Recipe]) -> None:
        """Show what the recipes of the selected pages have in common; nothing is told.

        Args:
            recipes: One for every selected page; empty when none is selected, which disables the controls.
        """
        self._presets.show_recipes(recipes)
        for stage in self._stages:
            stage.show_recipes(recipes)
        self._geometry.show_geometries([recipe.geometry for recipe in recipes])
        colors = {recipe.color for recipe in recipes}
        self._color.setEnabled(bool(recipes))
        self._color.setCurrentIndex(self._color.findData(colors.pop()) if len(colors) == 1 else -1)
        is_mixed = len(set(recipes)) > 1
        self._to_selected.setEnabled(is_mixed)
        self._to_all.setEnabled(bool(recipes) and not is_mixed)

    def set_models(self, entries: Sequence[ModelEntry]) -> None:
        """Offer these models."""
        for stage in self._stages:
            stage.set_models(entries)

    def show_output(self, choice: OutputChoice) -> None:
        """Show where results go; nothing is told."""
        self.output.show_choice(choice)
        self._presets.set_output(choice)

    @Slot(object)
    def _use_preset(self, preset: Preset) -> None:
        self.recipe_edited.emit(UseRecipe(preset.recipe), "preset")
        if preset.output is not None and preset.output != self.output.choice:
            self.show_output(preset.output)
            self.output_edited.emit(preset.output)

    @Slot()
    def _on_color(self) -> None:
        self.recipe_edited.emit(SetColor(PageColor(self._color.currentData())), "color")

    @Slot(str, bool)
    def _on_geometry(self, name: str, is_on: bool) -> None:  # noqa: FBT001 - a signal's argument
        self.recipe_edited.emit(SetGeometry(name, is_on), f"geometry.{name}")

    @Slot(object)
    def _on_output(self, choice: OutputChoice) -> None:
        self._presets.set_output(choice)
        self.output_edited.emit(choice)

    @Slot()
    def _ask_all(self) -> None:
        self.apply_to_all_requested.emit()

    @Slot()
    def _ask_selected(self) -> None:
        self.apply_to_selected_requested.emit()
