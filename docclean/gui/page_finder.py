"""Looking for pages in files and folders, in a thread of its own: a network drive may take its time."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from docclean.core.cancel import CancelledError, CancelToken
from docclean.documents.discover import Discovery, discover


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and before which row of the queue it shall go."""

    discovery: Discovery
    row: int


class PageFinder(QObject):
    """Searches one after the other, in the order asked for.

    Attributes:
        found: A `Found`.
    """

    found = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._cancel = CancelToken()

    @property
    def is_busy(self) -> bool:
        """Whether a search is on."""
        return self._pool.activeThreadCount() > 0

    def find(self, paths: Sequence[Path], row: int, *, exclude: Sequence[Path] = ()) -> None:
        """Look for pages in files, and in folders and their sub-folders but those to exclude."""
        self._pool.start(_Search(self, tuple(paths), row, tuple(exclude), self._cancel))

    def close(self) -> None:
        """Drop searches that have not begun, and stop the one that has at its next file."""
        self._pool.clear()
        self._cancel.cancel()
        self._pool.waitForDone()


class _Search(QRunnable):
    def __init__(
        self, finder: PageFinder, paths: tuple[Path, ...], row: int, exclude: tuple[Path, ...], cancel: CancelToken
    ) -> None:
        super().__init__()
        self._finder, self._paths, self._row, self._exclude, self._cancel = finder, paths, row, exclude, cancel

    def run(self) -> None:
        """Qt's."""
        with suppress(CancelledError):
            found = discover(self._paths, recursive=True, exclude=self._exclude, on_found=self._poll)
            self._finder.found.emit(Found(found, self._row))

    def _poll(self, _found: int) -> None:
        self._cancel.raise_if_cancelled()
