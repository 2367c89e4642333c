"""How many processes share the work on a CPU.

`python -m tests.benchmarks.throughput` measures, and names what was fastest beside what `best_workers` gives.
"""

from docclean.engine.device import DeviceSpec


def best_workers(device: DeviceSpec) -> int:
    """Give the number of processes that `--workers auto` takes: one, whose steps overlap.

    By the medians of two turns on two cores it was ahead of two processes on every kind of page; machines with more
    cores were not measured.
    """
    del device
    return 1


def threads_of_each(workers: int, cores: int) -> int:
    """Share the cores out: threads of the networks in each process, at least 1."""
    return max(1, cores // workers)
