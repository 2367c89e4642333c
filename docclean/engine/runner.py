"""Page jobs in, page results out: the one pipeline that every front end uses.

A fault of one page never stops the others. Pages of one multi-page file are written into one file, which appears when
its last page is done; their results are given then, so that "done" always means that the file is there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from docclean.core.cancel import CancelToken
from docclean.core.job import PageJob, PageResult
from docclean.core.progress import ProgressSink
from docclean.documents.writer import shares_file
from docclean.engine.attempt import Announce
from docclean.engine.document_runs import DocumentRun
from docclean.engine.file_runs import FileRun, SinglePage
from docclean.engine.overlap import BroughtProgress, run_overlapped
from docclean.engine.session import EngineSession


def run_jobs(  # noqa: PLR0913 - the one way in for all front ends, each of which needs something else
    jobs: Iterable[PageJob],
    session: EngineSession,
    progress: ProgressSink,
    cancel: CancelToken,
    skip: Mapping[str, CancelToken] | None = None,
    *,
    announce: Announce | None = None,
    overlaps: bool = False,
) -> Iterator[PageResult]:
    """Clean pages, one after the other.

    Args:
        jobs: Pages; those of one multi-page file follow one another. The next page is asked for when the one before is
            done, so that a queue may change while it is worked off; but see `overlaps`.
        session: Device and models. Use it in one thread only.
        progress: Told about every stage and tile.
        cancel: Polled before pages, stages, tiles and writing. What is left then comes back as cancelled.
        skip: Tokens by job id that cancel one page alone, or the document that it belongs to; children of `cancel`.
        announce: Told of every file before it gets its name, so that whoever keeps a journal knows a file again that
            is there without anybody having heard so; not told of drafts. Where work overlaps, it is called in
            another thread.
        overlaps: Whether pages are read and written by threads of their own, while the one between them is restored.
            That is faster, and takes the memory of up to five pages, or of one that is very large. A few pages are
            asked for ahead, and results come a little later.

    Yields:
        One result per job, in the order of the jobs.
    """
    tokens = skip or {}
    brought = BroughtProgress(progress)

    def files() -> Iterator[FileRun]:
        for members in units_of(jobs):
            kind = DocumentRun if _is_of_document(members[0]) else SinglePage
            yield kind(members, session, brought, tokens.get(members[0].id, cancel), announce)

    if overlaps:
        yield from run_overlapped(files(), brought)
    else:
        for file in files():
            yield from _run_file(file)


def _run_file(file: FileRun) -> list[PageResult]:
    """Do one step after the other."""
    try:
        file.begin()
        for number in range(len(file.jobs)):
            file.admit(number)
            file.expect(number)
            file.read(number)
            file.restore(number)
            file.write(number)
        return file.finish()
    except BaseException:
        file.abandon()
        raise


def units_of(jobs: Iterable[PageJob]) -> Iterator[list[PageJob]]:
    """Put pages of one file together; only for documents the job behind is looked at early."""
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
