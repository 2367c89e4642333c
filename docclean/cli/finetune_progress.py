"""How a fine-tuning run comes along: a live line on a terminal, else a plain line for each stage."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol, Self

from docclean.cli.console import complain, say
from docclean.training.finetune.request import Stage, StepNews

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_WORDS = {
    Stage.READING: "reading pages",
    Stage.ALIGNING: "aligning pairs",
    Stage.PREPARING: "preparing",
    Stage.TRAINING: "training",
    Stage.JUDGING: "comparing with the base model",
}


class FinetuneProgress(AbstractContextManager["FinetuneProgress"], Protocol):
    """Shows how a fine-tuning run comes along."""

    def stage(self, stage: Stage, done: int, total: int, /) -> None:
        """Take note of what is being done, and how many of its parts are."""

    def step(self, news: StepNews, /) -> None:
        """Take note of a training step."""

    def line(self, text: str, /) -> None:
        """Print a result, as `say` does."""

    def remark(self, text: str, /) -> None:
        """Print what is worth knowing, as `complain` does."""

    def announce_stop(self) -> None:
        """Show that the work will stop soon. Called by a signal handler: no output here."""


def show_finetuning() -> FinetuneProgress:
    """Choose a live line for a terminal, else plain ones."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return LiveFinetuning()
    return PlainFinetuning()


class PlainFinetuning:
    """A line for each stage."""

    def __init__(self) -> None:
        self._stage: Stage | None = None

    def stage(self, stage: Stage, _done: int, _total: int, /) -> None:
        """Print a stage's name when it begins."""
        if stage is not self._stage:
            self._stage = stage
            complain(_WORDS[stage])

    def step(self, news: StepNews, /) -> None:
        """Say nothing: a line for every step would be noise."""

    def line(self, text: str, /) -> None:
        """Print a result."""
        say(text)

    def remark(self, text: str, /) -> None:
        """Print what is worth knowing."""
        complain(text)

    def announce_stop(self) -> None:
        """Say nothing: the last line will."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        pass


class LiveFinetuning:
    """One line that tells stage, steps, loss and time left; results go above it."""

    def __init__(self) -> None:
        self._bar = _new_bar()
        self._row = self._bar.add_task("", total=None, name="", count="", loss="", left="")
        self._is_stopping = False

    def stage(self, stage: Stage, done: int, total: int, /) -> None:
        """Show the stage and how far it has come."""
        count = f"{done} of {total}" if total else ""
        self._show(_WORDS[stage], done, total, count=count)

    def step(self, news: StepNews, /) -> None:
        """Show the step, its loss, and the time left."""
        left = "" if news.seconds_left is None else f"{duration(news.seconds_left)} left"
        count = f"step {news.step} of {news.steps}"
        self._show(_WORDS[Stage.TRAINING], news.step, news.steps, count=count, loss=f"loss {news.loss:.4f}", left=left)

    def line(self, text: str, /) -> None:
        """Print a result where results go, which may be a file."""
        with self._set_aside():
            say(text)

    def remark(self, text: str, /) -> None:
        """Print what is worth knowing, above the line."""
        with self._set_aside():
            complain(text)

    def announce_stop(self) -> None:
        """Let the line say so when it moves next."""
        self._is_stopping = True

    def _show(self, name: str, done: int, total: int, *, count: str, loss: str = "", left: str = "") -> None:
        name = "stopping" if self._is_stopping else name
        self._bar.update(self._row, completed=done, total=total or None, name=name, count=count, loss=loss, left=left)

    @contextmanager
    def _set_aside(self) -> Iterator[None]:
        self.__exit__()
        yield
        self.__enter__()

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._bar.start()
        return self

    def __exit__(self, *fault: object) -> None:
        with suppress(OSError):  # the terminal is gone, and the line with it
            self._bar.stop()


def duration(seconds: float) -> str:
    """A time to wait, as in "45 s", "3 min 20 s" and "2 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _new_bar() -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    fields = ("name", "count", "loss", "left")
    return Progress(
        BarColumn(bar_width=None),
        *(TextColumn(f"{{task.fields[{field}]}}", markup=False) for field in fields),
        console=Console(stderr=True),
        get_time=time.monotonic,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
    )
