"""Page jobs in, page results out: the one pipeline that every front end uses.

A fault of one page never stops the others. Pages of one multi-page file are written into one file, which appears when
its last page is done; their results are given then, so that "done" always means that the file is there.
"""

import logging
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import ChangedInputError, DeviceMemoryError, DoccleanError, WriteError
from docclean.core.files import state_of
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.page import Page
from docclean.core.progress import Progress, ProgressSink
from docclean.documents.document import DocumentWriter
from docclean.documents.drafts import read_draft
from docclean.documents.reader import read_page
from docclean.documents.writer import open_document, shares_file, verify_output, write_page
from docclean.engine.pipeline import Pipeline
from docclean.engine.session import EngineSession
from docclean.imaging.doubts import count_doubts

logger = logging.getLogger(__name__)

_AS_IT_WAS = "This page could not be cleaned; it is in the result as it was."

_HAS_CHANGED = "has changed since it was cleaned; clean it again, then save it."

_NO_MEMORY = "does not fit into memory; close other programs or scan it at a lower resolution."


def run_jobs(
    jobs: Iterable[PageJob],
    session: EngineSession,
    progress: ProgressSink,
    cancel: CancelToken,
    skip: Mapping[str, CancelToken] | None = None,
) -> Iterator[PageResult]:
    """Clean pages, one after the other.

    Args:
        jobs: Pages; those of one multi-page file follow one another. The next page is asked for when the one before is
            done, so that a queue may change while it is worked off.
        session: Device and models. Use it in one thread only.
        progress: Told about every stage and tile.
        cancel: Polled before pages, stages, tiles and writing. What is left then comes back as cancelled.
        skip: Tokens by job id that cancel one page alone, or the document that it belongs to; children of `cancel`.

    Yields:
        One result per job, in the order of the jobs.
    """
    tokens = skip or {}
    for members in _groups(jobs):
        token = tokens.get(members[0].id, cancel)
        if _is_of_document(members[0]):
            yield from _run_document(members, session, progress, token)
        else:
            yield _run_single(members[0], session, progress, token)


def _groups(jobs: Iterable[PageJob]) -> Iterator[list[PageJob]]:
    """Put pages of one document together; only for them the job behind is looked at early."""
    document: list[PageJob] = []
    for job in jobs:
        if document and not _continues(document, job):
            yield document
            document = []
        if _is_of_document(job):
            document.append(job)
        else:
            yield [job]
    if document:
        yield document


def _is_of_document(job: PageJob) -> bool:
    return shares_file(job.source, job.output)


def _continues(document: Sequence[PageJob], job: PageJob) -> bool:
    """Whether a page belongs to the document of those before; a page that is there already begins the next one."""
    is_same = _is_of_document(job) and _destination(job) == _destination(document[0])
    return is_same and all(job.source.page != other.source.page for other in document)


def _destination(job: PageJob) -> tuple[Path, Path]:
    return job.output.path, job.source.path


@dataclass(slots=True)
class _Attempt:
    """One page's run in the making: clock, warnings, models. Turned into a result at the end."""

    job: PageJob
    started: float
    warnings: tuple[str, ...] = ()
    device: str = ""
    models: tuple[str, ...] = ()
    is_untouched: bool = False
    doubts: int = 0
    input_state: tuple[int, int] | None = None
    seconds: float = 0.0
    is_appended: bool = False
    error: str = ""
    error_code: str = ""

    def clean(self, session: EngineSession, progress: ProgressSink, cancel: CancelToken) -> Page:
        """Read and restore the page."""
        cancel.raise_if_cancelled()
        return self.restore(self.read(progress), session, progress, cancel)

    def read(self, progress: ProgressSink) -> Page:
        """Read the page; refuse one that is not the one that its draft was made of."""
        job = self.job
        progress(Progress(job.id, "read", 0, 1))
        if job.output.is_draft:
            self.input_state = state_of(job.source.path)  # before reading: a change meanwhile is found out later
        if job.restored_from is not None and state_of(job.source.path) != job.restored_from:
            raise ChangedInputError(job.source.path, _HAS_CHANGED)
        return read_page(job.source)

    def restore(self, page: Page, session: EngineSession, progress: ProgressSink, cancel: CancelToken) -> Page:
        """Restore a page that was read: from its draft, or by running the recipe over it."""
        if self.job.restored is None:
            page = self._run(page, session.pipeline(self.job.recipe), progress, cancel)
        else:
            page = replace(page, pixels=read_draft(self.job.restored, page.size))
        self.warnings, self.is_untouched = page.warnings, page.is_untouched
        if self.job.output.is_draft:
            self.doubts = count_doubts(page.original, page.pixels)
        cancel.raise_if_cancelled()
        progress(Progress(self.job.id, "write", 0, 1))
        return page

    def _run(self, page: Page, pipeline: Pipeline, progress: ProgressSink, cancel: CancelToken) -> Page:
        self.models = pipeline.models
        self.device = pipeline.device if self.models else ""
        self.warnings = page.warnings
        return pipeline(page, self.job.id, progress, cancel)

    def fail(self, fault: Exception) -> None:
        """Note why the page failed; the last reason counts."""
        self.error, self.error_code = _explain(self.job, fault)

    def result(self, status: JobStatus, *, output: Path | None = None) -> PageResult:
        """What came of the page; an error makes it failed."""
        return PageResult(
            job_id=self.job.id,
            status=JobStatus.FAILED if self.error_code else status,
            output=output,
            seconds=round(self.seconds or time.monotonic() - self.started, 3),
            device=self.device,
            models=self.models,
            is_untouched=self.is_untouched,
            doubts=self.doubts,
            input_state=self.input_state,
            warnings=self.warnings,
            error=self.error,
            error_code=self.error_code,
        )


