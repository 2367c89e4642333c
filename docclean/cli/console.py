"""What the command line says: messages, and how far the work has come.

Results go to standard output, progress and complaints to standard error. Control codes go to a terminal only.
"""

import errno
import io
import os
import sys
import time
from collections.abc import Container, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from docclean.core.errors import WriteError

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

    from docclean.core.progress import Progress

_NOBODY_READS = (errno.EPIPE, errno.EIO, errno.EINVAL)
"""A pipe whose reader left, a terminal that was closed; Windows calls the first one an invalid argument."""


def use_forgiving_streams() -> None:
    """Let a terminal or pipe that lacks a character show an escape for it; by default Python stops there."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "") -> None:
    """Print a result."""
    _print(printable(text), sys.stdout, harmless=_NOBODY_READS)


def complain(text: str) -> None:
    """Print what went wrong, or is merely worth knowing while the results go elsewhere. Always one line."""
    _print(printable(text).replace("\n", "\\n"), sys.stderr, harmless=None)


def _print(text: str, stream: TextIO, *, harmless: Container[int | None] | None) -> None:
    """Print a line; go on in silence after some faults, or all, because the work and its report matter more."""
    try:
        print(text, file=stream, flush=True)
    except OSError as fault:
        if harmless is not None and fault.errno not in harmless:
            raise _explained(fault) from fault
        # What is still in the buffer goes where it cannot fail again.
        with suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, no path
            os.dup2(nowhere.fileno(), stream.fileno())


def _explained(fault: OSError) -> WriteError:
    from docclean.core.files import explain_write_fault

    return WriteError(Path("standard output"), explain_write_fault(fault))


def printable(text: str) -> str:
    """Escape what a terminal would obey or refuse: file names may hold line breaks, control codes, broken Unicode."""
    lines = text.split("\n")
    return "\n".join(line if line.isprintable() else "".join(map(_escaped, line)) for line in lines)


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def counted(number: int, noun: str) -> str:
    """A number with its noun, as in "1 page" and "2 pages"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class RunProgress(AbstractContextManager["RunProgress"], Protocol):
    """Shows how far a run has come; a `ProgressSink` that also hears of finished pages."""

    def __call__(self, progress: "Progress") -> None:
        """Take note of how far the current page has come."""

    def finish(self, job_id: str, outcome: str, /) -> None:
        """Take note of a finished page and of what came of it, as in "done in 1.2 s"."""

    def announce_stop(self) -> None:
        """Show that the work will stop soon. Called by a signal handler: no output here."""


def show_progress(names: Mapping[str, str], tasks: Sequence[str], device: str) -> RunProgress:
    """Choose a bar for a terminal, else plain lines.

    Args:
        names: Name of each page for people, by job id.
        tasks: Tasks of the recipe, in order.
        device: Short name of the device, as in `--device`.
    """
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return BarProgress(names, tasks, device)
    return LineProgress(names)


class LineProgress:
    """One plain line for each finished page."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._finished = 0

    def __call__(self, progress: "Progress") -> None:
        """Say nothing: a line for every tile would be noise."""

    def finish(self, job_id: str, outcome: str, /) -> None:
        """Print the page's number, name and fate."""
        self._finished += 1
        complain(f"[{self._finished}/{len(self._names)}] {self._names[job_id]}: {outcome}")

    def announce_stop(self) -> None:
        """Say nothing: the summary will."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        pass


_LAST_STAGES = ("write", "text")


class BarProgress:
    """A bar over all pages, with the current page, time left and device."""

    def __init__(self, names: Mapping[str, str], tasks: Sequence[str], device: str) -> None:
        self._names = {job_id: printable(name) for job_id, name in names.items()}
        self._places = {job_id: place for place, job_id in enumerate(names)}
        self._tasks = tuple(tasks)
        self._is_stopping = False
        self._bar = _new_bar(device)
        self._row = self._bar.add_task("", total=len(names), name="", pages="")

    def __call__(self, progress: "Progress") -> None:
        """Move the bar by the share of the page that is done."""
        share = 0.0
        if progress.stage in self._tasks:
            share = (self._tasks.index(progress.stage) + progress.done / progress.total) / len(self._tasks)
        elif progress.stage in _LAST_STAGES:
            share = 1.0
        place = self._places[progress.job_id]
        pages = "stopping" if self._is_stopping else f"page {place + 1} of {len(self._names)}"
        name = self._names[progress.job_id]
        if progress.stage == "text":
            name = f"{name}: text of {progress.done} of {counted(progress.total, 'page')}"
        self._bar.update(self._row, completed=place + min(share, 0.99), pages=pages, name=name)

    def finish(self, job_id: str, _outcome: str, /) -> None:
        """Move the bar past the page."""
        self._bar.update(self._row, completed=self._places[job_id] + 1)

    def announce_stop(self) -> None:
        """Show that the work stops after the current tile."""
        self._is_stopping = True
        self._bar.update(self._row, pages="stopping")

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._bar.start()
        return self

    def __exit__(self, *fault: object) -> None:
        with suppress(OSError):  # the terminal is gone, and the bar with it
            self._bar.stop()


class TrainingProgress(AbstractContextManager["TrainingProgress"], Protocol):
    """Shows how a training run comes along."""

    def step(self, done: int, loss: float, /) -> None:
        """Take note of a step: how many are done, and the loss of this one."""

    def line(self, text: str, /) -> None:
        """Print a result, as `say` does."""


def show_training(steps: int) -> TrainingProgress:
    """Choose a live line for a terminal, else nothing between the results."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return LiveTraining(steps)
    return QuietTraining()


class QuietTraining:
    """Results alone."""

    def step(self, done: int, loss: float, /) -> None:
        """Say nothing: a line for every step would be noise."""

    def line(self, text: str, /) -> None:
        """Print a result."""
        say(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        pass


class LiveTraining:
    """A line that tells step, loss, steps per second and time left; results go above it."""

    def __init__(self, steps: int) -> None:
        self._bar = _new_training_bar()
        self._row = self._bar.add_task("", total=steps, start=False, loss="", speed="")
        self._is_started = False

    def step(self, done: int, loss: float, /) -> None:
        """Move the line. The first step tells where a resumed run began, which is no speed."""
        if not self._is_started:
            self._bar.reset(self._row, completed=done)
            self._is_started = True
        speed = self._bar.tasks[0].speed
        shown = "" if speed is None else f"{speed:.2f} steps/s"
        self._bar.update(self._row, completed=done, loss=f"loss {loss:.4f}", speed=shown)

    def line(self, text: str, /) -> None:
        """Print a result where results go, which may be a file."""
        self._bar.stop()
        say(text)
        self._bar.start()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._bar.stop()


def _new_training_bar() -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        BarColumn(bar_width=None),
        TextColumn("step {task.completed:.0f} of {task.total:.0f}", markup=False),
        TextColumn("{task.fields[loss]}", markup=False),
        TextColumn("{task.fields[speed]}", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        get_time=time.monotonic,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
    )


def _new_bar(device: str) -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        BarColumn(bar_width=None),
        TextColumn("{task.fields[pages]}", markup=False),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn(f"{device}  {{task.fields[name]}}", markup=False),
        console=Console(stderr=True),
        get_time=time.monotonic,
        transient=True,
    )
