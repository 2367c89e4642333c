"""Watched folders for tests: a session that needs no model, and time that passes while the watcher waits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from docclean.core.cancel import CancelToken
from docclean.core.errors import ModelError
from docclean.core.page import Page
from docclean.core.progress import ProgressSink
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.device import cpu_device
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.planning import CleanOptions
from docclean.engine.session import EngineSession
from docclean.engine.watching.file_plan import FilePlanner
from docclean.engine.watching.file_runner import FileRunner
from docclean.engine.watching.folder_changes import FolderChanges
from docclean.engine.watching.watch_events import WatchEvent, WatchEventKind
from docclean.engine.watching.watched_folder import WatchedFolder
from docclean.engine.watching.watcher import Watcher, WatchOptions, WatchTotals
from docclean.models.catalog import Catalog, ModelEntry


class Inverting:
    """A session that inverts pages; `before` is called before it does."""

    def __init__(self) -> None:
        self.device = cpu_device()
        self.cleaned = 0
        self.before: Callable[[], object] = lambda: None

    def pipeline(self, recipe: Recipe) -> "_Pipeline":
        return _Pipeline(self)

    def entry(self, stage: StageSpec) -> ModelEntry:
        raise ModelError(f"{stage.task}: is done by no model here.")


class _Pipeline:
    stages = ()
    models = ("inverting",)
    device = "cpu"

    def __init__(self, session: Inverting) -> None:
        self._session = session

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        self._session.before()
        cancel.raise_if_cancelled()
        self._session.cleaned += 1
        return replace(page, pixels=np.ascontiguousarray(255 - page.pixels))


class PassingTime(FolderChanges):
    """Changes that tests tell of, and a clock that is moved on by waiting for them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.told: dict[Path, bool] = {}
        self.scripts: list[tuple[float, Callable[[], object]]] = []
        self.is_on = False
        self.can_listen = True

    def clock(self) -> float:
        return self.now

    def at(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something when so much time has passed."""
        self.scripts.append((1000.0 + seconds, action))
        self.scripts.sort(key=lambda script: script[0])

    def start(self, folder: Path, *, is_recursive: bool) -> None:
        if not self.can_listen:
            raise OSError(28, "inotify watch limit reached")
        self.is_on = True

    def stop(self) -> None:
        self.is_on = False

    @property
    def is_listening(self) -> bool:
        return self.is_on

    def wait(self, seconds: float) -> None:
        assert self.scripts, "the watcher waits for what no test does"
        until = self.now + max(seconds, 0.001)
        if self.scripts[0][0] <= until:
            self.now, action = max(self.now, self.scripts[0][0]), self.scripts.pop(0)[1]
            action()
        else:
            self.now = until

    def tell(self, path: Path, *, was_renamed: bool = False) -> None:
        self.told[path] = was_renamed

    def take(self) -> tuple[Mapping[Path, bool], bool]:
        told, self.told = self.told, {}
        return (told if self.is_on else {}), False


class Bench:
    """A folder `in` that is watched, and a folder `out`."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.source, self.out, self.catalog = folder / "in", folder / "out", catalog
        self.source.mkdir()
        self.session = Inverting()
        self.sessions = 0
        self.time = PassingTime()
        self.cancel = CancelToken()
        self.events: list[WatchEvent] = []

    def runner(self, *, inputs_leave: bool = False, **options: Any) -> FileRunner:
        asked = CleanOptions((self.source,), self.out, **options)
        planner = FilePlanner(asked, Recipe(), Fingerprints(self.catalog), inputs_leave=inputs_leave)
        return FileRunner(planner, self._new_session)

    def _new_session(self) -> EngineSession:
        self.sessions += 1
        return cast("EngineSession", self.session)

    def watcher(self, changes: FolderChanges | None = None, *, recursive: bool = False, **options: Any) -> Watcher:
        clean = {name: options.pop(name) for name in ("output_format", "overwrite", "pages") if name in options}
        options = {"failed": self.source / "failed"} | options
        asked = WatchOptions(**options)
        exclude = [folder for folder in (self.out, asked.failed, asked.done) if folder is not None]
        folder = WatchedFolder(self.source, is_recursive=recursive, exclude=exclude)
        runner = self.runner(inputs_leave=asked.done is not None, recursive=recursive, **clean)
        return (
            Watcher(folder, runner, asked, self.events.append, changes=self.time, clock=self.time.clock)
            if changes is None
            else Watcher(folder, runner, asked, self.events.append, changes=changes)
        )

    def watch(self, seconds: float, **options: Any) -> WatchTotals:
        """Watch until so much time has passed."""
        self.time.at(self.time.now - 1000.0 + seconds, self.cancel.cancel)
        totals = self.watcher(**options).watch(self.cancel)
        self.cancel = CancelToken()
        return totals

    def once(self, **options: Any) -> WatchTotals:
        self.time.scripts.append((float("inf"), lambda: None))
        return self.watcher(is_once=True, **options).watch(self.cancel)

    def told(self, kind: WatchEventKind) -> list[WatchEvent]:
        return [event for event in self.events if event.kind is kind]

    def names(self, kind: WatchEventKind) -> list[str]:
        return [event.path.name for event in self.told(kind) if event.path is not None]
