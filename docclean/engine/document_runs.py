"""Pages of one document: cleaned one by one, written together, taken up again after a run that was stopped."""

import time
from collections.abc import Callable, Sequence

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import ChangedInputError, DoccleanError, MissingPageError, ReadError, WriteError
from docclean.core.files import is_there, state_of
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import Progress, ProgressSink
from docclean.documents.document import DocumentWriter
from docclean.documents.page_store import FinishedPage
from docclean.documents.writer import open_document
from docclean.engine.attempt import Announce, Attempt, explain
from docclean.engine.file_runs import OF_THE_FILE, FileRun
from docclean.engine.page_keys import page_key
from docclean.engine.receipts import inside, make_receipt, write_beside
from docclean.engine.searchable import Recognition
from docclean.engine.session import EngineSession

_AS_IT_WAS = "This page could not be cleaned; it is in the result as it was."
_IS_MISSING = "This page is missing in the result; the other pages are there."
_CHANGES = "changed while it was being cleaned; wait until it is complete, and clean it again."
_FROM_EARLIER = "This page was finished by an earlier run that was stopped; it was taken from there."
_LEFT = "Finished pages wait in {}; the same command goes on from there, and that folder can be deleted at any time."


class DocumentRun(FileRun):
    """Pages that go into one file together. Pages that are finished when the run is stopped wait for another one."""

    def __init__(
        self,
        jobs: Sequence[PageJob],
        session: EngineSession,
        progress: ProgressSink,
        cancel: CancelToken,
        announce: Announce | None = None,
    ) -> None:
        """See `FileRun`."""
        super().__init__(jobs, session, progress, cancel, announce)
        self._writer: DocumentWriter | None = None
        self._keys: dict[int, str] = {}
        self._places: dict[int, int] = {}

    def needs_reading(self, number: int) -> bool:
        """Whether no earlier run finished the page."""
        return number in self._places and not self.is_over_at(number)

    def expect(self, number: int) -> None:
        """Tell that a page is next, or that it was done before."""
        if self.needs_reading(number):
            super().expect(number)
        elif not self.is_over_at(number):
            self._progress(Progress(self.jobs[number].id, "write", 1, 1))

    def finish(self) -> list[PageResult]:
        """Give the file its name, and tell what came of the pages."""
        attempts = list(self._attempts.values())
        try:
            if self._fault is not None:
                return self._unfinished(*self._fault)
            if all(attempt.error_code for attempt in attempts):  # a copy of the input would look like a result
                return [attempt.result(JobStatus.FAILED) for attempt in attempts]
            notes = self._commit(attempts)
        except Exception as fault:  # noqa: BLE001 - one document's fault, of whatever kind, must not stop the others
            return self._unfinished(OF_THE_FILE, fault)
        except BaseException:
            self._suspend()
            raise
        finally:
            self._abort()
        attempts[0].warnings = (*notes, *attempts[0].warnings)
        return [attempt.result(JobStatus.DONE, output=self.path) for attempt in attempts]

    def abandon(self) -> None:
        """Leave finished pages for another run."""
        super().abandon()
        self._suspend()
        self._abort()

    @property
    def _opened(self) -> DocumentWriter:
        assert self._writer is not None  # noqa: S101 - without it every step is over
        return self._writer

    def _begin(self) -> None:
        self._writer = open_document(self.jobs[0].output, self.jobs[0].source)

    def _admit(self, number: int, attempt: Attempt) -> None:
        """Take the page from an earlier run, or keep a place for it."""
        if is_there(attempt.job.source.path):
            attempt.input_state = state_of(attempt.job.source.path)
        key = page_key(attempt.job, self._session)
        finished = self._opened.resume(key)
        if finished is None:
            self._keys[number], self._places[number] = key, self._opened.reserve()
        else:
            _recall(attempt, finished)
            attempt.look_at_input()

    def _read(self, number: int, attempt: Attempt) -> None:
        """Read the page; where that fails, note it if the document lets the page be what it is in the input.

        A page that is not in the input any more, but was, is left out. While the input changes, nobody knows that.
        """
        if number not in self._places:
            return
        try:
            super()._read(number, attempt)
        except ChangedInputError:
            raise
        except MissingPageError as fault:
            self._refuse_change(attempt)
            attempt.fail(fault)
        except ReadError as fault:
            if not self._opened.keeps_unread:
                raise
            self._refuse_change(attempt)
            attempt.fail(fault)

    def _restore(self, number: int, attempt: Attempt) -> None:
        """Restore the page; where that fails it stays in memory as it was."""
        if number not in self._held:
            return
        try:
            super()._restore(number, attempt)
        except CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001 - the page's own fault; the document keeps its other pages
            attempt.fail(fault)
            self._keys[number] = ""  # another run tries it again

    def _write(self, number: int, attempt: Attempt) -> None:
        """Add the page to its document."""
        place = self._places.get(number)
        if place is None:
            return
        if number not in self._held:
            self._keep_unread(place, attempt)
            return
        outcome = {
            "models": attempt.models,
            "device": attempt.device,
            "is_untouched": attempt.is_untouched,
            "warnings": attempt.warnings,
        }
        lost = self._opened.append(self._held[number], attempt.job.source, self._keys[number], outcome, place=place)
        attempt.warnings = (*attempt.warnings, *lost)

    def _keep_unread(self, place: int, attempt: Attempt) -> None:
        if attempt.error_code != MissingPageError.code:
            try:
                self._opened.append_unread(attempt.job.source, place=place)
            except MissingPageError as fault:
                attempt.fail(fault)
        attempt.look_at_input()

    def _refuse_change(self, attempt: Attempt) -> None:
        """See that the input is what it was when its first page was taken on."""
        path = attempt.job.source.path
        first = next(each for each in list(self._attempts.values()) if each.job.source.path == path)
        if is_there(path) and first.input_state not in (None, state_of(path)):
            raise ChangedInputError(path, _CHANGES)

    def _commit(self, attempts: Sequence[Attempt]) -> tuple[str, ...]:
        """Give the file its name, and tell what is worth knowing about all of it."""
        writer, output = self._opened, self.jobs[0].output
        for attempt in attempts:
            if attempt.error_code:
                is_missing = attempt.error_code == MissingPageError.code
                attempt.warnings = (*attempt.warnings, _IS_MISSING if is_missing else _AS_IT_WAS)
        receipt = make_receipt(attempts, self._session)
        writer.receipt = inside(receipt, output)
        recognition = Recognition(self.jobs[-1], self._progress, self._cancel)
        writer.commit(recognition.rework, self._telling(attempts, recognition))
        return (*writer.notes, *recognition.warnings, *write_beside(receipt, output))

    def _telling(self, attempts: Sequence[Attempt], recognition: Recognition) -> Callable[[str], None] | None:
        """Give what tells of the file before it gets its name, with all that is known by then."""
        if self._announce is None:
            return None
        telling = self._announce

        def tell(digest: str) -> None:
            results = [attempt.result(JobStatus.DONE, output=self.path) for attempt in attempts]
            warnings = (*self._opened.notes, *recognition.warnings, *results[0].warnings)
            results[0] = results[0].model_copy(update={"warnings": warnings})
            telling(self.jobs, results, digest)

        return tell

    def _unfinished(self, number: int, fault: Exception) -> list[PageResult]:
        """Tell of a document that is not written, and keep pages for another run where it may fare better.

        A page that cannot be read in a file that is there stops every run.
        """
        is_hopeless = isinstance(fault, ReadError) and is_there(fault.path)
        left = () if is_hopeless else self._suspend()
        if isinstance(fault, CancelledError):
            stopped = [Attempt(job, time.monotonic(), warnings=left) for job in self.jobs]
            return [attempt.result(JobStatus.CANCELLED) for attempt in stopped]
        return self._failed(number, fault, left)

    def _suspend(self) -> tuple[str, ...]:
        """Leave finished pages for another run, and say so; pages from drafts are made again in no time."""
        folder = None
        if self._writer is not None and any(attempt.job.restored is None for attempt in self._attempts.values()):
            folder = self._writer.suspend()
        return () if folder is None else (_LEFT.format(folder),)

    def _abort(self) -> None:
        if self._writer is not None:
            self._writer.abort()

    def _failed(self, culprit: int, fault: Exception, left: tuple[str, ...]) -> list[PageResult]:
        """Say for every page why there is no result: its own fault, that of another page, or that of the file."""
        is_files = culprit == OF_THE_FILE
        reason = explain(self.jobs[0 if is_files else culprit], fault)
        results = []
        for number, job in enumerate(self.jobs):
            attempt = self._attempts.get(number) if is_files or number <= culprit else None
            attempt = attempt or Attempt(job, time.monotonic())
            if is_files or number == culprit or isinstance(fault, WriteError):
                attempt.error, attempt.error_code = reason
            else:
                page, other = job.source.page + 1, self.jobs[culprit].source.page + 1
                sentence = f"page {page} was not written because page {other} failed; see that page's error."
                attempt.fail(DoccleanError(f"{job.source.path}: {sentence}"))
            attempt.warnings = (
                *(warning for warning in attempt.warnings if warning not in (_AS_IT_WAS, _IS_MISSING)),
                *left,
            )
            results.append(attempt.result(JobStatus.FAILED))
        return results


def _recall(attempt: Attempt, finished: FinishedPage) -> None:
    """Tell of a page what the run told that finished it."""
    outcome = finished.outcome
    attempt.models, attempt.device = tuple(outcome.get("models", ())), str(outcome.get("device", ""))
    attempt.is_untouched = bool(outcome.get("is_untouched"))
    attempt.warnings = (*outcome.get("warnings", ()), *finished.warnings, _FROM_EARLIER)
