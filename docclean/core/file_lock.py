"""A file that one process holds: the system lets go of it however that process ends."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_LONGEST_NOTE_BYTES = 1000

if sys.platform == "win32":
    import msvcrt

    _FAR_BEHIND = 1 << 30
    """Windows lets nobody else read what is locked; so that the note can be read, a byte behind it is."""

    def _lock(file: BinaryIO) -> None:
        file.seek(_FAR_BEHIND)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def hold(file: BinaryIO) -> bool:
    """Hold an open file until it is closed, however the process ends; whether nobody else holds it.

    Raises:
        OSError: The disk knows no locks.
    """
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        return False
    return True


class FileLock:
    """Held from `acquire` to `release`, or to the end of the process."""

    def __init__(self, path: Path) -> None:
        """Nothing is made yet.

        Args:
            path: The file; its folder must exist when it is acquired.
        """
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self, note: str = "") -> bool:
        """Take the lock without waiting.

        Args:
            note: What others shall find in the file, to tell who holds it.

        Returns:
            Whether nobody else has it. Disks that know no locks, as some network drives, let everybody have it.

        Raises:
            OSError: The file cannot be made.
        """
        while True:
            file = self._path.open("a+b")
            try:
                is_ours = hold(file)
            except OSError:  # no locks here
                is_ours = True
            if not is_ours:
                file.close()
                return False
            if _is_still_at(file, self._path):
                break
            file.close()  # whoever held it removed it meanwhile: this one is nobody's, and another may be there
        self._file = file
        if note:
            with suppress(OSError):
                file.truncate(0)
                file.write(note.encode()[:_LONGEST_NOTE_BYTES])
                file.flush()
        return True

    def note(self) -> str:
        """Give the note of whoever holds the lock, or held it and did not come to remove it; empty if there is none."""
        try:
            with self._path.open("rb") as file:
                return file.read(_LONGEST_NOTE_BYTES).decode("utf-8", errors="replace")
        except OSError:
            return ""

    def release(self, *, removes: bool = False) -> None:
        """Let go.

        Args:
            removes: Whether the file goes too.
        """
        if self._file is None:
            return
        if removes:
            with suppress(OSError):  # Windows removes no open file
                self._path.unlink()
        with suppress(OSError):
            self._file.close()
        self._file = None
        if removes and sys.platform == "win32":
            with suppress(OSError):
                self._path.unlink()


def _is_still_at(file: BinaryIO, path: Path) -> bool:
    """Whether an open file is the one that a name stands for."""
    if sys.platform == "win32":  # nobody can remove it while it is open
        return True
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False
