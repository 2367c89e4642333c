"""How far a run has come, on the command line: a bar on a terminal, else a line for each page."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Protocol, Self

from docclean.cli.console import complain, counted, printable
from docclean.core.pace import Pace, spell_duration

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

    from docclean.core.progress import Progress


class RunProgress(AbstractContextManager["RunProgress"], Protocol):
    """Shows how far a run has come; a `ProgressSink` that also hears of finished pages."""

    def __call__(self, progress: "Progress") -> None:
        """Take note of how far the current page has come."""

    def finish(self, job_id: str, outcome: str, /) -> None:
        """Take note of a finished page and of what came of it, as in "done in 1.2 s"."""

    def announce_stop(self) -> None:
        """Show that the work will stop soon. Called by a signal handler: no output here."""


def show_progress(names: Mapping[str, str], tasks: Sequence[str], device: str, pace: Pace | None = None) -> RunProgress:
    """Choose a bar for a terminal, else plain lines.

    Args:
        names: Name of each page for people, by job id.
        tasks: Tasks of the recipe, in order.
        device: Short name of the device, as in `--device`.
        pace: Estimates the time that is left; None for one to which all pages are alike.
    """
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return BarProgress(names, tasks, device, pace)
    return LineProgress(names, pace)


class LineProgress:
    """One plain line for each finished page."""

    def __init__(self, names: Mapping[str, str], pace: Pace | None = None) -> None:
        self._names, self._pace = names, pace or Pace(dict.fromkeys(names, 1.0))
        self._finished = 0

    def __call__(self, progress: "Progress") -> None:
        """Say nothing: a line for every tile would be noise."""
        if progress.stage == "write":
            self._pace.ready(progress.job_id)
        else:
            self._pace.follow(progress.job_id, 0.0)

    def finish(self, job_id: str, outcome: str, /) -> None:
        """Print the page's number, name and fate, and how long the others will take."""
        self._finished += 1
        self._pace.ready(job_id)
        left = _spell_pace(self._pace) if self._finished < len(self._names) else ""
        rest = f" ({left})" if left else ""
        complain(f"[{self._finished}/{len(self._names)}] {self._names[job_id]}: {outcome}{rest}")

    def announce_stop(self) -> None:
        """Say nothing: the summary will."""

    def __enter__(self) -> Self:
        self._pace.start()
        return self

    def __exit__(self, *fault: object) -> None:
        pass


class BarProgress:
    """A bar over all pages, with the current page, time left and device."""

    def __init__(self, names: Mapping[str, str], tasks: Sequence[str], device: str, pace: Pace | None = None) -> None:
        self._names = {job_id: printable(name) for job_id, name in names.items()}
        self._places = {job_id: place for place, job_id in enumerate(names)}
        self._tasks, self._pace = tuple(tasks), pace or Pace(dict.fromkeys(names, 1.0))
        self._is_stopping = False
        self._bar = _new_bar(device)
        self._row = self._bar.add_task("", total=1.0, name="", pages="", pace="")

    def __call__(self, progress: "Progress") -> None:
        """Move the bar by the share of the page that is done."""
        share = 0.0
        if progress.stage in self._tasks:
            share = (self._tasks.index(progress.stage) + progress.done / progress.total) / len(self._tasks)
        if progress.stage == "write":
            self._pace.ready(progress.job_id)
        else:
            self._pace.follow(progress.job_id, share)
        place = self._places[progress.job_id]
        pages = "stopping" if self._is_stopping else f"page {place + 1:,} of {len(self._names):,}"
        name = self._names[progress.job_id]
        if progress.stage == "text":
            name = f"{name}: text of {progress.done} of {counted(progress.total, 'page')}"
        self._bar.update(self._row, pages=pages, name=name)
        self._show()

    def finish(self, job_id: str, _outcome: str, /) -> None:
        """Move the bar past the page."""
        self._pace.ready(job_id)
        self._show()

    def _show(self) -> None:
        self._bar.update(self._row, completed=self._pace.fraction, pace=_spell_pace(self._pace))

    def announce_stop(self) -> None:
        """Show that the work stops after the current tile."""
        self._is_stopping = True
        self._bar.update(self._row, pages="stopping")

    def __enter__(self) -> Self:
        self._pace.start()
        with suppress(OSError):
            self._bar.start()
        return self

    def __exit__(self, *fault: object) -> None:
        with suppress(OSError):  # the terminal is gone, and the bar with it
            self._bar.stop()


def _spell_pace(pace: Pace) -> str:
    """Speed and time left, as in "38 pages/min, 4 min left"; empty while nobody knows."""
    seconds, speed = pace.seconds_left, pace.pages_per_minute
    if seconds is None or not speed:
        return ""
    return (
        f"{speed:,.0f} pages/min, {spell_duration(seconds)} left"
        if speed >= 10
        else (f"{speed:.1f} pages/min, {spell_duration(seconds)} left")
    )


def _new_bar(device: str) -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(
        BarColumn(bar_width=None),
        TextColumn("{task.fields[pages]}", markup=False),
        TextColumn("{task.fields[pace]}", markup=False),
        TextColumn(f"{device}  {{task.fields[name]}}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
