"""Ctrl+C and being told to end, noticed at once although Qt's event loop runs no Python."""

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class InterruptionWatch(QObject):
    """Turns signals of the operating system into one of Qt's. A second one ends the process without asking.

    Attributes:
        interrupted: Emitted in the window's thread; connect it to what closes the program in order.
    """

    interrupted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before: dict[int, object] = {}
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._tell)
        self._notifier.setEnabled(False)

    def start(self) -> None:
        """Watch; only possible in the main thread."""
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (getattr(signal, name, None) for name in _NAMES):
            if number is not None:
                self._before[number] = signal.signal(number, _ignore)
        self._notifier.setEnabled(True)

    def stop(self) -> None:
        """Leave signals to whom they were before, for good."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() itself gave
        self._before.clear()
        self._reader.close()
        self._writer.close()

    @Slot()
    def _tell(self) -> None:
        self._reader.recv(64)
        for number in self._before:
            signal.signal(number, signal.SIG_DFL)
        self.interrupted.emit()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; a handler in Python is what makes Python write to the socket."""
