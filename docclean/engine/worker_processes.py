"""Workers in processes of this machine."""

import multiprocessing
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue

from docclean.core.job import PageJob
from docclean.engine.worker_engine import EngineSetup, WorkerEngine, send_log, share_cores
from docclean.engine.worker_messages import Lost, Message

_END_WITHIN_S = 5.0
"""A worker that is told to end stops within one tile."""

_Order = list[PageJob] | tuple[str, Exception | None]


class ProcessCrew:
    """Starts processes, talks to each through a pipe of its own, and ends them. Belongs to one thread."""

    def __init__(self, size: int, setup: EngineSetup) -> None:
        """Nothing is started yet.

        Args:
            size: How many processes.
            setup: Of the engine in each.
        """
        self._size, self._setup = size, setup
        self._processes: dict[int, SpawnProcess] = {}
        self._pipes: dict[int, Connection] = {}
        self._is_stopping = False

    @property
    def size(self) -> int:
        """How many workers there are."""
        return self._size

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes."""
        return [process.pid for process in self._processes.values() if process.pid is not None]

    def start(self) -> None:
        """Start all processes."""
        for worker in range(self._size):
            self._start(worker)

    def hand_out(self, worker: int, jobs: Sequence[PageJob]) -> None:
        """Give pages to a worker."""
        self._send(worker, list(jobs))

    def answer(self, worker: int, fault: Exception | None) -> None:
        """Let a worker go on after `Announced`."""
        self._send(worker, ("answer", fault))

    def cancel(self) -> None:
        """Let all workers stop, and those too that are started from now on."""
        self._is_stopping = True
        for worker in self._pipes:
            self._send(worker, ("cancel", None))

    def wait(self, timeout_s: float) -> Sequence[tuple[int, Message]]:
        """Give one message of each worker that has any."""
        workers = {id(pipe): worker for worker, pipe in self._pipes.items()}
        messages: list[tuple[int, Message]] = []
        for pipe in wait(list(self._pipes.values()), timeout_s):
            worker = workers[id(pipe)]
            try:
                messages.append((worker, self._pipes[worker].recv()))
            except (EOFError, OSError):
                self._pipes.pop(worker).close()
                messages.append((worker, Lost()))
        return messages

    def replace(self, worker: int) -> None:
        """Start another process in the place of one that was lost."""
        self._end([self._processes.pop(worker)], 0.0)
        self._start(worker)

    def close(self) -> None:
        """End all processes: without their pipe they stop by themselves, and are killed only if they do not."""
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()
        self._end(list(self._processes.values()), _END_WITHIN_S)
        self._processes.clear()

    def _start(self, worker: int) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work, args=(theirs, self._setup), name=f"docclean worker {worker}", daemon=True
        )
        process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        self._processes[worker], self._pipes[worker] = process, ours
        if self._is_stopping:
            self._send(worker, ("cancel", None))

    def _send(self, worker: int, order: _Order) -> None:
        with suppress(OSError, KeyError):  # it is lost, which `wait` tells
            self._pipes[worker].send(order)

    @staticmethod
    def _end(processes: Sequence[SpawnProcess], patience_s: float) -> None:
        for process in processes:
            process.join(patience_s)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()


def work(pipe: Connection, setup: EngineSetup) -> None:
    """Be a worker: what a process of `ProcessCrew` does until its pipe is closed at the other end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):  # the run is told, and tells its workers
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    one_at_a_time = threading.Lock()

    def send(message: Message) -> None:
        with one_at_a_time, suppress(OSError):
            pipe.send(message)

    send_log(send)
    share_cores(setup.threads)
    engine = WorkerEngine(setup, send)
    orders: SimpleQueue[list[PageJob] | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, engine, orders), daemon=True).start()
    if engine.open():
        while (jobs := orders.get()) is not None:
            engine.run(jobs)


def _listen(pipe: Connection, engine: WorkerEngine, orders: "SimpleQueue[list[PageJob] | None]") -> None:
    """Take orders while the engine is at work."""
    while True:
        try:
            order: _Order = pipe.recv()
        except (EOFError, OSError):
            engine.desert()
            orders.put(None)
            return
        if isinstance(order, list):
            orders.put(order)
        elif order[0] == "answer":
            engine.answer(order[1])
        else:
            engine.cancel()
