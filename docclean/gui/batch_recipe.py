"""What a batch does to every page: a row for each task, with its model and strength."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSlider, QWidget

from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.gui.geometry_switches import GeometrySwitches
from docclean.gui.shown_names import model_name
from docclean.gui.task_words import task_name
from docclean.models.catalog import Catalog

_ORDER = (Task.DEWATERMARK, Task.DENOISE, Task.COLORIZE)
"""Order of tasks that the recipe at the start does not have: marks go before paper is judged."""


class BatchRecipe(QWidget):
    """Rows of tasks that a model is installed for.

    Attributes:
        changed: The recipe is another.
    """

    changed = Signal()

    def __init__(self, recipe: Recipe, catalog: Catalog, parent: QWidget | None = None) -> None:
        """Show a recipe.

        Args:
            recipe: What to start with; its order and its color stay.
            catalog: The models to choose from.
            parent: The widget above.
        """
        super().__init__(parent)
        self._color = recipe.color
        stages = {stage.task: stage for stage in recipe.stages}
        tasks = [*stages, *(task for task in _ORDER if task not in stages)]
        self._rows = [
            _TaskRow(task, stages.get(task), catalog, self)
            for task in tasks
            if any(entry.manifest.task is task for entry in catalog.all())
        ]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(2, 2)
        for number, row in enumerate(self._rows):
            for column, widget in enumerate((row.box, row.models, row.slider, row.percent)):
                grid.addWidget(widget, number, column)
            row.changed.connect(self.changed)
        if not self._rows:
            grid.addWidget(QLabel(self.tr("No model is installed; import one under Models."), self), 0, 0)
        self._geometry = GeometrySwitches("batch-geometry", self, columns=2)
        self._geometry.show_geometries((recipe.geometry,))
        self._geometry.touched.connect(self.changed)
        grid.addWidget(self._geometry, max(1, len(self._rows)), 0, 1, 4)

    def recipe(self) -> Recipe:
        """What is chosen; without stages and geometry if nothing is."""
        stages = tuple(row.stage() for row in self._rows if row.box.isChecked())
        return Recipe(stages=stages, color=self._color, geometry=self._geometry.geometry_wanted())


class _TaskRow(QObject):
    """The controls of one task, which lie in the grid."""

    changed = Signal()

    def __init__(self, task: Task, stage: StageSpec | None, catalog: Catalog, parent: QWidget) -> None:
        super().__init__(parent)
        self._task = task
        name = task_name(task)
        self.box = QCheckBox(name, parent)
        self.box.setObjectName(f"batch-{task.value}")
        self.box.setChecked(stage is not None)
        self.models = QComboBox(parent)
        self.models.setObjectName(f"batch-{task.value}-model")
        self.models.setAccessibleName(self.tr("Model for: {task}").format(task=name))
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.models.setMinimumContentsLength(16)
        for entry in catalog.all():
            if entry.manifest.task is task:
                self.models.addItem(model_name(entry.manifest), entry.manifest.id)
        wanted = (stage.model if stage is not None else "") or catalog.default_for(task).manifest.id
        self.models.setCurrentIndex(max(0, self.models.findData(wanted)))
        self.slider = QSlider(Qt.Orientation.Horizontal, parent)
        self.slider.setObjectName(f"batch-{task.value}-strength")
        self.slider.setAccessibleName(self.tr("Strength of: {task}").format(task=name))
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setValue(stage.strength if stage is not None else 100)
        self.slider.setToolTip(self.tr("Strength: 0 % changes nothing, 100 % is all that the model can do."))
        self.percent = QLabel(parent)
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %") + 4)
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.box.toggled.connect(self._update)
        self.models.currentIndexChanged.connect(self._update)
        self.slider.valueChanged.connect(self._update)
        self._update()

    def stage(self) -> StageSpec:
        """What is chosen."""
        return StageSpec(task=self._task, model=str(self.models.currentData()), strength=self.slider.value())

    @Slot()
    def _update(self) -> None:
        for widget in (self.models, self.slider, self.percent):
            widget.setEnabled(self.box.isChecked())
        self.percent.setText(f"{self.slider.value()}\N{NO-BREAK SPACE}%")
        self.changed.emit()
