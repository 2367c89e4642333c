"""What the desktop does for a program: stay awake, and tell the user something."""

import ctypes
import logging
import shutil
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QProcess
from PySide6.QtWidgets import QApplication, QWidget

logger = logging.getLogger(__name__)

_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


class KeepAwake(QObject):
    """Holds off sleep while something runs; does nothing where the desktop offers no way."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_on = False
        self._holder: QProcess | None = None

    @property
    def is_on(self) -> bool:
        """Whether sleep is held off, as far as that can be known."""
        return self._is_on

    def hold(self, *, is_on: bool) -> None:
        """Hold sleep off, or let it come."""
        if is_on == self._is_on:
            return
        self._is_on = is_on
        if sys.platform == "win32":
            ctypes.windll.kernel32.SetThreadExecutionState(_ES_CONTINUOUS | (_ES_SYSTEM_REQUIRED if is_on else 0))
        elif is_on:
            self._start_holder()
        elif self._holder is not None:
            self._holder.closeWriteChannel()
            self._holder.terminate()
            self._holder.waitForFinished(1000)
            self._holder.deleteLater()
            self._holder = None

    def _start_holder(self) -> None:
        """Start the system's own program, which holds sleep off for as long as it runs."""
        command = _holder_command()
        if command:
            self._holder = QProcess(self)
            self._holder.start(command[0], command[1:])


def _holder_command() -> list[str]:
    if sys.platform == "darwin":
        return ["caffeinate", "-i"]
    inhibit, cat = shutil.which("systemd-inhibit"), shutil.which("cat")
    if inhibit and cat and Path("/run/systemd/system").exists():
        why = QCoreApplication.translate("Desktop", "Pages are being cleaned")
        # `cat` waits for the end of its input, which comes at the latest when this program ends.
        return [inhibit, "--what=idle:sleep", "--who=docclean", f"--why={why}", cat]
    return []


def notify(window: QWidget, title: str, text: str) -> None:
    """Tell the user, who may be looking elsewhere: the task bar, and on Linux the desktop's own notice."""
    if window.isActiveWindow():
        return
    QApplication.alert(window)
    command = _notice_command(title, text)
    if command:
        try:
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
        except OSError:
            logger.info("no desktop notice")


def _notice_command(title: str, text: str) -> list[str]:
    sender = shutil.which("notify-send")
    if sender and QApplication.platformName() in ("xcb", "wayland"):
        return [sender, "--app-name=docclean", title, text]
    if sys.platform == "darwin":
        script = "on run {title, words}\ndisplay notification words with title title\nend run"
        return ["osascript", "-e", script, title, text]
    return []
