"""Draws a row of the queue: small picture, name, state in words and as a mark."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from docclean.gui.page_item import ItemNote, PageItem
from docclean.gui.page_queue import QueueRole
from docclean.gui.queue_folds import QueueFolds
from docclean.gui.queue_words import RowWords, words_of_document, words_of_page
from docclean.gui.status_mark import MARK_PX, blended, paint_mark, quiet_text

THUMBNAIL_BOX = QSize(48, 56)
"""Room for a small picture, px at 1x."""

_GAP = 8
_ARROW_PX = 16
_DOT_PX = 6
_SELECTED_SHARE, _HOVERED_SHARE = 0.14, 0.05

_Index = QModelIndex | QPersistentModelIndex


class QueueDelegate(QStyledItemDelegate):
    """Draws rows of one height, whatever they show. Belongs to the window's thread."""

    def __init__(self, folds: QueueFolds, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folds = folds

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Qt's: the same for all rows."""
        lines = 3 * option.fontMetrics.height()
        return QSize(160, max(THUMBNAIL_BOX.height(), lines) + 2 * _GAP)

    def arrow_box(self, row_box: QRect, direction: Qt.LayoutDirection) -> QRect:
        """Where the arrow of a document is, in the coordinates of `row_box`."""
        box = QRect(row_box.left() + 3, row_box.top(), _ARROW_PX, row_box.height())
        return QStyle.visualRect(direction, row_box, box)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Qt's."""
        item: PageItem | None = index.data(QueueRole.ITEM)
        if item is None:
            return
        row = index.row()
        is_folded = self._folds.is_folded(row)
        words = words_of_document(item, self._folds.tally_at(row)) if is_folded else words_of_page(item)
        painter.save()
        _paint_ground(painter, option)
        if self._folds.is_head(row):
            arrow = QRectF(self.arrow_box(option.rect, option.direction))
            _paint_arrow(painter, arrow, option, is_folded=is_folded)
        picture, text, mark = self._boxes(option)
        _paint_picture(painter, picture, item.thumbnail, option.palette, is_stack=is_folded)
        paint_mark(painter, QRectF(mark), words.status, words.progress, option.palette)
        _paint_words(painter, text, words, option)
        painter.restore()

    def _boxes(self, option: QStyleOptionViewItem) -> tuple[QRect, QRect, QRect]:
        """Room for picture, words and mark."""
        row, size = option.rect, THUMBNAIL_BOX
        left = row.left() + (_ARROW_PX + _GAP // 2 if self._folds.has_documents else _GAP)
        picture = QRect(left, row.top() + (row.height() - size.height()) // 2, size.width(), size.height())
        mark = QRect(row.right() + 1 - _GAP - MARK_PX, row.top() + (row.height() - MARK_PX) // 2, MARK_PX, MARK_PX)
        words = QRect(picture.right() + 1 + _GAP, row.top() + _GAP, 0, row.height() - 2 * _GAP)
        words.setRight(mark.left() - 1 - _GAP // 2)
        mirrored = [QStyle.visualRect(option.direction, row, box) for box in (picture, words, mark)]
        return mirrored[0], mirrored[1], mirrored[2]


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    palette = option.palette
    accent, base = palette.color(QPalette.ColorRole.Highlight), palette.color(QPalette.ColorRole.Base)
    is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if is_selected:
        painter.fillRect(option.rect, blended(accent, base, _SELECTED_SHARE))
        bar = QRect(option.rect.left(), option.rect.top(), 3, option.rect.height())
        painter.fillRect(QStyle.visualRect(option.direction, option.rect, bar), accent)
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(option.rect, blended(palette.color(QPalette.ColorRole.Text), base, _HOVERED_SHARE))
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(accent, 1))
        painter.drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_arrow(painter: QPainter, box: QRectF, option: QStyleOptionViewItem, *, is_folded: bool) -> None:
    center = box.center()
    ahead = -1 if option.direction == Qt.LayoutDirection.RightToLeft else 1
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(quiet_text(option.palette), 1.5, Qt.PenStyle.SolidLine, cap, join))
    corners = [(-2.0 * ahead, -4.0), (2.0 * ahead, 0.0), (-2.0 * ahead, 4.0)]
    if not is_folded:
        corners = [(-4.0, -2.0), (0.0, 2.0), (4.0, -2.0)]
    painter.drawPolyline([center + QPointF(*corner) for corner in corners])
    painter.restore()


def _paint_picture(painter: QPainter, box: QRect, picture: QImage | None, palette: QPalette, *, is_stack: bool) -> None:
    """Draw a page with its edge, in the middle of its room; an empty sheet as long as there is no picture."""
    size = QSize(40, 56) if picture is None or picture.isNull() else picture.size()
    room = box.size() - QSize(4, 4) if is_stack else box.size()
    page = QRect(0, 0, *_fitting(size, room))
    page.moveCenter(box.center())
    text, base = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
    edge = blended(text, base, 0.35)
    painter.save()
    if is_stack:  # the sheets behind
        for shift in (4, 2):
            _paint_sheet(painter, page.translated(shift - 2, 2 - shift), QColor("#FFFFFF"), edge)
        page.translate(-2, 2)
    is_there = picture is not None and not picture.isNull()
    _paint_sheet(painter, page, QColor("#FFFFFF") if is_there else blended(text, base, 0.08), edge)
    if picture is not None and is_there:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(page.adjusted(1, 1, -1, -1), picture)
    painter.restore()


def _paint_sheet(painter: QPainter, page: QRect, fill: QColor, edge: QColor) -> None:
    painter.fillRect(page, fill)
    painter.setPen(QPen(edge, 1))
    painter.drawRect(QRectF(page).adjusted(0.5, 0.5, -0.5, -0.5))


def _fitting(size: QSize, room: QSize) -> tuple[int, int]:
    fitting = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    return max(8, fitting.width()), max(8, fitting.height())


def _paint_words(painter: QPainter, box: QRect, words: RowWords, option: QStyleOptionViewItem) -> None:
    metrics = option.fontMetrics
    lines = 3 if words.place or words.note else 2
    line = QRect(box.left(), box.top() + (box.height() - lines * metrics.height()) // 2, box.width(), metrics.height())
    flags = QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    painter.setFont(QFont(option.font))
    painter.setPen(option.palette.color(QPalette.ColorRole.Text))
    painter.drawText(line, flags, metrics.elidedText(words.name, Qt.TextElideMode.ElideMiddle, line.width()))
    painter.setPen(quiet_text(option.palette))
    line.translate(0, metrics.height())
    painter.drawText(line, flags, metrics.elidedText(words.state, Qt.TextElideMode.ElideRight, line.width()))
    line.translate(0, metrics.height())
    if words.note:
        dot = QRect(line.left(), line.center().y() - _DOT_PX // 2 + 1, _DOT_PX, _DOT_PX)
        _paint_dot(painter, QRectF(QStyle.visualRect(option.direction, line, dot)), words.note)
        room = QRect(line.left() + _DOT_PX + 4, line.top(), line.width() - _DOT_PX - 4, line.height())
        line = QStyle.visualRect(option.direction, line, room)
    last = " · ".join(part for part in (words.note_words, words.place) if part)
    painter.drawText(line, flags, metrics.elidedText(last, Qt.TextElideMode.ElideRight, line.width()))


def _paint_dot(painter: QPainter, box: QRectF, note: ItemNote) -> None:
    """Draw a full dot for a result that is out of date, a ring for one that is not saved."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = painter.pen().color()
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(QBrush(color) if note is ItemNote.OUTDATED else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(box.adjusted(0.75, 0.75, -0.75, -0.75))
    painter.restore()
