"""The list of pages as it looks: rows, folded documents, what is selected and what can be seen. It asks for nothing."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import PageQueue, QueueRole
from docclean.gui.queue_delegate import QueueDelegate
from docclean.gui.queue_folds import QueueFolds
from docclean.gui.status_mark import quiet_text

_SIGHT_INTERVAL_MS = 40

_Index = QModelIndex | QPersistentModelIndex


class PageList(QListView):
    """Shows a `PageQueue`; pages of one file can be folded. Belongs to the window's thread.

    Attributes:
        current_item_changed: The page that shall be seen, a `PageItem`, or None.
        selection_changed: Ids of the selected pages, in order, `list[str]`.
        sight_changed: Pages that can be seen now, from top to bottom, `list[PageItem]`.
    """

    current_item_changed = Signal(object)
    selection_changed = Signal(object)
    sight_changed = Signal(object)

    def __init__(self, model: PageQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = model
        self._folds = QueueFolds(model, self)
        self._delegate = QueueDelegate(self._folds, self)
        self._hidden: set[str] = set()
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)  # rows light up under the mouse
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self._sight_timer = self._timer(_SIGHT_INTERVAL_MS)
        self._sight_timer.timeout.connect(self._tell_sight)
        self._selection_timer = self._timer(0)  # tells once, however many steps a change takes
        self._selection_timer.timeout.connect(self._tell_selection)
        self._fold_timer = self._timer(0)
        self._fold_timer.timeout.connect(self._hide_rows)
        self._folds.changed.connect(self._fold_timer.start)
        self._folds.told.connect(self._update_row)
        model.rowsAboutToBeRemoved.connect(self._forget_rows)
        # Signals, because PySide 6.11.3 mixes up currentChanged and selectionChanged when both are overridden.
        self.selectionModel().currentChanged.connect(self._tell_current)
        self.selectionModel().selectionChanged.connect(self._selection_timer.start)

    def _timer(self, interval_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        return timer

    def current_item(self) -> PageItem | None:
        """The page that shall be seen, or None."""
        return self._item(self.currentIndex())

    def selected_ids(self) -> list[str]:
        """Ids of the selected pages, in order; all pages of a selected folded document."""
        rows: set[int] = set()
        for span in self.selectionModel().selection().toList():
            rows.update(range(span.top(), span.bottom() + 1))
        for row in list(rows) if self._folds.has_folded else ():
            if self._folds.is_folded(row) and self._folds.is_head(row):
                rows.update(self._folds.run_at(row))
        items = self._queue.items
        return [items[row].id for row in sorted(rows) if row < len(items)]

    def select_pages(self, ids: Collection[str]) -> None:
        """Select pages, the first of which becomes the current one; what is folded around them unfolds."""
        rows = sorted(row for row in map(self._queue.row_of, ids) if row >= 0)
        selection = QItemSelection()
        for row in rows:
            if self._folds.is_hidden(row) and self._queue.items[self._folds.run_at(row).start].id not in ids:
                self.set_folded(row, is_folded=False)
            index = self._queue.index(row)
            selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        if rows:
            self.selectionModel().setCurrentIndex(self._queue.index(rows[0]), flags.NoUpdate)
            self.scrollTo(self._queue.index(rows[0]))
        self.selectionModel().select(selection, flags.ClearAndSelect)

    def set_folded(self, row: int, *, is_folded: bool) -> None:
        """Show one row for the document that a row belongs to, or all its pages."""
        run = self._folds.run_at(row)
        if is_folded and self.currentIndex().row() in run[1:]:
            self.setCurrentIndex(self._queue.index(run.start))
        self._folds.set_folded(row, is_folded=is_folded)
        self._hide_rows()

    def is_folded(self, row: int) -> bool:
        """Whether a row belongs to a folded document."""
        return self._folds.is_folded(row)

    def items_in_sight(self) -> list[PageItem]:
        """Pages whose rows can be seen, from top to bottom."""
        found: list[PageItem] = []
        row = self.indexAt(QPoint(self.viewport().width() // 2, 1)).row()
        bottom = self.viewport().height()
        while 0 <= row < len(self._queue.items):
            if self.visualRect(self._queue.index(row)).top() >= bottom:
                break
            found.append(self._queue.items[row])
            row = self.row_after(row)
        return found

    # Folding

    def row_after(self, row: int) -> int:
        """The next row that is shown."""
        return self._folds.run_at(row).stop if self._folds.is_folded(row) else row + 1

    @Slot()
    def _hide_rows(self) -> None:
        """Hide what is folded away. Asking Qt which rows are hidden would be slow, so ids are remembered here."""
        self._fold_timer.stop()
        items = self._queue.items
        hidden = {items[row].id for row in range(len(items)) if self._folds.is_hidden(row)}
        for item_id in hidden ^ self._hidden:
            if (row := self._queue.row_of(item_id)) >= 0:
                self.setRowHidden(row, item_id in hidden)
        self._hidden = hidden
        self._sight_timer.start()

    @Slot(QModelIndex, int, int)
    def _forget_rows(self, parent: QModelIndex, start: int, end: int) -> None:
        """A row that comes back is shown."""
        if self._hidden:
            self._hidden -= {item.id for item in self._queue.items[start : end + 1]}

    @Slot(int)
    def _update_row(self, row: int) -> None:
        self.update(self._queue.index(row))

    # Sight

    @Slot()
    def _tell_sight(self) -> None:
        if self.isVisible():
            self.sight_changed.emit(self.items_in_sight())

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Qt's."""
        super().scrollContentsBy(dx, dy)
        if not self._sight_timer.isActive():  # while scrolling goes on, tell now and then
            self._sight_timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's."""
        super().resizeEvent(event)
        self._sight_timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt's."""
        super().showEvent(event)
        self._sight_timer.start()

    # Selection

    @Slot(QModelIndex)
    def _tell_current(self, current: QModelIndex) -> None:
        self.current_item_changed.emit(self._item(current))

    @Slot()
    def _tell_selection(self) -> None:
        self.selection_changed.emit(self.selected_ids())

    def dataChanged(
        self,
        topLeft: _Index,  # noqa: N803 - Qt's own name
        bottomRight: _Index,  # noqa: N803 - Qt's own name
        roles: Sequence[int] = (),
    ) -> None:
        """Qt's; passes by QListView, which would lay out all rows anew, though all have one height."""
        QAbstractItemView.dataChanged(self, topLeft, bottomRight, roles)

    def _item(self, index: _Index) -> PageItem | None:
        item: PageItem | None = index.data(QueueRole.ITEM)
        return item

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's."""
        super().paintEvent(event)
        if not self._queue.items:
            painter = QPainter(self.viewport())
            room = self.viewport().rect().adjusted(16, 16, -16, -16)
            painter.setPen(quiet_text(self.palette()))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self.tr("Drop scans or folders here."))
            painter.end()
