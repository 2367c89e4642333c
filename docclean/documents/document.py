"""A file that several pages go into, one after the other; which formats there are is not decided here."""

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from docclean.core.files import PendingFile
from docclean.core.job import OutputSpec
from docclean.core.page import Page, PageSource


class DocumentWriter(ABC):
    """Writes several pages into one file, which gets its name when `commit` is called; memory holds one page.

    Belongs to one thread. As a context manager it removes what is unfinished when the block ends without `commit`.
    """

    def __init__(self, output: OutputSpec, source: PageSource) -> None:
        """Start a file; `docclean.documents.writer.open_document` checks first whether that may be.

        Args:
            output: Where to; the folder must exist.
            source: Any page of the input; its `pages` says how many there are.

        Raises:
            WriteError: A file cannot be written there.
        """
        self._source = source
        self._pending = PendingFile(output.path, overwrite=output.overwrite)

    @abstractmethod
    def append(self, page: Page) -> tuple[str, ...]:
        """Add the next page.

        Returns:
            What could not be kept of it, one sentence each.

        Raises:
            WriteError: The page cannot be written; `abort` the document or leave the block.
        """

    def commit(self) -> Path:
        """Bring the file under its name.

        Raises:
            WriteError: That failed; nothing is left behind.
            ReadError: The input has vanished before it could be copied.
        """
        try:
            self._complete()
            return self._pending.commit()
        finally:
            self.abort()

    def abort(self) -> None:
        """Remove what was written; do nothing after `commit`."""
        self._pending.abort()

    @abstractmethod
    def _complete(self) -> None:
        """Make the pending file whole."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()
