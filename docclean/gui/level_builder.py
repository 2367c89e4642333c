"""Builds the levels of large pages in a thread of its own, so that the window stays quick."""

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Signal


class Buildable(Protocol):
    """Something made piece by piece."""

    def build(self) -> Iterator[bool]:
        """Go on making it; yield after every piece whether there is something new to draw."""
        ...


class LevelBuilder(QObject):
    """Owns at most one working thread, which ends with its work. Lives in the window's thread.

    Signals:
        advanced: There is something new to draw. Emitted in the working thread, so receivers get it queued.
    """

    advanced = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._thread: threading.Thread | None = None
        self._cancel = threading.Event()
        self._work: Sequence[Buildable] = ()

    @property
    def _is_working(self) -> bool:
        return self._thread is not None and self._thread.is_alive() and not self._cancel.is_set()

    def start(self, work: Sequence[Buildable]) -> None:
        """Build these, one after the other, and nothing else. What is in hand and still wanted goes on."""
        if work and self._is_working and all(pyramid in self._work for pyramid in work):
            return
        self._cancel.set()
        self._work = work
        if work:
            self._cancel = threading.Event()
            arguments = (work, self._cancel, self._thread)
            self._thread = threading.Thread(target=self._build, args=arguments, name="page-levels")
            self._thread.start()

    def stop(self) -> None:
        """End the thread; waits for the piece in hand, some ten milliseconds."""
        self._cancel.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _build(self, work: Sequence[Buildable], cancel: threading.Event, former: threading.Thread | None) -> None:
        if former is not None:
            former.join()  # it may hold the same pages
        for pyramid in work:
            for has_news in pyramid.build():
                if cancel.is_set():
                    return
                if has_news:
                    self.advanced.emit()
