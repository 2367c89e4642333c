"""A trainer that trains nothing, in steps that a test can hold, and what comes of it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from docclean.core.page import PixelArray
from docclean.core.recipe import Task
from docclean.core.resources import resource_path
from docclean.gui.desk import EngineOptions, TrainingOrder
from docclean.gui.pair_check import PagesWanted, PairRow, PairState
from docclean.imaging.metrics import PageScores
from docclean.models.catalog import DEFAULTS
from docclean.models.manifest import MANIFEST, ModelManifest, read_manifest
from docclean.training.finetune.project import Outcome
from docclean.training.finetune.request import CheckNews, FinetuneWatch, LivePicture, Stage, StepNews
from docclean.training.finetune.verdict import BASE, LINEAR, NEW, RAW, Checkup, JudgedPage, Verdict


@dataclass
class FakeTrainer:
    """Takes `steps` steps; `gate`, when cleared, holds it before each.

    Attributes:
        held_before: The step before which it clears the gate itself; 0 for none.
        orders: What it was asked for.
        fault: Raised after the first step.
        outcome: What it gives.
    """

    outcome: Outcome
    steps: int = 4
    held_before: int = 0
    fault: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    reached: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    orders: list[TrainingOrder] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    def __call__(self, order: TrainingOrder, options: EngineOptions, watch: FinetuneWatch) -> Outcome:
        self.orders.append(order)
        watch.stage(Stage.READING, 0, 2)
        watch.note("left-out.png: has no twin; it is left out.")
        watch.stage(Stage.TRAINING, 0, self.steps)
        watch.check(CheckNews(0, None, 0.08, is_best=True, seconds=0.0))
        for step in range(1, self.steps + 1):
            if step == self.held_before:
                self.gate.clear()
            self.reached.release()
            while not self.gate.wait(0.01):
                watch.between()
                if watch.cancel.is_cancelled or watch.enough.is_cancelled:
                    break
            watch.between()
            watch.cancel.raise_if_cancelled()
            if watch.enough.is_cancelled:
                break
            watch.step(StepNews(step, self.steps, 0.5 / step, 2.0 * (self.steps - step)))
            watch.check(CheckNews(step, 0.5 / step, 0.08 - 0.005 * step, is_best=True, seconds=float(step)))
            watch.picture(live_picture(step))
            if self.fault is not None:
                raise self.fault
        watch.stage(Stage.JUDGING, 0, 1)
        return self.outcome


def blots(seed: int, size: tuple[int, int] = (96, 128)) -> PixelArray:
    """Pixels, (H, W, 3)."""
    rng = np.random.default_rng(seed)
    return np.repeat(rng.integers(0, 256, (*size, 1), dtype=np.uint8), 3, axis=2)


def live_picture(step: int) -> LivePicture:
    return LivePicture("page-3.png", blots(1), blots(2 + step), blots(3), step)


def scores(rmse: float) -> PageScores:
    return PageScores(rmse=rmse, psnr_db=-20 * float(np.log10(rmse)), ssim=0.9, ink_lost=0.01, ink_added=0.02)


def verdict(*, is_better: bool = True, has_forgotten: bool = False) -> Verdict:
    by_name = {RAW: scores(0.16), LINEAR: scores(0.11), BASE: scores(0.08), NEW: scores(0.06 if is_better else 0.09)}
    states = (RAW, LINEAR, BASE, NEW, "truth")
    pages = tuple(
        JudgedPage(f"page-{n}.png", by_name, {name: blots(n + place) for place, name in enumerate(states)})
        for n in (3, 7)
    )
    checkup = Checkup(25.0, 0.01, 0.004)
    worse = replace(checkup, psnr_db=24.0) if has_forgotten else checkup
    return Verdict(pages, by_name, checkup, worse, is_better, has_forgotten, ("On 2 held-out pages.",))


def manifest_named(name: str) -> ModelManifest:
    shipped = read_manifest(resource_path("models", DEFAULTS[Task.DENOISE], MANIFEST))
    return shipped.model_copy(update={"id": name, "name": {"en": name}})


def outcome_of(name: str = "my-paper-1", what: Verdict | None = None) -> Outcome:
    return Outcome(manifest_named(name), Path(name), what or verdict())


@dataclass
class FakePages:
    """A `PairReader` that finds what it is told to."""

    rows: Sequence[PairRow] = ()
    fault: Exception | None = None
    troubles: dict[str, str] = field(default_factory=dict)
    wanted: list[PagesWanted] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def find(self, wanted: PagesWanted) -> Sequence[PairRow]:
        self.wanted.append(wanted)
        if self.fault is not None:
            raise self.fault
        return self.rows

    def look_at(self, row: PairRow, wanted: PagesWanted) -> PairRow:
        assert self.gate.wait(20)
        trouble = self.troubles.get(row.name, "")
        state = PairState.UNUSABLE if trouble else PairState.FITS
        return replace(row, state=state, sentence=trouble, pixels=0 if trouble else 2400)
