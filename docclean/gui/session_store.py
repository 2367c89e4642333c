"""The queue from one start to the next: kept after every change, so that a crash costs nothing."""

import json
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from docclean.core.errors import DoccleanError
from docclean.core.files import atomic_write, make_folder_of
from docclean.core.paths import data_folder
from docclean.gui.page_item import PageItem, SavedItem

logger = logging.getLogger(__name__)

_DELAY_MS = 400


class SessionStore(QObject):
    """Writes the queue to a file a moment after it changed, in a thread of its own.

    Attributes:
        drafts: Folder of the restored pixels of pages that are not saved yet.
        fault: The queue cannot be kept; one sentence.
    """

    fault = Signal(str)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        folder = folder or data_folder() / "session"
        self.drafts = folder / "drafts"
        self._path = folder / "queue.json"
        self._items: Sequence[PageItem] = ()
        self._was_read = True
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
        return list(sound.values()) if sound or not pages else self._set_aside()

    def _set_aside(self) -> list[PageItem]:
        """Keep a file that cannot be read, and the drafts that it may know."""
        self._was_read = False
        with suppress(OSError):
            self._path.replace(self._path.with_suffix(".broken"))
        return []

    def prune(self, keep: Collection[PageItem]) -> None:
        """Remove drafts that belong to none of these pages, unless the pages of the last time could not be read."""
        if not self._was_read:
            return
        known = {f"{item.id}.png" for item in keep}
        if self.drafts.is_dir():
            for path in self.drafts.iterdir():
                if path.name not in known:
                    with suppress(OSError):
                        path.unlink()

    def _write(self) -> None:
        saved = [item.to_saved() for item in self._items]
        self._pool.start(_Write(self._path, saved, self))


def _read_page(content: object) -> PageItem | None:
    """The page as it was; None if it cannot be made out, which is no reason to lose the others."""
    try:
        return PageItem.from_saved(SavedItem.model_validate(content))
    except (ValidationError, ValueError, OSError) as fault:
        logger.warning("a page of the last time cannot be read: %s", type(fault).__name__)
        return None


class _Write(QRunnable):
    """Puts the queue into its file."""

    def __init__(self, path: Path, saved: Sequence[SavedItem], store: SessionStore) -> None:
        super().__init__()
        self._path, self._saved, self._store = path, saved, store

    def run(self) -> None:
        """Qt's."""
        content: dict[str, Any] = {"version": 1, "pages": [item.model_dump(mode="json") for item in self._saved]}
        try:
            make_folder_of(self._path)
            with atomic_write(self._path) as file:
                file.write(json.dumps(content).encode())
        except DoccleanError as fault:
            self._store.fault.emit(str(fault))
