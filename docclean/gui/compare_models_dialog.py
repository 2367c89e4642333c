"""What every model makes of the same part of a page, side by side at 100 %."""

import uuid

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QHideEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from docclean.core.page import PageRegion, PageSource
from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.engine.geometry import layout_of
from docclean.gui.desk import PreviewAnswer, PreviewRequest
from docclean.gui.engine_thread import EngineThread
from docclean.gui.model_pane import ModelPane
from docclean.gui.shown_names import model_name
from docclean.gui.task_words import task_heading
from docclean.models.catalog import Catalog, ModelEntry

_LARGEST_SIDE = 1024
_MOST_COLUMNS = 3


class CompareModelsDialog(QDialog):
    """The original first, then one picture for each installed model of a task. Not modal.

    Attributes:
        model_chosen: The user wants this model for this task: `Task`, id.
    """

    model_chosen = Signal(object, str)

    def __init__(
        self,
        engine: EngineThread,
        source: PageSource,
        recipe: Recipe,
        region: PageRegion,
        parent: QWidget | None = None,
        *,
        catalog: Catalog | None = None,
    ) -> None:
        """Ask for the pictures.

        Args:
            engine: Makes them.
            source: The page.
            recipe: What is done to it; the models take their turn in its stage of the task.
            region: What is seen of the page, px; its middle is shown if it is large.
            parent: The window.
            catalog: The models; None for those that are installed.
        """
        super().__init__(parent)
        self._engine = engine
        self._source, self._recipe = source, recipe
        self._region = _middle_of(region)
        self._catalog = catalog or Catalog.installed()
        self._panes: dict[str, ModelPane] = {}
        self._number = 0
        self._offset = QPoint(0, 0)
        self._build()
        engine.preview_ready.connect(self._on_answer)
        self._show_task()

    @property
    def task(self) -> Task | None:
        """The task whose models are compared; None if there is no model."""
        task = self._tasks.currentData()
        return Task(task) if task else None

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt's: nobody waits for the pictures any more."""
        self._forget()
        super().closeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt's: Escape hides without closing; a minimized window goes on."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._forget()

    def _build(self) -> None:
        self.setObjectName("compareModelsDialog")
        self.setWindowTitle(self.tr("Compare models"))
        self.setModal(False)
        self._tasks = QComboBox(self)
        self._tasks.setObjectName("comparedTask")
        self._tasks.setAccessibleName(self.tr("What the models are for"))
        for task in Task:
            if self._models_of(task):
                self._tasks.addItem(task_heading(task), task.value)
        first = next((stage.task for stage in self._recipe.stages if self._models_of(stage.task)), None)
        if first is not None:
            self._tasks.setCurrentIndex(self._tasks.findData(first.value))
        self._tasks.currentIndexChanged.connect(self._show_task)
        label = QLabel(self.tr("&Models for:"), self)
        label.setBuddy(self._tasks)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label)
        head.addWidget(self._tasks)
        head.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setObjectName("comparedPictures")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addLayout(head)
        layout.addWidget(self._scroll, 1)
        layout.addLayout(self._foot())
        self.resize(960, 520)

    def _foot(self) -> QHBoxLayout:
        words = self.tr("{name} at 100 %. Drag one picture, and all move.")
        hint = QLabel(words.format(name=self._source.path.name), self)
        hint.setObjectName("compareHint")
        hint.setTextFormat(Qt.TextFormat.PlainText)
        close = QPushButton(self.tr("Close"), self)
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addWidget(hint, 1)
        foot.addWidget(close)
        return foot

    def _models_of(self, task: Task) -> list[ModelEntry]:
        return [entry for entry in self._catalog.all() if entry.manifest.task is task]

    @Slot()
    def _show_task(self) -> None:
        """Make the panes of the task and ask for their pictures."""
        self._forget()
        self._number += 1
        run = uuid.uuid4().hex[:8]
        task = self.task
        entries = self._models_of(task) if task is not None else []
        original = ModelPane(f"compare-{run}-original", self.tr("Original"), "")
        recipes = {original: Recipe(stages=(), geometry=layout_of(self._recipe.geometry))}
        in_use = self._model_in_use(task) if task is not None else ""
        for entry in entries:
            pane = ModelPane(f"compare-{run}-{entry.manifest.id}", model_name(entry.manifest), entry.manifest.id)
            if entry.manifest.id == in_use:
                pane.mark_in_use()
            recipes[pane] = recipe_with_model(self._recipe, entry.manifest.task, entry.manifest.id)
        self._panes = {pane.channel: pane for pane in recipes}
        self._lay_out(list(recipes))
        for pane, recipe in recipes.items():
            pane.view.dragged.connect(self._move_to)
            pane.view.resized.connect(self._stay_inside)
            pane.chosen.connect(self._on_chosen)
            self._engine.preview(PreviewRequest(pane.channel, self._number, self._source, recipe, self._region))

    def _lay_out(self, panes: list[ModelPane]) -> None:
        columns = 2 if len(panes) in (2, 4) else _MOST_COLUMNS
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 8 if len(panes) > columns else 0, 0)
        grid.setSpacing(16)
        for place, pane in enumerate(panes):
            grid.addWidget(pane, place // columns, place % columns)
        for column in range(min(columns, len(panes))):
            grid.setColumnStretch(column, 1)
        for row in range((len(panes) + columns - 1) // columns):
            grid.setRowMinimumHeight(row, 320 if len(panes) > columns else 0)
        self._scroll.setWidget(content)
        if len(panes) > columns and not self.isVisible():
            self.resize(960, 800)

    def _model_in_use(self, task: Task) -> str:
        stage = next((stage for stage in self._recipe.stages if stage.task is task), None)
        if stage is None:
            return ""
        return stage.model or self._catalog.default_for(task).manifest.id

    def _forget(self) -> None:
        for channel in self._panes:
            self._engine.forget_preview(channel)

    @Slot(object)
    def _on_answer(self, answer: PreviewAnswer) -> None:
        pane = self._panes.get(answer.request.channel)
        if pane is not None and answer.request.number == self._number:
            pane.show_answer(answer)
            self._stay_inside()

    @Slot(object)
    def _move_to(self, offset: QPoint) -> None:
        """Move all pictures, as far as there is something to see."""
        sizes = [pane.view.image_size for pane in self._panes.values()]
        rooms = [pane.view.room for pane in self._panes.values()]
        right = max(0, max(size.width() for size in sizes) - min(room.width() for room in rooms))
        bottom = max(0, max(size.height() for size in sizes) - min(room.height() for room in rooms))
        self._offset = QPoint(min(max(0, offset.x()), right), min(max(0, offset.y()), bottom))
        for pane in self._panes.values():
            pane.view.move_to(self._offset)

    @Slot()
    def _stay_inside(self) -> None:
        self._move_to(self._offset)

    @Slot(str)
    def _on_chosen(self, model_id: str) -> None:
        task = self.task
        if task is not None:
            self.model_chosen.emit(task, model_id)
            self.close()


def recipe_with_model(recipe: Recipe, task: Task, model_id: str) -> Recipe:
    """The recipe with this model in its stage of the task; with such a stage at its end if it has none."""
    if not any(stage.task is task for stage in recipe.stages):
        return recipe.model_copy(update={"stages": (*recipe.stages, StageSpec(task=task, model=model_id))})
    stages = (stage.model_copy(update={"model": model_id}) if stage.task is task else stage for stage in recipe.stages)
    return recipe.model_copy(update={"stages": tuple(stages)})


def _middle_of(region: PageRegion) -> PageRegion:
    """As much of the middle of a region as is quickly made."""
    height, width = min(region.height, _LARGEST_SIDE), min(region.width, _LARGEST_SIDE)
    return PageRegion(
        region.top + (region.height - height) // 2, region.left + (region.width - width) // 2, height, width
    )
