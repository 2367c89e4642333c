"""Measure what a page costs, and calculate what a hundred million of them need.

    python -m tests.benchmarks.sizing                                # some minutes
    python -m tests.benchmarks.sizing --total 5e6 --days 7 --machine-cores 64

Three things are measured. What a page costs on one core: processor time with the shipped denoiser, bytes read and
written, memory. What a row of the journal costs. And what the driver of a Ray run has to do for a page: actors with a
model that takes next to no time clean tiny pages, for several numbers of actors, since waiting for many takes longer.
The driver's time is that of its one thread: processor time, and waiting for the disk that has the journal. Time by the
clock counts nowhere else, because other work on the machine would count too.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, PageResult
from docclean.core.pace import Pace
from docclean.core.progress import NullProgress
from docclean.core.recipe import Recipe, StageSpec
from docclean.distributed.ray_batch import PAGES_AT_ONCE, RayCrew
from docclean.engine.device import cpu_device
from docclean.engine.journal import Journal
from docclean.engine.journaled_runs import open_journal, run_journaled
from docclean.engine.page_costs import page_costs
from docclean.engine.planning import CleanOptions, Rerun, page_name, plan_jobs
from docclean.engine.result_store import ResultStore
from docclean.engine.session import EngineSession
from docclean.engine.worker_engine import EngineSetup
from docclean.engine.worker_messages import Message
from docclean.engine.worker_processes import ProcessCrew
from docclean.engine.workers import WorkerRun
from docclean.models.catalog import Catalog
from tests.benchmarks.throughput import SHEETS, check, core_seconds_a_page, inputs_of, jobs_of
from tests.helpers.models import catalog_of, tiny_model

KIND = next(iter(SHEETS))


@dataclass
class Spent:
    """What the driver's thread spent on its journal.

    Attributes:
        seconds: At work, and waiting for the disk.
        processor_seconds: At work.
        bytes_written: By the thread's process while it was in the journal; 0 where the system does not tell.
        commits: Transactions.
    """

    seconds: float = 0.0
    processor_seconds: float = 0.0
    bytes_written: int = 0
    commits: int = 0

    def forget(self) -> None:
        """Begin anew."""
        self.seconds = self.processor_seconds = 0.0
        self.bytes_written = self.commits = 0


def main() -> None:
    """Measure, calculate, and print both as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--total", type=float, default=100e6, help="pages of the whole work")
    parser.add_argument("--days", type=float, default=30.0, help="how long it may take")
    parser.add_argument("--machine-cores", type=int, default=32, help="cores of one machine")
    parser.add_argument("--shard", type=float, default=1e6, help="pages of one run, with a journal of its own")
    parser.add_argument("--pages", type=int, default=8, help="A4 pages that are cleaned to measure one core")
    parser.add_argument("--driver-pages", type=int, default=2000, help="tiny pages for the driver, each time")
    parser.add_argument("--actors", type=int, nargs="+", default=[2, 8, 16], help="so many at a time")
    parser.add_argument("--folder", type=Path, help="where to work; its disk has the journal")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="docclean-sizing-", dir=options.folder))
    try:
        page = measure_page(folder / "page", options.pages)
        driver = measure_driver(folder / "driver", options.driver_pages, options.actors)
    finally:
        shutil.rmtree(folder)
    measured = {"machine": cpu_device().label, "page": page, "driver": driver}
    print(json.dumps({**measured, "calculated": calculate(page, driver, options)}, indent=2))


def measure_page(folder: Path, pages: int) -> dict[str, Any]:
    """Clean A4 pages at 300 dpi on one core, and then with one worker.

    Returns:
        "core_seconds", "bytes_in" and "bytes_out" of a page; "worker_memory_mb": the most that a worker had, reading
        and writing beside the network.
    """
    folder.mkdir(parents=True)
    inputs = inputs_of(folder, KIND, pages)
    out = folder / "out"
    seconds = core_seconds_a_page(jobs_of(inputs, out))
    sizes = [statistics.mean(path.stat().st_size for path in paths) for paths in (inputs, list(out.iterdir()))]
    catalog = Catalog.installed()
    crew = ProcessCrew(1, EngineSetup(catalog=catalog, overlaps=True))
    jobs = jobs_of(inputs, folder / "again")
    run = WorkerRun(crew, pages_at_once=PAGES_AT_ONCE)
    list(run.run_jobs(jobs, EngineSession(cpu_device(), catalog), NullProgress(), CancelToken()))
    check(jobs)
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return {
        "kind": KIND,
        "core_seconds": round(seconds, 2),
        "pages_per_minute_of_a_core": round(60.0 / seconds, 1),
        "bytes_in": round(sizes[0]),
        "bytes_out": round(sizes[1]),
        "worker_memory_mb": round(kilobytes * 1024 / 1e6),
    }


