"""What tests of the window need: an engine that can be held, pages to give it, and a watch for what is left behind."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.errors import ModelError
from docclean.core.job import OutputSpec, PageJob
from docclean.core.page import Page, PageSource
from docclean.core.progress import Progress, ProgressSink
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.device import DeviceSpec
from docclean.engine.session import EngineSession
from docclean.gui.desk import EngineOptions


class FakeEngine:
    """A session that darkens pages in `tiles` steps; `gate`, when cleared, holds it before every tile.

    Attributes:
        runs: Ids of the jobs that were begun.
    """

    def __init__(self, tiles: int = 3) -> None:
        self.device = DeviceSpec("cpu", 0, "Fake CPU")
        self.tiles = tiles
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Semaphore(0)
        self.runs: list[str] = []
        self.fault: Exception | None = None

    def open(self, options: EngineOptions) -> EngineSession:
        """Stand in for `open_session`."""
        self.options = options
        return cast("EngineSession", self)

    def pipeline(self, recipe: Recipe) -> Any:
        return FakePipeline(self, recipe)

    def entry(self, spec: StageSpec) -> NoReturn:
        raise ModelError("There are no models here.")


class FakePipeline:
    models = ("fake",)
    device = "Fake CPU"
    stages: Sequence[Any] = ()

    def __init__(self, engine: FakeEngine, recipe: Recipe) -> None:
        self._engine, self._recipe = engine, recipe

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        engine = self._engine
        if not self._recipe.stages:
            return page
        engine.runs.append(job_id)
        if engine.fault:
            raise engine.fault
        for tile in range(engine.tiles):
            engine.reached.release()
            assert engine.gate.wait(20)
            cancel.raise_if_cancelled()
            progress(Progress(job_id, self._recipe.stages[0].task.value, tile + 1, engine.tiles))
        if not self._recipe.stages[0].strength:
            return page
        return replace(page, pixels=np.asarray(page.pixels // 2, np.uint8))


def scan(path: Path, seed: int = 0, size: tuple[int, int] = (60, 40)) -> PageSource:
    """Make a page file of blots."""
    samples = np.random.default_rng(seed).integers(0, 256, (size[1] // 4, size[0] // 4), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(samples.repeat(4, axis=0).repeat(4, axis=1)).save(path)
    return PageSource(path=path, relative=Path(path.name))


DENOISING = Recipe()


def draft_jobs(folder: Path, count: int, recipe: Recipe = DENOISING) -> list[PageJob]:
    """Make pages and jobs whose results are drafts; the ids are "0", "1" and so on."""
    return [
        PageJob(
            id=str(n),
            source=scan(folder / f"page{n}.png", n),
            recipe=recipe,
            output=OutputSpec(path=folder / "drafts" / f"{n}.png", overwrite=True, is_draft=True),
        )
        for n in range(count)
    ]


class Heard:
    """Remembers what a signal told."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def __call__(self, *values: Any) -> None:
        self.values.append(values[0] if len(values) == 1 else values)


def waits_for(condition: Callable[[], bool]) -> Callable[[], None]:
    """Give pytest-qt's `waitUntil` something to assert."""

    def check() -> None:
        assert condition()

    return check
