"""The pages of the window, in order, as a model that views show. Changes that the user can undo come as commands."""

import json
from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QImage

from docclean.core.job import PageResult
from docclean.core.page import PageSource
from docclean.core.progress import Progress
from docclean.core.recipe import Recipe
from docclean.gui.page_item import ItemStatus, PageItem, describe, note_of

ROWS_MIME = "application/x-docclean-pages"
"""Ids of pages that are dragged within the queue, JSON."""

_MOST_RUNS = 8
"""Views work through all their rows whenever rows come or go; pages of more places are brought together before."""

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class QueueRole(IntEnum):
    """What a view can ask for besides the usual."""

    ITEM = Qt.ItemDataRole.UserRole + 1


class PageQueue(QAbstractListModel):
    """Pages in the order in which they are cleaned.

    Attributes:
        changed: Pages came, went, moved, or got on; whoever shows totals or keeps the queue listens.
        rearranged: Pages came, went, moved, or have other recipes: what a run has to follow.
        files_dropped: Files or folders were dropped before a row: `list[Path]`, int.
        pages_dropped: Pages of the queue were dropped before a row: `list[str]` of ids, int.
    """

    changed = Signal()
    rearranged = Signal()
    files_dropped = Signal(object, int)
    pages_dropped = Signal(object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[PageItem] = []
        self._by_id: dict[str, PageItem] = {}
        self._rows: dict[str, int] = {}
        """Rows by id; empty when they have to be counted anew."""

    @property
    def items(self) -> Sequence[PageItem]:
        """All pages, in order. Not to be changed by the caller."""
        return self._items

    def get(self, item_id: str) -> PageItem | None:
        """The page of this id, or None."""
        return self._by_id.get(item_id)

    def row_of(self, item_id: str) -> int:
        """Row of a page, -1 if it is not there."""
        if len(self._rows) != len(self._items):
            self._rows = {item.id: row for row, item in enumerate(self._items)}
        return self._rows.get(item_id, -1)

    def insert(self, row: int, items: Sequence[PageItem]) -> None:
        """Put pages before a row."""
        if not items:
            return
        row = max(0, min(row, len(self._items)))
        self.beginInsertRows(QModelIndex(), row, row + len(items) - 1)
        self._items[row:row] = items
        self._by_id.update({item.id: item for item in items})
        self._rows = {}
        self.endInsertRows()
        self._tell_rearranged()

    def take(self, ids: Collection[str]) -> list[tuple[int, PageItem]]:
        """Remove pages; gives them with the rows they had, to be put back by `put_back`."""
        taken = [(row, item) for row, item in enumerate(self._items) if item.id in ids]
        if len(runs := _runs(taken)) > _MOST_RUNS:
            kept = [item.id for item in self._items if item.id not in ids]
            self._reorder([*kept, *(item.id for _, item in taken)])
            runs = [[(len(kept) + number, item) for number, (_, item) in enumerate(taken)]]
        for run in reversed(runs):
            self._remove(run[0][0], run[-1][0])
        if taken:
            self._tell_rearranged()
        return taken

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)
        for item in self._items[first : last + 1]:
            del self._by_id[item.id]
        del self._items[first : last + 1]
        self._rows = {}
        self.endRemoveRows()

    def put_back(self, taken: Iterable[tuple[int, PageItem]]) -> None:
        """Undo `take`."""
        taken = list(taken)
        if len(runs := _runs(taken)) <= _MOST_RUNS:
            for run in runs:
                self.insert(run[0][0], [item for _, item in run])
            return
        order = [item.id for item in self._items]
        for row, item in taken:
            order.insert(row, item.id)
        self.insert(len(self._items), [item for _, item in taken])
        self.arrange(order)

    def arrange(self, ids: Sequence[str]) -> None:
        """Bring the pages into the order of `ids`, which names each once."""
        self._reorder(ids)
        self._tell_rearranged()

    def _tell_rearranged(self) -> None:
        self.rearranged.emit()
        self.changed.emit()

    def _reorder(self, ids: Sequence[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        pages = [self._items[index.row()].id for index in before]
        self._items = [self._by_id[item_id] for item_id in ids]
        self._rows = {}
        self.changePersistentIndexList(before, [self.index(self.row_of(item_id)) for item_id in pages])
        self.layoutChanged.emit()

    def set_recipes(self, recipes: dict[str, Recipe]) -> None:
        """Give pages new recipes, by id; a result that fits stays one."""
        items = [item for item_id in recipes if (item := self._by_id.get(item_id))]
        for item in items:
            pictured = item.pictured_draft
            item.recipe = recipes[item.id]
            if item.pictured_draft != pictured:
                item.thumbnail = None
        self._tell_all(items)
        self._tell_rearranged()

    def set_sources(self, sources: dict[str, PageSource]) -> None:
        """Read pages in another way, by id; what came of them is of no use any more, and they wait."""
        items = [item for item_id in sources if (item := self._by_id.get(item_id))]
        for item in items:
            item.source, item.thumbnail = sources[item.id], None
            item.reset()
        self._tell_all(items)
        self._tell_rearranged()

    def set_status(self, ids: Iterable[str], status: ItemStatus) -> None:
        """Say how far pages have come."""
        items = [item for item_id in ids if (item := self._by_id.get(item_id))]
        for item in items:
            item.status, item.progress = status, 0.0
        self._tell_all(items)
        self.changed.emit()

    def set_progress(self, progress: Progress) -> None:
        """Show how far the page in work has come."""
        item = self._by_id.get(progress.job_id)
        if item is not None and item.status is ItemStatus.CLEANING:
            tasks = [stage.task.value for stage in item.recipe.stages]
            done = tasks.index(progress.stage) if progress.stage in tasks else (len(tasks) if progress.done else 0)
            item.progress = min(1.0, (done + progress.done / progress.total) / max(1, len(tasks)))
            self._tell(item)

    def set_result(self, result: PageResult, recipe: Recipe | None = None) -> None:
        """Note what came of a page; `recipe` is the one it was cleaned with, if that is not its present one."""
        if item := self._by_id.get(result.job_id):
            pictured = item.pictured_draft
            item.take_result(result, recipe)
            if pictured is not None or item.pictured_draft is not None:
                item.thumbnail = None
            self._tell(item)
            self.changed.emit()

    def set_saved(self, ids: Iterable[str]) -> None:
        """Note that results were saved."""
        items = [item for item_id in ids if (item := self._by_id.get(item_id))]
        for item in items:
            item.is_saved = True
        self._tell_all(items)
        self.changed.emit()

    def set_thumbnail(self, item_id: str, thumbnail: QImage) -> None:
        """Show a small picture of a page."""
        if item := self._by_id.get(item_id):
            item.thumbnail = thumbnail
            self._tell(item)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's; the item itself under `QueueRole.ITEM`."""
        if not index.isValid() or not 0 <= index.row() < len(self._items):
            return None
        item = self._items[index.row()]
        return item if role == QueueRole.ITEM else self._words(item, role)

    def _words(self, item: PageItem, role: int) -> str | None:
        name = item.name if item.source.pages == 1 else f"{item.name}, {self.tr('page')} {item.source.page + 1}"
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return name
            case Qt.ItemDataRole.ToolTipRole:
                return f"{item.source.path}\n{describe(item, self.tr)}"
            case Qt.ItemDataRole.AccessibleTextRole:
                note = note_of(item)
                return f"{name}, {describe(item, self.tr)}" + (f", {self.tr(note.value)}" if note else "")
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Qt's: pages can be dragged, and dropped between others."""
        base = super().flags(index)
        return base | (Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled)

    def supportedDropActions(self) -> Qt.DropAction:
        """Qt's."""
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        """Qt's."""
        return [ROWS_MIME, "text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Qt's: ids for the queue itself; the window adds files for other programs."""
        ids = [self._items[row].id for row in sorted({index.row() for index in indexes})]
        mime = QMimeData()
        mime.setData(ROWS_MIME, QByteArray(json.dumps(ids).encode()))
        return mime

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index) -> bool:
        """Qt's."""
        return data.hasFormat(ROWS_MIME) or data.hasUrls()

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index) -> bool:
        """Qt's; says what was dropped where, and leaves the rest to who listens."""
        place = row if row >= 0 else (parent.row() if parent.isValid() else len(self._items))
        if data.hasFormat(ROWS_MIME):
            self.pages_dropped.emit(json.loads(bytes(data.data(ROWS_MIME).data())), place)
            return False  # the view must not remove the rows: they were moved, not copied
        if files := local_files(data):
            self.files_dropped.emit(files, place)
            return True
        return False

    def _tell_all(self, items: Sequence[PageItem]) -> None:
        """Tell that pages look different; of many pages at once, so that views do not work through each of them."""
        if len(items) <= _MOST_RUNS:
            for item in items:
                self._tell(item)
            return
        rows = [self.row_of(item.id) for item in items]
        self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def _tell(self, item: PageItem) -> None:
        index = self.index(self.row_of(item.id))
        self.dataChanged.emit(index, index)


def _runs(taken: Iterable[tuple[int, PageItem]]) -> list[list[tuple[int, PageItem]]]:
    """Put pages in neighboring rows together."""
    runs: list[list[tuple[int, PageItem]]] = []
    for row, item in taken:
        if runs and runs[-1][-1][0] == row - 1:
            runs[-1].append((row, item))
        else:
            runs.append([(row, item)])
    return runs


def local_files(data: QMimeData) -> list[Path]:
    """Files and folders that are dropped or pasted; addresses on the network are left out."""
    return [Path(url.toLocalFile()) for url in data.urls() if QUrl.isLocalFile(url) and url.toLocalFile()]
