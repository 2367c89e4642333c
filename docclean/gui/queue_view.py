"""The list of pages as it is used: keys, mouse, drag and drop become signals. It changes nothing but what is folded."""

from PySide6.QtCore import QElapsedTimer, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from docclean.gui.page_item import ItemStatus
from docclean.gui.page_list import PageList
from docclean.gui.page_queue import PageQueue
from docclean.gui.queue_drag import ExportForDrag, PagesMime

_LINE_PX = 2


class QueueView(PageList):
    """The left side of the window. Belongs to the window's thread.

    A folded document is one row, and what is asked for that row is asked for all its pages.

    Attributes:
        export_for_drag: Makes files of cleaned pages that are dragged into other programs; None for no files.
        menu_requested: Where on the screen, and ids of the selected pages.
        remove_requested: Ids of pages to take out.
        retry_requested: Ids of failed pages to try again.
        move_requested: Ids of pages, and the row that they shall go before, as in `moved`.
        export_failed: Why pages could not be dragged out, in one sentence.
    """

    menu_requested = Signal(QPoint, object)
    remove_requested = Signal(object)
    retry_requested = Signal(object)
    move_requested = Signal(object, int)
    export_failed = Signal(str)

    def __init__(self, model: PageQueue, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.export_for_drag: ExportForDrag | None = None
        self._drop_row = -1
        self._typed, self._since_typed = "", QElapsedTimer()
        self.setObjectName("queue")
        self.setAccessibleName(self.tr("Pages"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)  # drawn here, where folded rows are known

    # Keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's."""
        key, is_plain = event.key(), event.modifiers() == Qt.KeyboardModifier.NoModifier
        if key == Qt.Key.Key_Space and is_plain:
            event.ignore()  # the window shows the original as long as it is held
        elif not (self._takes_order_key(event) or (is_plain and self._takes_plain_key(key))):
            super().keyPressEvent(event)

    def _takes_order_key(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier != Qt.KeyboardModifier.AltModifier:
            return False
        if event.key() not in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return False
        ids = self.selected_ids()
        if not ids:
            return True
        first, last = self._queue.row_of(ids[0]), self._queue.row_of(ids[-1])
        if event.key() == Qt.Key.Key_Up and first > 0:
            run = self._folds.run_at(first - 1)
            self.move_requested.emit(ids, run.start if self._folds.is_folded(first - 1) else first - 1)
        elif event.key() == Qt.Key.Key_Down and last + 1 < len(self._queue.items):
            self.move_requested.emit(ids, self.row_after(last + 1))
        return True

    def _takes_plain_key(self, key: int) -> bool:
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        match key:
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                if ids := self.selected_ids():
                    self.remove_requested.emit(ids)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                return self._retries()
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                row = self.currentIndex().row()
                if row >= 0:
                    self.set_folded(row, is_folded=(key == Qt.Key.Key_Left) != is_mirrored)
            case _:
                return False
        return True

    def _retries(self) -> bool:
        items = [self._queue.get(item_id) for item_id in self.selected_ids()]
        failed = [item.id for item in items if item is not None and item.status is ItemStatus.FAILED]
        if failed:
            self.retry_requested.emit(failed)
        return bool(failed)

    def keyboardSearch(self, search: str) -> None:
        """Qt's: jump to a name that begins with what is typed; folded pages are passed over."""
        is_new = not self._since_typed.isValid() or self._since_typed.elapsed() > QApplication.keyboardInputInterval()
        self._typed = search.casefold() if is_new else self._typed + search.casefold()
        self._since_typed.start()
        is_repeated = len(set(self._typed)) == 1
        wanted = self._typed[0] if is_repeated and self._typed else self._typed
        rows = len(self._queue.items)
        start = self.currentIndex().row() + (1 if is_new or is_repeated else 0)
        for row in (number % rows for number in range(max(0, start), max(0, start) + rows)):
            if self._queue.items[row].name.casefold().startswith(wanted) and not self._folds.is_hidden(row):
                self.setCurrentIndex(self._queue.index(row))
                return

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's: the arrow of a document folds it."""
        if event.button() == Qt.MouseButton.LeftButton and (row := self._arrow_row(event.position().toPoint())) >= 0:
            self.set_folded(row, is_folded=not self._folds.is_folded(row))
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt's: the first click on an arrow has folded already, the second one does nothing."""
        if self._arrow_row(event.position().toPoint()) < 0:
            super().mouseDoubleClickEvent(event)

    def _arrow_row(self, position: QPoint) -> int:
        """Row of the document whose arrow is here, -1 for none."""
        index = self.indexAt(position)
        is_arrow = index.isValid() and self._folds.is_head(index.row())
        box = self._delegate.arrow_box(self.visualRect(index), self.layoutDirection())
        return index.row() if is_arrow and box.contains(position) else -1

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Qt's."""
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.currentIndex().isValid():
            place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        self.menu_requested.emit(place, self.selected_ids())
        event.accept()

    # Drag and drop

    def dragged(self) -> PagesMime:
        """What a drag of the selected pages carries."""
        items = [self._queue.get(item_id) for item_id in self.selected_ids()]
        return PagesMime([item for item in items if item is not None], self.export_for_drag)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:  # noqa: N803 - Qt's own name
        """Qt's. Other programs get copies: they must not move away files that docclean still knows."""
        if not self.selected_ids():
            return
        mime = self.dragged()
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.exec(Qt.DropAction.CopyAction)
        if mime.fault:
            self.export_failed.emit(mime.fault)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt's."""
        if self._queue.canDropMimeData(event.mimeData(), event.proposedAction(), -1, 0, QModelIndex()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Qt's; Qt itself scrolls at the edges."""
        super().dragMoveEvent(event)
        self._show_drop(self.drop_row_at(event.position().toPoint()))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Qt's."""
        super().dragLeaveEvent(event)
        self._show_drop(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        """Qt's; the queue says what was dropped where."""
        row = self.drop_row_at(event.position().toPoint())
        super().dragLeaveEvent(QDragLeaveEvent())  # ends scrolling and Qt's own state
        self._show_drop(-1)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._queue.dropMimeData(event.mimeData(), event.dropAction(), row, 0, QModelIndex())

    def drop_row_at(self, position: QPoint) -> int:
        """The row that something goes before when it is dropped here."""
        index = self.indexAt(position)
        if not index.isValid():
            return len(self._queue.items) if position.y() > 0 else 0
        is_above = position.y() < self.visualRect(index).center().y()
        return index.row() if is_above else self.row_after(index.row())

    def _show_drop(self, row: int) -> None:
        if row != self._drop_row:
            self._drop_row = row
            self.viewport().update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's."""
        super().paintEvent(event)
        if self._drop_row >= 0:
            painter = QPainter(self.viewport())
            self._paint_drop_line(painter)
            painter.end()

    def _paint_drop_line(self, painter: QPainter) -> None:
        y = self._drop_y()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        painter.setPen(QPen(accent, _LINE_PX))
        painter.setBrush(self.palette().base())
        painter.drawLine(QPoint(12, y), QPoint(self.viewport().width() - 8, y))
        painter.drawEllipse(QPoint(8, y), 3, 3)

    def _drop_y(self) -> int:
        items = self._queue.items
        if not items:
            return 4
        if self._drop_row < len(items):
            return max(4, self.visualRect(self._queue.index(self._drop_row)).top())
        last = self._folds.run_at(len(items) - 1).start if self._folds.is_folded(len(items) - 1) else len(items) - 1
        return self.visualRect(self._queue.index(last)).bottom() + 1
