"""A model being fine-tuned: asked for, followed, steered. It lives as long as the window, not its dialog."""

import logging
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from docclean.gui.desk import TrainingOrder
from docclean.gui.engine_thread import EngineThread
from docclean.gui.training_work import Remark, StageNews, TrainingEnd, TrainingNews
from docclean.gui.wording import in_the_window
from docclean.training.finetune.request import CheckNews, FinetuneRequest, LivePicture, Stage, StepNews

if TYPE_CHECKING:
    from docclean.training.finetune.project import Outcome

logger = logging.getLogger(__name__)

_MOST_POINTS = 2000
"""So many points of the loss are kept; then every second one goes, and only every second one is taken."""


class FinetuneState(StrEnum):
    """How far a run has come."""

    IDLE = "idle"
    WAITING = "waiting"
    """For the pages that are being cleaned."""
    RUNNING = "running"
    HELD = "held"
    STOPPING = "stopping"
    KEEPING = "keeping"
    """Training ends at its next step, then the best state is judged."""
    STOPPED = "stopped"
    """It can be resumed."""
    FAILED = "failed"
    FINISHED = "finished"


_ACTIVE = frozenset(
    {
        FinetuneState.WAITING,
        FinetuneState.RUNNING,
        FinetuneState.HELD,
        FinetuneState.STOPPING,
        FinetuneState.KEEPING,
    }
)


@dataclass(slots=True)
class FinetuneFigures:
    """Where a run stands.

    Attributes:
        stage: What is being done; None before it began.
        done: Parts of the stage that are done.
        total: Of how many.
        step: Steps done.
        steps: Steps in all; 0 as long as nobody knows.
        seconds_left: Until training ends, s; None while nobody knows.
        losses: Step and loss, in order; thinned out when they are many.
        checks: What the held-out pages said, in order.
        picture: The last live picture.
        remarks: What the user should know, one sentence each.
    """

    stage: Stage | None = None
    done: int = 0
    total: int = 0
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    losses: list[tuple[int, float]] = field(default_factory=list)
    checks: list[CheckNews] = field(default_factory=list)
    picture: LivePicture | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def fraction(self) -> float | None:
        """How much of the stage is done, 0..1; None while nobody knows."""
        if self.stage is Stage.TRAINING:
            return self.step / self.steps if self.steps else None
        return self.done / self.total if self.total else None

    @property
    def best(self) -> CheckNews | None:
        """The look at the held-out pages with the least error."""
        return min(self.checks, key=lambda check: check.rmse, default=None)


