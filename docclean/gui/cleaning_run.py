"""Cleaning the queue: which pages the engine gets, in which order, and how far it has come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from docclean.core.errors import DiskFullError, WriteError
from docclean.core.job import OutputSpec, PageJob, PageResult
from docclean.core.pace import Pace
from docclean.core.page import PageSource
from docclean.core.progress import Progress
from docclean.core.recipe import Recipe
from docclean.gui.engine_thread import EngineThread
from docclean.gui.page_item import ItemStatus, PageItem
from docclean.gui.page_queue import PageQueue

_UNKEPT = (WriteError.code, DiskFullError.code)
_MOST_UNKEPT = 3
"""After so many results in a row that could not be written, a run ends by itself."""


@dataclass(frozen=True, slots=True)
class RunFigures:
    """How far a run has come.

    Attributes:
        done: Pages that are through, whatever came of them.
        total: Pages of the run.
        share: 0..1, the page in work included.
        pages_per_minute: Since the start, pauses left out; 0 before the first page is through.
        seconds_left: At that speed; None while it is not known.
        waits_for_training: Whether the engine trains a model, and pages wait for its end.
    """

    done: int = 0
    total: int = 0
    share: float = 0.0
    pages_per_minute: float = 0.0
    seconds_left: float | None = None
    waits_for_training: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What came of a run: pages by outcome, those that somebody should look at, and those that were left alone."""

    cleaned: int
    review: int
    failed: int
    stopped: int
    kept: int = 0


@dataclass(frozen=True, slots=True)
class _Sent:
    """A page on its way, with what it went with. The page may have left the queue meanwhile."""

    item: PageItem
    recipe: Recipe
    source: PageSource

    @property
    def is_outdated(self) -> bool:
        """Whether the page shall be cleaned or read in another way by now."""
        recipe = self.item.recipe
        is_same = recipe is self.recipe or recipe == self.recipe  # most are one object, and comparing takes its time
        return not is_same or self.item.source is not self.source


