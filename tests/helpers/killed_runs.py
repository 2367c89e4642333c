"""Runs that are killed: a program that starts `docclean clean` again and again and kills it at random moments.

Python starts once and forks for every run, so that twenty runs take no longer than their pages do.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from docclean.cli import clean
from docclean.cli.main import main
from docclean.core.cancel import CancelToken
from docclean.core.errors import ModelError
from docclean.core.page import Page
from docclean.core.progress import ProgressSink
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.device import cpu_device
from docclean.models.catalog import ModelEntry
from tests.helpers.scans import contents

_LATEST_S = 0.03


class FastSession:
    """Inverts pages, and notes each in a file before it is written.

    Attributes:
        ledger: The file; a line for every page that was cleaned.
    """

    ledger = Path(os.devnull)

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        self.device = cpu_device()

    def pipeline(self, _recipe: Recipe) -> "FastPipeline":
        return FastPipeline(self.ledger)

    def entry(self, stage: StageSpec) -> ModelEntry:
        raise ModelError(f"{stage.task}: is done by no model here.")


class FastPipeline:
    """See `FastSession`."""

    stages: Sequence[Any] = ()
    models = ("fast",)
    device = "cpu"

    def __init__(self, ledger: Path) -> None:
        self.ledger = ledger

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        cancel.raise_if_cancelled()
        with self.ledger.open("a", encoding="utf-8") as file:
            file.write(f"{page.size}\n")
        return replace(page, pixels=np.ascontiguousarray(255 - page.pixels))


def run_to_the_end(inputs: Path, output: Path, workers: int) -> int:
    """Run in a child without being killed; its exit code."""
    pid = _start(inputs, output, workers)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run_and_kill(inputs: Path, output: Path, workers: int, moment: tuple[int, float]) -> bool:
    """Run, and kill it so many seconds after so many results are there; whether it was still at work."""
    results, delay_s = moment
    pid = _start(inputs, output, workers)
    while len(_results(output)) < results:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    time.sleep(delay_s)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _start(inputs: Path, output: Path, workers: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        os._exit(main(["clean", str(inputs), "-o", str(output), "--device", "cpu", "--workers", str(workers)]))
    finally:
        os._exit(99)


def _results(output: Path) -> dict[str, int]:
    """Results that have their names, and the system's numbers for them: a file that is written anew has another."""
    try:
        return {entry.name: entry.inode() for entry in os.scandir(output) if not entry.name.startswith(".")}
    except FileNotFoundError:
        return {}


def kill_again_and_again(settings: dict[str, Any]) -> dict[str, Any]:
    """Kill a run at random moments, take it up each time, and let the last one end.

    Args:
        settings: "inputs" and "output", folders; "kills"; "seed"; "workers", processes that share the work; "ledger"
            for the fast model, which knows one process only, or "" for the real one.

    Returns:
        "killed": how many runs were; "codes": of the last run and of one more; "rewritten": names of results that were
        written anew after they were there; "left": names of what is there besides the results.
    """
    if settings["ledger"]:
        FastSession.ledger = Path(settings["ledger"])
        setattr(clean, "EngineSession", FastSession)  # noqa: B010 - it stands in for the real one
    inputs, output, workers = Path(settings["inputs"]), Path(settings["output"]), settings["workers"]
    random_moment = random.Random(settings["seed"])  # noqa: S311 - moments are no secrets
    everything = len(list(inputs.iterdir()))
    known: dict[str, int] = {}
    rewritten: set[str] = set()
    killed = 0
    for results in sorted(random_moment.sample(range(everything), settings["kills"])):
        killed += run_and_kill(inputs, output, workers, (results, random_moment.random() * _LATEST_S))
        now = _results(output)
        rewritten |= {name for name, inode in known.items() if now.get(name) != inode}
        known = now
    time.sleep(1.1)  # what was begun a moment ago is not swept away
    codes = [run_to_the_end(inputs, output, workers), run_to_the_end(inputs, output, workers)]
    now = _results(output)
    rewritten |= {name for name, inode in known.items() if now.get(name) != inode}
    left = sorted(contents(output).keys() - {path.name for path in inputs.iterdir()})
    return {"killed": killed, "codes": codes, "rewritten": sorted(rewritten), "left": left}


if __name__ == "__main__":
    print(json.dumps(kill_again_and_again(json.loads(sys.argv[1]))))  # noqa: T201 - the test reads it
