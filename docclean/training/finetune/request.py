"""What a user asks of fine-tuning, and how it is going: values that both front ends share. Torch-free."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from docclean.core.cancel import CancelToken
from docclean.core.page import PixelArray
from docclean.training.config import Regularizer


class Mode(StrEnum):
    """What there is to learn from."""

    PAIRS = "pairs"
    """Dirty pages and their clean twins."""
    OWN_PAPER = "own-paper"
    """Dirty pages alone: their paper is put under clean pages that the program sets itself."""
    TWO_SCANS = "two-scans"
    """Two dirty scans of the same sheets: what differs is noise."""


class Scope(StrEnum):
    """Which weights are trained."""

    AUTO = "auto"
    """Adapters on few pages, everything on many."""
    ADAPTERS = "adapters"
    DECODER = "decoder"
    EVERYTHING = "everything"


class FinetuneRequest(BaseModel):
    """A fine-tuning run, as asked for.

    Attributes:
        mode: What there is to learn from.
        dirty: Folder of dirty pages, or one that holds both kinds under names with suffixes; of first scans for
            TWO_SCANS.
        clean: Folder of clean twins, or of second scans; None for OWN_PAPER, for suffixes and for a table.
        table: CSV file with a dirty and a clean page in each row; None without.
        dirty_suffix: What ends the names of dirty pages where one folder holds both, e.g. "-dirty".
        clean_suffix: What ends those of their twins.
        base: Model to start from; empty for the default denoiser.
        name: Id of the new model.
        minutes: Time for training, without reading pages and without the verdict.
        steps: Optimizer steps instead of a time; None to measure how many fit into `minutes`.
        seed: Determines everything that is drawn at random.
        scope: Which weights are trained.
        regularizer: Penalty on the features in the bottleneck.
        regularizer_weight: What it is multiplied with.
        learning_rate: Peak of the schedule; None for the scope's own.
        batch: Crops in a minibatch, half of them replayed.
        crop: Side of a crop, px.
        dpi: Resolution that PDF pages are drawn at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = Mode.PAIRS
    dirty: Path
    clean: Path | None = None
    table: Path | None = None
    dirty_suffix: str = "-dirty"
    clean_suffix: str = "-clean"
    base: str = ""
    name: str
    minutes: float = Field(default=10.0, gt=0, le=7 * 24 * 60)
    steps: int | None = Field(default=None, ge=1)
    seed: int = 0
    scope: Scope = Scope.AUTO
    regularizer: Regularizer = Regularizer.NONE
    regularizer_weight: float = Field(default=1e-3, ge=0)
    learning_rate: float | None = Field(default=None, gt=0)
    batch: int = Field(default=8, ge=2, multiple_of=2)
    crop: int = Field(default=256, ge=64, le=512, multiple_of=8)
    dpi: float = Field(default=200.0, ge=50, le=600)


class Stage(StrEnum):
    """What a run is doing."""

    READING = "reading"
    ALIGNING = "aligning"
    PREPARING = "preparing"
    TRAINING = "training"
    JUDGING = "judging"


@dataclass(frozen=True, slots=True)
class StepNews:
    """A step is done.

    Attributes:
        step: Steps done.
        steps: Steps in all.
        loss: Loss of this one.
        seconds_left: Estimate until training ends, s; None while nobody knows.
    """

    step: int
    steps: int
    loss: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class CheckNews:
    """The held-out pages were looked at.

    Attributes:
        step: Steps done.
        loss: Mean training loss since the last time.
        rmse: Root mean square error on the held-out pages, 0..1; at step 0 that of the base model.
        is_best: Whether no earlier one was lower.
        seconds: Time spent training, s.
    """

    step: int
    loss: float | None
    rmse: float
    is_best: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A part of a held-out page, each (H, W, 3), uint8, RGB, of one size.

    Attributes:
        name: The page's name.
        dirty: As it came.
        now: As the model restores it now.
        truth: As it should be.
        step: Steps done.
    """

    name: str
    dirty: PixelArray
    now: PixelArray
    truth: PixelArray
    step: int


@dataclass(frozen=True, slots=True)
class FinetuneWatch:
    """Who follows a run. All are called in the thread that trains and must return fast, but for `between`.

    Attributes:
        stage: Told what is being done, how many parts are done, and of how many.
        step: Told after every step.
        check: Told after every look at the held-out pages.
        picture: Given a live picture after such a look.
        note: Told what the user should know, one sentence each: pairs left out, memory that ran short.
        between: Called between steps, pages and tiles; may do other work or wait, while the clock of the run stands.
        cancel: Stops the run at the next step; its state is saved and it can be resumed.
        enough: Ends training at the next step: the best state so far becomes the model.
    """

    stage: Callable[[Stage, int, int], None] = lambda _stage, _done, _total: None
    step: Callable[[StepNews], None] = lambda _news: None
    check: Callable[[CheckNews], None] = lambda _news: None
    picture: Callable[[LivePicture], None] = lambda _picture: None
    note: Callable[[str], None] = lambda _sentence: None
    between: Callable[[], None] = lambda: None
    cancel: CancelToken = field(default_factory=CancelToken)
    enough: CancelToken = field(default_factory=CancelToken)
