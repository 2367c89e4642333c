"""A training in the engine thread: what it tells the window, and how it ends. The network's library is loaded then."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from docclean.core.cancel import CancelledError
from docclean.core.errors import DoccleanError
from docclean.engine.device import resolve_device
from docclean.gui.desk import EngineOptions, TrainingOrder
from docclean.models.catalog import Catalog
from docclean.training.finetune.request import CheckNews, FinetuneWatch, LivePicture, Stage, StepNews

if TYPE_CHECKING:
    from docclean.training.finetune.project import Outcome

logger = logging.getLogger(__name__)

_STEP_INTERVAL_S = 0.1


@dataclass(frozen=True, slots=True)
class StageNews:
    """What is being done: a stage, how many of its parts are done, and of how many."""

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What the user should know, in one sentence."""

    sentence: str


TrainingNews = StageNews | StepNews | CheckNews | LivePicture | Remark


@dataclass(frozen=True, slots=True)
class TrainingEnd:
    """How a training ended.

    Attributes:
        outcome: The new model and its verdict; None if it was stopped or failed.
        error: Why it failed, in one sentence; empty if it did not.
    """

    outcome: "Outcome | None"
    error: str = ""


Trainer = Callable[[TrainingOrder, EngineOptions, FinetuneWatch], "Outcome"]
"""Fine-tunes a model; raises as `project.finetune` does."""


def train_model(order: TrainingOrder, options: EngineOptions, watch: FinetuneWatch) -> "Outcome":
    """Fine-tune on the device of the options.

    Raises:
        DeviceError: There is no such device.
        CancelledError: As `finetune`.
        DoccleanError: As `finetune`.
    """
    from docclean.training.finetune.project import finetune

    return finetune(
        order.request,
        Catalog.installed(dict(options.models)),
        device=resolve_device(options.device).name,
        watch=watch,
        is_resumed=order.is_resumed,
    )


def carry_out(
    order: TrainingOrder,
    options: EngineOptions,
    train: Trainer,
    tell: Callable[[TrainingNews], None],
    between: Callable[[], None],
) -> TrainingEnd:
    """Run a training to its end, whatever that is.

    Args:
        order: What to do.
        options: How the engine shall run.
        train: Does it.
        tell: Told how it is going; of steps ten a second at most, and the last.
        between: Called between steps, pages and tiles.
    """
    watch = FinetuneWatch(
        stage=lambda stage, done, total: tell(StageNews(stage, done, total)),
        step=_Seldom(tell),
        check=tell,
        picture=tell,
        note=lambda sentence: tell(Remark(sentence)),
        between=between,
        cancel=order.cancel,
        enough=order.enough,
    )
    try:
        return TrainingEnd(train(order, options, watch))
    except CancelledError:
        return TrainingEnd(None)
    except DoccleanError as error:
        return TrainingEnd(None, str(error))
    except MemoryError:
        return TrainingEnd(None, _text("The training does not fit into memory; close other programs."))
    except Exception:
        logger.exception("the training")
        return TrainingEnd(None, _text("The training failed because of a fault of the program; see its log."))


class _Seldom:
    """Tells of steps no oftener than anybody can look."""

    def __init__(self, tell: Callable[[TrainingNews], None]) -> None:
        self._tell, self._last = tell, 0.0

    def __call__(self, news: StepNews) -> None:
        now = time.monotonic()
        if news.step >= news.steps or now - self._last >= _STEP_INTERVAL_S:
            self._last = now
            self._tell(news)


def _text(words: str) -> str:
    return QCoreApplication.translate("TrainingWork", words)
