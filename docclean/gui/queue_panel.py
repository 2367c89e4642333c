"""The left side of the window: heading with the number of pages and a menu of orders, list, small pictures."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.queue_delegate import THUMBNAIL_BOX
from docclean.gui.queue_order import QueueOrder, ordered
from docclean.gui.queue_view import QueueView
from docclean.gui.thumbnails import ThumbnailMaker

_MOST_PICTURES = 600


class QueuePanel(QWidget):
    """Heading, list and small pictures. Belongs to the window's thread; `close_pictures` before the program ends.

    Attributes:
        view: The list.
        thumbnails: Makes the small pictures.
        order_requested: Ids of all pages in the order asked for, and words for the undo menu.
    """

    order_requested = Signal(object, str)

    def __init__(self, model: PageQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queuePanel")
        self._queue = model
        self._pictured: OrderedDict[str, None] = OrderedDict()
        self._asked: set[str] = set()
        self.view = QueueView(model, self)
        self.thumbnails = ThumbnailMaker(THUMBNAIL_BOX, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._heading())
        column.addWidget(self.view, 1)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._count)
        model.changed.connect(self._ask_missing_pictures)
        self.view.sight_changed.connect(self._ask_pictures)
        self.thumbnails.made.connect(self._take_picture)
        self._count()

    def close_pictures(self) -> None:
        """Wait until no file is read any more for the small pictures."""
        self.thumbnails.close()

    def forget_pictures(self, files: Collection[Path]) -> None:
        """Files changed: make the small pictures of their pages anew."""
        self.thumbnails.forget()
        for item in self._queue.items:
            if item.source.path in files:
                item.thumbnail = None
        self._ask_pictures(self.view.items_in_sight())

    def _heading(self) -> QWidget:
        heading = QWidget(self)
        row = QHBoxLayout(heading)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        title = QLabel(self.tr("Pages"), heading)
        bold = QFont(title.font())
        bold.setBold(True)
        title.setFont(bold)
        self._number = QLabel(heading)
        self._number.setObjectName("pageCount")
        self._sort = QToolButton(heading)
        self._sort.setObjectName("sortPages")
        self._sort.setText(self.tr("Sort"))
        self._sort.setAccessibleName(self.tr("Sort pages"))
        self._sort.setToolTip(self.tr("Bring the pages into another order"))
        self._sort.setAutoRaise(True)
        self._sort.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._sort.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._sort.setMenu(self._order_menu())
        row.addWidget(title)
        row.addWidget(self._number)
        row.addStretch(1)
        row.addWidget(self._sort)
        return heading

    def _order_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("orders")
        for order, words in (
            (QueueOrder.NAME, self.tr("By name")),
            (QueueOrder.FOLDER, self.tr("By folder")),
            (QueueOrder.STATUS, self.tr("By status, what needs you first")),
            (QueueOrder.REVERSED, self.tr("Reverse the order")),
        ):
            action = menu.addAction(words)
            action.setData(order)
        menu.triggered.connect(self._ask_order)
        return menu

    @Slot(QAction)
    def _ask_order(self, action: QAction) -> None:
        words = {
            QueueOrder.NAME: self.tr("sort by name"),
            QueueOrder.FOLDER: self.tr("sort by folder"),
            QueueOrder.STATUS: self.tr("sort by status"),
            QueueOrder.REVERSED: self.tr("reverse the order"),
        }
        order = action.data()
        self.order_requested.emit(ordered(self._queue.items, order), words[order])

    @Slot()
    def _count(self) -> None:
        pages = self._queue.rowCount()
        self._number.setText(self.locale().toString(pages))
        self._number.setAccessibleName(self.tr("{pages} pages").format(pages=pages))
        self._sort.setEnabled(pages > 1)

    # Small pictures

    @Slot()
    def _ask_missing_pictures(self) -> None:
        """A page that was turned or cut gets another picture."""
        self._ask_pictures(self.view.items_in_sight())

    @Slot(object)
    def _ask_pictures(self, seen: Sequence[PageItem]) -> None:
        """Ask for what can be seen, the topmost row first; take back what was asked for and is out of sight."""
        wanted = {item.id: item for item in seen if item.thumbnail is None}
        self.thumbnails.cancel(self._asked - wanted.keys())
        self._asked &= wanted.keys()
        for item in reversed(wanted.values()):
            if item.id not in self._asked:
                self._asked.add(item.id)
                self.thumbnails.request(item.id, item.source, item.pictured_draft)

    @Slot(str, QImage)
    def _take_picture(self, item_id: str, picture: QImage) -> None:
        self._asked.discard(item_id)
        self._queue.set_thumbnail(item_id, picture)
        self._pictured[item_id] = None
        self._pictured.move_to_end(item_id)
        while len(self._pictured) > _MOST_PICTURES:  # those that were seen long ago are made again when needed
            old = self._queue.get(self._pictured.popitem(last=False)[0])
            if old is not None:
                old.thumbnail = None
