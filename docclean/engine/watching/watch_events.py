"""What a watcher tells whoever shows it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class WatchEventKind(StrEnum):
    """What happened.

    READY: the folder is watched, and was looked through once. DONE: a file was cleaned. FAILED: it could not be.
    SKIPPED: nothing of it is wanted. DELAYED: it has to wait for something that is not its own fault, or is not
    complete. RESTED: all that was there is done. LOST: the watched folder is gone. BACK: it is there again. NOTE:
    something else that is worth knowing. STOPPED: the watcher has ended.
    """

    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    DELAYED = "delayed"
    RESTED = "rested"
    LOST = "lost"
    BACK = "back"
    NOTE = "note"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Something that happened.

    Attributes:
        kind: What.
        path: The file or folder that it is about; None for none.
        outputs: Results that were written.
        moved_to: Where the input was moved; None if it is where it was.
        pages: Pages of the file, or files for RESTED.
        seconds: Time that the file took, s.
        sentences: What is to be said about it: errors of FAILED, warnings of DONE, reasons of the others.
    """

    kind: WatchEventKind
    path: Path | None = None
    outputs: tuple[Path, ...] = ()
    moved_to: Path | None = None
    pages: int = 0
    seconds: float = 0.0
    sentences: tuple[str, ...] = ()


class WatchSink(Protocol):
    """Hears what happens, at once, in the watcher's thread."""

    def __call__(self, event: WatchEvent, /) -> None:
        """Take note of an event."""
