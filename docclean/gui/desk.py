"""What the window asks of the engine thread: pages, previews, a training, a pause, an end. Both threads use it.

Nothing here is Qt's: a cancel that were a queued slot would run only after the batch, so every wish is set directly,
and the engine looks at the desk between tiles.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from docclean.core.cancel import CancelToken
from docclean.core.job import PageJob, PageResult
from docclean.core.page import PageRegion, PageSource, PixelArray
from docclean.core.recipe import Recipe, Task
from docclean.engine.attempt import Announce
from docclean.training.finetune.request import FinetuneRequest


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """A wish to see a part of a page.

    Attributes:
        channel: Who asks; a newer request of a channel replaces the older one.
        number: Grows with every request of a channel, so that an older answer can be told from a newer one.
        source: The page.
        recipe: What to do.
        region: The part that is seen, px.
    """

    channel: str
    number: int
    source: PageSource
    recipe: Recipe
    region: PageRegion


@dataclass(frozen=True, slots=True)
class PreviewAnswer:
    """What came of a request, so far.

    Attributes:
        request: The request.
        region: The part that is ready; it grows until `is_last`.
        pixels: (height, width, C), uint8; None when there is an error.
        is_last: Whether nothing more follows.
        error: One sentence; empty if all is well.
        seconds: Wall time that restoring `region` took, page and models being in memory, s; next to nothing
            if it was remembered.
    """

    request: PreviewRequest
    region: PageRegion
    pixels: PixelArray | None
    is_last: bool
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the engine shall run.

    Attributes:
        device: As in `resolve_device`.
        threads: Threads of a network on the CPU; 0 for one per core.
        memory_limit_mb: Memory that cleaning may take, MB; 0 for no limit.
        models: Model ids for tasks whose built-in default shall not be used.
    """

    device: str = "auto"
    threads: int = 0
    memory_limit_mb: int = 0
    models: tuple[tuple[Task, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """A wish to have a model fine-tuned.

    Attributes:
        request: What to do.
        is_resumed: Whether the interrupted run of this name goes on.
        cancel: Stops it; it can be resumed.
        enough: Ends the training; the best state becomes the model.
    """

    request: FinetuneRequest
    is_resumed: bool = False
    cancel: CancelToken = field(default_factory=CancelToken)
    enough: CancelToken = field(default_factory=CancelToken)


class EngineDesk:
    """Wishes, waiting for the engine. Every method may be called in any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jobs: deque[PageJob] = deque()
        self._run = CancelToken()
        self._previews: dict[str, tuple[PreviewRequest, CancelToken]] = {}
        self._is_paused = False
        self._is_running = False
        self._training: TrainingOrder | None = None
        self._has_training_begun = False
        self._is_training_held = False
        self._announces: dict[str, Announce] = {}
        self.tokens: dict[str, CancelToken] = {}
        """Tokens that skip one page, by job id."""

    def put(self, jobs: Sequence[PageJob], *, is_urgent: bool = False, announce: Announce | None = None) -> None:
        """Queue jobs, behind the others or before them; `announce` is told of their files before these get names."""
        with self._changed:
            if announce is not None:
                self._announces.update({job.id: announce for job in jobs})
            self.tokens.update({job.id: CancelToken(self._run) for job in jobs})
            if is_urgent:
                self._jobs.extendleft(reversed(jobs))
            else:
                self._jobs.extend(jobs)
            self._changed.notify_all()

    def withdraw(self, ids: Collection[str]) -> list[str]:
        """Take waiting jobs back; gives the ids of those that had not begun."""
        with self._changed:
            taken = [job.id for job in self._jobs if job.id in ids]
            self._jobs = deque(job for job in self._jobs if job.id not in ids)
            return taken

    def arrange(self, ids: Sequence[str]) -> None:
        """Put the waiting jobs into this order among themselves; others keep their places in the line."""
        places = {job_id: place for place, job_id in enumerate(ids)}
        with self._changed:
            ordered = iter(sorted((job for job in self._jobs if job.id in places), key=lambda job: places[job.id]))
            self._jobs = deque(next(ordered) if job.id in places else job for job in self._jobs)

    def announce(self, jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        """The engine's: a file is about to get its name."""
        with self._changed:
            announce = self._announces.get(jobs[0].id)
        if announce is not None:
            announce(jobs, results, digest)

    def skip(self, job_id: str) -> None:
        """Stop one page at the next tile."""
        with self._changed:
            if job_id in self.tokens:
                self.tokens[job_id].cancel()
            self._changed.notify_all()

    def cancel_all(self) -> list[str]:
        """Stop the page in work at the next tile and take back all that wait; gives the ids of the latter."""
        with self._changed:
            self._run.cancel()
            waiting = [job.id for job in self._jobs]
            self._jobs.clear()
            self._run, self._is_paused = CancelToken(), False
            self._changed.notify_all()
            return waiting

    def pause(self) -> None:
        """Hold the run at the next tile."""
        with self._changed:
            self._is_paused = True

    def resume(self) -> None:
        """Go on."""
        with self._changed:
            self._is_paused = False
            self._changed.notify_all()

    @property
    def is_paused(self) -> bool:
        """Whether the run is held."""
        return self._is_paused

    @property
    def is_busy(self) -> bool:
        """Whether a run is on, or waits."""
        return self._is_running or bool(self._jobs)

    @property
    def has_work(self) -> bool:
        """Whether jobs, previews or a training wait."""
        return bool(self._jobs or self._previews or self._training)

    @property
    def is_training(self) -> bool:
        """Whether a training is on, or waits."""
        return self._training is not None

    @property
    def has_light_jobs(self) -> bool:
        """Whether what comes next needs no network, as saving does, and is not held."""
        return bool(self._jobs) and not self._jobs[0].recipe.stages and not self._is_paused

    def order(self, order: TrainingOrder) -> None:
        """Ask for a training; it begins when no page waits any more, and pages that come later wait for its end.

        Raises:
            ValueError: There is one already.
        """
        with self._changed:
            if self._training is not None:
                raise ValueError("one training at a time")
            self._training, self._has_training_begun, self._is_training_held = order, False, False

    def hold_training(self, *, is_held: bool) -> None:
        """Hold the training at its next step, or let it go on."""
        with self._changed:
            self._is_training_held = is_held
            self._changed.notify_all()

    def stop_training(self, *, keeps_best: bool = False) -> bool:
        """Stop the training at its next step; whether it had not begun, and is gone at once.

        Args:
            keeps_best: Judge the best state so far and keep it, instead of leaving off.
        """
        with self._changed:
            if self._training is None:
                return False
            if not self._has_training_begun:
                self._training = None
                return True
            (self._training.enough if keeps_best else self._training.cancel).cancel()
            self._is_training_held = False
            self._changed.notify_all()
            return False

    def begin_training(self) -> TrainingOrder | None:
        """The engine's: the training that is wanted, which begins now."""
        with self._changed:
            self._has_training_begun = self._training is not None
            return self._training

    def end_training(self) -> None:
        """The engine's: the training is over."""
        with self._changed:
            self._training = None

    def ask(self, request: PreviewRequest) -> None:
        """Ask for a preview; the channel's older request is dropped, at the next tile if it is being worked on."""
        with self._changed:
            if request.channel in self._previews:
                self._previews[request.channel][1].cancel()
            self._previews[request.channel] = request, CancelToken()
            self._changed.notify_all()

    def forget(self, channel: str) -> None:
        """Drop a channel's request."""
        with self._changed:
            if request := self._previews.pop(channel, None):
                request[1].cancel()

    def next_preview(self) -> tuple[PreviewRequest, CancelToken] | None:
        """The engine's: the oldest request; it stays until `answered`, so that a newer one can cancel it."""
        with self._changed:
            return next(iter(self._previews.values()), None)

    def answered(self, request: PreviewRequest) -> None:
        """The engine's: a request is done with, unless a newer one has taken its place."""
        with self._changed:
            if request.channel in self._previews and self._previews[request.channel][0] is request:
                del self._previews[request.channel]

    def begin(self, *, only_light: bool = False) -> tuple[CancelToken, Iterator[PageJob]]:
        """The engine's: start a run; the jobs come one by one until none waits or the run is cancelled.

        Args:
            only_light: Also end before the first job that needs a network.
        """
        with self._changed:
            self._is_running = True
            return self._run, self._take_jobs(self._run, only_light=only_light)

    def end(self) -> None:
        """The engine's: the run is over."""
        with self._changed:
            self._is_running = False
            self.tokens = {job.id: self.tokens[job.id] for job in self._jobs}
            self._announces = {job.id: told for job in self._jobs if (told := self._announces.get(job.id))}

    def wait_while_paused(self, cancel: CancelToken, serve: Callable[[], None]) -> None:
        """The engine's, between tiles: answer previews, and wait as long as the run is held."""
        serve()
        while True:
            with self._changed:
                if not self._is_paused or cancel.is_cancelled:
                    return
                if not self._previews:
                    self._changed.wait()
            serve()

    def wait_while_training_is_held(self, cancel: CancelToken, serve: Callable[[], None]) -> None:
        """The engine's, between steps: do what is not to wait for a training's end, and wait as long as it is held."""
        serve()
        while True:
            with self._changed:
                if not self._is_training_held or cancel.is_cancelled:
                    return
                if not (self._previews or self.has_light_jobs):
                    self._changed.wait()
            serve()

    def _take_jobs(self, run: CancelToken, *, only_light: bool) -> Iterator[PageJob]:
        while True:
            with self._changed:
                if run.is_cancelled or not self._jobs or (only_light and not self.has_light_jobs):
                    return
                # All pages that go into one file leave the desk at once: nothing may come between them, and none of
                # them may be taken back, or the file would be written without it.
                document = [self._jobs.popleft()]
                while self._jobs and self._jobs[0].output.path == document[0].output.path:
                    document.append(self._jobs.popleft())
            yield from document