def measure_driver(folder: Path, pages: int, actors: Sequence[int]) -> dict[str, Any]:
    """Let a driver feed actors that have next to nothing to do.

    Returns:
        "planning": "milliseconds" of the processor and "kilobytes" of memory that a page takes until the run ends; by
        number of actors what it takes to run, see `_measure_run`.
    """
    import ray

    inputs = _tiny_pages(folder / "in", pages)
    tiny_model(folder / "models")
    catalog = catalog_of(folder / "models")
    ray.init(address="local", num_cpus=max(actors), include_dashboard=False, log_to_driver=False, logging_level=40)
    try:
        found: dict[str, Any] = {"planning": _measure_plan(inputs, folder / "out")}
        for size in actors:
            found[f"{size} actors"] = _measure_run(inputs, folder / f"out-{size}", catalog, size)
            print(f"  {size} actors: {found[f'{size} actors']}", file=sys.stderr, flush=True)
    finally:
        ray.shutdown()
    return found


def _measure_plan(inputs: Path, output: Path) -> dict[str, Any]:
    asked = CleanOptions((inputs,), output, rerun=Rerun.RESUME)
    begun = time.process_time()
    pages = len(plan_jobs(asked, Recipe()).jobs)
    spent = time.process_time() - begun
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    plan = plan_jobs(asked, Recipe())
    names, by_id = {job.id: page_name(job.source) for job in plan.jobs}, {job.id: job for job in plan.jobs}
    pace, results = Pace(page_costs(plan.jobs)), ResultStore()  # as `docclean clean` keeps them
    for job in plan.jobs:
        result = PageResult(job_id=job.id, status=JobStatus.DONE, seconds=2.0, device="cpu", models=("tiny",))
        results[job.id] = result.model_copy(update={"output": job.output.path})
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(names) == len(by_id) == len(results) == pages, pace
    return {"milliseconds": round(1000 * spent / pages, 3), "kilobytes": round(taken / 1000 / pages, 2)}


def _measure_run(inputs: Path, output: Path, catalog: Catalog, size: int) -> dict[str, Any]:
    """Run, and measure from the first result to the last.

    Returns:
        Of a page: "driver_milliseconds" of its one thread, "journal_milliseconds" of them; "process_milliseconds": what
        all threads of the driver's process took of the processor; "messages" of the actor; "journal_bytes" of the file,
        "journal_written" bytes, "commits". "ceiling" is how many pages a second the thread could do; "reached" is how
        many it did, with all actors on this machine.
    """
    recipe = Recipe(stages=(StageSpec(),))
    plan = plan_jobs(CleanOptions((inputs,), output, rerun=Rerun.RESUME), recipe)
    journal = open_journal(plan, catalog)
    assert journal is not None
    session = EngineSession(cpu_device(), catalog)
    crew = _CountingCrew(EngineSetup(catalog=catalog, overlaps=True), size=size)
    run = WorkerRun(crew, pages_at_once=PAGES_AT_ONCE).run_jobs
    results = ResultStore()
    begun = ended = (0.0, 0.0, 0.0)
    with journal, _noted(journal) as spent:
        for result in run_journaled(plan.jobs, session, NullProgress(), CancelToken(), journal=journal, run=run):
            if not results:
                begun = time.thread_time(), time.process_time(), time.perf_counter()
                spent.forget()
                crew.messages = 0
            assert result.status is JobStatus.DONE, result.error
            results[result.job_id] = result
            if len(results) == len(plan.jobs):
                ended = time.thread_time(), time.process_time(), time.perf_counter()
    pages = len(plan.jobs) - 1
    thread, process, clock = ((after - before) / pages for before, after in zip(begun, ended, strict=True))
    waited = (spent.seconds - spent.processor_seconds) / pages
    return {
        "driver_milliseconds": round(1000 * (thread + waited), 3),
        "journal_milliseconds": round(1000 * spent.seconds / pages, 3),
        "process_milliseconds": round(1000 * (process + waited), 3),
        "journal_bytes": round(journal.path.stat().st_size / len(plan.jobs)),
        "journal_written": round(spent.bytes_written / pages),
        "commits": round(spent.commits / pages, 2),
        "messages": round(crew.messages / pages, 1),
        "ceiling": round(1.0 / (thread + waited)),
        "reached": round(1.0 / clock),
    }


