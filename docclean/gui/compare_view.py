"""The middle of the window: a page and its cleaned twin, compared."""

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QColor, QFocusEvent, QHideEvent, QPaintEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from docclean.core.page import PixelArray
from docclean.gui.busy_ring import SIDE, BusyRing
from docclean.gui.compare_input import CompareInput
from docclean.gui.compare_layout import Part, ViewMode, pane_extent, plan_parts
from docclean.gui.compare_ornaments import MARGIN
from docclean.gui.compare_scene import Look, paint_scene
from docclean.gui.compared_pages import ComparedPages
from docclean.gui.level_builder import LevelBuilder
from docclean.gui.tile_cache import DEFAULT_LIMIT_BYTES, TileCache
from docclean.gui.viewport import Point, Viewport, next_stop, round_half_up

_SETTLED_MS = 100
_FIT_MARGIN = 40  # around a page that is seen as a whole, logical px: labels find room there
_LIGHT_TABLE, _DARK_TABLE = QColor("#8A8A86"), QColor("#3A3B3E")
_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class CompareView(QWidget):
    """Shows a page, its result, and what differs, at any size. Lives in the window's thread.

    Coordinates of arguments and of the split line are logical px of the widget, regions are page px, and zoom factors
    are device px per page px: 1.0 shows every pixel of the page as one pixel of the screen.

    Signals:
        mode_changed: Another `ViewMode`.
        zoom_changed: The zoom factor.
        viewport_changed: `visible_region()`, once it has been at rest for a tenth of a second.

    Args:
        parent: Widget that holds the view.
        tile_memory_bytes: Most memory for tiles that have been drawn.
    """

    mode_changed = Signal(object)
    zoom_changed = Signal(float)
    viewport_changed = Signal(QRect)

    def __init__(self, parent: QWidget | None = None, *, tile_memory_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        super().__init__(parent)
        self._input = CompareInput(self)  # first: settings below send events already
        self.setObjectName("compareView")
        self.setAccessibleName(self.tr("Page before and after"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self._pages = ComparedPages()
        self._tiles = TileCache(tile_memory_bytes)
        self._viewport: Viewport | None = None
        self._is_fitted = True
        self._mode = ViewMode.SPLIT
        self._split = 0.5
        self._holds_original = False
        self._shows_focus = False
        self._table_color: QColor | None = None
        self._ring = BusyRing(self)
        self._ring.hide()
        self._builder = LevelBuilder()
        self._builder.advanced.connect(self._draw_new_levels)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLED_MS)
        self._settle.timeout.connect(self._tell_viewport)

    @property
    def mode(self) -> ViewMode:
        """How the page and its result are shown."""
        return self._mode

    @property
    def zoom(self) -> float | None:
        """The zoom factor; None without a page."""
        return None if self._viewport is None else self._viewport.scale

    @property
    def split(self) -> float:
        """Where the split line is, of the view's width: 0 to 1."""
        return self._split

    @property
    def split_line(self) -> float | None:
        """Where the split line is drawn; None while there is none."""
        is_split = self._mode is ViewMode.SPLIT and self._viewport is not None and not self._holds_original
        return self._split * self.width() if is_split and self._has_result else None

    @property
    def table_color(self) -> QColor:
        """What lies behind the page: a neutral gray that goes with the palette, unless one has been set."""
        if self._table_color is not None:
            return self._table_color
        is_dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        return _DARK_TABLE if is_dark else _LIGHT_TABLE

    @table_color.setter
    def table_color(self, color: QColor | None) -> None:
        self._table_color = color
        self.update()

    def set_pages(self, before: PixelArray | None, after: PixelArray | None, *, keep_place: bool = False) -> None:
        """Show other pages. A preview does not stay.

        Args:
            before: The page, (H, W, 1 or 3), uint8; None shows nothing. Kept, not copied: it must not change any more.
            after: Its result, of the same height and width; None while there is none.
            keep_place: Keep zoom and place (relative to the page's size) instead of showing the whole page.

        Raises:
            ValueError: There is a result without a page, or it has another size.
        """
        self._pages.replace(before, after)
        extent, former = self._pages.extent, self._viewport
        if extent is None:
            self._viewport = None
            self._settle.stop()
        elif keep_place and former is not None and not self._is_fitted:
            self._look(former.turned_to(extent))
        else:
            self.fit()
        if extent is not None:
            self._settle.start()
        self._refresh()

    @Slot()
    def clear(self) -> None:
        """Show the table alone."""
        self.set_pages(None, None)

    def set_preview(self, region: QRect, pixels: PixelArray | None) -> None:
        """Show other pixels on a part of the result, or the result as it is.

        Args:
            region: Part of the page, page px.
            pixels: (H, W, 1 or 3), uint8, as large as the region; None removes what was shown.

        Raises:
            ValueError: The region is not on the page, or the pixels do not fill it.
        """
        self._pages.set_preview(region, pixels)
        self._refresh()

    @Slot(bool)
    def set_busy(self, is_busy: bool) -> None:  # noqa: FBT001 - a slot takes its value by position
        """Say in the corner whether something is being made."""
        self._ring.setVisible(is_busy)

    @Slot(object)
    def set_mode(self, mode: ViewMode) -> None:
        """Show the page and its result in another way, at the same place."""
        if mode is not self._mode:
            self._mode = mode
            self._relayout()
            self._refresh()
            self.mode_changed.emit(mode)

    @Slot(bool)
    def hold_original(self, is_held: bool) -> None:  # noqa: FBT001 - a slot takes its value by position
        """Show the page itself, whatever the mode, for as long as it is held."""
        self._holds_original = is_held
        self.update()

    @Slot(float)
    def set_split(self, split: float) -> None:
        """Put the split line elsewhere, of the view's width: 0 to 1."""
        self._split = min(max(split, 0.0), 1.0)
        self.update()

    @Slot()
    def fit(self) -> None:
        """Show the whole page, and go on doing so when the view gets another size."""
        self._is_fitted = True
        if self._pages.extent is not None:
            margin = round_half_up(_FIT_MARGIN * self.devicePixelRatioF())
            self._look(Viewport.fitting(self._pages.extent, pane_extent(self._mode, self._device_size()), margin))

    @Slot(float)
    def set_zoom(self, factor: float) -> None:
        """Zoom about the middle of the view."""
        if self._viewport is not None:
            self._is_fitted = False
            self._look(self._viewport.zoomed(factor))

    @Slot()
    def zoom_in(self) -> None:
        """Go one step nearer."""
        self.zoom_step(None, is_larger=True)

    @Slot()
    def zoom_out(self) -> None:
        """Go one step back."""
        self.zoom_step(None, is_larger=False)

    def zoom_step(self, at: QPointF | None, *, is_larger: bool) -> None:
        """Go one step nearer or back, keeping the page point at a place where it is."""
        if self._viewport is not None:
            self.zoom_by(next_stop(self._viewport.scale, is_larger=is_larger) / self._viewport.scale, at)

    def zoom_by(self, ratio: float, at: QPointF | None) -> None:
        """Zoom by any ratio, keeping the page point at a place, without one in the middle, where it is."""
        if self._viewport is not None:
            self._is_fitted = False
            scale = self._viewport.scale * ratio
            whole = round(scale)
            scale = whole if whole >= 1 and abs(scale - whole) < 1e-9 * whole else scale
            self._look(self._viewport.zoomed(float(scale), None if at is None else self._in_pane(at)))

    def pan(self, distance: QPointF) -> None:
        """Push the page."""
        if self._viewport is not None:
            ratio = self.devicePixelRatioF()
            self._is_fitted = False
            self._look(self._viewport.panned(distance.x() * ratio, distance.y() * ratio))

    def visible_region(self) -> QRect:
        """Give the part of the page that is seen, page px; empty without a page."""
        if self._viewport is None:
            return QRect()
        seen = self._viewport.visible
        return QRect(seen.left, seen.top, seen.right - seen.left, seen.bottom - seen.top)

    def sizeHint(self) -> QSize:
        """Ask for a page's worth of room."""
        return QSize(640, 640)

    def minimumSizeHint(self) -> QSize:
        """Ask for enough to tell two sides apart."""
        return QSize(240, 160)

    def event(self, event: QEvent) -> bool:
        """Hand what the user does to `CompareInput`."""
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._relayout()
        return self._input.handle(event) or super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the place in the middle, or the whole page."""
        super().resizeEvent(event)
        self._ring.move(self.width() - SIDE - int(MARGIN), int(MARGIN))
        self._relayout()

    def showEvent(self, event: QShowEvent) -> None:
        """Go on with what hiding stopped."""
        super().showEvent(event)
        self._refresh()
        if self._viewport is not None:
            self._settle.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave no timer and no thread behind."""
        self._rest()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave no timer and no thread behind."""
        self._rest()
        super().closeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys go here, if keys brought them."""
        super().focusInEvent(event)
        self._shows_focus = event.reason() in _KEYBOARD_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of the original: its key is released elsewhere."""
        super().focusOutEvent(event)
        self._shows_focus = False
        self.hold_original(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the table, the pages on it and what lies over them."""
        look = Look(
            viewport=self._viewport,
            mode=self._mode,
            parts=self._parts(),
            split_line=self.split_line,
            holds_original=self._holds_original,
            shows_focus=self._shows_focus,
            table_color=self.table_color,
        )
        paint_scene(self, event.rect(), look, self._pages, self._tiles)

    @property
    def _has_result(self) -> bool:
        return self._pages.is_cleaned or self._pages.has_preview

    def _device_size(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(round_half_up(self.width() * ratio), round_half_up(self.height() * ratio))

    def _parts(self) -> tuple[Part, ...]:
        size = self._device_size()
        split = round_half_up(self._split * size.width())
        held = self._holds_original
        return plan_parts(self._mode, size, split, has_result=self._has_result, holds_original=held)

    def _in_pane(self, place: QPointF) -> Point:
        """Find a place in the pane that it is over."""
        ratio = self.devicePixelRatioF()
        x, y = place.x() * ratio, place.y() * ratio
        start = max((part.offset.x() for part in self._parts() if part.offset.x() <= x), default=0)
        return Point(x - start, y)

    def _relayout(self) -> None:
        if self._viewport is not None and self._is_fitted:
            self.fit()
        elif self._viewport is not None:
            self._look(self._viewport.resized(pane_extent(self._mode, self._device_size())))

    def _look(self, viewport: Viewport) -> None:
        former, self._viewport = self._viewport, viewport
        if viewport != former:
            self._settle.start()
            self.update()
        if former is None or viewport.scale != former.scale:
            self.zoom_changed.emit(viewport.scale)

    def _refresh(self) -> None:
        """Build what the pages lack, and draw."""
        self._builder.start(self._pages.unfinished(with_changes=self._mode is ViewMode.CHANGES))
        self._tiles.keep_only(self._pages.serials())
        self.update()

    def _rest(self) -> None:
        self._settle.stop()
        self._builder.stop()

    @Slot()
    def _draw_new_levels(self) -> None:
        self.update()

    @Slot()
    def _tell_viewport(self) -> None:
        self.viewport_changed.emit(self.visible_region())
