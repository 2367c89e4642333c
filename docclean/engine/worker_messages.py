"""What a run and its workers tell each other, whatever lies between them. All of it can be pickled."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from docclean.core.job import PageJob, PageResult
from docclean.core.progress import Progress


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has its engine, and waits for pages.

    Attributes:
        host: The machine's name.
        pid: Number of its process there.
    """

    host: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A worker cannot start its engine, and why."""

    fault: Exception


@dataclass(frozen=True, slots=True)
class Told:
    """How far a page has come."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class Logged:
    """A record for the log of the run."""

    record: logging.LogRecord


@dataclass(frozen=True, slots=True)
class Announced:
    """A file is complete and about to get its name; the worker waits for an answer. See `attempt.Announce`."""

    job_ids: tuple[str, ...]
    results: tuple[PageResult, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a page."""

    result: PageResult


@dataclass(frozen=True, slots=True)
class Idle:
    """A worker has done all that it was given."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker is no more; told by whoever looks after the workers."""


Message = Ready | Broken | Told | Logged | Announced | Done | Idle | Lost


class Crew(Protocol):
    """Workers, by number from 0. Whoever looks after them knows where they are and how to reach them.

    Attributes:
        size: How many there are.
    """

    @property
    def size(self) -> int:
        """How many workers there are."""

    def start(self) -> None:
        """Start all of them; each tells `Ready` or `Broken`.

        Raises:
            DoccleanError: That is not possible.
        """

    def hand_out(self, worker: int, jobs: Sequence[PageJob]) -> None:
        """Give pages to a worker that is idle; it tells `Idle` when it has done them."""

    def answer(self, worker: int, fault: Exception | None) -> None:
        """Let a worker go on after `Announced`; with a fault the file does not get its name."""

    def cancel(self) -> None:
        """Let all workers stop; pages that they do not finish come back as cancelled."""

    def wait(self, timeout_s: float) -> Sequence[tuple[int, Message]]:
        """Wait for messages; give those that are there, each with its worker."""

    def replace(self, worker: int) -> None:
        """Start another worker in the place of one that was lost."""

    def close(self) -> None:
        """End all workers; what they have in work leaves no file."""
