"""Page jobs in, page results out: the one pipeline that every front end uses.

A fault of one page never stops the others. Pages of one multi-page file are written into one file, which appears when
its last page is done; their results are given then, so that "done" always means that the file is there.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import ProgressSink
from docclean.documents.writer import shares_file, verify_output, write_page
from docclean.engine.attempt import Announce, Attempt
from docclean.engine.document_runs import run_document
from docclean.engine.receipts import inside, make_receipt, write_beside
from docclean.engine.searchable import Recognition
from docclean.engine.session import EngineSession


def run_jobs(
    jobs: Iterable[PageJob],
    session: EngineSession,
    progress: ProgressSink,
    cancel: CancelToken,
    skip: Mapping[str, CancelToken] | None = None,
    *,
    announce: Announce | None = None,
) -> Iterator[PageResult]:
    """Clean pages, one after the other.

    Args:
        jobs: Pages; those of one multi-page file follow one another. The next page is asked for when the one before is
            done, so that a queue may change while it is worked off.
        session: Device and models. Use it in one thread only.
        progress: Told about every stage and tile.
        cancel: Polled before pages, stages, tiles and writing. What is left then comes back as cancelled.
        skip: Tokens by job id that cancel one page alone, or the document that it belongs to; children of `cancel`.
        announce: Told of every file before it gets its name, so that whoever keeps a journal knows a file again that
            is there without anybody having heard so; not told of drafts.

    Yields:
        One result per job, in the order of the jobs.
    """
    tokens = skip or {}
    for members in _groups(jobs):
        token = tokens.get(members[0].id, cancel)
        if _is_of_document(members[0]):
            yield from run_document(members, session, progress, token, announce)
        else:
            yield _run_single(members[0], session, progress, token, announce)


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
    return is_same and all(_origin(job) != _origin(other) for other in document)


def _destination(job: PageJob) -> tuple[Path, Path | None]:
    return job.output.path, None if job.output.joins_inputs else job.source.path


def _origin(job: PageJob) -> tuple[Path, int]:
    return job.source.path, job.source.page


def _run_single(
    job: PageJob, session: EngineSession, progress: ProgressSink, cancel: CancelToken, announce: Announce | None
) -> PageResult:
    attempt = Attempt(job, time.monotonic())
    try:
        cancel.raise_if_cancelled()
        verify_output(job.output, job.source)
        page = attempt.clean(session, progress, cancel)
        receipt = make_receipt([attempt], session)
        recognition = Recognition(job, progress, cancel)
        telling = _telling(attempt, recognition, announce)
        written = write_page(page, job.output, job.source, inside(receipt, job.output), recognition.rework, telling)
    except CancelledError:
        return attempt.result(JobStatus.CANCELLED)
    except Exception as fault:  # noqa: BLE001 - one page's fault, of whatever kind, must not stop the others
        attempt.fail(fault)
        return attempt.result(JobStatus.FAILED)
    notes = (*written.warnings, *recognition.warnings, *write_beside(receipt, job.output))
    attempt.warnings = (*attempt.warnings, *notes)
    return attempt.result(JobStatus.DONE, output=written.path)


def _telling(
    attempt: Attempt, recognition: Recognition, announce: Announce | None
) -> Callable[[str, tuple[str, ...]], None] | None:
    """Give what tells of the file before it gets its name, with all that is known by then."""
    if announce is None:
        return None
    telling = announce

    def tell(digest: str, warnings: tuple[str, ...]) -> None:
        result = attempt.result(JobStatus.DONE, output=attempt.job.output.path)
        warnings = (*result.warnings, *warnings, *recognition.warnings)
        telling([attempt.job], [result.model_copy(update={"warnings": warnings})], digest)

    return tell
