"""Whole pages for the compare view, read in a thread of its own; only the page asked for last is told."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QRunnable, QThreadPool, Signal, Slot

from docclean.core.errors import DoccleanError
from docclean.core.page import PageSource, PixelArray
from docclean.core.recipe import Geometry
from docclean.documents.drafts import read_draft
from docclean.documents.reader import read_page
from docclean.engine.geometry import straighten
from docclean.gui.page_item import PageItem

logger = logging.getLogger(__name__)

_MOST_BYTES = 400_000_000


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """A page before and after.

    Attributes:
        item_id: The page.
        layout: How the recipe lets things come to lie; the pixels are those of the page turned and cut by it.
        before: (H, W, C), uint8; None when it cannot be read.
        after: The same size; None while there is no result that fits.
        error: One sentence; empty if all is well.
    """

    item_id: str
    layout: Geometry
    before: PixelArray | None
    after: PixelArray | None
    error: str = ""


class PageLoader(QObject):
    """Reads pages for the view, and remembers the last ones.

    Attributes:
        loaded: A `LoadedPage`.
        read: The reading thread's: a wish and what came of it.
    """

    loaded = Signal(object)
    read = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._wanted: _Wish | None = None
        self._pages: OrderedDict[Any, PixelArray] = OrderedDict()
        self._forgotten = 0
        """Grows when files changed: what was being read then may be the old ones, and is not remembered."""
        self.read.connect(self._on_read)

    def load(self, item: PageItem) -> None:
        """Ask for a page; an earlier wish that has not come true is dropped."""
        self._wanted = _Wish(item.id, item.source, item.layout, item.fitting_draft, dict(self._pages), self._forgotten)
        self._pool.clear()
        self._pool.start(_Load(self, self._wanted))

    def forget(self, item: PageItem | None = None) -> None:
        """Read a page again when it is asked for next; all pages without an argument."""
        self._forgotten += 1
        if item is None:
            self._pages.clear()
        else:
            self._pages.pop(item.result.output if item.result else None, None)
            for key in [key for key in self._pages if isinstance(key, tuple) and key[0] == item.source]:
                del self._pages[key]

    def drop(self) -> None:
        """Nobody waits for a page any more."""
        self._wanted = None

    def close(self) -> None:
        """Wait for the read that is on."""
        self.drop()
        self._pool.clear()
        self._pool.waitForDone()

    @Slot(object, object)
    def _on_read(self, wish: "_Wish", page: LoadedPage) -> None:
        for key, pixels in ((wish.key, page.before), (wish.draft, page.after)):
            if key is not None and pixels is not None and wish.forgotten == self._forgotten:
                self._pages[key] = pixels
                self._pages.move_to_end(key)
        while len(self._pages) > 2 and sum(pixels.nbytes for pixels in self._pages.values()) > _MOST_BYTES:
            self._pages.popitem(last=False)
        if wish is self._wanted:
            self.loaded.emit(page)


@dataclass(frozen=True, slots=True, eq=False)
class _Wish:
    item_id: str
    source: PageSource
    layout: Geometry
    draft: Path | None
    known: dict[Any, PixelArray]
    forgotten: int

    @property
    def key(self) -> tuple[PageSource, Geometry]:
        """What the page as it came is remembered under."""
        return self.source, self.layout


class _Load(QRunnable):
    def __init__(self, loader: PageLoader, wish: _Wish) -> None:
        super().__init__()
        self._loader, self._wish = loader, wish

    def run(self) -> None:
        """Qt's."""
        wish = self._wish
        before = after = None
        error = ""
        try:
            before = wish.known.get(wish.key)
            before = straighten(read_page(wish.source), wish.layout).pixels if before is None else before
            if wish.draft is not None:
                after = wish.known.get(wish.draft)
                after = read_draft(wish.draft) if after is None else after
                after = after if after.shape == before.shape else None
        except DoccleanError as fault:
            error = str(fault)
        except Exception:
            logger.exception("showing %s", wish.source.path.name)
            words = _text("{file}: cannot be shown because of a fault of the program; see its log.")
            error = words.format(file=wish.source.path)
        self._loader.read.emit(wish, LoadedPage(wish.item_id, wish.layout, before, after, error))


def _text(words: str) -> str:
    return QCoreApplication.translate("PageLoader", words)
