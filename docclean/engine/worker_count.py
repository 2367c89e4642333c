"""How many processes share the work on a CPU.

`python -m tests.benchmarks.throughput` measures, and names what was fastest beside what `best_workers` gives.
"""

from collections.abc import Sequence

import psutil

from docclean.engine.device import DeviceSpec, available_cores

_PAGES_OF_A_WORKER = 6
"""A job with fewer pages for each is done sooner by one process: others have to start and load the model first."""

_DOCUMENTS_OF_A_WORKER = 3
"""A document is done by one worker. Of a few large ones, the last would keep one core busy while the others rest."""

_MEMORY_OF_A_WORKER = 2_000_000_000
"""An A4 page in color at 600 dpi fits in, bytes."""


def best_workers(
    device: DeviceSpec, documents: Sequence[int], *, cores: int | None = None, free: int | None = None
) -> int:
    """Give the number of processes that `--workers auto` takes: one for each core, as far as there is work for them.

    A network on its own core takes less processor time than one that is spread over several. On two cores two
    processes did 1.15 times as many pages in the same time, A4 at 300 dpi, starting them included; machines with more
    cores were not measured. On another device than the CPU it is one, whose steps overlap.

    Args:
        device: Where the models run.
        documents: Pages of every file that is to be written; 1 for most images.
        cores: Cores of the CPU that may be used; None to look.
        free: Memory that programs can have, bytes; None to look.
    """
    if device.kind != "cpu":
        return 1
    cores = available_cores() if cores is None else cores
    free = int(psutil.virtual_memory().available) if free is None else free
    share = max(_PAGES_OF_A_WORKER, _DOCUMENTS_OF_A_WORKER * max(documents, default=0))
    return max(1, min(cores, sum(documents) // share, free // _MEMORY_OF_A_WORKER))


def threads_of_each(workers: int, cores: int) -> int:
    """Share the cores out: threads of the networks in each process, at least 1."""
    return max(1, cores // workers)
