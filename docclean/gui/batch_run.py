"""A folder cleaned into another: found, queued, counted, reported. It lives as long as the window, not its dialog."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from docclean.core.cancel import CancelToken
from docclean.core.errors import DiskFullError
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.pace import Pace
from docclean.core.progress import Progress
from docclean.engine.journal import Journal
from docclean.engine.journaled_runs import RoomNeeded
from docclean.engine.planning import CleanPlan, page_name
from docclean.engine.result_store import ResultStore
from docclean.engine.run_report import clean_report
from docclean.gui.background import BackgroundWork
from docclean.gui.batch_plan import (
    BatchCounts,
    BatchRequest,
    BatchState,
    PlannedBatch,
    SearchWatch,
    plan_batch,
)
from docclean.gui.engine_thread import EngineThread
from docclean.gui.wording import in_the_window
from docclean.models.catalog import Catalog

_ON_THE_DESK = 64
"""So many pages wait at the engine, not all: other work gets its turn, and a stop is quick."""


class BatchRun(QObject):
    """One batch at a time; belongs to the window's thread. `close` it before the engine.

    Attributes:
        changed: State or counts are others; a dialog that shows them reads them again.
        finished: Nothing more will come of this batch.
    """

    changed = Signal()
    finished = Signal()
    _searched = Signal(int)

    def __init__(
        self, engine: EngineThread, parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._clock = clock
        self._journal: Journal | None = None
        self._search = BackgroundWork(self)
        self._cancel = CancelToken()
        self._state = BatchState.IDLE
        self._request: BatchRequest | None = None
        self._fault = ""
        self._was_dropped = False
        self._forget()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)
        for signal, slot in (
            (self._search.succeeded, self._on_planned),
            (self._search.failed, self._on_refused),
            (self._search.cancelled, self._on_search_stopped),
            (self._searched, self._on_searched),
            (engine.page_done, self._on_page_done),
            (engine.progressed, self._on_progressed),
            (engine.dropped, self._on_dropped),
            (engine.engine_failed, self._on_engine_failed),
            (engine.pause_changed, self._on_pause_changed),
        ):
            signal.connect(slot)

    @property
    def state(self) -> BatchState:
        """How far it has come."""
        return self._state

    @property
    def is_active(self) -> bool:
        """Whether it is at work, held, or about to stop."""
        return self._state not in (BatchState.IDLE, BatchState.FINISHED)

    @property
    def request(self) -> BatchRequest | None:
        """What the last start asked for."""
        return self._request

    @property
    def fault(self) -> str:
        """Why it could not start, or broke off, in one sentence; empty if all is well."""
        return self._fault

    @property
    def plan(self) -> CleanPlan:
        """The pages, and what was left out."""
        return self._plan

    @property
    def results(self) -> Mapping[str, PageResult]:
        """What came of the pages so far, by job id."""
        return self._results

    @property
    def counts(self) -> BatchCounts:
        """Where it stands now."""
        finished, pages = self._done + self._failed, len(self._plan.jobs)
        is_over = self._state is BatchState.FINISHED
        return BatchCounts(
            found=self._found,
            pages=pages,
            done=self._done,
            failed=self._failed + len(self._plan.failed),
            existing=len(self._plan.existing),
            stopped=pages - finished if is_over else 0,
            current=page_name(self._current.source) if self._current else "",
            fraction=self._pace.fraction,
            pages_per_minute=self._pace.pages_per_minute,
            seconds_left=None if is_over else self._pace.seconds_left,
            waits_for_training=self._engine.is_training and self._current is None,
        )

    def start(self, request: BatchRequest, catalog: Catalog | None = None) -> None:
        """Look for pages, then clean them. Nothing happens while another batch is at work.

        Args:
            request: What to do.
            catalog: The engine's models; None for those that are installed.
        """
        if self.is_active:
            return
        self._request, self._fault, self._was_dropped = request, "", False
        self._forget()
        self._cancel = CancelToken()
        self._set_state(BatchState.SEARCHING)
        self._search.start(partial(plan_batch, request, SearchWatch(self._cancel, self._searched.emit), catalog))

    @Slot()
    def pause(self) -> None:
        """Hold the engine, and with it all other pages."""
        if self._state is BatchState.RUNNING:
            self._engine.pause()

    @Slot()
    def resume(self) -> None:
        """Go on."""
        if self._state is BatchState.PAUSED:
            self._engine.resume()

    @Slot()
    def stop(self) -> None:
        """End it: the page in work at its next tile, the others at once. Results that are there stay."""
        self._cancel.cancel()
        if self._state not in (BatchState.RUNNING, BatchState.PAUSED):
            return
        was_paused = self._state is BatchState.PAUSED
        self._set_state(BatchState.STOPPING)
        self._take_back(self._engine.withdraw(set(self._submitted)))
        for job_id in self._submitted:
            self._engine.skip(job_id)
        if was_paused:
            self._engine.resume()
        self._finish_if_over()

    @Slot()
    def close(self) -> None:
        """Stop, and wait for the search."""
        self.stop()
        self._search.wait()
        self._close_journal()

    def report(self) -> dict[str, Any]:
        """The report of the last run, as `docclean clean --json` writes it."""
        return clean_report(self._plan, self._results)

    def _forget(self) -> None:
        self._plan = CleanPlan((), (), ())
        self._results = ResultStore()
        self._waiting: deque[list[PageJob]] = deque()
        self._submitted: dict[str, PageJob] = {}
        self._current: PageJob | None = None
        self._pace = Pace({}, clock=self._clock)
        self._room = RoomNeeded(())
        self._found = self._done = self._failed = 0

    def _set_state(self, state: BatchState) -> None:
        self._state = state
        self.changed.emit()

    @Slot(int)
    def _on_searched(self, found: int) -> None:
        if self._state is BatchState.SEARCHING:
            self._found = found
            self.changed.emit()

    @Slot(str)
    def _on_refused(self, sentence: str) -> None:
        self._fault = in_the_window(sentence)
        self._set_state(BatchState.IDLE)

    @Slot()
    def _on_search_stopped(self) -> None:
        self._set_state(BatchState.IDLE)

    @Slot(object)
    def _on_planned(self, planned: PlannedBatch) -> None:
        self._journal = planned.journal
        if self._cancel.is_cancelled:
            self._close_journal()
            self._set_state(BatchState.IDLE)
            return
        plan = self._plan = planned.plan
        self._pace, self._room = Pace(planned.costs, clock=self._clock), RoomNeeded(plan.jobs)
        # Pages of a document must reach the engine together: it writes them into one file.
        self._waiting.extend(list(group) for _, group in groupby(plan.jobs, key=lambda job: job.source.path))
        if not (self._engine.is_paused or self._engine.is_training):
            self._pace.start()
        self._set_state(BatchState.PAUSED if self._engine.is_paused else BatchState.RUNNING)
        self._feed()
        self._finish_if_over()

    def _feed(self) -> None:
        jobs: list[PageJob] = []
        while self._waiting and len(self._submitted) < _ON_THE_DESK:
            document = self._waiting.popleft()
            self._submitted.update({job.id: job for job in document})
            jobs += document
        if jobs:
            self._engine.submit(jobs, announce=None if self._journal is None else self._journal.announce)

    @Slot(object)
    def _on_page_done(self, found: PageResult) -> None:
        job = self._submitted.pop(found.job_id, None)
        if job is None:
            return
        result = self._noted(job, found)
        self._results[result.job_id] = result
        self._done += result.status is JobStatus.DONE
        self._failed += result.status is JobStatus.FAILED
        if self._current is not None and self._current.id == result.job_id:
            self._current = None
        if self._state in (BatchState.RUNNING, BatchState.PAUSED):
            self._feed()
        self.changed.emit()
        self._finish_if_over()

    def _noted(self, job: PageJob, result: PageResult) -> PageResult:
        """Put a result into the journal; a disk that is full ends the batch."""
        is_full = result.error_code == DiskFullError.code
        if is_full:
            result = self._room.explained(result)
            self._fault = in_the_window(result.error)
        self._room.take(job, result)
        self._pace.ready(job.id)
        if self._journal is not None:
            self._journal.record(job, result)
        if is_full and not self._cancel.is_cancelled:
            self.stop()
        return result

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        job = self._submitted.get(progress.job_id)
        if job is None:
            return
        if self._state is BatchState.RUNNING:
            self._pace.start()  # it may have waited for a training
        stages = ["read", *(stage.task.value for stage in job.recipe.stages), "write"]
        ended = stages.index(progress.stage) - 1 if progress.stage in stages else 0
        done = 0.0 if progress.stage in ("read", "write") else progress.done / progress.total
        self._current = job
        if progress.stage == "write":
            self._pace.ready(job.id)
        else:
            self._pace.follow(job.id, (ended + done) / max(1, len(stages) - 2))
        self.changed.emit()

    @Slot(object)
    def _on_dropped(self, ids: list[str]) -> None:
        """Somebody stopped everything."""
        if not self._submitted.keys().isdisjoint(ids):
            self._was_dropped = True
            self._set_state(BatchState.STOPPING)
            self._take_back(ids)
            self._finish_if_over()

    @Slot(str)
    def _on_engine_failed(self, sentence: str) -> None:
        if self._was_dropped:
            self._fault = in_the_window(sentence)
            self.changed.emit()

    @Slot(bool)
    def _on_pause_changed(self, is_paused: bool) -> None:  # noqa: FBT001 - a signal's argument
        if self._state is BatchState.RUNNING and is_paused:
            self._pace.hold()
            self._set_state(BatchState.PAUSED)
        elif self._state is BatchState.PAUSED and not is_paused:
            self._pace.start()
            self._set_state(BatchState.RUNNING)

    def _take_back(self, ids: list[str]) -> None:
        self._waiting.clear()
        for job_id in ids:
            self._submitted.pop(job_id, None)

    def _finish_if_over(self) -> None:
        if not self._submitted and not self._waiting and self.is_active:
            self._current = None
            self._pace.hold()
            self._close_journal()
            self._set_state(BatchState.FINISHED)
            self.finished.emit()
