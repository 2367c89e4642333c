"""How many processes share the work: as many as there are cores, work and memory for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.engine.device import DeviceSpec, available_cores, cpu_device
from docclean.engine.worker_count import best_workers, threads_of_each

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("documents", "cores", "free", "workers"),
    [
        ([1], 2, 16 * GB, 1),
        ([1] * 11, 2, 16 * GB, 1),
        ([1] * 12, 2, 16 * GB, 2),
        ([1] * 1000, 2, 16 * GB, 2),
        ([1] * 1000, 16, 64 * GB, 16),
        ([1] * 30, 16, 64 * GB, 5),
        ([1] * 1000, 16, 7 * GB, 3),
        ([1] * 1000, 16, GB, 1),
        ([], 4, 16 * GB, 1),
        ([500], 2, 16 * GB, 1),
        ([500, *[1] * 12], 2, 16 * GB, 1),
        ([100] * 5, 2, 16 * GB, 1),
        ([100] * 6, 2, 16 * GB, 2),
    ],
)
def test_cores_work_and_memory_limit_the_number(documents: list[int], cores: int, free: int, workers: int) -> None:
    assert best_workers(cpu_device(), documents, cores=cores, free=free) == workers


def test_a_gpu_has_one() -> None:
    assert best_workers(DeviceSpec("cuda", 0, "a card"), [1] * 1000, cores=16, free=64 * GB) == 1


def test_this_machine_is_looked_at() -> None:
    assert 1 <= best_workers(cpu_device(), [1] * 100_000) <= available_cores()


@given(workers=st.integers(1, 64), cores=st.integers(1, 64))
def test_threads_do_not_outnumber_cores(workers: int, cores: int) -> None:
    threads = threads_of_each(workers, cores)
    assert threads >= 1
    assert workers * threads <= max(workers, cores)
