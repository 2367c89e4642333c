"""The queue from one start to the next: kept after every change, so that a crash costs nothing."""

import json
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from docclean.core.errors import DoccleanError
from docclean.core.files import atomic_write, make_folder_of
from docclean.core.job import PageResult
from docclean.core.page import PageSource
from docclean.core.paths import data_folder
from docclean.core.recipe import Recipe
from docclean.gui.page_item import PageItem, SavedItem

logger = logging.getLogger(__name__)

_Kept = tuple[str, PageSource, Recipe, Recipe | None, PageResult | None, bool]
"""What is kept of a page; its parts never change, so that two of them are the same if all their parts are."""

_DELAY_MS = 400


class SessionStore(QObject):
    """Writes the queue to a file a moment after it changed, in a thread of its own.

    Attributes:
        pasted: Folder of pictures that came from the clipboard.
        drafts: Folder of the restored pixels of pages that are not saved yet.
        fault: The queue cannot be kept; one sentence.
    """

    fault = Signal(str)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        folder = folder or data_folder() / "session"
        self.drafts = folder / "drafts"
        self.pasted = folder / "pasted"
        self._path = folder / "queue.json"
        self._items: Sequence[PageItem] = ()
        self._was_read = True
        self.packed: dict[str, tuple[_Kept, str]] = {}
        """The writing thread's: each page as it was written last, by id; only those that changed are packed anew."""
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._write)

    def keep(self, items: Sequence[PageItem]) -> None:
        """Write these pages in a moment; a later call in the meantime counts."""
        self._items = items
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Write now what waits, and wait until it is on the disk."""
        if self._timer.isActive():
            self._timer.stop()
            self._write()
        self._pool.waitForDone()

    def load(self) -> list[PageItem]:
        """The pages of the last time; none if nothing was kept, or it cannot be read."""
        try:
            content = json.loads(self._path.read_bytes())
            pages = [_read_page(page) for page in content["pages"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as fault:
            logger.warning("the queue of the last time cannot be read: %s", type(fault).__name__)
            return self._set_aside()
        sound = {page.id: page for page in pages if page is not None}
        recipes: dict[Recipe, Recipe] = {}
        for page in sound.values():  # equal recipes are one object, as they were
            page.recipe = recipes.setdefault(page.recipe, page.recipe)
            if page.cleaned_with is not None:
                page.cleaned_with = recipes.setdefault(page.cleaned_with, page.cleaned_with)
        return list(sound.values()) if sound or not pages else self._set_aside()

    def _set_aside(self) -> list[PageItem]:
        """Keep a file that cannot be read, and the drafts that it may know."""
        self._was_read = False
        with suppress(OSError):
            self._path.replace(self._path.with_suffix(".broken"))
        return []

    def prune(self, keep: Collection[PageItem]) -> None:
        """Remove drafts and pasted pictures that belong to none of these pages.

        Unless the pages of the last time could not be read: then nobody knows what belongs to them.
        """
        if not self._was_read:
            return
        _keep_only(self.drafts, {f"{item.id}.png" for item in keep})
        _keep_only(self.pasted, {item.source.path.name for item in keep if item.source.path.parent == self.pasted})

    def _write(self) -> None:
        self._pool.start(_Write(self._path, [_kept_of(item) for item in self._items], self))


def _keep_only(folder: Path, names: Collection[str]) -> None:
    """Remove the files of a folder of our own that have none of these names."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name not in names:
                with suppress(OSError):
                    path.unlink()


def _read_page(content: object) -> PageItem | None:
    """The page as it was; None if it cannot be made out, which is no reason to lose the others."""
    try:
        return PageItem.from_saved(SavedItem.model_validate(content))
    except (ValidationError, ValueError, OSError) as fault:
        logger.warning("a page of the last time cannot be read: %s", type(fault).__name__)
        return None


def _kept_of(item: PageItem) -> _Kept:
    return item.id, item.source, item.recipe, item.cleaned_with, item.result, item.is_saved


def _packed(kept: _Kept, before: tuple[_Kept, str] | None) -> tuple[_Kept, str]:
    """A page as JSON; as before if it has not changed."""
    if before is not None and all(new is old for new, old in zip(kept, before[0], strict=True)):
        return before
    names = ("id", "source", "recipe", "cleaned_with", "result", "is_saved")
    return kept, SavedItem.model_validate(dict(zip(names, kept, strict=True))).model_dump_json()


class _Write(QRunnable):
    """Puts the queue into its file."""

    def __init__(self, path: Path, kept: Sequence[_Kept], store: SessionStore) -> None:
        super().__init__()
        self._path, self._kept, self._store = path, kept, store

    def run(self) -> None:
        """Qt's."""
        before = self._store.packed
        self._store.packed = {kept[0]: _packed(kept, before.get(kept[0])) for kept in self._kept}
        pages = ",\n".join(text for _, text in self._store.packed.values())
        try:
            make_folder_of(self._path)
            with atomic_write(self._path) as file:
                file.write(f'{{"version": 1, "pages": [\n{pages}\n]}}\n'.encode())
        except DoccleanError as fault:
            self._store.fault.emit(str(fault))
