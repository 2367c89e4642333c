"""Measure ways to share the work on the CPU, in turns, as ratios to one step after the other.

    python -m tests.benchmarks.throughput                  # A4 at 300 dpi and small pages, as many turns as asked for
    python -m tests.benchmarks.throughput --turns 3 --workers 4

Every way cleans the same files with the shipped denoiser. Ways take turns, so that a load of the machine falls on all,
and the median of the ratios within a turn is told. Starting processes and loading models counts as it does for a user;
what it takes is told apart. So is the processor time of a page, which a load changes little, and the share of the
machine that others had meanwhile: where that is more than a few hundredths, the ratios say little. The last line has
pages per minute of one core, for sizing.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, OutputSpec, PageJob
from docclean.core.page import PageSource
from docclean.core.progress import NullProgress
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.device import available_cores, cpu_device
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.engine.worker_count import best_workers, threads_of_each
from docclean.engine.worker_engine import EngineSetup
from docclean.engine.worker_processes import ProcessCrew
from docclean.engine.workers import WorkerRun
from docclean.models.catalog import Catalog
from tests.helpers.sheets import dirtied, printed_sheet

RECIPE = Recipe(stages=(StageSpec(),))
SHEETS = {
    "A4, 300 dpi, gray JPEG": ((297.0, 210.0), 300.0, ".jpg"),
    "A4, 300 dpi, gray PNG": ((297.0, 210.0), 300.0, ".png"),
    "A6, 150 dpi, gray PNG": ((148.0, 105.0), 150.0, ".png"),
}


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=6, help="A4 pages of a turn; small ones are eight times as many")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--only", default="", help="a word of the kind of page")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="docclean-throughput-"))
    try:
        for kind in SHEETS:
            if options.only in kind:
                pages = options.pages * (8 if kind.startswith("A6") else 1)
                print(json.dumps({kind: measure(folder, kind, pages, options)}, indent=2), flush=True)
    finally:
        shutil.rmtree(folder)


def measure(folder: Path, kind: str, pages: int, options: argparse.Namespace) -> dict[str, Any]:
    """Clean pages of a kind in every way.

    Returns:
        "pages", "turns", "cores"; "ratio" to one step after the other, by way: more is faster; "range" of it;
        "ratio_of_shortest" times, since a load makes times longer and never shorter; "fastest" by it, and "auto", the
        processes that --workers auto takes;
        "processor_seconds_a_page", children included, by way; "taken_by_others": the share of the machine, None where
        the system does not tell; "seconds_to_start" of the workers; "pages_per_minute_of_a_core": one thread, one step
        after the other, by the time that the processor spent, which a load of the machine changes little.
    """
    inputs = inputs_of(folder, kind, pages)
    ways = _ways(options.workers)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    whole, busy, used = time.perf_counter(), busy_seconds(), used_seconds()
    for turn in range(options.turns):
        for name, way in ways.items():
            out = folder / f"out-{turn}-{name}"
            jobs = jobs_of(inputs, out)
            begun, before = time.perf_counter(), used_seconds()
            way(jobs)
            seconds[name].append(time.perf_counter() - begun)
            spent[name].append((used_seconds() - before) / pages)
            check(jobs)
            shutil.rmtree(out)
            print(f"  turn {turn + 1}, {name}: {seconds[name][-1]:.1f} s", file=sys.stderr, flush=True)
    whole, busy, used = time.perf_counter() - whole, busy_seconds() - busy, used_seconds() - used
    started = _seconds_to_start(options.workers)
    base = seconds["one after the other"]
    workers = f"{options.workers} workers"
    ratios = {name: [one / other for one, other in zip(base, times, strict=True)] for name, times in seconds.items()}
    ratios[f"{workers}, started before"] = [
        one / max(other - started, 0.01) for one, other in zip(base, seconds[workers], strict=True)
    ]
    shortest = {name: round(min(base) / min(times), 2) for name, times in seconds.items()}
    return {
        "pages": pages,
        "turns": options.turns,
        "cores": available_cores(),
        "ratio": {name: round(statistics.median(values), 2) for name, values in ratios.items()},
        "range": {name: [round(min(values), 2), round(max(values), 2)] for name, values in ratios.items()},
        "ratio_of_shortest": shortest,
        "fastest": max(shortest, key=lambda name: shortest[name]),
        "auto": best_workers(cpu_device(), [1] * pages),
        "processor_seconds_a_page": {name: round(statistics.median(values), 2) for name, values in spent.items()},
        "taken_by_others": round(max(busy - used, 0.0) / (whole * (os.cpu_count() or 1)), 3) if busy else None,
        "seconds_to_start": round(started, 1),
        "pages_per_minute_of_a_core": round(60.0 / core_seconds_a_page(jobs_of(inputs, folder / "out-core")), 2),
    }


def used_seconds() -> float:
    """Processor time of this process and of its children that have ended, s."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def busy_seconds() -> float:
    """Processor time of all processes since the machine was started, s; 0 where the system does not tell.

    Source:
        proc(5), "/proc/stat": user, nice, system, idle, iowait, irq, softirq, steal.
    """
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return 0.0
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def _ways(workers: int) -> dict[str, Callable[[Sequence[PageJob]], None]]:
    catalog = Catalog.installed()
    session = EngineSession(cpu_device(), catalog)
    session.pipeline(RECIPE)

    def alone(jobs: Sequence[PageJob], *, overlaps: bool) -> None:
        list(run_jobs(jobs, session, NullProgress(), CancelToken(), overlaps=overlaps))

    def shared(jobs: Sequence[PageJob], *, pages_at_once: int, overlaps: bool) -> None:
        threads = threads_of_each(workers, available_cores())
        crew = ProcessCrew(workers, EngineSetup(catalog=catalog, threads=threads, overlaps=overlaps))
        run = WorkerRun(crew, pages_at_once=pages_at_once)
        list(run.run_jobs(jobs, session, NullProgress(), CancelToken()))

    return {
        "one after the other": lambda jobs: alone(jobs, overlaps=False),
        "overlapping": lambda jobs: alone(jobs, overlaps=True),
        f"{workers} workers": lambda jobs: shared(jobs, pages_at_once=1, overlaps=False),
        f"{workers} workers, overlapping": lambda jobs: shared(jobs, pages_at_once=3, overlaps=True),
    }


