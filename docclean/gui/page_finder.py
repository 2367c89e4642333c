"""Looking for pages in files and folders, in a thread of its own: a network drive may take its time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.page import PageSource
from docclean.documents.discover import Discovery, discover
from docclean.documents.formats import is_named_pdf
from docclean.documents.pdf_opening import is_locked


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and before which row of the queue it shall go.

    Attributes:
        discovery: What it found; files that are locked are not among its sources.
        row: The row.
        locked: PDF files that none of the known passwords opens.
    """

    discovery: Discovery
    row: int
    locked: tuple[Path, ...] = ()


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
            locked = tuple(locked_among(found.sources))
            sources = tuple(source for source in found.sources if source.path not in locked)
            self._finder.found.emit(Found(replace(found, sources=sources), self._row, locked))

    def _poll(self, _found: int) -> None:
        self._cancel.raise_if_cancelled()


def locked_among(sources: Iterable[PageSource]) -> Iterator[Path]:
    """Give the PDF files that none of the known passwords opens; a file whose pages were counted is not locked."""
    for source in sources:
        if source.pages == 1 and is_named_pdf(source.path) and is_locked(source.path):
            yield source.path
