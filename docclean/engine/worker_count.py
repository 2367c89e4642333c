"""How many processes share the work on a CPU, from what was measured (`python -m tests.benchmarks.throughput`)."""

from docclean.engine.device import DeviceSpec


def best_workers(device: DeviceSpec) -> int:
    """Give the number of processes that is known to be fastest."""
    del device
    return 1


def threads_of_each(workers: int, cores: int) -> int:
    """Share the cores out: threads of the networks in each process, at least 1."""
    return max(1, cores // workers)