def _seconds_to_start(workers: int) -> float:
    """Time from nothing to workers that have their engine, but not the model, which the first page loads."""
    begun = time.perf_counter()
    catalog = Catalog.installed()
    crew = ProcessCrew(workers, EngineSetup(catalog=catalog))
    list(WorkerRun(crew).run_jobs([], EngineSession(cpu_device(), catalog), NullProgress(), CancelToken()))
    return time.perf_counter() - begun


def core_seconds_a_page(jobs: Sequence[PageJob]) -> float:
    """Clean pages with one thread, one step after the other; the processor time that a page takes, s."""
    session = EngineSession(cpu_device(), Catalog.installed(), threads=1)
    session.pipeline(RECIPE)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    begun = time.process_time()
    list(run_jobs(jobs, session, NullProgress(), CancelToken()))
    spent = time.process_time() - begun
    cv2.setNumThreads(threads)
    check(jobs)
    return spent / len(jobs)


def inputs_of(folder: Path, kind: str, pages: int) -> list[Path]:
    """Print two sheets of a kind, make them dirty, and copy them as often as needed."""
    size_mm, dpi, suffix = SHEETS[kind]
    paths: list[Path] = []
    for number in range(pages):
        path = folder / f"{kind.partition(',')[0]}-{number}{suffix}"
        if number < 2:
            sheet = dirtied(printed_sheet(folder, dpi=dpi, seed=number, size_mm=size_mm), number)
            gray = cv2.cvtColor(np.ascontiguousarray(sheet), cv2.COLOR_RGB2GRAY)
            Image.fromarray(gray).save(path, dpi=(dpi, dpi), quality=85)
        else:
            shutil.copy(paths[number % 2], path)
        paths.append(path)
    return paths


def jobs_of(inputs: Sequence[Path], out: Path) -> list[PageJob]:
    """Give jobs for files, with results of the same names in a folder."""
    return [
        PageJob(
            id=path.name,
            source=PageSource(path=path, relative=Path(path.name)),
            recipe=RECIPE,
            output=OutputSpec(path=out / path.name),
        )
        for path in inputs
    ]


def check(jobs: Sequence[PageJob]) -> None:
    """Refuse to measure what was not done."""
    missing = [job.id for job in jobs if not job.output.path.exists()]
    if missing:
        raise SystemExit(f"not {JobStatus.DONE.value}: {', '.join(missing)}")


if __name__ == "__main__":
    main()
