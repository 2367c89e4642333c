"""A user's pages, networks and runs of fine-tuning, small enough for tests."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from docclean.core.cancel import CancelToken
from docclean.core.recipe import Task
from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker
from docclean.models.manifest import InputSpec
from docclean.training.config import TrainConfig
from docclean.training.finetune import contexts, loop, own_paper
from docclean.training.finetune.contexts import PageContexts, ReplayPool
from docclean.training.finetune.loop import Tuning, tune
from docclean.training.finetune.material import KeptPage, PageRecord
from docclean.training.finetune.request import CheckNews, FinetuneWatch, LivePicture, Scope, StepNews
from docclean.training.finetune.watching import Watchman
from docclean.training.objectives import OBJECTIVES, Restorer
from tests.helpers.corpus import SIDE, TINY, page_pixels, stream_for, tiny_config

CPU = torch.device("cpu")
SPEC = InputSpec(multiple_of=64, tile=128, min_tile=104, overlap=48)
Weights = dict[str, torch.Tensor]


def kept(height: int = 80, width: int = 96, *, seed: int = 0, trusted: bool = True) -> KeptPage:
    """Make a page on yellowed paper, whose clean twin is known."""
    clean = page_pixels(height, width, seed=seed)
    dirty = (clean * (np.array([200, 190, 160]) / 255.0)).astype(np.uint8)
    record = PageRecord(f"page {seed}", f"d{seed}", f"c{seed}", 0.0)
    return KeptPage(record, dirty, clean, np.full((height, width), trusted))


def replay_of(task: Task = Task.DENOISE, count: int = 4) -> ReplayPool:
    stream = stream_for(task)
    return ReplayPool(OBJECTIVES[task]().stack([stream[number] for number in range(count)]))


def parent_for(task: Task = Task.DENOISE, seed: int = 0) -> Restorer:
    """Make a network with random weights, all of which have a say."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = (Dewatermarker if task is Task.DEWATERMARK else Denoiser)(**TINY)
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.2)
    return network.eval()


@contextmanager
def small_contexts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small contexts, few set pages, and sums in one order."""
    monkeypatch.setattr(own_paper, "TEXTS", 8)
    for module in (contexts, loop, own_paper):
        monkeypatch.setattr(module, "CONTEXT", SIDE)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def tuning_of(
    folder: Path,
    config: TrainConfig | None = None,
    *,
    scope: Scope = Scope.EVERYTHING,
    watchman: Watchman | None = None,
    limit_s: float | None = None,
) -> Tuning:
    """Make a run with three pages to learn from and one to check with."""
    config = config or run_config()
    own = PageContexts([kept(seed=n) for n in range(1, 4)], doubled_up_to=0)
    return Tuning(
        config, scope, own, replay_of(config.task), watchman or Watchman([kept()], SPEC, _idle), folder, limit_s
    )


def run_config(**changes: Any) -> TrainConfig:
    values: dict[str, Any] = {"steps": 8, "batch": 4, "validate_every": 3, "weight_decay": 0.0, "ema_decay": 0.9}
    return tiny_config(**(values | changes))


def _idle() -> None:
    """Nothing else is to be done."""


class FakeWatchman(Watchman):
    """Finds errors that were thought up, one after the other, and remembers which weights it was shown.

    Args:
        errors: What it finds; the first one is the parent's.
        between: Called in the middle of each look, as the real one does between pages.
    """

    def __init__(self, errors: Sequence[float], between: Callable[[], None] = _idle) -> None:
        self._page, self._errors, self._between = kept(16, 16), iter(errors), between
        self.waited_s = 0.0
        self.seen: list[Weights] = []

    @property
    def tolerance(self) -> float:
        """Thought-up errors are exact."""
        return 0.0

    def measure(self, network: Restorer, device: torch.device, *, step: int) -> tuple[float, LivePicture]:
        self.seen.append({key: value.clone() for key, value in network.state_dict().items()})
        page = self._page
        return next(self._errors), LivePicture(page.record.name, page.dirty, page.dirty, page.clean, step)


class Follower:
    """Follows a run, and may stop it when some step is done.

    Args:
        cancel_at: Cancel when so many steps are done; 0 for before the first.
        enough_at: Say that it is enough when so many are done.
    """

    def __init__(self, *, cancel_at: int | None = None, enough_at: int | None = None) -> None:
        self.steps: list[StepNews] = []
        self.checks: list[CheckNews] = []
        self.notes: list[str] = []
        self._cancel_at, self._enough_at = cancel_at, enough_at
        self.cancel, self.enough = CancelToken(), CancelToken()
        if cancel_at == 0:
            self.cancel.cancel()
        if enough_at == 0:
            self.enough.cancel()
        self.watch = FinetuneWatch(
            step=self._step, check=self.checks.append, note=self.notes.append, cancel=self.cancel, enough=self.enough
        )

    def _step(self, news: StepNews) -> None:
        self.steps.append(news)
        if news.step == self._cancel_at:
            self.cancel.cancel()
        if news.step == self._enough_at:
            self.enough.cancel()


def run(tuning: Tuning, follower: Follower | None = None, *, parent: Restorer | None = None) -> Weights:
    watch = (follower or Follower()).watch
    return tune(tuning, parent or parent_for(tuning.config.task), device=CPU, watch=watch)


def is_same(one: Weights, two: Weights) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)
