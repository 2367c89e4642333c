"""Paints a comparison: table, pages, and what lies over them."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from docclean.gui.compare_layout import Part, Side, ViewMode
from docclean.gui.compare_ornaments import (
    MARGIN,
    PILL_HEIGHT,
    draw_focus_frame,
    draw_legend,
    draw_pill_within,
    draw_split_line,
    label_font,
)
from docclean.gui.compared_pages import ComparedPages
from docclean.gui.page_painter import draw_edge, draw_layer, page_rect, use_device_pixels
from docclean.gui.tile_cache import TileCache
from docclean.gui.viewport import Viewport

_PLACEHOLDER_COLOR = QColor(255, 255, 255, 36)
_FOOT_HEIGHT = PILL_HEIGHT + 2 * MARGIN  # the strip at the bottom that a label fills, logical px


@dataclass(frozen=True, slots=True)
class Look:
    """What a view shows at the moment.

    Attributes:
        viewport: Where the page is; None without a page.
        mode: How it is shown.
        parts: What is shown where, device px.
        split_line: Where the split line is, logical px; None without one.
        holds_original: Whether the page itself is shown in place of everything else.
        shows_focus: Whether to say that keys go here.
        table_color: What lies behind the page.
    """

    viewport: Viewport | None
    mode: ViewMode
    parts: tuple[Part, ...]
    split_line: float | None
    holds_original: bool
    shows_focus: bool
    table_color: QColor


def paint_scene(widget: QWidget, exposed: QRect, look: Look, pages: ComparedPages, tiles: TileCache) -> None:
    """Paint a view.

    Args:
        widget: The view, in its paint event.
        exposed: Part of it that is painted, logical px.
        look: What it shows.
        pages: The pages.
        tiles: Where their tiles are kept.
    """
    painter = QPainter(widget)
    try:
        painter.fillRect(exposed, look.table_color)
        _draw_pages(painter, widget, exposed, look, pages, tiles)
        accent = widget.palette().color(QPalette.ColorRole.Highlight)
        if look.viewport is not None:
            _draw_over(painter, QRectF(widget.rect()), look, pages, accent)
        if look.shows_focus and look.split_line is None:
            draw_focus_frame(painter, QRectF(widget.rect()), accent)
    finally:
        painter.end()  # a painter left open by an error would take the whole window down


def _draw_pages(
    painter: QPainter, widget: QWidget, exposed: QRect, look: Look, pages: ComparedPages, tiles: TileCache
) -> None:
    ratio = widget.devicePixelRatioF()
    corner, size = QPointF(exposed.topLeft()) * ratio, QSizeF(exposed.size()) * ratio
    painter.save()
    use_device_pixels(painter, ratio)
    _draw_parts(painter, look, QRectF(corner, size).toAlignedRect().adjusted(-1, -1, 1, 1), pages, tiles)
    painter.restore()


def _draw_parts(painter: QPainter, look: Look, exposed: QRect, pages: ComparedPages, tiles: TileCache) -> None:
    for part in look.parts:
        clip = part.clip.intersected(exposed)
        if not clip.isEmpty() and look.viewport is not None:
            painter.setClipRect(clip)
            _draw_part(painter, part, look.viewport, pages, tiles)
    painter.setClipping(False)


def _draw_part(painter: QPainter, part: Part, viewport: Viewport, pages: ComparedPages, tiles: TileCache) -> None:
    extent = pages.extent
    if extent is None:
        return
    page = page_rect(viewport, part.offset, QRect(QPoint(), QPoint(extent.width - 1, extent.height - 1)))
    draw_edge(painter, page)
    if part.side is Side.NOTHING:
        painter.fillRect(page, _PLACEHOLDER_COLOR)
        return
    for layer in pages.layers(part.side, viewport.scale):
        draw_layer(painter, layer, viewport, part.offset, tiles)


def _draw_over(painter: QPainter, view: QRectF, look: Look, pages: ComparedPages, accent: QColor) -> None:
    if look.split_line is not None:
        draw_split_line(painter, look.split_line, view, accent if look.shows_focus else None)
    painter.setFont(label_font(painter.font()))
    left, right = _halves(view, look)
    before = QCoreApplication.translate("CompareView", "before")
    after = before if look.holds_original else _name_of_result(pages)
    if look.mode is ViewMode.SIDE_BY_SIDE:
        draw_pill_within(painter, before, left, 0.5)
        draw_pill_within(painter, after, right, 0.5)
    elif look.holds_original:
        draw_pill_within(painter, before, view, 0.5)
    elif look.split_line is not None:
        draw_pill_within(painter, before, left, 1)
        draw_pill_within(painter, after, right, 0)
    _draw_foot(painter, view, look, right, has_result=pages.is_cleaned or pages.has_preview)


def _draw_foot(painter: QPainter, view: QRectF, look: Look, right: QRectF, *, has_result: bool) -> None:
    if not has_result:
        foot = QRectF(right.left(), right.bottom() - _FOOT_HEIGHT, right.width(), _FOOT_HEIGHT)
        draw_pill_within(painter, QCoreApplication.translate("CompareView", "Not cleaned yet"), foot, 0.5)
    elif look.mode is ViewMode.CHANGES and not look.holds_original:
        darker = QCoreApplication.translate("CompareView", "darker than before")
        draw_legend(painter, darker, QCoreApplication.translate("CompareView", "lighter than before"), view)


def _name_of_result(pages: ComparedPages) -> str:
    if pages.has_preview:
        return QCoreApplication.translate("CompareView", "preview")
    return QCoreApplication.translate("CompareView", "after")


def _halves(view: QRectF, look: Look) -> tuple[QRectF, QRectF]:
    """Give the sides of the view, logical px; both are the whole view when it is not divided."""
    middle = view.center().x() if look.mode is ViewMode.SIDE_BY_SIDE else look.split_line
    if middle is None:
        return view, view
    left = QRectF(view.left(), view.top(), middle - view.left(), view.height())
    return left, QRectF(middle, view.top(), view.right() - middle, view.height())
