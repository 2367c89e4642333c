"""Pages of one document: cleaned one by one, written together, taken up again after a run that was stopped."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import ChangedInputError, DoccleanError, ReadError, WriteError
from docclean.core.files import is_there, state_of
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.page import Page
from docclean.core.progress import Progress, ProgressSink
from docclean.documents.document import DocumentWriter
from docclean.documents.page_store import FinishedPage
from docclean.documents.writer import open_document, verify_output
from docclean.engine.attempt import Announce, Attempt, explain
from docclean.engine.page_keys import page_key
from docclean.engine.receipts import inside, make_receipt, write_beside
from docclean.engine.searchable import Recognition
from docclean.engine.session import EngineSession

_AS_IT_WAS = "This page could not be cleaned; it is in the result as it was."
_FROM_EARLIER = "This page was finished by an earlier run that was stopped; it was taken from there."
_LEFT = "Finished pages wait in {}; the same command goes on from there, and that folder can be deleted at any time."


def run_document(
    jobs: Sequence[PageJob],
    session: EngineSession,
    progress: ProgressSink,
    cancel: CancelToken,
    announce: Announce | None = None,
) -> list[PageResult]:
    """Clean the pages that go into one file.

    Args:
        jobs: All of them, in order.
        session: Device and models.
        progress: Told about every stage and tile.
        cancel: Polled before pages, stages, tiles and writing; pages that are finished then wait for another run.
        announce: Told of the file before it gets its name.

    Returns:
        One result per job, in order.
    """
    attempts: list[Attempt] = []
    left: list[str] = []
    try:
        cancel.raise_if_cancelled()
        verify_output(jobs[0].output, jobs[0].source)
        with open_document(jobs[0].output, jobs[0].source) as writer, _left_behind(writer, attempts, left):
            for job in jobs:
                attempts.append(Attempt(job, time.monotonic()))
                _append_page(attempts[-1], writer, session, progress, cancel)
            if all(attempt.error_code for attempt in attempts):  # a copy of the input would look like a result
                return [attempt.result(JobStatus.FAILED) for attempt in attempts]
            receipt = make_receipt(attempts, session)
            writer.receipt = inside(receipt, jobs[0].output)
            recognition = Recognition(jobs[-1], progress, cancel)
            output = writer.commit(recognition.rework, _telling(writer, recognition, attempts, announce))
        notes = (*writer.notes, *recognition.warnings, *write_beside(receipt, jobs[0].output))
        attempts[0].warnings = (*notes, *attempts[0].warnings)
    except CancelledError:
        return [Attempt(job, time.monotonic(), warnings=tuple(left)).result(JobStatus.CANCELLED) for job in jobs]
    except Exception as fault:  # noqa: BLE001 - one document's fault, of whatever kind, must not stop the others
        return _failed_document(jobs, attempts, fault, tuple(left))
    return [attempt.result(JobStatus.DONE, output=output) for attempt in attempts]


def _telling(
    writer: DocumentWriter, recognition: Recognition, attempts: Sequence[Attempt], announce: Announce | None
) -> Callable[[str], None] | None:
    """Give what tells of the file before it gets its name, with all that is known by then."""
    if announce is None:
        return None
    telling = announce

    def tell(digest: str) -> None:
        results = [attempt.result(JobStatus.DONE, output=attempt.job.output.path) for attempt in attempts]
        warnings = (*writer.notes, *recognition.warnings, *results[0].warnings)
        results[0] = results[0].model_copy(update={"warnings": warnings})
        telling([attempt.job for attempt in attempts], results, digest)

    return tell


@contextmanager
def _left_behind(writer: DocumentWriter, attempts: Sequence[Attempt], left: list[str]) -> Iterator[None]:
    """Keep finished pages when the block is stopped, or by a fault that may be gone next time; say so in `left`.

    A page that cannot be read in a file that is there stops every run, and pages from drafts are made again in no time.
    """
    try:
        yield
    except ReadError as fault:
        _suspend(writer, attempts, left, is_worth_it=not is_there(fault.path))
        raise
    except BaseException:
        _suspend(writer, attempts, left, is_worth_it=True)
        raise


def _suspend(writer: DocumentWriter, attempts: Sequence[Attempt], left: list[str], *, is_worth_it: bool) -> None:
    if is_worth_it and any(attempt.job.restored is None for attempt in attempts):
        folder = writer.suspend()
        if folder is not None:
            left.append(_LEFT.format(folder))


def _append_page(
    attempt: Attempt, writer: DocumentWriter, session: EngineSession, progress: ProgressSink, cancel: CancelToken
) -> None:
    """Add a page to its document: that of an earlier run, or cleaned, or as it was where it cannot be cleaned."""
    cancel.raise_if_cancelled()
    if is_there(attempt.job.source.path):
        attempt.input_state = state_of(attempt.job.source.path)
    key = page_key(attempt.job, session)
    finished = writer.resume(key)
    if finished is not None:
        _recall(attempt, finished)
        attempt.look_at_input()
        progress(Progress(attempt.job.id, "write", 1, 1))
    else:
        page = _read(attempt, writer, progress)
        if page is None:
            writer.append_unread(attempt.job.source)
            attempt.look_at_input()
        else:
            _add_restored(attempt, page, writer, key, lambda page: attempt.restore(page, session, progress, cancel))
    attempt.seconds = time.monotonic() - attempt.started
    attempt.is_appended = True


def _add_restored(
    attempt: Attempt, page: Page, writer: DocumentWriter, key: str, restore: Callable[[Page], Page]
) -> None:
    """Restore a page and add it; add it as it was where that fails."""
    try:
        page = restore(page)
    except CancelledError:
        raise
    except Exception as fault:  # noqa: BLE001 - the page's own fault; the document keeps its other pages
        attempt.fail(fault)
        attempt.warnings = (*attempt.warnings, _AS_IT_WAS)
        key = ""  # another run tries it again
    outcome = {
        "models": attempt.models,
        "device": attempt.device,
        "is_untouched": attempt.is_untouched,
        "warnings": attempt.warnings,
    }
    attempt.warnings = (*attempt.warnings, *writer.append(page, attempt.job.source, key, outcome))


def _recall(attempt: Attempt, finished: FinishedPage) -> None:
    """Tell of a page what the run told that finished it."""
    outcome = finished.outcome
    attempt.models, attempt.device = tuple(outcome.get("models", ())), str(outcome.get("device", ""))
    attempt.is_untouched = bool(outcome.get("is_untouched"))
    attempt.warnings = (*outcome.get("warnings", ()), *finished.warnings, _FROM_EARLIER)


def _read(attempt: Attempt, writer: DocumentWriter, progress: ProgressSink) -> Page | None:
    """Read the page; None where that fails and the document lets the page be what it is in the input."""
    try:
        return attempt.read(progress)
    except ChangedInputError:
        raise
    except ReadError as fault:
        if not writer.keeps_unread:
            raise
        attempt.fail(fault)
        attempt.warnings = (*attempt.warnings, _AS_IT_WAS)
        return None


def _failed_document(
    jobs: Sequence[PageJob], attempts: Sequence[Attempt], fault: Exception, left: tuple[str, ...]
) -> list[PageResult]:
    """Say for every page why there is no result: its own fault, that of another page, or that of the file to write."""
    culprit = attempts[-1] if attempts and not attempts[-1].is_appended else None
    reason = explain(culprit.job if culprit else jobs[0], fault)
    everybody = [*attempts, *(Attempt(job, time.monotonic()) for job in jobs[len(attempts) :])]
    for attempt in everybody:
        if culprit is None or attempt is culprit or isinstance(fault, WriteError):
            attempt.error, attempt.error_code = reason
        else:
            page = attempt.job.source.page + 1
            sentence = (
                f"page {page} was not written because page {culprit.job.source.page + 1} failed; see that page's error."
            )
            attempt.fail(DoccleanError(f"{attempt.job.source.path}: {sentence}"))
    for attempt in everybody:
        attempt.warnings = (*attempt.warnings, *left)
    return [attempt.result(JobStatus.FAILED) for attempt in everybody]
