"""Page jobs over the machines of a Ray cluster: actors that run `run_jobs`, one for each GPU or for some cores.

Ray places actors, carries messages and notices when one is lost. What a lost actor had is done again by our own rule
(`docclean.engine.workers`) and not by Ray's `max_restarts` and `max_task_retries`: Ray would repeat everything that the
actor was given, and does not know which files have their names already.

Inputs and results lie where every machine finds them under the same path. Nothing is sent but jobs, messages and
passwords.
"""

import importlib
import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from docclean.core.errors import UsageError, WorkerError
from docclean.core.job import PageJob
from docclean.distributed.ray_worker import RayWorker
from docclean.engine.device import available_cores
from docclean.engine.worker_engine import EngineSetup
from docclean.engine.worker_messages import Broken, Lost, Message

logger = logging.getLogger(__name__)

PAGES_AT_ONCE = 8
"""Pages that an actor is given at once, so that reading and writing overlap with the network of a GPU."""

_FEW = 4
_PROGRESS_A_SECOND = 50.0
"""So often all actors together tell of progress, but for very few: each message takes the driver a millisecond."""

_CALLS_AT_ONCE = 4
"""An actor streams messages while it takes answers and is told to stop."""

_END_WITHIN_S = 5.0

_IS_MISSING = "--engine ray: Ray is not installed here; install docclean with it: pip install 'docclean[cluster]'."
_NO_CLIENT = (
    "--address {address}: docclean runs on a machine of the cluster, where it can look after the journal; "
    "start it there, for example with `kubectl exec` or `ray job submit`, and give --address auto."
)
_NO_ANSWER = (
    "--address {address}: no Ray cluster answers there, or it wants a token that is not known here (RAY_AUTH_TOKEN); "
    "start one with `ray start --head`, or leave --address out to use this machine alone."
)
_NO_START = "--engine ray: Ray cannot start on this machine: {reason}. Use --workers instead, or try again."
_NO_ROOM = (
    "--engine ray: the cluster has {cores:g} cores and {gpus:g} GPUs, and a worker needs {needed}; add machines, or "
    "say with --workers how many the cluster will have room for."
)