class FinetuneRun(QObject):
    """One run at a time; belongs to the window's thread.

    Attributes:
        changed: The state is another.
        progressed: Only the figures are others.
        pictured: There is another live picture.
        finished: The run is over, whatever came of it.
        kept: A new model is among the user's own: its `Outcome`.
        engine: The thread that it runs in.
        wish: What the form said when it was last seen; None before.
        default_before: Id of the model that was the default before the user chose the new one; empty if that was not.
    """

    changed = Signal()
    progressed = Signal()
    pictured = Signal()
    finished = Signal()
    kept = Signal(object)

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self._state = FinetuneState.IDLE
        self._request: FinetuneRequest | None = None
        self._figures = FinetuneFigures()
        self._outcome: Outcome | None = None
        self._fault = ""
        self._stride, self._passed = 1, 0
        self.default_before = ""
        self.wish: FinetuneRequest | None = None
        engine.training_news.connect(self._on_news)
        engine.training_done.connect(self._on_done)

    @property
    def state(self) -> FinetuneState:
        """How far it has come."""
        return self._state

    @property
    def is_active(self) -> bool:
        """Whether it waits, is at work, held, or about to end."""
        return self._state in _ACTIVE

    @property
    def request(self) -> FinetuneRequest | None:
        """What the last start asked for."""
        return self._request

    @property
    def figures(self) -> FinetuneFigures:
        """Where it stands now. Not to be changed by the caller."""
        return self._figures

    @property
    def outcome(self) -> "Outcome | None":
        """The new model and its verdict, once it is finished."""
        return self._outcome

    @property
    def fault(self) -> str:
        """Why it failed, in one sentence; empty if it did not."""
        return self._fault

    @property
    def can_be_resumed(self) -> bool:
        """Whether the last run was stopped on the way."""
        return self._state is FinetuneState.STOPPED and self._figures.stage is not None

    def start(self, request: FinetuneRequest, *, is_resumed: bool = False) -> None:
        """Begin, or go on with an interrupted run. Nothing happens while another is at work."""
        if self.is_active or self.engine.is_training:
            return
        if not (is_resumed and request == self._request):
            self._figures = FinetuneFigures()
            self._stride, self._passed = 1, 0
        self._figures.stage = None
        self._request, self._outcome, self._fault, self.default_before = request, None, "", ""
        self._set_state(FinetuneState.WAITING)
        self.engine.train(TrainingOrder(request, is_resumed))

    @Slot()
    def pause(self) -> None:
        """Hold it between two steps."""
        if self._state is FinetuneState.RUNNING:
            self.engine.hold_training(is_held=True)
            self._set_state(FinetuneState.HELD)

    @Slot()
    def resume(self) -> None:
        """Go on."""
        if self._state is FinetuneState.HELD:
            self.engine.hold_training(is_held=False)
            self._set_state(FinetuneState.RUNNING)

    @Slot()
    def stop(self) -> None:
        """Stop at the next step; what was learned is saved, and the run can be resumed."""
        if self.is_active and self._state is not FinetuneState.STOPPING:
            self._set_state(FinetuneState.STOPPING)
            self.engine.stop_training()

    @Slot()
    def keep(self) -> None:
        """End training at the next step, and judge and keep the best state so far."""
        if self.can_be_kept:
            self._set_state(FinetuneState.KEEPING)
            self.engine.stop_training(keeps_best=True)

    @property
    def can_be_kept(self) -> bool:
        """Whether it trains, so that there is a state to keep."""
        is_on = self._state in (FinetuneState.RUNNING, FinetuneState.HELD)
        return is_on and self._figures.stage is Stage.TRAINING

    def forget(self) -> None:
        """Leave the last run behind, so that another can be asked for."""
        if not self.is_active:
            self._outcome, self._fault = None, ""
            self._set_state(FinetuneState.IDLE)

    def _set_state(self, state: FinetuneState) -> None:
        self._state = state
        self.changed.emit()

    @Slot(object)
    def _on_news(self, news: TrainingNews) -> None:
        if not self.is_active:
            return
        self._take(news)
        if isinstance(news, LivePicture):
            self.pictured.emit()
        if self._state is FinetuneState.WAITING:
            self._set_state(FinetuneState.RUNNING)
        elif isinstance(news, StageNews | Remark):
            self.changed.emit()
        else:
            self.progressed.emit()

    def _take(self, news: TrainingNews) -> None:
        figures = self._figures
        match news:
            case StageNews():
                figures.stage, figures.done, figures.total = news.stage, news.done, news.total
            case StepNews():
                figures.step, figures.steps, figures.seconds_left = news.step, news.steps, news.seconds_left
                self._add_loss(news)
            case CheckNews():  # a run that goes on tells of its earlier steps again
                figures.checks = [*(check for check in figures.checks if check.step < news.step), news]
            case LivePicture():
                figures.picture = news
            case Remark():
                figures.remarks.append(in_the_window(news.sentence))

    def _add_loss(self, news: StepNews) -> None:
        self._passed += 1
        if self._passed % self._stride:
            return
        losses = self._figures.losses
        while losses and losses[-1][0] >= news.step:  # a run that goes on repeats the steps since its last state
            losses.pop()
        losses.append((news.step, news.loss))
        if len(losses) > _MOST_POINTS:
            del losses[::2]
            self._stride *= 2

    @Slot(object)
    def _on_done(self, end: TrainingEnd) -> None:
        if not self.is_active:
            return
        self._figures.seconds_left = None
        self._outcome, self._fault = end.outcome, in_the_window(end.error)
        if end.outcome is not None:
            self._set_state(FinetuneState.FINISHED)
            self.kept.emit(end.outcome)
        else:
            self._set_state(FinetuneState.FAILED if end.error else FinetuneState.STOPPED)
        self.finished.emit()
