"""Runs into a folder that has a journal: what is left to do of a plan, and the run itself, which notes what it does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Protocol

from docclean.core.cancel import CancelToken
from docclean.core.errors import DiskFullError, WriteError
from docclean.core.files import sweep_unfinished
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import ProgressSink
from docclean.documents.discover import Skipped, natural_key
from docclean.engine.attempt import Announce
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.journal import Journal
from docclean.engine.journal_verdicts import IS_ALTERED, IS_FOREIGN, Standing, Verdict
from docclean.engine.planning import CleanOptions, CleanPlan, Refused, Rerun, refusal
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog

_HAS_NOT_FAILED = "has not failed; a run without --retry-failed does what is left."
_NEEDED = " About {needed} more are needed for what is left ({left}); the same command then goes on from here."


class RunEngine(Protocol):
    """What runs jobs: `run_jobs`, or what spreads them over processes or machines and calls it there."""

    def __call__(
        self,
        jobs: Sequence[PageJob],
        session: EngineSession,
        progress: ProgressSink,
        cancel: CancelToken,
        skip: Mapping[str, CancelToken] | None = None,
        *,
        announce: Announce | None = None,
    ) -> Iterator[PageResult]:
        """Run jobs, as `run_jobs` does."""


def open_journal(plan: CleanPlan, catalog: Catalog) -> Journal | None:
    """Open the journal of a plan's output folder, to be closed; None where it has none, or there is nothing to do.

    Raises:
        TakenError: Another run has it.
        WriteError: It cannot be written.
    """
    if plan.folder is None or not plan.jobs:
        return None
    return Journal.open(plan.folder, Fingerprints(catalog))


def resume_plan(
    plan: CleanPlan,
    journal: Journal,
    options: CleanOptions,
    on_checked: Callable[[int], None] | None = None,
) -> CleanPlan:
    """Leave out of a plan what is done.

    Pages that go into one file are done together or not at all.

    Args:
        plan: All that was asked for; results that are there do not count as refused yet.
        journal: Of the output folder.
        options: What was asked for. With `overwrite`, files are replaced too that are not the journal's, or that
            somebody changed.
        on_checked: Told again and again how many pages there are; what it raises ends this.

    Returns:
        The plan with what is left to do; `existing` has what is done, and `failed` what may not be replaced.

    Raises:
        WriteError: The journal cannot be read.
        ModelError: A model is unknown.
    """
    rerun, overwrite = options.rerun, options.overwrite
    journal.replaces_foreign = overwrite
    left: list[PageJob] = []
    done: list[PageJob] = []
    refused: list[Refused] = []
    skipped: list[Skipped] = []
    folders: set[Path] = set()
    for path, group in groupby(plan.jobs, key=lambda job: job.output.path):
        jobs = list(group)
        if on_checked is not None:
            on_checked(len(plan.jobs))
        verdict = journal.verdict(jobs, verifies=options.verifies)
        if verdict.standing is Standing.DONE and rerun is not Rerun.FORCE:
            done += jobs
        elif rerun is Rerun.FAILED and not verdict.has_failed:
            skipped.append(Skipped(jobs[0].source.path, _HAS_NOT_FAILED))
        elif (sentence := _hindrance(verdict)) and not overwrite:
            refused.append(refusal(jobs[0], WriteError(path, sentence)))
        else:
            left += _replacing(jobs) if verdict.is_own or overwrite else jobs
            folders.add(path.parent)
    if journal.was_killed:
        for folder in folders:
            sweep_unfinished(folder)
    return replace(
        plan,
        jobs=tuple(left),
        existing=tuple(done),
        failed=tuple(sorted((*plan.failed, *refused), key=lambda each: natural_key(each.path))),
        skipped=(*plan.skipped, *skipped),
    )


def run_journaled(
    jobs: Sequence[PageJob],
    session: EngineSession,
    progress: ProgressSink,
    cancel: CancelToken,
    *,
    journal: Journal | None,
    run: RunEngine = run_jobs,
) -> Iterator[PageResult]:
    """Run what `resume_plan` left, and note in the journal what comes of it.

    A disk that is full ends the run at the first page that finds no room; the pages behind come back as cancelled.

    Args:
        jobs: The pages.
        session: Device and models.
        progress: Told about every stage and tile.
        cancel: Stops the run.
        journal: Of the output folder; None for none.
        run: What runs them.

    Yields:
        What `run` gives.
    """
    ends = CancelToken(cancel)
    room = RoomNeeded(jobs)
    by_id = {job.id: job for job in jobs}
    for found in run(jobs, session, progress, ends, announce=None if journal is None else journal.announce):
        job, result = by_id[found.job_id], found
        if result.error_code == DiskFullError.code:
            ends.cancel()
            result = room.explained(result)
        room.take(job, result)
        if journal is not None:
            journal.record(job, result)
        yield result


class RoomNeeded:
    """Guesses how much room what is left of a run needs, from what was written so far."""

    def __init__(self, jobs: Sequence[PageJob]) -> None:
        """Begin a run."""
        self._pages = len(jobs)
        self._jobs = jobs
        self._finished: set[str] = set()
        self._read = self._written = 0
        self._needed = ""

    def take(self, job: PageJob, result: PageResult) -> None:
        """Take note of a page."""
        if result.status is not JobStatus.CANCELLED and result.error_code != DiskFullError.code:
            self._finished.add(job.id)
            if result.output is not None and len(self._finished) <= _MOST_WEIGHED:
                self._read += _size_of(job.source.path) // job.source.pages
                self._written += _size_of(result.output) // job.source.pages

    def explained(self, result: PageResult) -> PageResult:
        """Add to a fault how much room is needed; the same to every fault of a run."""
        self._needed = self._needed or self._told()
        return result.model_copy(update={"error": result.error + self._needed})

    def _told(self) -> str:
        left = [job for job in self._jobs if job.id not in self._finished]
        read = sum(_size_of(job.source.path) // job.source.pages for job in left)
        needed = read * self._written / self._read if self._read else read
        pages = "1 page" if len(left) == 1 else f"{len(left):,} pages"
        return _NEEDED.format(needed=_spelled(needed), left=pages)


_MOST_WEIGHED = 2000
"""So many pages tell well enough how large results are."""


def _hindrance(verdict: Verdict) -> str:
    return {Standing.FOREIGN: IS_FOREIGN, Standing.ALTERED: IS_ALTERED}.get(verdict.standing, "")


def _replacing(jobs: Sequence[PageJob]) -> list[PageJob]:
    return [job.model_copy(update={"output": job.output.model_copy(update={"overwrite": True})}) for job in jobs]


def _size_of(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _spelled(size_bytes: float) -> str:
    """Bytes for people, rounded up, as in "1.3 GB"."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= size:
            return f"{size_bytes / size + 0.05:.1f} {unit}"
    return f"{size_bytes / 1e3 + 0.5:.0f} kB"
