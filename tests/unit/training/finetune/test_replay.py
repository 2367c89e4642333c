import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from docclean.core.cancel import CancelledError
from docclean.core.errors import WriteError
from docclean.core.recipe import Task
from docclean.training.degrade import Degraded
from docclean.training.finetune.contexts import ReplayPool
from docclean.training.finetune.replay import replay_pool
from docclean.training.objectives import OBJECTIVES
from tests.helpers.corpus import FewPairs, stream_for
from tests.helpers.disks import small_disk


class Counting(FewPairs):
    """Pairs, and how often one was made."""

    def __init__(self) -> None:
        super().__init__(16)
        self.made = 0
        self._lock = threading.Lock()

    def __getitem__(self, number: int) -> Degraded:
        with self._lock:
            self.made += 1
        return super().__getitem__(number)


def quiet(_done: int, _total: int) -> None:
    """Nobody follows."""


def pool_in(folder: Path, stream: FewPairs, origin: str = "corpus", told: Callable[[int, int], None] = quiet) -> Any:
    return replay_pool(stream, Task.DENOISE, folder, origin, count=5, told=told)


@pytest.mark.parametrize("task", [Task.DENOISE, Task.DEWATERMARK])
def test_pool_holds_the_streams_pairs_in_their_order(task: Task, tmp_path: Path) -> None:
    stream, told = stream_for(task), list[tuple[int, int]]()
    pool = replay_pool(stream, task, tmp_path / "a" / "b", "x", count=4, told=lambda *news: told.append(news))
    expected = OBJECTIVES[task]().stack([stream[number] for number in range(4)])
    assert isinstance(pool, ReplayPool)
    assert isinstance(pool.examples, np.memmap)
    assert pool.examples.dtype == np.uint8
    assert np.array_equal(pool.examples, expected)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_pool_is_made_once(tmp_path: Path) -> None:
    stream = Counting()
    first = pool_in(tmp_path, stream)
    again = pool_in(tmp_path, stream)
    assert stream.made == 5
    assert np.array_equal(first.examples, again.examples)


def test_pool_of_another_origin_or_count_is_made_anew(tmp_path: Path) -> None:
    stream = Counting()
    pool_in(tmp_path, stream)
    pool_in(tmp_path, stream, "another corpus")
    assert stream.made == 10
    pool = replay_pool(stream, Task.DENOISE, tmp_path, "another corpus", count=3, told=quiet)
    assert len(pool.examples) == 3
    assert stream.made == 13


def test_pools_of_two_tasks_lie_side_by_side(tmp_path: Path) -> None:
    stream = Counting()
    pool_in(tmp_path, stream)
    replay_pool(stream_for(Task.DEWATERMARK), Task.DEWATERMARK, tmp_path, "corpus", count=2, told=quiet)
    pool_in(tmp_path, stream)
    assert stream.made == 5


def stop_after(count: int) -> Callable[[int, int], None]:
    def told(done: int, _total: int) -> None:
        if done == count:
            raise CancelledError

    return told


def test_half_made_pool_is_never_used(tmp_path: Path) -> None:
    """Neither where there was none before, nor where it would have replaced another."""
    stream = Counting()
    for origin in ("one", "two"):
        with pytest.raises(CancelledError):
            pool_in(tmp_path, stream, origin, stop_after(3))
        assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]
        stream.made = 0
        assert len(pool_in(tmp_path, stream, origin).examples) == 5
        assert stream.made == 5


def test_pool_without_its_note_is_made_anew(tmp_path: Path) -> None:
    """The program was killed between the two: nobody knows what the pool was made from."""
    stream = Counting()
    pool_in(tmp_path, stream)
    (note,) = tmp_path.glob("*.json")
    for content in (None, b"", b"[]", b"{}", json.dumps({"digest": "other"}).encode()):
        note.unlink() if content is None else note.write_bytes(content)
        stream.made = 0
        pool_in(tmp_path, stream)
        assert stream.made == 5


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", None])
def test_damaged_pool_is_made_anew(content: bytes | None, tmp_path: Path) -> None:
    stream = Counting()
    expected = np.array(pool_in(tmp_path, stream).examples)
    (array,) = tmp_path.glob("*.npy")
    whole = array.read_bytes()
    array.unlink()
    array.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert np.array_equal(pool_in(tmp_path, stream).examples, expected)
    assert stream.made == 10


def test_stopping_does_not_wait_for_pairs_that_nobody_wants(tmp_path: Path) -> None:
    """Each takes a second in earnest, and there are hundreds."""

    class Slow(Counting):
        def __getitem__(self, number: int) -> Degraded:
            pair = super().__getitem__(number)
            threading.Event().wait(0.005)
            return pair

    stream = Slow()
    with pytest.raises(CancelledError):
        replay_pool(stream, Task.DENOISE, tmp_path, "x", count=400, told=stop_after(1))
    assert stream.made < 200


def test_full_disk_is_said_in_a_sentence(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 20) as disk:
        stream = FewPairs(64)
        with pytest.raises(WriteError, match="disk is full"):
            pool_in(disk, stream)
        assert not list(disk.iterdir())
    assert len(pool_in(tmp_path, FewPairs(16)).examples) == 5
