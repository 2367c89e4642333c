"""A file in the making, in steps that threads may share out, and the simplest of them: one page in one file."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.page import Page
from docclean.core.progress import NullProgress, Progress, ProgressSink
from docclean.documents.writer import verify_output, write_page
from docclean.engine.attempt import Announce, Attempt
from docclean.engine.receipts import inside, make_receipt, write_beside
from docclean.engine.searchable import Recognition
from docclean.engine.session import EngineSession

OF_THE_FILE = -1
"""Takes the place of a page's number where a fault is that of all of the file."""


class FileRun(ABC):
    """The pages that go into one file, and what becomes of them.

    `begin` comes first, `finish` last. In between every page, by its number in `jobs`, is admitted, expected, read,
    restored and written, in this order, and the pages follow one another in every step. `begin`, `admit`, `expect` and
    `restore` belong to the thread that has the session; `read` may be called in another one for the pages behind, and
    `write` and `finish` in a third one for those in front, which asks the session for what never changes only.

    Steps keep the faults of their page, which `finish` tells; after a fault the steps of that page and of those behind
    do nothing. What is no `Exception`, such as Ctrl-C, passes through; then `abandon` is to be called.

    Attributes:
        jobs: The pages, in order.
    """

    def __init__(
        self,
        jobs: Sequence[PageJob],
        session: EngineSession,
        progress: ProgressSink,
        cancel: CancelToken,
        announce: Announce | None = None,
    ) -> None:
        """Begin with nothing done.

        Args:
            jobs: All pages of the file, in order.
            session: Device and models.
            progress: Told about every stage and tile, in whatever thread a step is done.
            cancel: Polled before pages, stages, tiles and writing.
            announce: Told of the file before it gets its name, in the thread that calls `finish`.
        """
        self.jobs = jobs
        self._session, self._progress, self._cancel, self._announce = session, progress, cancel, announce
        self._attempts: dict[int, Attempt] = {}
        self._held: dict[int, Page] = {}
        self._fault: tuple[int, Exception] | None = None
        self._guard = threading.Lock()

    @property
    def path(self) -> Path:
        """Where the file goes."""
        return self.jobs[0].output.path

    def is_over_at(self, number: int) -> bool:
        """Whether a fault has ended the work on a page."""
        return self._fault is not None and self._fault[0] <= number

    def area(self, number: int) -> int:
        """Count the pixels of a page that is in memory; 0 if it is not."""
        page = self._held.get(number)
        return 0 if page is None else page.size.height * page.size.width

    def begin(self) -> None:
        """Find out whether the file may be written at all."""

        def begin() -> None:
            self._cancel.raise_if_cancelled()
            verify_output(self.jobs[0].output, self.jobs[0].source)
            self._begin()

        self._do(OF_THE_FILE, begin)

    def admit(self, number: int) -> None:
        """Let a page take part; afterwards `needs_reading` knows about it."""

        def admit() -> None:
            self._cancel.raise_if_cancelled()
            self._attempts[number] = Attempt(self.jobs[number], time.monotonic())
            self._admit(number, self._attempts[number])

        self._do(number, admit)

    def needs_reading(self, number: int) -> bool:
        """Whether `read` has anything to do."""
        return not self.is_over_at(number)

    def expect(self, number: int) -> None:
        """Tell that a page is next."""
        if not self.is_over_at(number):
            self._progress(Progress(self.jobs[number].id, "read", 0, 1))

    def read(self, number: int) -> None:
        """Read a page into memory."""

        def read(attempt: Attempt) -> None:
            self._cancel.raise_if_cancelled()
            self._read(number, attempt)

        self._do_timed(number, read)

    def restore(self, number: int) -> None:
        """Restore a page in memory."""
        self._do_timed(number, lambda attempt: self._restore(number, attempt))

    def write(self, number: int) -> None:
        """Write a page, and let go of it in memory."""
        try:
            self._do_timed(number, lambda attempt: self._write(number, attempt))
        finally:
            self._held.pop(number, None)

    @abstractmethod
    def finish(self) -> list[PageResult]:
        """Tell what came of the pages, in order, after the last of them was written."""

    def abandon(self) -> None:
        """Remove what is unfinished, in place of `finish`."""
        self._held.clear()

    def _begin(self) -> None:  # noqa: B027 - a single page needs no preparation
        """Prepare the file."""

    def _admit(self, number: int, attempt: Attempt) -> None:  # noqa: B027 - a single page needs no look at what is kept
        """Find out what is to be done for a page."""

    def _read(self, number: int, attempt: Attempt) -> None:
        self._held[number] = attempt.read(NullProgress())

    def _restore(self, number: int, attempt: Attempt) -> None:
        self._held[number] = attempt.restore(self._held[number], self._session, self._progress, self._cancel)

    @abstractmethod
    def _write(self, number: int, attempt: Attempt) -> None:
        """Write a page that is in memory."""

    def _do_timed(self, number: int, step: Callable[[Attempt], None]) -> None:
        """Do a step of a page, and add the time that it takes to the page's."""

        def timed() -> None:
            attempt = self._attempts[number]
            started = time.monotonic()
            try:
                step(attempt)
            finally:
                attempt.seconds += time.monotonic() - started

        self._do(number, timed)

    def _do(self, number: int, step: Callable[[], None]) -> None:
        """Do a step unless it is over, and keep its fault; that of the page in front counts, whichever came first."""
        if self.is_over_at(number):
            return
        try:
            step()
        except Exception as fault:  # noqa: BLE001 - one page's fault, of whatever kind, must not stop the others
            with self._guard:
                if not self.is_over_at(number):
                    self._fault = number, fault


class SinglePage(FileRun):
    """A page in a file of its own."""

    def finish(self) -> list[PageResult]:
        """Tell what came of the page."""
        attempt = self._attempts.get(0) or Attempt(self.jobs[0], time.monotonic())
        if self._fault is None:
            return [attempt.result(JobStatus.DONE, output=self.path)]
        if isinstance(self._fault[1], CancelledError):
            return [attempt.result(JobStatus.CANCELLED)]
        attempt.fail(self._fault[1])
        return [attempt.result(JobStatus.FAILED)]

    def _write(self, number: int, attempt: Attempt) -> None:
        output, source = attempt.job.output, attempt.job.source
        receipt = make_receipt([attempt], self._session)
        recognition = Recognition(attempt.job, self._progress, self._cancel)
        telling = self._telling(attempt, recognition)
        page = self._held[number]
        written = write_page(page, output, source, inside(receipt, output), recognition.rework, telling)
        notes = (*written.warnings, *recognition.warnings, *write_beside(receipt, output))
        attempt.warnings = (*attempt.warnings, *notes)

    def _telling(self, attempt: Attempt, recognition: Recognition) -> Callable[[str, tuple[str, ...]], None] | None:
        """Give what tells of the file before it gets its name, with all that is known by then."""
        if self._announce is None:
            return None
        telling = self._announce

        def tell(digest: str, warnings: tuple[str, ...]) -> None:
            result = attempt.result(JobStatus.DONE, output=self.path)
            warnings = (*result.warnings, *warnings, *recognition.warnings)
            telling(self.jobs, [result.model_copy(update={"warnings": warnings})], digest)

        return tell