def _run_single(job: PageJob, session: EngineSession, progress: ProgressSink, cancel: CancelToken) -> PageResult:
    attempt = _Attempt(job, time.monotonic())
    try:
        cancel.raise_if_cancelled()
        verify_output(job.output, job.source)
        page = attempt.clean(session, progress, cancel)
        written = write_page(page, job.output, job.source)
    except CancelledError:
        return attempt.result(JobStatus.CANCELLED)
    except Exception as fault:  # noqa: BLE001 - one page's fault, of whatever kind, must not stop the others
        attempt.fail(fault)
        return attempt.result(JobStatus.FAILED)
    attempt.warnings = (*attempt.warnings, *written.warnings)
    return attempt.result(JobStatus.DONE, output=written.path)


def _run_document(
    jobs: Sequence[PageJob], session: EngineSession, progress: ProgressSink, cancel: CancelToken
) -> list[PageResult]:
    attempts: list[_Attempt] = []
    try:
        cancel.raise_if_cancelled()
        verify_output(jobs[0].output, jobs[0].source)
        with open_document(jobs[0].output, jobs[0].source) as writer:
            for job in jobs:
                attempts.append(_Attempt(job, time.monotonic()))
                _append_page(attempts[-1], writer, session, progress, cancel)
            if all(attempt.error_code for attempt in attempts):  # a copy of the input would look like a result
                return [attempt.result(JobStatus.FAILED) for attempt in attempts]
            output = writer.commit()
    except CancelledError:
        return [_Attempt(job, time.monotonic()).result(JobStatus.CANCELLED) for job in jobs]
    except Exception as fault:  # noqa: BLE001 - as above, for a whole document
        return _failed_document(jobs, attempts, fault)
    return [attempt.result(JobStatus.DONE, output=output) for attempt in attempts]


def _append_page(
    attempt: _Attempt, writer: DocumentWriter, session: EngineSession, progress: ProgressSink, cancel: CancelToken
) -> None:
    """Add a page to its document; one that was read but cannot be restored goes in as it was."""
    cancel.raise_if_cancelled()
    page = attempt.read(progress)
    try:
        page = attempt.restore(page, session, progress, cancel)
    except CancelledError:
        raise
    except Exception as fault:  # noqa: BLE001 - the page's own fault; the document keeps its other pages
        attempt.fail(fault)
        attempt.warnings = (*attempt.warnings, _AS_IT_WAS)
    attempt.warnings = (*attempt.warnings, *writer.append(page))
    attempt.seconds = time.monotonic() - attempt.started
    attempt.is_appended = True


def _failed_document(jobs: Sequence[PageJob], attempts: Sequence[_Attempt], fault: Exception) -> list[PageResult]:
    """Say for every page why there is no result: its own fault, that of another page, or that of the file to write."""
    culprit = attempts[-1] if attempts and not attempts[-1].is_appended else None
    reason = _explain(culprit.job if culprit else jobs[0], fault)
    everybody = [*attempts, *(_Attempt(job, time.monotonic()) for job in jobs[len(attempts) :])]
    for attempt in everybody:
        if culprit is None or attempt is culprit or isinstance(fault, WriteError):
            attempt.error, attempt.error_code = reason
        else:
            page = attempt.job.source.page + 1
            sentence = (
                f"page {page} was not written because page {culprit.job.source.page + 1} failed; see that page's error."
            )
            attempt.fail(DoccleanError(f"{attempt.job.source.path}: {sentence}"))
    return [attempt.result(JobStatus.FAILED) for attempt in everybody]


def _explain(job: PageJob, fault: Exception) -> tuple[str, str]:
    """Put a fault into a sentence that names the file, and a code; what the program did wrong goes to the log."""
    if isinstance(fault, (MemoryError, DeviceMemoryError)):
        return f"{job.source.path}: {_NO_MEMORY}", DeviceMemoryError.code
    if isinstance(fault, WriteError) and job.output.is_draft:  # nobody knows a draft by its name
        return f"{job.source.path}: the result {str(fault).removeprefix(f'{fault.path}: ')}", fault.code
    if isinstance(fault, DoccleanError):
        return str(fault), fault.code
    incident = secrets.token_hex(4)
    logger.error("incident %s in job %s", incident, job.id, exc_info=fault)
    sentence = (
        f"{job.source.path}: a fault of the program (incident {incident}); the other pages were not affected. "
        "Please report it with the log file, which `docclean doctor` names."
    )
    return sentence, "incident"
