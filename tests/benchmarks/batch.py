"""Measure a folder of ten thousand tiny pages: memory, what the journal costs, how fast what is done is passed over.

    python -m tests.benchmarks.batch                # in a temporary folder
    python -m tests.benchmarks.batch --pages 2000 --folder DISK

The pages are cleaned twice: by the shipped denoiser on one core, and by a model that inverts pages, so that everything
but networks is measured. What the journal costs is measured in the same run that it is part of: the time inside its
calls, over the time of the run.
"""

import argparse
import gc
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image, ImageDraw

from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import NullProgress
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.device import cpu_device
from docclean.engine.journal import Journal
from docclean.engine.journaled_runs import open_journal, resume_plan, run_journaled
from docclean.engine.planning import CleanOptions, Rerun, plan_jobs
from docclean.engine.result_store import ResultStore
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog
from tests.helpers.killed_runs import FastSession

_SIZE = 105, 74
"""Width and height, px: A7 at 25 dpi."""

_SHAPES = 64
"""So many different pages; the others are copies."""


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where to work; its disk decides what a page costs")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="docclean-batch-", dir=options.folder))
    try:
        inputs = _pages_in(folder / "in", options.pages)
        denoise = Recipe(stages=(StageSpec(),))
        session = EngineSession(cpu_device(), Catalog.installed(), threads=1)
        session.pipeline(denoise)
        figures = {
            "denoiser": measure(inputs, folder / "restored", session, denoise),
            "inverting": measure(inputs, folder / "inverted", cast("EngineSession", FastSession()), Recipe()),
        }
        print(json.dumps(figures, indent=2))
    finally:
        shutil.rmtree(folder)


def measure(inputs: Path, output: Path, session: EngineSession, recipe: Recipe) -> dict[str, Any]:
    """Clean a folder, and then once more.

    Args:
        inputs: The folder.
        output: Where results go.
        session: What cleans.
        recipe: How.

    Returns:
        "pages"; "seconds" of the run; "journal_share" of them; "memory_mb", resident, after each tenth of the run;
        "memory_growth" from the first tenth to the last; "journal_bytes_a_page"; "skipped_a_second", planning included;
        the same for a second of processor time, which says more on a machine that has other work.
    """
    memory: list[float] = []
    asked = CleanOptions((inputs,), output, rerun=Rerun.RESUME)
    catalog = Catalog.installed()
    plan = plan_jobs(asked, recipe)
    journal = open_journal(plan, catalog)
    assert journal is not None
    with journal, _timed(journal, ("announce", "record")) as spent:
        plan = resume_plan(plan, journal, asked)
        results = ResultStore()  # as the command line keeps them
        begun = time.perf_counter()
        for result in run_journaled(plan.jobs, session, NullProgress(), CancelToken(), journal=journal):
            if result.status is not JobStatus.DONE:
                raise SystemExit(result.error)
            results[result.job_id] = result
            if len(results) % max(1, len(plan.jobs) // 10) == 0:
                memory.append(resident_mb())
        seconds = time.perf_counter() - begun
    journal_bytes = journal.path.stat().st_size
    del results
    gc.collect()
    begun, used = time.perf_counter(), time.process_time()
    again = plan_jobs(asked, recipe)
    planned = time.perf_counter() - begun
    journal = open_journal(again, catalog)
    assert journal is not None
    with journal:
        again = resume_plan(again, journal, asked)
    skipping, used = time.perf_counter() - begun, time.process_time() - used
    return {
        "pages": len(plan.jobs),
        "seconds": round(seconds, 2),
        "milliseconds_a_page": round(1000 * seconds / len(plan.jobs), 2),
        "journal_share": round(sum(spent) / seconds, 4),
        "memory_mb": [round(each, 1) for each in memory],
        "memory_growth": round(memory[-1] / memory[0] - 1.0, 4),
        "journal_bytes_a_page": round(journal_bytes / len(plan.jobs)),
        "skipped": len(again.existing),
        "seconds_to_plan": round(planned, 2),
        "skipped_a_second": round(len(again.existing) / skipping),
        "skipped_a_second_of_processor_time": round(len(again.existing) / used),
    }


def resident_mb() -> float:
    """Memory that this process has now, MB; the most that it had, where the system does not tell that."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def _pages_in(folder: Path, pages: int) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(min(_SHAPES, pages)):
        page = Image.new("L", _SIZE, 255)
        ImageDraw.Draw(page).text((6, 6), f"No. {number}\n{rng.integers(10**9)}", fill=30)
        dirt = rng.normal(0.0, 12.0, (_SIZE[1], _SIZE[0])) - 25.0
        dirty = np.clip(np.asarray(page) + dirt, 0, 255).astype(np.uint8)
        Image.fromarray(dirty).save(folder / f"{number:05}.png")
    for number in range(_SHAPES, pages):
        shutil.copy(folder / f"{number % _SHAPES:05}.png", folder / f"{number:05}.png")
    return folder


@contextmanager
def _timed(journal: Journal, names: Sequence[str]) -> Iterator[list[float]]:
    """Note the time of each call of some methods, s."""
    spent: list[float] = []

    def timed(call: Callable[..., None]) -> Callable[..., None]:
        def called(*arguments: PageJob | PageResult | Any) -> None:
            begun = time.perf_counter()
            try:
                call(*arguments)
            finally:
                spent.append(time.perf_counter() - begun)

        return called

    for name in names:
        setattr(journal, name, timed(getattr(journal, name)))
    yield spent


if __name__ == "__main__":
    main()
