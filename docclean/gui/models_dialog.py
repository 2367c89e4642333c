"""The models on this machine: read about them, take new ones over, hand them on, choose the default."""

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from docclean.core.errors import DoccleanError
from docclean.core.recipe import Task
from docclean.gui.background import BackgroundWork
from docclean.gui.file_questions import FileQuestion, notice, question
from docclean.gui.model_card import ModelCard
from docclean.gui.model_list import Model, ModelList, id_of, is_default
from docclean.gui.shown_names import model_name
from docclean.models.archive import ARCHIVE_SUFFIX, export_model_archive, import_model
from docclean.models.catalog import Catalog, DamagedModel, ModelEntry
from docclean.models.library import (
    LONGEST_NAME,
    choose_default,
    parent_of,
    remove,
    rename,
    valid_defaults,
    why_not_default,
)

_WIDEST_NAME = 160
"""Of a model's name on a button, px."""


class ModelsDialog(QDialog):
    """Installed models on the left, the chosen one's card on the right. Not modal.

    Attributes:
        models_changed: Models came, went or were renamed; whoever holds a catalog or an engine opens it anew.
        default_changed: The user chose the model that a task uses where none is named: `Task`, id.
    """

    models_changed = Signal()
    default_changed = Signal(object, str)

    def __init__(
        self,
        defaults: Mapping[Task, str] | None = None,
        parent: QWidget | None = None,
        *,
        open_catalog: Callable[[Mapping[Task, str]], Catalog] = Catalog.installed,
    ) -> None:
        """Show the models.

        Args:
            defaults: The user's choices so far.
            parent: The window.
            open_catalog: Finds the models, given those choices.
        """
        super().__init__(parent)
        self._open_catalog = open_catalog
        self._defaults = dict(defaults or {})
        self._catalog: Catalog | None = None
        self._work = BackgroundWork(self)
        self._wanted = ""
        self._build()
        self._connect()
        self.reload()

    def reload(self, select: str = "") -> None:
        """Find the models anew, and show the one of this id, or the one that was shown."""
        select = select or id_of(self._selected())
        try:
            self._catalog = self._open_catalog(self._defaults)
        except DoccleanError as error:
            self._catalog = None
            self._say(str(error))
        self._list.fill(self._catalog, select)
        self._show_current()

    @Slot(object)
    def take_catalog(self, catalog: Catalog) -> None:
        """Models came or went elsewhere, or another one is the default now."""
        tasks = {entry.manifest.task for entry in catalog.all()}
        chosen = {task: catalog.default_for(task).manifest.id for task in tasks}
        self._defaults = chosen
        self.reload()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt's: a file that is being packed is finished first."""
        self._work.wait()
        super().closeEvent(event)

    def _build(self) -> None:
        self.setObjectName("modelsDialog")
        self.setWindowTitle(self.tr("Models"))
        self.setModal(False)
        self.resize(920, 640)
        self._list = ModelList(self)
        self._card = ModelCard(self)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setObjectName("modelSplit")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(8)
        split.addWidget(self._list)
        split.addWidget(self._card)
        split.setSizes([272, 632])
        split.setStretchFactor(1, 1)
        self._message = QLabel(self)
        self._message.setObjectName("modelMessage")
        self._message.setWordWrap(True)
        self._message.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(split, 1)
        layout.addWidget(self._message)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        self._import = self._button("importModel", self.tr("&Import…"))
        self._export = self._button("exportModel", self.tr("&Export…"))
        self._rename = self._button("renameModel", self.tr("Re&name…"))
        self._remove = self._button("removeModel", self.tr("&Remove…"))
        self._back = self._button("backToParent", "")
        self._default = self._button("defaultModel", self.tr("Set as &default"))
        close = self._button("closeModels", self.tr("Close"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self._import, self._export, self._rename, self._remove):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._back)
        row.addWidget(self._default)
        row.addWidget(close)
        return row

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _connect(self) -> None:
        self._to_import = FileQuestion(self, "importQuestion")
        self._to_export = FileQuestion(self, "exportQuestion")
        for signal, slot in (
            (self._list.currentItemChanged, self._show_current),
            (self._import.clicked, self._ask_for_import),
            (self._export.clicked, self._ask_for_export),
            (self._rename.clicked, self._ask_for_name),
            (self._remove.clicked, self._ask_for_removal),
            (self._default.clicked, self._set_default),
            (self._back.clicked, self._go_back),
            (self._to_import.answered, self._start_import),
            (self._to_export.answered, self._start_export),
            (self._work.succeeded, self._on_work_done),
            (self._work.failed, self._on_work_failed),
        ):
            signal.connect(slot)

    def _selected(self) -> Model | None:
        return self._list.selected

    def _is_default(self, model: Model | None) -> bool:
        return self._catalog is not None and is_default(model, self._catalog)

    @Slot()
    def _show_current(self) -> None:
        model = self._selected()
        self._card.show_model(model, is_default=self._is_default(model))
        self._enable(model)

    def _enable(self, model: Model | None) -> None:
        """Disable what cannot be done, and say why in the tooltip."""
        damaged = self.tr("This model is damaged.") if isinstance(model, DamagedModel) else ""
        fixed = self.tr("Came with docclean; such models stay as they are.") if model and model.is_builtin else ""
        chosen = self.tr("This is the default already.") if self._is_default(model) else ""
        none = "" if model is not None else self.tr("Choose a model first.")
        advised = why_not_default(model) if isinstance(model, ModelEntry) else ""
        busy = self.tr("Wait until the file is done.") if self._wanted else ""
        for button, reasons in (
            (self._import, (busy,)),
            (self._export, (busy, none, damaged)),
            (self._rename, (busy, none, fixed, damaged)),
            (self._remove, (busy, none, fixed)),
            (self._default, (none, damaged, chosen, advised)),
        ):
            reason = next(filter(None, reasons), "")
            button.setEnabled(not reason)
            button.setToolTip(_as_plain(reason))
        self._offer_parent(model)

    def _offer_parent(self, model: Model | None) -> None:
        """Show the way back to a default's parent, where there is one."""
        parent = self._parent_of(model)
        self._back.setVisible(parent is not None)
        if parent is not None:
            name = model_name(parent.manifest)
            label = self._back.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _WIDEST_NAME)
            self._back.setText(self.tr("&Back to “{name}”").format(name=label.replace("&", "&&")))
            self._back.setToolTip(_as_plain(self.tr("Makes “{name}” the default again.").format(name=name)))

    def _parent_of(self, model: Model | None) -> ModelEntry | None:
        if not isinstance(model, ModelEntry) or self._catalog is None or not self._is_default(model):
            return None
        return parent_of(model, self._catalog)

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))

    @Slot()
    def _ask_for_import(self) -> None:
        self._to_import.ask_for_file(self.tr("Import a model"), self._filter())

    @Slot()
    def _ask_for_export(self) -> None:
        model = self._selected()
        if isinstance(model, ModelEntry):
            self._to_export.ask_where_to_save(
                self.tr("Export a model"), model.manifest.id + ARCHIVE_SUFFIX, self._filter()
            )

    def _filter(self) -> str:
        return f"{self.tr('docclean models')} (*{ARCHIVE_SUFFIX})"

    @Slot(object)
    def _start_import(self, path: Path) -> None:
        self._begin("import", partial(import_model, path), self.tr("Importing {name}…").format(name=path.name))

    @Slot(object)
    def _start_export(self, path: Path) -> None:
        model = self._selected()
        if isinstance(model, ModelEntry):
            work = partial(export_model_archive, model, path)
            self._begin("export", work, self.tr("Exporting {name}…").format(name=path.name))

    def _begin(self, what: str, work: Callable[[], object], sentence: str) -> None:
        self._wanted = what
        self._say(sentence)
        self._show_current()
        self._work.start(work)

    @Slot(object)
    def _on_work_done(self, outcome: object) -> None:
        self._wanted = ""
        match outcome:
            case ModelEntry() as entry:
                self._say(self.tr("“{name}” is installed.").format(name=model_name(entry.manifest)))
                self.reload(entry.manifest.id)
                self.models_changed.emit()
            case Path() as path:
                self._say(self.tr("The model is in {path}.").format(path=path))
                self._show_current()

    @Slot(str)
    def _on_work_failed(self, sentence: str) -> None:
        self._wanted = ""
        self._say("")
        self._show_current()
        notice(self, "modelNotice", sentence)

    @Slot()
    def _ask_for_name(self) -> None:
        model = self._selected()
        if not isinstance(model, ModelEntry):
            return
        box = QInputDialog(self)
        box.setObjectName("renameQuestion")
        box.setWindowTitle(self.tr("Rename a model"))
        box.setLabelText(self.tr("New name:"))
        box.setTextValue(model.manifest.shown_name)
        field = box.findChild(QLineEdit)
        if field is not None:
            field.setMaxLength(LONGEST_NAME)
        box.textValueSelected.connect(self._take_name)
        box.finished.connect(box.deleteLater)
        box.open()

    @Slot(str)
    def _take_name(self, name: str) -> None:
        model = self._selected()
        if isinstance(model, ModelEntry) and self._did(partial(rename, model, name)):
            self.reload()
            self.models_changed.emit()

    @Slot()
    def _ask_for_removal(self) -> None:
        model = self._selected()
        if model is None:
            return
        name = model_name(model.manifest) if isinstance(model, ModelEntry) else model.folder.name
        box = question(
            self,
            "removeQuestion",
            self.tr("Remove “{name}”?").format(name=name),
            self.tr("Its files are deleted. This cannot be undone; export the model first if you may want it again."),
            self.tr("Remove"),
        )
        box.accepted.connect(self._remove_current)
        box.open()

    @Slot()
    def _remove_current(self) -> None:
        model = self._selected()
        if model is None or not self._did(partial(remove, model)):
            return
        if isinstance(model, ModelEntry) and self._defaults.get(model.manifest.task) == model.manifest.id:
            self._defaults.pop(model.manifest.task)
            self.reload()
            self._tell_default(model.manifest.task)
        else:
            self.reload()
        self.models_changed.emit()

    @Slot()
    def _set_default(self) -> None:
        model = self._selected()
        if isinstance(model, ModelEntry):
            self._defaults = choose_default(self._defaults, model)
            self.reload()
            self._tell_default(model.manifest.task)

    @Slot()
    def _go_back(self) -> None:
        parent = self._parent_of(self._selected())
        if parent is not None:
            self._defaults = choose_default(self._defaults, parent)
            self.reload()
            self._tell_default(parent.manifest.task)

    def _tell_default(self, task: Task) -> None:
        if self._catalog is not None:
            self._defaults = valid_defaults(self._defaults, self._catalog)
            if any(entry.manifest.task is task for entry in self._catalog.all()):
                self.default_changed.emit(task, self._catalog.default_for(task).manifest.id)

    def _did(self, action: Callable[[], object]) -> bool:
        """Do something with a model; a fault is told, and gives False."""
        try:
            action()
        except DoccleanError as error:
            notice(self, "modelNotice", str(error))
            return False
        return True


def _as_plain(text: str) -> str:
    """A tooltip that shows what a stranger's model says as it is, and not as rich text."""
    return escape(text, quote=False) if "<" in text else text  # Qt takes "&lt;" for rich text and undoes it