class CleaningRun(QObject):
    """Sends pages of the queue to the engine and takes their results.

    Attributes:
        changed: A page began or is through, or the run began, ended, or is held.
        progressed: The page in work got on; nothing but the figures changed.
        finished: A `RunSummary`; nothing is left to do.
        failed: A page failed; its item.
    """

    changed = Signal()
    progressed = Signal()
    finished = Signal(object)
    failed = Signal(object)

    def __init__(self, engine: EngineThread, queue: PageQueue, drafts: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._queue, self._drafts = engine, queue, drafts
        self._sent: dict[str, _Sent] = {}
        self._results: dict[str, PageResult] = {}
        self._current = ""
        self._pace = Pace({})
        self._unkept = 0
        engine.page_started.connect(self._on_started)
        engine.progressed.connect(self._on_progress)
        engine.page_done.connect(self._on_done)
        engine.engine_failed.connect(self._on_engine_failed)
        engine.pause_changed.connect(self._on_pause)
        engine.training_changed.connect(self._on_training)
        queue.rearranged.connect(self._follow_queue)

    @property
    def is_on(self) -> bool:
        """Whether pages are being cleaned or wait for it."""
        return bool(self._sent)

    @property
    def current(self) -> PageItem | None:
        """The page in work."""
        return self._queue.get(self._current) if self._current else None

    def is_sent(self, item: PageItem) -> bool:
        """Whether a page is on its way through the engine."""
        return item.id in self._sent

    def left_to_clean(self) -> list[PageItem]:
        """Pages that have no result for their present settings, and are not on their way."""
        return [item for item in self._queue.items if not item.is_current and item.id not in self._sent]

    def has_left_to_clean(self) -> bool:
        """Whether `left_to_clean` gives any page."""
        return any(not item.is_current and item.id not in self._sent for item in self._queue.items)

    def start(self, items: Sequence[PageItem]) -> None:
        """Clean these pages, after those that are on their way."""
        fresh = [item for item in items if item.id not in self._sent]
        if not fresh:
            return
        if not self._sent:
            self._results, self._pace, self._unkept = {}, Pace({}), 0
            self._hold(is_held=self._engine.is_training)
        self._queue.set_status([item.id for item in fresh], ItemStatus.WAITING)
        self._send(fresh)
        self.changed.emit()

    def stop(self) -> None:
        """Stop at the next tile; pages that have not begun wait again. Saving and the batch go on."""
        waiting = self._engine.withdraw(self._sent.keys())
        self._take_back(waiting)
        for item_id in self._sent:
            self._engine.skip(item_id)
        if self._engine.is_paused:
            self._engine.resume()
        self._queue.set_status([i for i in waiting if self._queue.get(i)], ItemStatus.WAITING)
        self._end_if_done()

    def skip(self, ids: Collection[str]) -> None:
        """Leave pages out of this run: the one in work stops at its next tile."""
        waiting = [item_id for item_id in self._engine.withdraw(ids) if item_id in self._sent]
        self._take_back(waiting)
        self._queue.set_status(waiting, ItemStatus.CANCELLED)
        for item_id in ids:
            if item_id in self._sent:  # it has begun
                self._engine.skip(item_id)
        self._end_if_done()

    def figures(self) -> RunFigures:
        """How far the run has come."""
        done, total = len(self._results), len(self._results) + len(self._sent)
        return RunFigures(
            done=done,
            total=total,
            share=self._pace.fraction,
            pages_per_minute=self._pace.pages_per_minute,
            seconds_left=self._pace.seconds_left,
            waits_for_training=self._engine.is_training and not self._current,
        )

    def _send(self, items: Sequence[PageItem]) -> None:
        self._sent.update({item.id: _Sent(item, item.recipe, item.source) for item in items})
        self._pace.add({item.id: 1.0 for item in items})
        self._engine.submit([self._job_of(item) for item in items])

    def _take_back(self, ids: Collection[str]) -> None:
        for item_id in ids:
            del self._sent[item_id]
        self._pace.drop(ids)

    def _hold(self, *, is_held: bool) -> None:
        if is_held:
            self._pace.hold()
        else:
            self._pace.start()

    def _job_of(self, item: PageItem) -> PageJob:
        output = OutputSpec(path=self._drafts / f"{item.id}.png", overwrite=True, is_draft=True)
        return PageJob(id=item.id, source=item.source, recipe=item.recipe, output=output)

    @Slot(str)
    def _on_started(self, job_id: str) -> None:
        if job_id in self._sent:
            self._current = job_id
            self._hold(is_held=self._engine.is_paused)
            self._queue.set_status([job_id], ItemStatus.CLEANING)
            self.changed.emit()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.job_id in self._sent:
            self._queue.set_progress(progress)
            item = self._queue.get(progress.job_id)
            self._pace.follow(progress.job_id, item.progress if item is not None else 0.0)
            self.progressed.emit()

    @Slot(object)
    def _on_done(self, result: PageResult) -> None:
        sent = self._sent.pop(result.job_id, None)
        if sent is None:
            return
        if self._current == result.job_id:
            self._current = ""
        self._pace.ready(result.job_id)
        self._results[result.job_id] = result
        item = self._queue.get(result.job_id)
        if sent.item.source is not sent.source:  # it shall be drawn now, or left alone: what came is of no use
            self._send([item] if item is not None else [])
            return
        if item is None:  # it was taken out meanwhile; it may come back
            sent.item.take_result(result, sent.recipe)
        self._queue.set_result(result, sent.recipe)
        if item is not None and item.status is ItemStatus.FAILED:
            self.failed.emit(item)
        self._unkept = self._unkept + 1 if result.error_code in _UNKEPT else 0
        if self._unkept == _MOST_UNKEPT and self._sent:  # the disk is full: cleaning the others would be for nothing
            self.stop()
            return
        self._end_if_done()

    @Slot(str)
    def _on_engine_failed(self, sentence: str) -> None:
        sent, self._sent, self._current = self._sent, {}, ""
        for one in sent.values():
            one.item.status = ItemStatus.WAITING  # also of pages that were taken out meanwhile
        self._queue.set_status(sent, ItemStatus.WAITING)
        if sent:
            self._end_if_done()

    @Slot(bool)
    def _on_pause(self, is_paused: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._hold(is_held=is_paused)
        self.changed.emit()

    @Slot()
    def _on_training(self) -> None:
        """A training begins after the pages that are there, or it is over."""
        if not self._engine.is_training:
            self._hold(is_held=self._engine.is_paused)
        self.changed.emit()

    def _end_if_done(self) -> None:
        if not self._sent and self._results:
            self.finished.emit(self._summary())
            self._results = {}
        self.changed.emit()

    def _summary(self) -> RunSummary:
        statuses = [item.status for item in map(self._queue.get, self._results) if item is not None]
        return RunSummary(
            cleaned=sum(s in (ItemStatus.DONE, ItemStatus.UNCHANGED, ItemStatus.REVIEW) for s in statuses),
            review=statuses.count(ItemStatus.REVIEW),
            failed=statuses.count(ItemStatus.FAILED),
            stopped=statuses.count(ItemStatus.CANCELLED),
            kept=statuses.count(ItemStatus.KEPT),
        )

    @Slot()
    def _follow_queue(self) -> None:
        """Bring what waits in line with the queue: pages that went, moved, or got other settings meanwhile."""
        waiting = [item_id for item_id in self._sent if item_id != self._current]
        if not waiting:
            return
        gone = [item_id for item_id in waiting if self._queue.get(item_id) is None]
        changed = [i for i in waiting if self._queue.get(i) and self._sent[i].is_outdated]
        self._take_back(self._engine.withdraw({*gone, *changed}))
        self._send([item for i in changed if i not in self._sent and (item := self._queue.get(i))])
        self._engine.arrange([item.id for item in self._queue.items if item.id in self._sent])
