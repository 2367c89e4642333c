"""A run over several workers: hands out pages, does again what a lost worker had, and gives results.

What is handed out is a unit: a page, or all pages of a document. A worker has one parcel of units at a time, so no page
waits at a worker while another one is idle, and what is in work is bounded by the number of workers. A worker says
when a file is complete, and waits until that is noted before the file gets its name; so when a worker is lost it is
known whether its file is there. What is not there is done again by another worker.
"""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from docclean.core.cancel import CancelToken
from docclean.core.errors import DoccleanError, ReadError, WorkerError
from docclean.core.files import sha256_of, sweep_unfinished
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import ProgressSink
from docclean.engine.attempt import Announce
from docclean.engine.runner import units_of
from docclean.engine.session import EngineSession
from docclean.engine.worker_messages import Announced, Broken, Crew, Done, Idle, Logged, Lost, Message, Ready, Told

logger = logging.getLogger(__name__)

MOST_LOSSES = 3
"""So often a page is tried whose worker is lost over it."""

_POLL_S = 0.1
_IS_FATAL = (
    "was given up, because each time that it was cleaned the worker process ended without a word ({times} times); "
    "it may need more memory than there is. The other pages were not affected."
)
_NOBODY_STAYS = (
    "The workers end as soon as they start, and nothing more was cleaned; look into the log, which `docclean doctor` "
    "names, or clean with --workers 1 --engine local."
)


@dataclass(slots=True)
class _Unit:
    """Pages that go into one file, and what is known of them. Results are given when all are there."""

    jobs: list[PageJob]
    results: dict[str, PageResult] = field(default_factory=dict)
    announced: Announced | None = None
    losses: int = 0

    @property
    def path(self) -> Path:
        """Where the file goes."""
        return self.jobs[0].output.path

    @property
    def is_done(self) -> bool:
        """Whether all results are there."""
        return len(self.results) == len(self.jobs)

    def all_results(self) -> list[PageResult]:
        """Give the results in the order of the jobs."""
        return [self.results[job.id] for job in self.jobs]

    def rescue(self) -> None:
        """Find out whether a lost worker has given the file its name, and take the results that it announced."""
        with suppress(ReadError):
            if self.announced is not None and sha256_of(self.path) == self.announced.digest:
                self.results = {result.job_id: result for result in self.announced.results}

    def give_up(self) -> None:
        """Let the pages fail."""
        for job in self.jobs:
            error = f"{job.source.path}: {_IS_FATAL.format(times=self.losses)}"
            facts = {"job_id": job.id, "status": JobStatus.FAILED, "error": error, "error_code": WorkerError.code}
            self.results[job.id] = PageResult.model_validate(facts)

    def cancel(self) -> None:
        """Let the pages come back as cancelled."""
        self.results = {job.id: PageResult(job_id=job.id, status=JobStatus.CANCELLED) for job in self.jobs}


