"""Synthetic pairs that are replayed while the user's pages are learned: made once, then kept in the cache."""

import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from docclean.core.files import atomic_write, write_faults_explained
from docclean.core.recipe import Task
from docclean.training.dataset import Pairs
from docclean.training.finetune.contexts import ReplayPool
from docclean.training.objectives import OBJECTIVES

EXAMPLES = 240
"""Pairs in a pool. A run of half an hour on two cores sees each of them some forty times, every time another part."""

_POOL = "replay"


def replay_pool(
    stream: Pairs,
    task: Task,
    folder: Path,
    made_from: str,
    *,
    count: int | None = None,
    told: Callable[[int, int], None],
) -> ReplayPool:
    """Make a pool, or open the one that `folder` holds.

    Args:
        stream: Gives pairs by number.
        task: What the pairs teach.
        folder: Where the pool is kept; created.
        made_from: What `stream` depends on; a pool that was made from something else is made anew.
        count: Number of pairs; None for `EXAMPLES`.
        told: Told after every pair how many are made, and of how many; may raise to stop.

    Raises:
        WriteError: The disk is full.
    """
    count = count or EXAMPLES
    digest = hashlib.sha256(f"{made_from} {task.value} {count}".encode()).hexdigest()
    array, note = folder / f"{_POOL}-{task.value}.npy", folder / f"{_POOL}-{task.value}.json"
    examples = _kept(array, note, digest)
    if examples is None:
        with write_faults_explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            note.unlink(missing_ok=True)  # it must never be found beside a pool that it does not describe
        _make(stream, task, array, count, told)
        with atomic_write(note) as file:
            file.write(json.dumps({"digest": digest}).encode())
        examples = np.load(array, mmap_mode="r", allow_pickle=False)
    return ReplayPool(examples)


def _kept(array: Path, note: Path, digest: str) -> NDArray[np.uint8] | None:
    """The pool that is there; None if there is none, or one that is damaged or was made from something else."""
    try:
        if json.loads(note.read_bytes())["digest"] != digest:
            return None
        return np.load(array, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]  # reason: numpy's stub
    except (OSError, EOFError, ValueError, LookupError, TypeError):
        return None


def _make(stream: Pairs, task: Task, array: Path, count: int, told: Callable[[int, int], None]) -> None:
    """Write the examples one after the other; threads make them, because most of the work is outside Python."""
    objective = OBJECTIVES[task]()
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        examples = pool.map(lambda number: objective.stack([stream[number]]), range(count))
        with atomic_write(array) as file:
            for number, example in enumerate(examples):
                if number == 0:
                    _write_header(file, (count, *example.shape[1:]))
                file.write(example.tobytes())
                told(number + 1, count)
    finally:
        pool.shutdown(cancel_futures=True)  # else whoever stops would wait until all are made


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    header = np.lib.format.header_data_from_array_1_0(np.empty((0, *shape[1:]), np.uint8))
    header["shape"] = shape
    np.lib.format.write_array_header_1_0(file, header)
