"""The page that is looked at: loads it, shows it before and after, and keeps the preview in step."""

from PySide6.QtCore import QObject, QRect, Signal, Slot

from docclean.core.page import PageRegion, PixelArray
from docclean.core.recipe import Geometry
from docclean.gui.compare_view import CompareView
from docclean.gui.page_item import PageItem
from docclean.gui.page_loader import LoadedPage, PageLoader
from docclean.gui.previewing import LivePreview


class PageDisplay(QObject):
    """Connects the queue's current page with the compare view.

    Attributes:
        failed: The page cannot be shown: its item and a sentence.
    """

    failed = Signal(object, str)

    def __init__(self, view: CompareView, preview: LivePreview, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._preview = view, preview
        self._item: PageItem | None = None
        self._shown: tuple[str, Geometry, object] | None = None
        self._page = LoadedPage("", Geometry(), None, None)
        self._loader = PageLoader(self)
        self._loader.loaded.connect(self._on_loaded)
        preview.ready.connect(self._on_preview)
        preview.gone.connect(self._on_preview_gone)
        preview.busy_changed.connect(view.set_busy)
        preview.failed.connect(self._on_preview_failed)
        view.viewport_changed.connect(preview.set_region)

    @property
    def item(self) -> PageItem | None:
        """The page that is looked at."""
        return self._item

    @property
    def original(self) -> PixelArray | None:
        """Pixels of the page as it came, (H, W, C), uint8; None while it has not been read."""
        return self._page.before if self.is_shown else None

    @property
    def result(self) -> PixelArray | None:
        """Pixels of the result that is shown, (H, W, C), uint8; None if there is none."""
        return self._page.after if self.is_shown else None

    @property
    def is_shown(self) -> bool:
        """Whether the page that is looked at has been read."""
        return self._item is not None and self._page.item_id == self._item.id and self._page.layout == self._item.layout

    @Slot(object)
    def show(self, item: PageItem | None) -> None:
        """Look at a page, or at none."""
        if item is None:
            self._item = self._shown = None
            self._page = LoadedPage("", Geometry(), None, None)
            self._preview.stop()
            self._loader.drop()
            self._view.clear()
            return
        if item is not self._item:
            self._item = item
            self._preview.show(None)
        self.follow()

    def follow(self) -> None:
        """Show what has become of the page: another result, or none any more."""
        item = self._item
        if item is None:
            return
        state = item.id, item.layout, item.fitting_draft
        if state != self._shown:
            self._shown = state
            self._loader.load(item)
        elif self.is_shown:
            self._preview.show(item)

    def forget(self, item: PageItem) -> None:
        """A page has a new result, or its file changed: read it again."""
        self._loader.forget(item)
        if item is self._item:
            self._shown = None

    def close(self) -> None:
        """Stop reading."""
        self._preview.stop()
        self._loader.close()

    @Slot(object)
    def _on_loaded(self, page: LoadedPage) -> None:
        item = self._item
        if item is None or (page.item_id, page.layout) != (item.id, item.layout):
            return
        is_same = self._page.item_id == page.item_id
        self._page = page
        if page.error:
            self.failed.emit(item, page.error)
        self._view.set_pages(page.before, page.after, keep_place=is_same or page.before is not None)
        if page.before is not None:
            self._preview.show(item)

    @Slot(object, object)
    def _on_preview(self, region: PageRegion, pixels: PixelArray) -> None:
        before = self._page.before
        if before is not None and self.is_shown:
            top, left, height, width = region
            if top + height <= before.shape[0] and left + width <= before.shape[1] and height and width:
                self._view.set_preview(QRect(left, top, width, height), pixels)

    @Slot()
    def _on_preview_gone(self) -> None:
        self._view.set_preview(QRect(), None)

    @Slot(str)
    def _on_preview_failed(self, sentence: str) -> None:
        if self._item is not None and not self._page.error:
            self.failed.emit(self._item, sentence)
