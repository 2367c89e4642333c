"""What lies over the pages of a comparison: the split line, labels, the legend. Logical px."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from docclean.gui.changes import DARKER_COLOR, LIGHTER_COLOR

MARGIN = 8.0
PILL_HEIGHT = 24.0
_PADDING = 12.0
_SWATCH = 12.0
_GRIP_RADIUS = 14.0
_PILL_COLOR = QColor(28, 28, 28, 222)  # over white paper text has a contrast of 12:1, over the table more
_TEXT_COLOR = QColor(255, 255, 255)
_LINE_COLOR = QColor(255, 255, 255)
_LINE_SHADOW = QColor(0, 0, 0, 110)
_ARROW_COLOR = QColor(60, 60, 60)


def label_font(font: QFont) -> QFont:
    """Give the font of labels: a little smaller than that of the view."""
    smaller = QFont(font)
    if font.pointSizeF() > 0:
        smaller.setPointSizeF(max(8.0, font.pointSizeF() * 0.9))
    return smaller


def pill_width(font: QFont, text: str) -> float:
    """Measure a pill with a text."""
    return QFontMetricsF(font).horizontalAdvance(text) + 2 * _PADDING


def draw_pill(painter: QPainter, text: str, left: float, top: float) -> None:
    """Draw a text on a small dark ground, its top left corner given."""
    rect = QRectF(left, top, pill_width(painter.font(), text), PILL_HEIGHT)
    _draw_ground(painter, rect)
    painter.setPen(_TEXT_COLOR)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def draw_pill_within(painter: QPainter, text: str, area: QRectF, anchor: float) -> None:
    """Draw a pill at the top of an area; nothing if it is too narrow.

    Args:
        painter: With the font to use.
        text: What it says.
        area: It stays inside.
        anchor: Where it is: 0 at the left, 0.5 in the middle, 1 at the right.
    """
    free = area.width() - 2 * MARGIN - pill_width(painter.font(), text)
    if free >= 0:
        draw_pill(painter, text, area.left() + MARGIN + round(free * anchor), area.top() + MARGIN)


def draw_legend(painter: QPainter, darker: str, lighter: str, view: QRectF) -> None:
    """Draw what the two colors of the changes say, at the bottom left of a view."""
    entries: Sequence[tuple[str, tuple[int, int, int]]] = ((darker, DARKER_COLOR), (lighter, LIGHTER_COLOR))
    metrics = QFontMetricsF(painter.font())
    widths = [_SWATCH + 8 + metrics.horizontalAdvance(text) for text, _ in entries]
    width = sum(widths) + 16 + 2 * _PADDING
    rect = QRectF(view.left() + MARGIN, view.bottom() - MARGIN - PILL_HEIGHT, width, PILL_HEIGHT)
    _draw_ground(painter, rect)
    left = rect.left() + _PADDING
    for (text, color), advance in zip(entries, widths, strict=True):
        swatch = QRectF(left, rect.center().y() - _SWATCH / 2, _SWATCH, _SWATCH)
        painter.setPen(QPen(_TEXT_COLOR, 1))
        painter.setBrush(QColor(*color))
        painter.drawRoundedRect(swatch.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.setPen(_TEXT_COLOR)
        words = QRectF(left + _SWATCH + 8, rect.top(), advance, PILL_HEIGHT)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        left += advance + 16


def draw_split_line(painter: QPainter, x: float, view: QRectF, focus: QColor | None) -> None:
    """Draw the line between the sides with its grip.

    Args:
        painter: Counts in logical px.
        x: Where the result begins.
        view: What it divides.
        focus: Color of the ring around the grip when the arrow keys move it.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(x - 2, view.top(), 4, view.height()), _LINE_SHADOW)
    painter.fillRect(QRectF(x - 1, view.top(), 2, view.height()), _LINE_COLOR)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    center = QPointF(x, view.center().y())
    painter.setPen(QPen(focus, 2) if focus else QPen(_LINE_SHADOW, 1))
    painter.setBrush(_LINE_COLOR)
    painter.drawEllipse(center, _GRIP_RADIUS, _GRIP_RADIUS)
    painter.setPen(QPen(_ARROW_COLOR, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    for direction in (-1, 1):
        tip = center.x() + direction * 8
        base = center.x() + direction * 4
        painter.drawPolyline(
            QPolygonF([QPointF(base, center.y() - 4), QPointF(tip, center.y()), QPointF(base, center.y() + 4)])
        )


def draw_focus_frame(painter: QPainter, view: QRectF, color: QColor) -> None:
    """Draw the frame of a view that keys go to."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(color, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(view.adjusted(1, 1, -1, -1))


def _draw_ground(painter: QPainter, rect: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PILL_COLOR)
    painter.drawRoundedRect(rect, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
