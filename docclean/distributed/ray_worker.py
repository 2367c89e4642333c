"""A worker as an actor of Ray. Ray is not imported here: it makes an actor of the class wherever there is room."""

import threading
from collections.abc import Iterator, Sequence
from queue import SimpleQueue

from docclean.core.job import PageJob
from docclean.engine.worker_engine import EngineSetup, WorkerEngine, send_log, share_cores
from docclean.engine.worker_messages import Broken, Idle, Message, Ready


class RayWorker:
    """An engine in a thread of its own, whose messages are streamed. Methods are called in several threads.

    The model is loaded once, and stays for as long as the actor lives.
    """

    def __init__(self, setup: EngineSetup) -> None:
        """Nothing is loaded yet."""
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._orders: SimpleQueue[list[PageJob]] = SimpleQueue()
        self._setup = setup
        self._engine = WorkerEngine(setup, self._messages.put)

    def open(self) -> Iterator[Message]:
        """Start the engine; what it tells until it is ready, or cannot be."""
        threading.Thread(target=self._work, name="docclean-engine", daemon=True).start()
        yield from self._told(Ready, Broken)

    def run(self, jobs: Sequence[PageJob]) -> Iterator[Message]:
        """Run jobs; what the engine tells until it is idle."""
        self._orders.put(list(jobs))
        yield from self._told(Idle)

    def answer(self, fault: Exception | None) -> None:
        """Let the engine go on after `Announced`."""
        self._engine.answer(fault)

    def cancel(self) -> None:
        """Let the engine stop."""
        self._engine.cancel()

    def _told(self, *last: type[Message]) -> Iterator[Message]:
        while True:
            message = self._messages.get()
            yield message
            if isinstance(message, last):
                return

    def _work(self) -> None:
        send_log(self._messages.put)
        share_cores(self._setup.threads)
        if self._engine.open():
            while True:
                self._engine.run(self._orders.get())
