"""What the command line says: messages, and how far the work has come.

Results go to standard output, progress and complaints to standard error. Control codes go to a terminal only.
"""

import errno
import io
import os
import sys
import time
from collections.abc import Container
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from docclean.core.errors import WriteError

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

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
    """A number with its noun, as in "1 page" and "1,203 pages"."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


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
