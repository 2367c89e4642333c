"""Whether another program is writing to a file."""

import os
import sys
from pathlib import Path

if sys.platform == "linux":
    import fcntl
    import signal

    def _has_writer(descriptor: int) -> bool:
        """Ask for a lease, which the kernel gives only on a file that nobody has open for writing, and give it back.

        Source:
            fcntl(2), "Leases".
        """
        try:
            # Whoever opens the file in this moment has to wait for it, and we get a signal: one that does nothing.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        except OSError:  # a file of another user, or a disk that knows no leases
            return False
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
else:

    def _has_writer(_descriptor: int) -> bool:
        return False


def is_being_written(path: Path) -> bool:
    """Tell whether a program has a file open for writing, as far as that can be known.

    Linux tells it about the user's own files (about all to root) on local disks; Windows refuses to open a file that
    another program keeps for itself. False where nobody tells.

    Raises:
        OSError: The file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        return _has_writer(descriptor)
    finally:
        os.close(descriptor)
