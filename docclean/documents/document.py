"""A file that several pages go into, one after the other; which formats there are is not decided here."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from docclean.core.files import PendingFile, Rework
from docclean.core.job import OutputSpec
from docclean.core.page import Page, PageSource
from docclean.documents.page_store import FinishedPage, PageStore


class DocumentWriter(ABC):
    """Writes several pages into one file, which gets its name when `commit` is called; memory holds one page.

    Finished pages wait in a folder beside the result. One thread calls `resume` and `reserve`, another one may call the
    rest meanwhile. As a context manager it removes what is unfinished when the block ends without `commit`, unless
    `suspend` was called.

    Attributes:
        keeps_unread: Whether a page that cannot even be read stays in the result what it is in the input.
        notes: After `commit`, a sentence for each thing about all of the document that the user should know.
        receipt: To be put into the file by `commit`, printable ASCII; empty for none. A file that has the input's own
            bytes has no room for it.
    """

    keeps_unread: ClassVar[bool] = False
    _suffix: ClassVar[str]

    def __init__(self, output: OutputSpec, source: PageSource) -> None:
        """Prepare a file; `docclean.documents.writer.open_document` checks first whether that may be.

        Args:
            output: Where to; the folder must exist.
            source: Any page of the (first) input; its `pages` says how many there are.

        Raises:
            WriteError: A file cannot be written there.
        """
        self._output, self._source = output, source
        self._store = PageStore(output.path, source, self._suffix)
        self._places: list[FinishedPage | None] = []
        self.notes: tuple[str, ...] = ()
        self.receipt = ""

    def resume(self, key: str) -> FinishedPage | None:
        """Add the next page from what an earlier run finished.

        Args:
            key: What the page depends on; see `append`.

        Returns:
            The page; None where there is none that was made the same way, so that `append` has to be called.

        Raises:
            WriteError: The result is being written by another process.
        """
        page = self._store.taken(len(self._places), key)
        if page is not None:
            self._places.append(page)
        return page

    def reserve(self) -> int:
        """Keep the next place for a page that is added later; the file is complete when every place is taken.

        Returns:
            The place, for `append` and `append_unread`.
        """
        self._places.append(None)
        return len(self._places) - 1

    def append(
        self,
        page: Page,
        source: PageSource | None = None,
        key: str = "",
        outcome: Mapping[str, Any] | None = None,
        *,
        place: int | None = None,
    ) -> tuple[str, ...]:
        """Add the next page, or the one whose place was reserved.

        Args:
            page: The page as cleaning left it.
            source: Where it came from; by default from the page of the input that follows the one before.
            key: A digest of all that the page depends on; empty if it must not be taken up by another run.
            outcome: Values for `FinishedPage.outcome`.
            place: What `reserve` gave; None for the next place.

        Returns:
            What could not be kept of it, one sentence each.

        Raises:
            WriteError: The page cannot be written; `abort` the document or leave the block.
        """
        place = self.reserve() if place is None else place
        number = place if source is None else source.page
        facts, data = self._finish(page, FinishedPage(page=number, key=key, outcome=dict(outcome or {})))
        self._places[place] = self._store.add(place, facts, data)
        return facts.warnings

    def append_unread(self, source: PageSource, *, place: int | None = None) -> None:
        """Add a page that stays what it is in the input; only where `keeps_unread`. See `append`.

        Raises:
            MissingPageError: There is nothing of it that could be added; its place stays empty.
            ReadError: It cannot be put into the result as it is.
            WriteError: The page cannot be noted down.
        """
        place = self.reserve() if place is None else place
        self._places[place] = self._store.add(place, FinishedPage(page=source.page, is_as_it_was=True), None)

    def commit(self, rework: Rework | None = None, before_naming: Callable[[str], None] | None = None) -> Path:
        """Bring the file under its name.

        Args:
            rework: Makes another file of the whole document before, see `PendingFile.rework`.
            before_naming: See `PendingFile.commit`; `notes` are there by then.

        Raises:
            WriteError: That failed; nothing is left under the result's name. `suspend` may still keep the pages.
            ReadError: The input has vanished before it could be copied.
        """
        pending = PendingFile(self._output.path, overwrite=self._output.overwrite)
        try:
            self.notes = self._complete(pending)
            if rework is not None:
                pending.rework(rework)
            path = pending.commit(before_naming)
        finally:
            pending.abort()
        self._store.close(keep=False)
        return path

    def suspend(self) -> Path | None:
        """Leave finished pages for another run.

        Returns:
            Where they lie; None if there are none.
        """
        return self._store.close(keep=True)

    def abort(self) -> None:
        """Remove what was written; do nothing after `commit` and `suspend`."""
        self._store.close(keep=False)

    @property
    def _pages(self) -> list[FinishedPage]:
        """The pages that were added, in order."""
        return [page for page in self._places if page is not None]

    @abstractmethod
    def _finish(self, page: Page, facts: FinishedPage) -> tuple[FinishedPage, bytes | None]:
        """Encode a page, and complete what is known of it; None for a page that stays what it is."""

    @abstractmethod
    def _complete(self, pending: PendingFile) -> tuple[str, ...]:
        """Put the finished pages into the pending file; give a sentence for whatever is about all of the document."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()
