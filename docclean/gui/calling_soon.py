"""Doing what looks through the whole queue at once while that costs nothing, and now and then where it does."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

_SMALL = 300
_INTERVAL_MS = 100


class CallingSoon(QObject):
    """Calls something at once in a small queue, and at most ten times a second in a large one. It is never forgotten.

    A run tells several times for every page; with ten thousand pages, looking through all of them each time would take
    the window longer than the engine takes for a page.
    """

    def __init__(self, call: Callable[[], None], count: Callable[[], int], parent: QObject) -> None:
        """Call nothing yet.

        Args:
            call: What to do, in the window's thread.
            count: Gives the number of pages.
            parent: Qt's.
        """
        super().__init__(parent)
        self._call, self._count = call, count
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._do)

    @Slot()
    def ask(self) -> None:
        """Something changed."""
        if self._count() <= _SMALL:
            self._do()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Leave out what waits."""
        self._timer.stop()

    @Slot()
    def _do(self) -> None:
        self._timer.stop()
        self._call()
