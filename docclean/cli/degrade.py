"""`docclean degrade`: make dirty twins of clean pages, to train or to measure with."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docclean import __version__
from docclean.cli.console import complain, counted, say
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.cli.run_progress import show_progress
from docclean.core.cancel import CancelledError
from docclean.core.errors import DoccleanError, ExitCode, UsageError, WriteError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.core.page import PageSource
from docclean.core.recipe import Task
from docclean.documents.discover import Discovery
from docclean.training.clean_sources import find_clean_sources, usable_fonts
from docclean.training.twins import FOLDERS, TwinJob, TwinSpec, make_twin, plan_twins, write_twin
from docclean.training.typeset import find_fonts

PAIRS = "pairs.json"
"""Name of the list of pairs in the output folder."""

_TASKS = (Task.DENOISE, Task.DEWATERMARK)
_PARTS = {"all": (False, True), "training": (False,), "validation": (True,)}


@dataclass(frozen=True, slots=True)
class DegradeOptions:
    """What `docclean degrade` was asked to do, as typed; see its help."""

    inputs: tuple[Path, ...]
    output: Path
    task: str = "denoise"
    fonts: tuple[Path, ...] = ()
    count: int = 1
    seed: int = 0
    dpi: int = 150
    part: str = "all"
    layers: bool = False
    overwrite: bool = False


@dataclass(slots=True)
class _Outcome:
    """What has been made so far."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def degrade_pages(options: DegradeOptions) -> ExitCode:
    """Make dirty twins of what the user named.

    Raises:
        DoccleanError: The request cannot be carried out; nothing was written.
    """
    task = _task(options)
    fonts = tuple(usable_fonts(find_fonts(options.fonts))) if options.fonts else ()
    _refuse_output(options)
    found = find_clean_sources(options.inputs) if options.inputs else _typeset(fonts)
    jobs = _jobs(options, found)
    outcome = _Outcome(errors=[str(failed) for failed in found.failed])
    if jobs:
        complain(f"{counted(len(jobs), 'twin')} of {counted(len({job.source for job in jobs}), 'page')}")
        with suppress(CancelledError, KeyboardInterrupt):
            _run(jobs, TwinSpec(task, float(options.dpi), fonts), options, outcome)
    for error in outcome.errors:
        complain(f"failed: {error}")
    stopped = len(jobs) - len(outcome.rows) - (len(outcome.errors) - len(found.failed))
    if outcome.rows and not _save_pairs(options, outcome):
        return ExitCode.SOME_PAGES_FAILED
    where = f" They are in {options.output}" if outcome.rows else ""
    unfinished = f", {stopped} not made because you stopped it" if stopped else ""
    say(f"{counted(len(outcome.rows), 'twin')} made, {len(outcome.errors)} failed{unfinished}.{where}")
    if stopped:
        return ExitCode.INTERRUPTED
    return ExitCode.SOME_PAGES_FAILED if outcome.errors else ExitCode.OK


def _run(jobs: Sequence[TwinJob], spec: TwinSpec, options: DegradeOptions, outcome: _Outcome) -> None:
    """Make the twins; what comes of them is added to `outcome` at once."""
    names = {str(number): job.name for number, job in enumerate(jobs)}
    with (
        show_progress(names, [spec.task.value], "") as progress,
        cancelled_by_interrupt(progress.announce_stop) as cancel,
    ):
        for number, job in enumerate(jobs):
            cancel.raise_if_cancelled()
            try:
                pair, resolution = make_twin(job, spec)
                write_twin(
                    job,
                    pair,
                    options.output,
                    resolution=resolution,
                    has_layers=options.layers,
                    overwrite=options.overwrite,
                )
            except DoccleanError as fault:
                outcome.errors.append(str(fault))
                progress.finish(str(number), "failed")
                continue
            outcome.rows.append(_row(job, pair.kinds))
            progress.finish(str(number), "done")


def _row(job: TwinJob, kinds: Sequence[str]) -> dict[str, Any]:
    return {
        "name": job.name,
        "seed": job.seed,
        "kinds": list(kinds),
        "source": str(job.source.path),
        "page": job.source.page + 1,
        "held_out": job.is_held_out,
    }


def _task(options: DegradeOptions) -> Task:
    known = {task.value: task for task in _TASKS}
    if options.task not in known:
        raise UsageError(f"--task {options.task}: pages cannot be dirtied for it; choose {' or '.join(known)}.")
    if options.part not in _PARTS:
        raise UsageError(f"--part {options.part}: is not known; choose {', '.join(_PARTS)}.")
    if not options.inputs and not options.fonts:
        raise UsageError("There is nothing to dirty; name clean pages, or fonts to set pages with by --fonts.")
    if options.inputs and options.fonts and known[options.task] is Task.DENOISE:
        raise UsageError("--fonts: sets pages where no INPUT is named, and words of watermarks; leave out one of both.")
    return known[options.task]


def _refuse_output(options: DegradeOptions) -> None:
    """Refuse an output folder that is a file, lies in an input folder, or holds pairs already."""
    output = Path(os.path.realpath(options.output))
    if output.exists() and not output.is_dir():
        raise UsageError(f"-o {options.output}: is a file; name a folder.")
    for path in (*options.inputs, *options.fonts):
        if path.is_dir() and output.is_relative_to(os.path.realpath(path)):
            raise UsageError(f"-o {options.output}: lies in the input folder {path}; choose a folder outside of it.")
        for name in FOLDERS:
            if Path(os.path.realpath(path)).is_relative_to(output / name):
                raise UsageError(f"-o {options.output}: {path} would be replaced by its twins; choose another folder.")
    taken = [name for name in (PAIRS, *FOLDERS) if _is_filled(output / name)]
    if taken and not options.overwrite:
        raise UsageError(
            f"-o {options.output}: holds {taken[0]} already; choose another folder, or replace what is there with "
            "--overwrite."
        )


def _is_filled(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else os.path.lexists(path)


def _typeset(fonts: Sequence[Path]) -> Discovery:
    return Discovery(tuple(PageSource(path=font, relative=Path(font.name)) for font in fonts))


def _jobs(options: DegradeOptions, found: Discovery) -> tuple[TwinJob, ...]:
    wanted = _PARTS[options.part]
    jobs = tuple(job for job in plan_twins(found.sources, options.count, options.seed) if job.is_held_out in wanted)
    if not jobs and not found.failed:
        named = ", ".join(str(path) for path in options.inputs or options.fonts)
        if found.sources:
            raise UsageError(f"--part {options.part}: no page of {named} belongs to it; name more pages.")
        raise UsageError(f"{named}: holds nothing that a page can be made of; name clean pages or fonts with letters.")
    return jobs


def _save_pairs(options: DegradeOptions, outcome: _Outcome) -> bool:
    listed = {
        "program": "docclean",
        "version": __version__,
        "task": options.task,
        "seed": options.seed,
        "pairs": outcome.rows,
        "failed": outcome.errors,
    }
    path = options.output / PAIRS
    try:
        with write_faults_explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path, overwrite=options.overwrite) as file:
            file.write((json.dumps(listed, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape"))
    except WriteError as error:
        complain(str(error))
        return False
    return True