class WorkerRun:
    """One run over a crew. `run_jobs` may be called once."""

    def __init__(self, crew: Crew, *, pages_at_once: int = 1) -> None:
        """Nothing is started yet.

        Args:
            crew: The workers; they are started and ended by the run.
            pages_at_once: A parcel has at least one unit, and more as long as it has fewer pages than this.
        """
        self._crew, self._pages_at_once = crew, pages_at_once
        self._units: Iterator[_Unit] = iter(())
        self._has_more = True
        self._again: deque[_Unit] = deque()
        self._idle: deque[int] = deque()
        self._at_work: dict[int, list[_Unit]] = {}
        self._fruitless = 0
        self._left_behind: set[Path] = set()

    def run_jobs(
        self,
        jobs: Iterable[PageJob],
        session: EngineSession,  # noqa: ARG002 - all that run jobs are called alike
        progress: ProgressSink,
        cancel: CancelToken,
        skip: Mapping[str, CancelToken] | None = None,
        *,
        announce: Announce | None = None,
    ) -> Iterator[PageResult]:
        """Clean pages, as `docclean.engine.runner.run_jobs` does, but for the order of results.

        Args:
            jobs: Pages; those of one multi-page file follow one another. They are asked for when a worker is idle.
            session: Without a part in this: every worker has its own.
            progress: Told about the pages of all workers, mixed, and not about every tile.
            cancel: Stops all workers. What is left then comes back as cancelled.
            skip: As there, but looked at only before a page is handed out.
            announce: As there; called in this thread.

        Yields:
            One result per job as they come; those of one file in their order, one after the other.

        Raises:
            DoccleanError: No worker can work.
        """
        self._units = (_Unit(unit) for unit in units_of(jobs))
        try:
            self._crew.start()
            while self._has_more or self._again or self._at_work:
                if cancel.is_cancelled:
                    break
                yield from self._hand_out(skip or {})
                for worker, message in self._crew.wait(_POLL_S):
                    yield from self._take(worker, message, progress, announce)
            self._crew.cancel()
            while self._at_work:
                for worker, message in self._crew.wait(_POLL_S):
                    yield from self._take(worker, message, progress, announce, is_cancelled=True)
            for unit in (*self._again, *self._units):
                unit.cancel()
                yield from unit.all_results()
        finally:
            self._crew.close()
            for folder in self._left_behind:
                sweep_unfinished(folder, with_fresh=True)

    def _hand_out(self, skip: Mapping[str, CancelToken]) -> Iterator[PageResult]:
        """Give every idle worker a parcel; tell of pages that are to be skipped."""
        while self._idle and (parcel := self._next_parcel()):
            for unit in parcel:
                token = skip.get(unit.jobs[0].id)
                if token is not None and token.is_cancelled:
                    unit.cancel()
                    yield from unit.all_results()
            parcel = [unit for unit in parcel if not unit.is_done]
            if parcel:
                worker = self._idle.popleft()
                self._at_work[worker] = parcel
                self._crew.hand_out(worker, [job for unit in parcel for job in unit.jobs])

    def _next_parcel(self) -> list[_Unit]:
        """Give what is to be done next; a unit whose worker was lost goes alone, because it may be the reason."""
        if self._again:
            return [self._again.popleft()]
        parcel: list[_Unit] = []
        while not parcel or sum(len(unit.jobs) for unit in parcel) < self._pages_at_once:
            unit = next(self._units, None)
            if unit is None:
                self._has_more = False
                break
            parcel.append(unit)
        return parcel

    def _take(
        self,
        worker: int,
        message: Message,
        progress: ProgressSink,
        announce: Announce | None,
        *,
        is_cancelled: bool = False,
    ) -> Iterator[PageResult]:
        """Do what a message asks for."""
        match message:
            case Done():
                yield from self._done(worker, message.result)
            case Announced():
                self._crew.answer(worker, self._noted(worker, message, announce))
            case Told():
                progress(message.progress)
            case Logged():
                logging.getLogger(message.record.name).handle(message.record)
            case Lost():
                yield from self._lost(worker, is_cancelled=is_cancelled)
            case Ready() | Idle() | Broken():
                self._see(worker, message)

    def _see(self, worker: int, message: Ready | Idle | Broken) -> None:
        """Take note of how a worker is."""
        match message:
            case Ready():
                logger.info("worker %d is process %d on %s", worker, message.pid, message.host)
            case Idle():
                del self._at_work[worker]
            case Broken():
                raise _explained(message.fault)
        self._idle.append(worker)

    def _unit_of(self, worker: int, job_id: str) -> _Unit:
        return next(unit for unit in self._at_work[worker] if any(job.id == job_id for job in unit.jobs))

    def _noted(self, worker: int, message: Announced, announce: Announce | None) -> Exception | None:
        """Take note of a file that is complete; why it may not get its name, or None."""
        unit = self._unit_of(worker, message.job_ids[0])
        if announce is not None:
            try:
                announce(unit.jobs, message.results, message.digest)
            except Exception as fault:  # noqa: BLE001 - it is the page's fault, and told where the page is
                return fault
        unit.announced = message
        return None

    def _done(self, worker: int, result: PageResult) -> Iterator[PageResult]:
        unit = self._unit_of(worker, result.job_id)
        unit.results[result.job_id] = result
        self._fruitless = 0
        if unit.is_done:
            yield from unit.all_results()

    def _lost(self, worker: int, *, is_cancelled: bool) -> Iterator[PageResult]:
        """Replace a worker, and see what became of its pages."""
        if worker in self._idle:
            self._idle.remove(worker)
        parcel = [unit for unit in self._at_work.pop(worker, []) if not unit.is_done]
        logger.warning("worker %d was lost with %d files in work", worker, len(parcel))
        self._fruitless += 1
        if self._fruitless > MOST_LOSSES * self._crew.size:
            raise WorkerError(_NOBODY_STAYS)
        if not is_cancelled:
            self._crew.replace(worker)
        for unit in parcel:
            self._left_behind.add(unit.path.parent)
            unit.losses += 1
            unit.rescue()
            if not unit.is_done and is_cancelled:
                unit.cancel()
            elif not unit.is_done and unit.losses >= MOST_LOSSES:
                unit.give_up()
            if unit.is_done:
                yield from unit.all_results()
            else:
                unit.results, unit.announced = {}, None
                self._again.append(unit)


def _explained(fault: Exception) -> DoccleanError:
    """Say why a worker cannot start."""
    if isinstance(fault, DoccleanError):
        return fault
    logger.error("a worker cannot start", exc_info=fault)
    return WorkerError(_NOBODY_STAYS)
