"""The small mark that says how far a page has come. Every state has a shape of its own; color only underlines it."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen

from docclean.gui.page_item import ItemStatus

MARK_PX = 20
_LINE_PX = 1.5
_FAILED = (QColor("#B3261E"), QColor("#F2B8B5"))
_REVIEW = (QColor("#8A5A00"), QColor("#F0C36A"))


def blended(over: QColor, under: QColor, share: float) -> QColor:
    """Mix two opaque colors; `share` is that of the first, 0..1."""
    parts = ((over.red(), under.red()), (over.green(), under.green()), (over.blue(), under.blue()))
    return QColor(*(round(first * share + second * (1 - share)) for first, second in parts))


def quiet_text(palette: QPalette) -> QColor:
    """Color of what matters less, still easy to read on the palette's base and on a selected row."""
    return blended(palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base), 0.74)


def mark_color(status: ItemStatus, palette: QPalette) -> QColor:
    """Color of a mark on the palette's base."""
    is_dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
    match status:
        case ItemStatus.FAILED:
            return _FAILED[is_dark]
        case ItemStatus.REVIEW:
            return _REVIEW[is_dark]
        case ItemStatus.CLEANING:
            return palette.color(QPalette.ColorRole.Text)
    return quiet_text(palette)


def paint_mark(painter: QPainter, box: QRectF, status: ItemStatus, progress: float, palette: QPalette) -> None:
    """Draw the mark of a state.

    Args:
        painter: Where to; its state is kept.
        box: Square for the mark; `MARK_PX` a side is what the lines are made for.
        status: The state; WAITING has no mark.
        progress: 0..1, for the ring of CLEANING.
        palette: Colors of the row.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.translate(box.topLeft())
    painter.scale(box.width() / MARK_PX, box.height() / MARK_PX)
    painter.setPen(_pen(mark_color(status, palette)))
    if status is ItemStatus.CLEANING:
        _paint_ring(painter, progress, palette)
    else:
        _paint_sign(painter, status)
    painter.restore()


def _pen(color: QColor) -> QPen:
    return QPen(color, _LINE_PX, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _paint_ring(painter: QPainter, progress: float, palette: QPalette) -> None:
    ring = QRectF(3, 3, 14, 14)
    text, base = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
    painter.setPen(_pen(blended(text, base, 0.25)))
    painter.drawEllipse(ring)
    painter.setPen(QPen(_pen(text).brush(), 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawArc(ring, 90 * 16, -round(360 * 16 * max(0.02, min(1.0, progress))))


def _paint_sign(painter: QPainter, status: ItemStatus) -> None:
    match status:
        case ItemStatus.DONE:
            painter.drawPolyline([QPointF(4.5, 10.5), QPointF(8.5, 14.5), QPointF(15.5, 6)])
        case ItemStatus.REVIEW:
            painter.drawEllipse(QRectF(3, 3, 14, 14))
            painter.drawLine(QPointF(10, 6.5), QPointF(10, 10.8))
            painter.drawPoint(QPointF(10, 13.5))
        case ItemStatus.FAILED:
            painter.drawLine(QPointF(5.5, 5.5), QPointF(14.5, 14.5))
            painter.drawLine(QPointF(14.5, 5.5), QPointF(5.5, 14.5))
        case ItemStatus.CANCELLED:
            painter.drawLine(QPointF(5, 10), QPointF(15, 10))
        case ItemStatus.KEPT:
            painter.drawPolygon([QPointF(10, 4.5), QPointF(15.5, 10), QPointF(10, 15.5), QPointF(4.5, 10)])
        case ItemStatus.UNCHANGED:
            painter.drawLine(QPointF(5, 7.5), QPointF(15, 7.5))
            painter.drawLine(QPointF(5, 12.5), QPointF(15, 12.5))
