"""The installed models under what they are for, damaged ones last."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from docclean.core.recipe import Task
from docclean.gui.shown_names import model_name
from docclean.gui.task_words import task_heading
from docclean.models.catalog import Catalog, DamagedModel, ModelEntry

Model = ModelEntry | DamagedModel


class ModelList(QListWidget):
    """A list with headings, which cannot be chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelList")
        self.setAccessibleName(self.tr("Installed models"))
        self.setViewportMargins(8, 0, 8, 8)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @property
    def selected(self) -> Model | None:
        """The model that is chosen."""
        return _model_of(self.currentItem())

    def fill(self, catalog: Catalog | None, select: str) -> None:
        """Show the models of a catalog.

        Args:
            catalog: The models; None for none.
            select: Id of the model to choose; the first one where it is not there.
        """
        self.blockSignals(True)
        self.clear()
        for task in Task if catalog is not None else ():
            entries = [entry for entry in catalog.all() if entry.manifest.task is task] if catalog is not None else []
            if entries:
                self._add_heading(task_heading(task))
            for entry in entries:
                self._add(entry, model_name(entry.manifest), self._remark(entry, catalog))
        broken = catalog.broken if catalog is not None else ()
        if broken:
            self._add_heading(self.tr("Damaged"))
        for model in broken:
            self._add(model, model.folder.name, self.tr("cannot be used"))
        models = {row: found for row in range(self.count()) if (found := _model_of(self.item(row))) is not None}
        chosen = [row for row, found in models.items() if id_of(found) == select]
        self.setCurrentRow(next(iter([*chosen, *models]), -1))
        self.blockSignals(False)

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text, self)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = self.font()
        font.setBold(True)
        item.setFont(font)
        item.setTextAlignment(Qt.AlignmentFlag.AlignBottom)
        item.setSizeHint(QSize(0, 32))

    def _add(self, model: Model, name: str, remark: str) -> None:
        item = QListWidgetItem(f"{name}\n{remark}", self)
        item.setData(Qt.ItemDataRole.UserRole, model)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {remark}")
        item.setSizeHint(QSize(0, 2 * self.fontMetrics().lineSpacing() + 12))

    def _remark(self, entry: ModelEntry, catalog: Catalog | None) -> str:
        remarks = [self.tr("built in") if entry.is_builtin else self.tr("your own")]
        if catalog is not None and is_default(entry, catalog):
            remarks.append(self.tr("default"))
        if not entry.manifest.recommended:
            remarks.append(self.tr("not recommended"))
        return " · ".join(remarks)


def id_of(model: Model | None) -> str:
    """Id of a model, the folder's name of a damaged one; empty for none."""
    match model:
        case ModelEntry():
            return model.manifest.id
        case DamagedModel():
            return model.folder.name
        case None:
            return ""


def is_default(model: Model | None, catalog: Catalog) -> bool:
    """Whether a model's task uses it where none is named."""
    if not isinstance(model, ModelEntry):
        return False
    return catalog.default_for(model.manifest.task).manifest.id == model.manifest.id


def _model_of(item: QListWidgetItem | None) -> Model | None:
    model = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
    return model if isinstance(model, (ModelEntry, DamagedModel)) else None