class _CountingCrew(RayCrew):
    messages = 0

    def wait(self, timeout_s: float) -> Sequence[tuple[int, Message]]:
        found = super().wait(timeout_s)
        self.messages += len(found)
        return found


@contextmanager
def _noted(journal: Journal) -> Iterator[Spent]:
    """Note what the journal's calls take."""
    spent = Spent()

    def noted(call: Any) -> Any:
        def called(*arguments: Any) -> None:
            clock, work, written = time.perf_counter() - _queued(), time.thread_time(), _bytes_written()
            try:
                call(*arguments)
            finally:
                spent.seconds += time.perf_counter() - _queued() - clock
                spent.processor_seconds += time.thread_time() - work
                spent.bytes_written += _bytes_written() - written

        return called

    for name in ("announce", "record"):
        setattr(journal, name, noted(getattr(journal, name)))

    def traced(statement: str) -> None:
        spent.commits += statement == "COMMIT"

    journal._db.set_trace_callback(traced)
    yield spent


def _queued() -> float:
    """How long this thread has waited for a processor that others had, s; 0 where the system does not tell.

    Source:
        Linux, Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat".
    """
    try:
        return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


def _bytes_written() -> int:
    """Bytes that this thread has written so far; 0 where the system does not tell.

    Source:
        proc(5), "/proc/PID/io".
    """
    try:
        lines = Path("/proc/thread-self/io").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("wchar")).split()[1])
    except (OSError, StopIteration):
        return 0


def calculate(page: dict[str, Any], driver: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Calculate what all pages need, from what was measured of one.

    Returns:
        Core-hours, cores and machines without reserve; bytes; what drivers can feed; runs, one for each shard. G stands
        for the pages a second of one GPU, which is to be measured where there is one.
    """
    total, seconds = options.total, options.days * 86400
    cores = total * page["core_seconds"] / seconds
    runs = {int(name.split()[0]): facts for name, facts in driver.items() if name.endswith("actors")}
    few, many = runs[min(runs)], runs[max(runs)]
    ceiling = many["ceiling"]
    needed = total / seconds
    return {
        "pages": total,
        "days": options.days,
        "core_hours": round(total * page["core_seconds"] / 3600),
        "cores": round(cores, 1),
        f"machines_of_{options.machine_cores}_cores": round(cores / options.machine_cores, 1),
        "gpus": f"{needed:.1f} / G",
        "pages_a_second": round(needed, 1),
        "terabytes_in": round(total * page["bytes_in"] / 1e12, 1),
        "terabytes_out": round(total * page["bytes_out"] / 1e12, 1),
        "megabytes_a_second_read_and_written": round(needed * (page["bytes_in"] + page["bytes_out"]) / 1e6),
        "gigabytes_of_journals": round(total * many["journal_bytes"] / 1e9, 1),
        "journal_commits_a_second": round(needed * many["commits"], 1),
        "driver_pages_a_second": [few["ceiling"], ceiling],
        "cores_that_a_driver_feeds": round(ceiling * page["core_seconds"]),
        "runs": round(total / options.shard),
        "a_run": {
            "pages": options.shard,
            "gigabytes_of_drivers_memory": round(options.shard * driver["planning"]["kilobytes"] / 1e6, 1),
            "gigabytes_of_journal": round(options.shard * many["journal_bytes"] / 1e9, 2),
            "minutes_to_plan": round(options.shard * driver["planning"]["milliseconds"] / 6e4, 1),
        },
    }


def _tiny_pages(folder: Path, pages: int) -> Path:
    folder.mkdir(parents=True)
    samples = np.random.default_rng(0).integers(0, 256, (pages, 24, 32), dtype=np.uint8)
    for number, sample in enumerate(samples):
        Image.fromarray(sample).save(folder / f"{number:06}.png")
    return folder


if __name__ == "__main__":
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    main()
