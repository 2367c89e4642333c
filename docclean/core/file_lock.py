"""A file that one process holds: the system lets go of it however that process ends."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Held from `acquire` to `release`, or to the end of the process."""

    def __init__(self, path: Path) -> None:
        """Nothing is made yet.

        Args:
            path: The file; its folder must exist when it is acquired.
        """
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting.

        Returns:
            Whether nobody else has it. Disks that know no locks, as some network drives, let everybody have it.

        Raises:
            OSError: The file cannot be made.
        """
        file = self._path.open("a+b")
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):
            file.close()
            return False
        except OSError:  # no locks here
            pass
        self._file = file
        return True

    def release(self) -> None:
        """Let go; the file stays."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
