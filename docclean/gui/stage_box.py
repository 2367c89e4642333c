"""The controls of one stage: whether it runs, with which model, how strongly."""

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSlider, QSpinBox, QWidget

from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.gui.recipe_change import SetModel, SetStrength, SwitchStage
from docclean.gui.shown_names import model_name
from docclean.gui.wheel_guard import WheelGuard
from docclean.models.catalog import DEFAULTS, ModelEntry

_INDENT_PX = 24
_SEVERAL = -1
"""Value of the number field while pages differ; it reads "several"."""


class StageBox(QWidget):
    """One stage of the recipes that are shown. Shows, and tells what was touched; decides nothing.

    Attributes:
        touched: A `RecipeChange`, and the name of the control.
    """

    touched = Signal(object, str)

    def __init__(self, task: Task, title: str, notice: str = "", parent: QWidget | None = None) -> None:
        """Build the controls.

        Args:
            task: The stage.
            title: What the user calls it.
            notice: A line that always shows below the title; empty for none.
            parent: Qt's.
        """
        super().__init__(parent)
        self.setObjectName(task.value)
        self._task = task
        self._last = StageSpec(task=task)
        self._default_id = DEFAULTS.get(task, "")
        self._switch = QCheckBox(title, self)
        self._switch.setObjectName(f"{task.value}.switch")
        bold = QFont(self._switch.font())
        bold.setBold(True)
        self._switch.setFont(bold)
        self._model = QComboBox(self)
        self._model.setObjectName(f"{task.value}.model")
        self._model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._model.setMinimumContentsLength(8)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName(f"{task.value}.slider")
        self._slider.setRange(0, 100)
        self._slider.setPageStep(10)
        self._number = QSpinBox(self)
        self._number.setObjectName(f"{task.value}.strength")
        self._number.setRange(0, 100)
        self._number.setSuffix(" %")
        self._number.setKeyboardTracking(False)  # a number counts when it is whole
        self._name_controls(title)
        self._lay_out(notice)
        self._guard = WheelGuard(self)
        self._guard.watch(self._model, self._slider, self._number)
        self._switch.clicked.connect(self._on_switch)
        self._model.activated.connect(self._on_model)
        self._slider.valueChanged.connect(self._on_strength)
        self._number.valueChanged.connect(self._on_strength)
        self.show_recipes(())

    def _name_controls(self, title: str) -> None:
        strength, model = self.tr("Strength"), self.tr("Model")
        self._switch.setAccessibleName(title)
        self._model.setAccessibleName(f"{title}: {model}")
        self._slider.setAccessibleName(f"{title}: {strength}")
        self._number.setAccessibleName(f"{title}: {strength}")
        help_text = self.tr("0 % changes nothing, 100 % is all that the model would change.")
        for control in (self._slider, self._number):
            control.setToolTip(help_text)
        self._strength_label = QLabel(strength, self)
        self._strength_label.setBuddy(self._slider)

    def _lay_out(self, notice: str) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, _INDENT_PX - 8)
        grid.setColumnStretch(2, 1)
        grid.addWidget(self._switch, 0, 0, 1, 4)
        if notice:
            line = QLabel(notice, self)
            line.setWordWrap(True)
            grid.addWidget(line, 1, 1, 1, 3)
        grid.addWidget(self._model, 2, 1, 1, 3)
        grid.addWidget(self._strength_label, 3, 1)
        grid.addWidget(self._slider, 3, 2)
        grid.addWidget(self._number, 3, 3)

    def set_models(self, entries: Sequence[ModelEntry]) -> None:
        """Offer the models of this task, the default one first and marked."""
        mine = [entry for entry in entries if entry.manifest.task is self._task]
        mine.sort(key=lambda entry: entry.manifest.id != self._default_id)
        self._model.clear()
        for entry in mine:
            is_default = entry.manifest.id == self._default_id
            name = model_name(entry.manifest)
            words = self.tr("{name} (default)").format(name=name) if is_default else name
            self._model.addItem(words, "" if is_default else entry.manifest.id)
            card = entry.manifest.card
            good, bad = self.tr("Good for:"), self.tr("Limits:")
            tip = f"<p><b>{good}</b> {html.escape(card.use_for)}</p><p><b>{bad}</b> {html.escape(card.limits)}</p>"
            self._model.setItemData(self._model.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            plain = f"{good} {card.use_for} {bad} {card.limits}"
            self._model.setItemData(self._model.count() - 1, plain, Qt.ItemDataRole.AccessibleDescriptionRole)
        self._select_model({self._last.model})

    def show_recipes(self, recipes: Sequence[Recipe]) -> None:
        """Show what the recipes have in common; nothing is told."""
        found = [next((stage for stage in recipe.stages if stage.task is self._task), None) for recipe in recipes]
        stages = [stage for stage in found if stage is not None]
        for control in (self._switch, self._slider, self._number):
            control.blockSignals(True)
        is_mixed = 0 < len(stages) < len(found)
        self._switch.setTristate(is_mixed)
        on, part, off = Qt.CheckState.Checked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Unchecked
        self._switch.setCheckState(part if is_mixed else (on if stages else off))
        self._switch.setEnabled(bool(recipes))
        if stages:
            self._last = stages[0]
        self._show_strength({stage.strength for stage in stages} or {self._last.strength})
        self._select_model({self._stored(stage.model) for stage in stages} or {self._last.model})
        for control in (self._switch, self._slider, self._number):
            control.blockSignals(False)
        self._enable(is_on=bool(stages))

    def _enable(self, *, is_on: bool) -> None:
        for control in (self._model, self._slider, self._number, self._strength_label):
            control.setEnabled(is_on)

    def _stored(self, model: str) -> str:
        """The default model is stored without a name."""
        return "" if model == self._default_id else model

    def _show_strength(self, strengths: set[int]) -> None:
        is_mixed = len(strengths) > 1
        self._number.setSpecialValueText(self.tr("several") if is_mixed else "")
        self._number.setMinimum(_SEVERAL if is_mixed else 0)
        self._number.setValue(_SEVERAL if is_mixed else min(strengths))
        self._slider.setValue(min(strengths) if not is_mixed else round(sum(strengths) / len(strengths)))

    def _select_model(self, models: set[str]) -> None:
        is_mixed = len(models) > 1
        model = self._stored(next(iter(models)))
        place = -1 if is_mixed else self._model.findData(model)
        self._model.setCurrentIndex(place)
        missing = self.tr("{model} is not installed").format(model=model) if model else ""
        self._model.setPlaceholderText(self.tr("several models") if is_mixed else missing)
        tip = self._model.itemData(place, Qt.ItemDataRole.ToolTipRole) if place >= 0 else ""
        self._model.setToolTip(tip or "")
        words = self._model.itemData(place, Qt.ItemDataRole.AccessibleDescriptionRole) if place >= 0 else ""
        self._model.setAccessibleDescription(words or "")

    @Slot(bool)
    def _on_switch(self, is_on: bool) -> None:  # noqa: FBT001 - Qt's signal has one argument
        self._switch.setTristate(False)
        self._enable(is_on=is_on)
        self.touched.emit(SwitchStage(self._last, is_on), self._switch.objectName())

    @Slot(int)
    def _on_model(self, place: int) -> None:
        model = self._model.itemData(place)
        self._last = self._last.model_copy(update={"model": model})
        self._select_model({model})
        self.touched.emit(SetModel(self._task, model), self._model.objectName())

    @Slot(int)
    def _on_strength(self, strength: int) -> None:
        if strength < 0:
            return
        for control in (self._slider, self._number):
            control.blockSignals(True)
        self._show_strength({strength})
        for control in (self._slider, self._number):
            control.blockSignals(False)
        self._last = self._last.model_copy(update={"strength": strength})
        self.touched.emit(SetStrength(self._task, strength), self._number.objectName())
