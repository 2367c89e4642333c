"""How far a piece of work has come, told to whoever shows it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of one page's journey.

    Attributes:
        job_id: The page job this is about.
        stage: "read", a task such as "denoise", or "write".
        done: Units finished in this stage (tiles, for a network), 0 to `total`.
        total: Units in this stage, at least 1.
    """

    job_id: str
    stage: str
    done: int
    total: int


class ProgressSink(Protocol):
    """Something that shows progress: a terminal, a window, a log. Called in the working thread; must return fast."""

    def __call__(self, progress: Progress) -> None:
        """Take note of `progress`."""


class NullProgress:
    """A sink for work that nobody watches."""

    def __call__(self, progress: Progress) -> None:
        """Forget `progress`."""
