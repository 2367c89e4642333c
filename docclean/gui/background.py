"""Work that takes a while and needs no engine, such as searching folders: one piece at a time, in a pool thread."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QRunnable, QThreadPool, Signal
from shiboken6 import isValid

from docclean.core.cancel import CancelledError
from docclean.core.errors import DoccleanError

logger = logging.getLogger(__name__)


class BackgroundWork(QObject):
    """Does one piece of work at a time beside the window's thread. Its owner calls `wait` before it goes.

    Attributes:
        succeeded: What the work returned.
        failed: Why it failed, in one sentence.
        cancelled: The work raised `CancelledError`.
    """

    succeeded = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._call: _Call | None = None

    @property
    def is_running(self) -> bool:
        """Whether work is going on."""
        return self._pool.activeThreadCount() > 0

    def start(self, work: Callable[[], object]) -> None:
        """Begin; the outcome comes as one of the signals. What was begun before is waited for."""
        self._pool.waitForDone()
        self._call = _Call(work, self)  # kept after its end: Qt's thread is still leaving it when the signal arrives
        self._pool.start(self._call)

    def wait(self) -> None:
        """Come back when nothing is being done any more."""
        self._pool.waitForDone()


class _Call(QRunnable):
    """One piece of work; owned by `BackgroundWork`."""

    def __init__(self, work: Callable[[], object], teller: BackgroundWork) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self._work, self._teller = work, teller

    def run(self) -> None:
        """Qt's."""
        try:
            result = self._work()
        except CancelledError:
            self._tell("cancelled")
        except DoccleanError as error:
            self._tell("failed", str(error))
        except Exception:
            logger.exception("work in the background")
            self._tell("failed", _text("This failed because of a fault of the program; see its log file."))
        else:
            self._tell("succeeded", result)

    def _tell(self, signal: str, *values: object) -> None:
        try:
            getattr(self._teller, signal).emit(*values)
        except RuntimeError:
            if isValid(self._teller):
                raise
            logger.debug("nobody waits for this work any more")  # its window was destroyed meanwhile


def _text(words: str) -> str:
    return QCoreApplication.translate("BackgroundWork", words)
