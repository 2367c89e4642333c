"""Documents in the window: passwords of locked PDF files, pages that are no scans, pages chosen by number."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from docclean.core.errors import LockedFileError
from docclean.documents.discover import Skipped
from docclean.documents.passwords import remember
from docclean.documents.pdf_opening import is_locked
from docclean.gui.background import BackgroundWork
from docclean.gui.page_finder import locked_among
from docclean.gui.page_item import ItemStatus, PageItem
from docclean.gui.page_range_dialog import PageRangeDialog
from docclean.gui.password_dialog import PasswordDialog

if TYPE_CHECKING:
    from docclean.gui.main_window import MainWindow

DRAWING_DPI = 300
"""Resolution at which pages are drawn that are no scans."""


class WindowDocuments(QObject):
    """Asks what documents need, one question at a time, each once. Owned by the window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._waiting: deque[tuple[Path, Callable[[], None]]] = deque()
        self._is_asking = False
        self._work = BackgroundWork(self)
        self._work.succeeded.connect(self._on_tried)
        self._work.failed.connect(self._go_on)
        self._search = BackgroundWork(self)
        self._search.succeeded.connect(self._on_kept_locked)
        window.editing.locked.connect(self._on_locked)
        window.run.failed.connect(self._on_failed)

    def close(self) -> None:
        """Ask nothing more."""
        self._waiting.clear()
        self._search.wait()
        self._work.wait()

    # Passwords

    def look_for_locks(self, items: Sequence[PageItem]) -> None:
        """Ask for the passwords of files whose pages are in the queue from the last time."""
        sources = list({item.source.path: item.source.model_copy(update={"pages": 1}) for item in items}.values())
        if sources:
            self._search.start(lambda: tuple(locked_among(sources)))

    @Slot(object)
    def _on_kept_locked(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._ask_for(path, partial(self._read_again, path))

    @Slot(object, int)
    def _on_locked(self, paths: Sequence[Path], row: int) -> None:
        for path in paths:
            self._ask_for(path, partial(self._window.editing.add, [path], row))

    @Slot(object)
    def _on_failed(self, item: PageItem) -> None:
        if item.result is not None and item.result.error_code == LockedFileError.code:
            self._ask_for(item.source.path, partial(self._read_again, item.source.path))

    def _ask_for(self, path: Path, then: Callable[[], None]) -> None:
        """Ask for a password, once; a file that is dropped again is asked for again."""
        if all(path != other for other, _ in self._waiting):
            self._waiting.append((path, then))
        if not self._is_asking:
            self._ask_next()

    def _ask_next(self, *, was_wrong: bool = False) -> None:
        self._is_asking = bool(self._waiting)
        if not self._waiting:
            return
        dialog = PasswordDialog(self._waiting[0][0].name, self._window, was_wrong=was_wrong)
        dialog.accepted.connect(lambda: self._try(dialog.password))
        dialog.rejected.connect(self._leave_out)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _try(self, password: str) -> None:
        """See whether a password opens the file: in a thread, because a big file takes a moment."""
        if self._waiting:
            path = self._waiting[0][0]
            remember(path, password)
            self._work.start(lambda: is_locked(path))

    @Slot(object)
    def _on_tried(self, is_wrong: bool) -> None:  # noqa: FBT001 - a signal's argument
        if is_wrong:
            self._ask_next(was_wrong=True)
        elif self._waiting:
            _, then = self._waiting.popleft()
            then()
            self._ask_next()

    @Slot()
    def _leave_out(self) -> None:
        if self._waiting:
            path, _ = self._waiting.popleft()
            words = self.tr("is locked with a password; add it again to type the password.")
            self._window.editing.skipped.emit([Skipped(path, words)])
        self._ask_next()

    @Slot()
    def _go_on(self) -> None:
        if self._waiting:
            self._waiting.popleft()
        self._ask_next()

    def _read_again(self, path: Path) -> None:
        """A file can be read now: show it, and clean those of its pages that failed."""
        window = self._window
        failed = [i for i in window.pages.items if i.source.path == path and i.status is ItemStatus.FAILED]
        window.show_other_files({path})
        if failed:
            window.clean(failed)

    # Pages that are no scans

    def can_draw(self, items: Iterable[PageItem]) -> bool:
        """Whether documents of these pages have some that were left alone because they are no scans."""
        return bool(self._left_alone(items))

    def can_leave(self, items: Iterable[PageItem]) -> bool:
        """Whether documents of these pages have some that are drawn although they are no scans."""
        return bool(self._drawn(items))

    def draw(self) -> None:
        """Draw and clean pages of the selected documents that are no scans."""
        self._change(self._left_alone(self._window.selected()), DRAWING_DPI)

    def leave(self) -> None:
        """Leave pages of the selected documents alone that are no scans."""
        self._change(self._drawn(self._window.selected()), None)

    def _change(self, items: Sequence[PageItem], dpi: int | None) -> None:
        if items:
            self._window.editing.draw({item.id for item in items}, dpi)
            self._window.display.follow()
            self._window.clean(items)

    def _left_alone(self, items: Iterable[PageItem]) -> list[PageItem]:
        return [item for item in self._documents_of(items) if item.status is ItemStatus.KEPT]

    def _drawn(self, items: Iterable[PageItem]) -> list[PageItem]:
        return [item for item in self._documents_of(items) if item.source.render_dpi is not None]

    def _documents_of(self, items: Iterable[PageItem]) -> list[PageItem]:
        """All pages in the queue of the documents that these pages belong to."""
        paths = {item.source.path for item in items}
        return [item for item in self._window.pages.items if item.source.path in paths]

    # Pages by number

    def can_choose_pages(self, items: Collection[PageItem]) -> bool:
        """Whether these pages belong to one document that has several."""
        return len({item.source.path for item in items}) == 1 and next(iter(items)).source.pages > 1

    def choose_pages(self) -> None:
        """Ask which pages of the selected document shall stay in the list."""
        selected = self._window.selected()
        if not self.can_choose_pages(selected):
            return
        source = selected[0].source
        dialog = PageRangeDialog(source.path.name, source.pages, self._window)
        dialog.accepted.connect(lambda: self._keep_only(source.path, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _keep_only(self, path: Path, dialog: PageRangeDialog) -> None:
        ranges = dialog.ranges
        if ranges is not None:
            pages = [item for item in self._window.pages.items if item.source.path == path]
            self._window.editing.remove({item.id for item in pages if not ranges.holds(item.source.page)})
