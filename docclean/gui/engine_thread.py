"""The thread that cleans and trains: one for the whole program, because one device means one consumer."""

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QMetaObject, QObject, Qt, QThread, Signal, Slot

from docclean.core.job import PageJob
from docclean.engine.attempt import Announce
from docclean.engine.session import EngineSession
from docclean.gui.desk import EngineDesk, EngineOptions, PreviewRequest, TrainingOrder
from docclean.gui.training_work import Trainer, TrainingEnd, train_model
from docclean.gui.worker import EngineWorker, open_session


class EngineThread(QObject):
    """The window's side of the engine: wishes in, signals out. All methods belong to the window's thread.

    Signals are those of `EngineWorker`, queued to the window's thread. Who submits jobs knows their ids and leaves
    results of other ids alone: the queue, saving and the batch share the one thread. A job that was submitted comes
    back in `page_done`, in `dropped` (a list of ids that never began), or is given by `withdraw`.

    A training runs in the same thread. Pages that were there before go first, those that come later wait for its end;
    previews and saving are done between its steps.
    """

    page_started = Signal(str)
    progressed = Signal(object)
    page_done = Signal(object)
    run_finished = Signal()
    preview_ready = Signal(object)
    engine_ready = Signal(str)
    dropped = Signal(object)
    engine_failed = Signal(str)
    pause_changed = Signal(bool)
    training_news = Signal(object)
    training_done = Signal(object)
    training_changed = Signal()

    _configured = Signal(object)
    _files_changed = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        open_engine: Callable[[EngineOptions], EngineSession] = open_session,
        train: Trainer = train_model,
    ) -> None:
        super().__init__(parent)
        self._desk = EngineDesk()
        self._is_closed = False
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker = EngineWorker(self._desk, open_engine, train)
        self._worker.moveToThread(self._thread)
        for name in (
            "page_started",
            "progressed",
            "page_done",
            "run_finished",
            "preview_ready",
            "engine_ready",
            "dropped",
            "engine_failed",
            "training_news",
            "training_done",
        ):
            getattr(self._worker, name).connect(getattr(self, name), Qt.ConnectionType.QueuedConnection)
        self._thread.finished.connect(self._start_again)
        self.run_finished.connect(self._end_pause)
        self.training_done.connect(self.training_changed)
        self._configured.connect(self._worker.configure, Qt.ConnectionType.QueuedConnection)
        self._files_changed.connect(self._worker.forget_pages, Qt.ConnectionType.QueuedConnection)

    @property
    def is_running(self) -> bool:
        """Whether the thread runs, at work or not."""
        return self._thread.isRunning()

    @property
    def is_busy(self) -> bool:
        """Whether pages are being cleaned or saved, or wait for it."""
        return self._desk.is_busy

    @property
    def is_paused(self) -> bool:
        """Whether the run is held."""
        return self._desk.is_paused

    @property
    def is_training(self) -> bool:
        """Whether a training is on, or waits."""
        return self._desk.is_training

    def train(self, order: TrainingOrder) -> None:
        """Fine-tune a model; `training_done` tells of its end.

        Raises:
            ValueError: A training is on, or waits.
        """
        self._desk.order(order)
        self.training_changed.emit()
        self._wake()

    def hold_training(self, *, is_held: bool) -> None:
        """Hold the training between two steps, or let it go on."""
        self._desk.hold_training(is_held=is_held)

    def stop_training(self, *, keeps_best: bool = False) -> None:
        """Stop the training at its next step; it can be resumed, or its best state is judged and kept."""
        if self._desk.stop_training(keeps_best=keeps_best):
            self.training_done.emit(TrainingEnd(None))

    def configure(self, options: EngineOptions) -> None:
        """Choose the device; takes effect at the next run. Also to be called after models were added or removed."""
        self._configured.emit(options)

    def submit(self, jobs: Sequence[PageJob], *, is_urgent: bool = False, announce: Announce | None = None) -> None:
        """Queue jobs; urgent ones go before those that wait.

        Args:
            jobs: Pages.
            is_urgent: Whether they go first.
            announce: See `run_jobs`; called in the engine's thread.
        """
        self._desk.put(jobs, is_urgent=is_urgent, announce=announce)
        self._wake()

    def withdraw(self, ids: Collection[str]) -> list[str]:
        """Take back jobs that have not begun; gives their ids."""
        return self._desk.withdraw(ids)

    def arrange(self, ids: Sequence[str]) -> None:
        """Put the waiting jobs into another order."""
        self._desk.arrange(ids)

    def skip(self, job_id: str) -> None:
        """Stop one page; it comes back as cancelled."""
        self._desk.skip(job_id)

    def cancel_all(self) -> list[str]:
        """Stop; the page in work comes back as cancelled, and the ids of those that had not begun are given."""
        waiting = self._desk.cancel_all()
        self.pause_changed.emit(False)
        self.dropped.emit(waiting)
        return waiting

    @Slot()
    def pause(self) -> None:
        """Hold the run between two tiles."""
        self._desk.pause()
        self.pause_changed.emit(True)

    @Slot()
    def resume(self) -> None:
        """Go on."""
        self._desk.resume()
        self.pause_changed.emit(False)

    def preview(self, request: PreviewRequest) -> None:
        """Ask to see a part of a page; answers come as `preview_ready`, also while pages are being cleaned."""
        self._desk.ask(request)
        self._wake()

    def forget_preview(self, channel: str) -> None:
        """Nobody wants to see it any more."""
        self._desk.forget(channel)

    def forget_pages(self) -> None:
        """Files may have changed; previews read them again."""
        self._files_changed.emit()

    def close(self, timeout_ms: int = 5000) -> bool:
        """Stop everything and end the thread for good; whether it ended in time. If not, it can be used further."""
        self._desk.cancel_all()
        self.stop_training()
        self._thread.quit()
        self._is_closed = not self._thread.isRunning() or self._thread.wait(timeout_ms)
        return self._is_closed

    @Slot()
    def _start_again(self) -> None:
        """What was asked for while the thread could not be closed in time waits still."""
        if not self._is_closed and self._desk.has_work:
            self._wake()

    @Slot()
    def _end_pause(self) -> None:
        """A run that is over cannot be held: its last page was skipped, or taken out of the queue."""
        if self._desk.is_paused and not self._desk.is_busy:
            self.resume()

    def _wake(self) -> None:
        if self._is_closed:
            return
        if not self._thread.isRunning():
            self._thread.start()
        QMetaObject.invokeMethod(self._worker, "work", Qt.ConnectionType.QueuedConnection)