class RayCrew:
    """Actors as workers. Belongs to one thread.

    Attributes:
        address: Of the cluster; empty for one on this machine, which is started and ended with the run.
    """

    def __init__(self, setup: EngineSetup, *, address: str = "", size: int = 0) -> None:
        """Nothing is started yet.

        Args:
            setup: Of the engine in each actor. With device "cpu" an actor takes `threads` cores, else a GPU.
            address: "auto", or HOST:PORT of the cluster's head; empty for this machine alone.
            size: How many actors; 0 for as many as there is room for.
        """
        self.address = address
        self._setup, self._size = setup, size
        self._ray: Any = None
        self._is_ours = False
        self._actor_class: Any = None
        self._actors: dict[int, Any] = {}
        self._streams: dict[Any, int] = {}
        self._ready: set[int] = set()
        self._is_stopping = False

    @property
    def size(self) -> int:
        """How many actors there are."""
        return self._size

    def start(self) -> None:
        """Start all actors.

        Raises:
            UsageError: Ray is not installed, or the address is none that can be used.
            WorkerError: The cluster does not answer, or has no room.
        """
        self._ray = _import_ray()
        _silence(self._ray)
        self._is_ours = not self._ray.is_initialized()
        if self._is_ours:
            _connect(self._ray, self.address)
        needed = self._needed()
        self._size = self._size or self._room_for(needed)
        if self._size > _FEW:
            self._setup = replace(self._setup, progress_interval_s=self._size / _PROGRESS_A_SECOND)
        self._actor_class = self._ray.remote(RayWorker).options(
            max_concurrency=_CALLS_AT_ONCE, max_restarts=0, max_task_retries=0, **needed
        )
        for worker in range(self._size):
            self._start(worker)

    def hand_out(self, worker: int, jobs: Sequence[PageJob]) -> None:
        """Give pages to a worker."""
        stream = self._actors[worker].run.options(num_returns="streaming").remote(list(jobs))
        self._streams[stream] = worker

    def answer(self, worker: int, fault: Exception | None) -> None:
        """Let a worker go on after `Announced`."""
        self._actors[worker].answer.remote(fault)

    def cancel(self) -> None:
        """Let all workers stop, and those too that are started from now on."""
        self._is_stopping = True
        for actor in self._actors.values():
            actor.cancel.remote()

    def wait(self, timeout_s: float) -> Sequence[tuple[int, Message]]:
        """Give one message of each worker that has any."""
        if not self._streams:
            threading.Event().wait(timeout_s)
            return []
        streams = list(self._streams)
        ready, _ = self._ray.wait(streams, num_returns=1, timeout=timeout_s, fetch_local=False)
        if ready and len(streams) > 1:
            ready, _ = self._ray.wait(streams, num_returns=len(streams), timeout=0, fetch_local=False)
        messages = []
        for stream in ready:
            message = self._next(stream)
            if message is not None:
                messages.append(message)
        return messages

    def replace(self, worker: int) -> None:
        """Start another actor, wherever there is room, in the place of one that was lost."""
        self._ray.kill(self._actors.pop(worker))
        self._ready.discard(worker)
        self._start(worker)

    def close(self) -> None:
        """End all actors, and the cluster if it was started for this run."""
        if self._ray is None:
            return
        self.cancel()
        with suppress(Exception):  # the cluster may be gone
            if self._streams:
                self._ray.wait(list(self._streams), num_returns=len(self._streams), timeout=_END_WITHIN_S)
            for actor in self._actors.values():
                self._ray.kill(actor)
        self._actors.clear()
        self._streams.clear()
        if self._is_ours:
            self._ray.shutdown()

    def _start(self, worker: int) -> None:
        actor = self._actor_class.remote(self._setup)
        self._actors[worker] = actor
        self._streams[actor.open.options(num_returns="streaming").remote()] = worker
        if self._is_stopping:
            actor.cancel.remote()

    def _next(self, stream: Any) -> tuple[int, Message] | None:  # noqa: ANN401 - Ray is imported late
        """Give the next message of a stream; None at its end."""
        worker = self._streams.get(stream)
        if worker is None:  # it was lost a moment ago
            return None
        try:
            message: Message = self._ray.get(next(stream))
        except StopIteration:
            del self._streams[stream]
            return None
        except self._ray.exceptions.RayError as fault:
            self._streams = {other: its for other, its in self._streams.items() if its != worker}
            logger.warning("worker %d: %s", worker, fault)
            cause = getattr(fault, "cause", None)
            if worker not in self._ready and isinstance(cause, Exception):
                return worker, Broken(cause)
            return worker, Lost()
        self._ready.add(worker)
        return worker, message

    def _needed(self) -> dict[str, float]:
        """What an actor takes of a machine."""
        cores = self._setup.threads or 1
        if self._setup.device == "cpu":
            return {"num_cpus": cores}
        gpus = self._ray.cluster_resources().get("GPU", 0.0)
        if self._setup.device == "auto" and not gpus:
            return {"num_cpus": cores}
        return {"num_cpus": cores, "num_gpus": 1}

    def _room_for(self, needed: dict[str, float]) -> int:
        there = self._ray.cluster_resources()
        cores, gpus = there.get("CPU", 0.0), there.get("GPU", 0.0)
        room = int(min(cores / needed["num_cpus"], gpus / needed["num_gpus"] if "num_gpus" in needed else cores))
        if room < 1:
            words = "a GPU" if "num_gpus" in needed else f"{needed['num_cpus']:g} of the cores"
            raise WorkerError(_NO_ROOM.format(cores=cores, gpus=gpus, needed=words))
        return room


def _import_ray() -> Any:  # noqa: ANN401 - an optional library whose types nobody checks
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # read when Ray is imported: nothing is told to anybody
    try:
        return importlib.import_module("ray")
    except ImportError as fault:
        raise UsageError(_IS_MISSING) from fault


def _connect(ray: Any, address: str) -> None:  # noqa: ANN401 - Ray is imported late
    """Connect to a cluster, or start one on this machine.

    Raises:
        UsageError: The address is that of a client.
        WorkerError: The cluster does not answer, or does not start.
    """
    if address.startswith("ray://"):
        raise UsageError(_NO_CLIENT.format(address=address))
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": True}
    if not address:
        options |= {"num_cpus": available_cores(), "include_dashboard": False}
    with _own_signals():
        try:
            ray.init(address=address or "local", **options)
        except Exception as fault:  # Ray raises what it likes: ConnectionError, RuntimeError, Exception
            logger.exception("Ray at %r", address)
            if address:
                raise WorkerError(_NO_ANSWER.format(address=address)) from fault
            raise WorkerError(_NO_START.format(reason=str(fault).partition("\n")[0].rstrip("."))) from fault


def _silence(ray: Any) -> None:  # noqa: ANN401 - Ray is imported late
    """Send what Ray would print about lost actors to the log: standard output belongs to results.

    Ray 2.60 has no option for it; tests/integration/test_ray_batch.py tells when this has no effect any more.
    """

    def take(data: dict[str, Any], *_: object, **__: object) -> None:
        logger.info("ray: %s", " ".join(map(str, data.get("lines", ()))))

    ray._private.worker.print_to_stdstream = take  # noqa: SLF001 - nothing public does it


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep the program's handling of signals, which Ray changes for itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
