"""Draws the tiles of a page where a viewport wants them, in device px."""

import math

from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtGui import QColor, QPainter

from docclean.gui.compared_pages import Layer
from docclean.gui.pyramid import Level
from docclean.gui.tile_cache import TILE, TileCache
from docclean.gui.viewport import Viewport, repeats_pixels, round_half_up

_EDGE_COLOR = QColor(0, 0, 0, 90)


def use_device_pixels(painter: QPainter, ratio: float) -> None:
    """Let a painter count in device px from the widget's corner.

    With a ratio like 1.25 a widget's corner may lie between two px; it is moved onto one, or pixels would be blurred.

    Args:
        painter: As it begins on a widget.
        ratio: Device px per logical px.
    """
    painter.scale(1 / ratio, 1 / ratio)
    corner = painter.deviceTransform().map(QPointF(0, 0))
    painter.translate(round_half_up(corner.x()) - corner.x(), round_half_up(corner.y()) - corner.y())


def page_rect(viewport: Viewport, offset: QPoint, region: QRect) -> QRect:
    """Give where a part of the page, page px, is drawn. Parts that touch on the page touch here."""
    horizontal, vertical = (origin + start for origin, start in zip(viewport.origin, offset.toTuple(), strict=True))
    left, right = (
        horizontal + round_half_up(edge * viewport.scale) for edge in (region.x(), region.x() + region.width())
    )
    top, bottom = (
        vertical + round_half_up(edge * viewport.scale) for edge in (region.y(), region.y() + region.height())
    )
    return QRect(left, top, right - left, bottom - top)


def draw_edge(painter: QPainter, page: QRect) -> None:
    """Draw the shadow around a page, one px wide and outside of it."""
    around = page.adjusted(-1, -1, 1, 1)
    for line in (
        QRect(around.left(), around.top(), around.width(), 1),
        QRect(around.left(), around.bottom(), around.width(), 1),
        QRect(around.left(), page.top(), 1, page.height()),
        QRect(around.right(), page.top(), 1, page.height()),
    ):
        painter.fillRect(line, _EDGE_COLOR)


def draw_layer(painter: QPainter, layer: Layer, viewport: Viewport, offset: QPoint, cache: TileCache) -> None:
    """Draw what the painter's clip shows of a layer.

    Args:
        painter: Counts in device px and has a clip.
        layer: What is drawn.
        viewport: Where the page is in its pane.
        offset: Where the pane is.
        cache: Where its tiles come from.
    """
    level = layer.source.level_at(viewport.scale)
    target = page_rect(viewport, offset, layer.region)
    clip = painter.clipBoundingRect().toAlignedRect().intersected(target)
    if level is None or clip.isEmpty():
        return
    painter.save()
    painter.setClipRect(clip)  # the last px of a level may reach beyond the page
    is_smooth = not repeats_pixels(viewport.scale)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
    size = level.step * viewport.scale  # of a level px
    for row in _tiles_in(clip.top() - target.top(), clip.bottom() - target.top(), size, level.height):
        for column in _tiles_in(clip.left() - target.left(), clip.right() - target.left(), size, level.width):
            tile = cache.tile(layer.source, level, column, row)
            painter.drawImage(_tile_rect(level, column, row, size).translated(target.topLeft()), tile)
    painter.restore()


def _tiles_in(first: int, last: int, size: float, length: int) -> range:
    """Number the tiles between two px, inclusive, and one more where rounding may have moved an edge."""
    tile = TILE * size
    begin = max(0, math.floor((first - 1) / tile))
    return range(begin, min(math.floor((last + 1) / tile) + 1, math.ceil(length / TILE)))


def _tile_rect(level: Level, column: int, row: int, size: float) -> QRect:
    left, top = round_half_up(column * TILE * size), round_half_up(row * TILE * size)
    right = round_half_up(min((column + 1) * TILE, level.width) * size)
    bottom = round_half_up(min((row + 1) * TILE, level.height) * size)
    return QRect(left, top, max(1, right - left), max(1, bottom - top))
