"""What Python writes when the whole process is about to die, and how the next start finds it."""

import faulthandler
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from docclean.core.paths import log_folder

_LONGEST_REPORT = 100_000


class CrashLog:
    """A file that is there only while the program runs, or after it died."""

    def __init__(self) -> None:
        self._file: TextIO | None = None

    def start(self) -> None:
        """Let faults that end the process write every thread's place in the program; do nothing without a disk."""
        if self._file is not None:
            return
        with suppress(OSError):
            _path().parent.mkdir(parents=True, exist_ok=True)
            self._file = _path().open("w", encoding="utf-8")
            faulthandler.enable(self._file, all_threads=True)

    def stop(self) -> None:
        """Remove the file after an orderly run; Windows writes there about faults that were mended, too."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        with suppress(OSError):
            _path().unlink(missing_ok=True)


def take_crash_report() -> str | None:
    """Give what an earlier run wrote when it died, once. Call it before `CrashLog.start`, in the only running window.

    Returns:
        Plain text without contents of pages; None if the last run ended well.
    """
    try:
        with _path().open(encoding="utf-8", errors="replace") as file:
            report = file.read(_LONGEST_REPORT)
        _path().unlink()
    except OSError:
        return None
    return report.strip() or None


def _path() -> Path:
    return log_folder() / "crash.log"
