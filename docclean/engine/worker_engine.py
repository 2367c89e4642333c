"""A worker's side of a run over several processes or machines: an engine of its own, and `run_jobs` as everywhere."""

import logging
import logging.handlers
import os
import platform
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import ModelError
from docclean.core.job import PageJob, PageResult
from docclean.core.progress import Progress
from docclean.documents.passwords import KnownPasswords, take_over
from docclean.engine.device import resolve_device
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.engine.worker_messages import Announced, Broken, Done, Idle, Logged, Message, Ready, Told
from docclean.models.catalog import Catalog

_PROGRESS_INTERVAL_S = 0.1

_OTHER_MODEL = (
    "The model {model!r} is another one where the pages are cleaned than where they are handed out; "
    "install the same version of docclean and the same models on every machine."
)


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """What a worker's engine is to be.

    Attributes:
        device: As in `resolve_device`.
        threads: Threads that a network uses on the CPU; 0 for one per core.
        catalog: Models that the worker finds at the same paths; None for those that are installed where it runs.
        weights: SHA-256 of the weights that models must have, by id.
        overlaps: See `run_jobs`.
        progress_interval_s: Progress is told no more often; 0 for every stage that begins, and ten times a second.
        passwords: Of PDF files; in memory only.
    """

    device: str = "cpu"
    threads: int = 1
    catalog: Catalog | None = None
    weights: Mapping[str, str] = field(default_factory=dict)
    overlaps: bool = False
    progress_interval_s: float = 0.0
    passwords: KnownPasswords = field(default_factory=KnownPasswords, repr=False)


class WorkerEngine:
    """Runs what a worker is given, and tells of it. `open` and `run` belong to one thread; others may call the rest."""

    def __init__(self, setup: EngineSetup, send: Callable[[Message], None]) -> None:
        """Nothing is loaded yet.

        Args:
            setup: What the engine is to be.
            send: Takes a message, in any thread.
        """
        self._setup, self._send = setup, send
        self._cancel = CancelToken()
        self._answers: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
        self._session: EngineSession | None = None
        self._last_told: tuple[str, str, float] = ("", "", 0.0)

    def open(self) -> bool:
        """Start the engine and say so; whether that worked."""
        try:
            self._session = self._opened()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the run has to know
            self._send(Broken(fault))
            return False
        self._send(Ready(platform.node(), os.getpid()))
        return True

    def run(self, jobs: Sequence[PageJob]) -> None:
        """Run jobs; their results are sent."""
        assert self._session is not None  # noqa: S101 - `open` comes first
        results = run_jobs(
            jobs, self._session, self._tell, self._cancel, announce=self._announce, overlaps=self._setup.overlaps
        )
        for result in results:
            self._send(Done(result))
        self._send(Idle())

    def answer(self, fault: Exception | None) -> None:
        """Let the file that was announced get its name, or not."""
        self._answers.put(fault)

    def cancel(self) -> None:
        """Stop at the next poll point, and never run anything again."""
        self._cancel.cancel()

    def desert(self) -> None:
        """Stop, and expect no answer any more: nobody is there to give it."""
        self._cancel.cancel()
        self._answers.put(CancelledError())

    def _opened(self) -> EngineSession:
        setup = self._setup
        take_over(setup.passwords)
        catalog = Catalog.installed() if setup.catalog is None else setup.catalog
        for model, digest in setup.weights.items():
            if catalog.get(model).manifest.weights.sha256 != digest:
                raise ModelError(_OTHER_MODEL.format(model=model))
        return EngineSession(resolve_device(setup.device), catalog, threads=setup.threads)

    def _tell(self, progress: Progress) -> None:
        """Send progress, not too often."""
        page, stage, at = self._last_told
        now, interval = time.monotonic(), self._setup.progress_interval_s
        begins = not interval and (page, stage) != (progress.job_id, progress.stage)
        if begins or now - at >= (interval or _PROGRESS_INTERVAL_S):
            self._last_told = progress.job_id, progress.stage, now
            self._send(Told(progress))

    def _announce(self, jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        self._send(Announced(tuple(job.id for job in jobs), tuple(results), digest))
        fault = self._answers.get()
        if fault is not None:
            raise fault


class SentLog(logging.handlers.QueueHandler):
    """Sends log records to the run, whose log is the only one."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        """Take what sends messages, in any thread."""
        super().__init__(queue.SimpleQueue())
        self._send_message = send

    def enqueue(self, record: logging.LogRecord) -> None:
        """Send a record, which can be pickled by now."""
        self._send_message(Logged(record))


def share_cores(threads: int) -> None:
    """Let OpenCV use no more threads in this process than the networks do; 0 for one per core."""
    import cv2

    if threads:
        cv2.setNumThreads(threads)


def send_log(send: Callable[[Message], None]) -> None:
    """Send all that docclean logs in this process."""
    logger = logging.getLogger("docclean")
    logger.handlers[:] = [SentLog(send)]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    others = logging.getLogger()
    if not others.handlers:  # else errors of other libraries appear on the terminal
        others.addHandler(logging.NullHandler())
