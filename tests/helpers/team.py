"""Trains tiny networks as one of several processes: `python -m tests.helpers.team RUNS`, where RUNS is JSON."""

import json
import math
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Run:
    """A run in one folder.

    Attributes:
        folder: Where it is kept.
        config: The run's settings, as JSON.
        fault: What happens at step `at`: `cancel` and `nan` in the last process alone, `full` (no room for the
            checkpoint) in the first.
        at: See `fault`.
    """

    folder: str
    config: str
    fault: str = ""
    at: int = -1


def launched(count: int, runs: Sequence[Run]) -> list[list[dict[str, Any]]]:
    """Start `count` processes as a launcher does, let them do all runs, and give what each process saw of each run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    text = json.dumps([[run.folder, run.config, run.fault, run.at] for run in runs])
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.helpers.team", text],
            cwd=ROOT,
            env=os.environ | common | {"RANK": str(rank), "LOCAL_RANK": str(rank), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for rank in range(count)
    ]
    texts = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * count, texts
    return [json.loads(output) for output, _ in texts]


def train_as_one_of_several(run: Run) -> dict[str, Any]:
    """Train; gives what was reported to this process, and how the run ended."""
    import torch

    from docclean.core.cancel import CancelledError, CancelToken
    from docclean.core.errors import DoccleanError
    from docclean.training import loop
    from docclean.training.config import TrainConfig
    from tests.helpers.corpus import SIDE, stream_for

    torch.set_num_threads(1)
    config, token, reports = TrainConfig.model_validate_json(run.config), CancelToken(), list[Any]()
    pairs = loop.TrainingPairs(stream_for(config.task), stream_for(config.task))
    end = "done"
    with _patched(loop, CONTEXT=SIDE, _VALIDATION_PAIRS=3, **_faults(run, loop, token)):
        try:
            watch = loop.Watch(reports.append, token)
            loop.train(config, pairs, Path(run.folder), device=torch.device("cpu"), watch=watch)
        except (CancelledError, DoccleanError) as error:
            end = f"{type(error).__name__}: {error}"
    return {"reports": [[r.step, r.loss, r.rmse] for r in reports], "end": end}


def _faults(run: Run, loop: Any, token: Any) -> dict[str, Any]:
    """What is put in place of the loop's functions so that the fault happens."""
    from docclean.core.errors import WriteError

    is_last = int(os.environ.get("RANK", "0")) == int(os.environ.get("WORLD_SIZE", "1")) - 1
    real_step, real_save = loop._step, loop.save_checkpoint

    def step(learner: Any, examples: Any, number: int) -> float:
        if is_last and number == run.at and run.fault == "cancel":
            token.cancel()
        if is_last and number == run.at and run.fault == "nan":
            next(learner.model.parameters()).data.fill_(math.nan)
        loss: float = real_step(learner, examples, number)
        return loss

    def save(folder: Path, config: Any, done: int, *state: Any) -> None:
        if done == run.at and run.fault == "full":
            raise WriteError(folder, "cannot be written because the disk is full.")
        real_save(folder, config, done, *state)

    return {"_step": step, "save_checkpoint": save}


def _patched(loop: Any, **values: Any) -> Any:
    from unittest import mock

    return mock.patch.multiple(loop, **values)


if __name__ == "__main__":
    results = [train_as_one_of_several(Run(*run)) for run in json.loads(sys.argv[1])]
    sys.stdout.write(json.dumps(results))
    sys.stdout.flush()
    os._exit(0)  # torch's threads now and then end an interpreter that shuts down by "terminate called"
