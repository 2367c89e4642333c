"""Reading ahead and writing behind: two threads beside the one that restores pages, with a bounded number of pages.

The networks take most of the time, but decoding and encoding keep one core busy while the others wait.
"""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from docclean.core.job import PageResult
from docclean.core.progress import Progress, ProgressSink
from docclean.engine.file_runs import FileRun

MOST_AHEAD = 2
"""Pages that are read, or being read, before their turn."""

MOST_BEHIND = 2
"""Pages that are restored and not written yet."""

MOST_PIXELS = 40_000_000
"""Nothing is read ahead while pages in memory have more than this, px: an A4 page at 600 dpi has 35 million."""


_POLL_S = 0.1


class BroughtProgress:
    """A progress sink for several threads that tells another one in the thread that made it only."""

    def __init__(self, progress: ProgressSink) -> None:
        """Take the sink that is told."""
        self._progress = progress
        self._owner = threading.get_ident()
        self._waiting: deque[Progress] = deque()

    def __call__(self, progress: Progress) -> None:
        """Tell at once, or when the owner calls `bring`."""
        if threading.get_ident() == self._owner:
            self._progress(progress)
        else:
            self._waiting.append(progress)

    def bring(self) -> None:
        """Tell what other threads have told; the owner's."""
        while self._waiting:
            self._progress(self._waiting.popleft())


def run_overlapped(files: Iterator[FileRun], progress: BroughtProgress) -> Iterator[PageResult]:
    """Run files whose steps overlap.

    Args:
        files: Nothing of them is begun. They are asked for in this thread, a few pages ahead.
        progress: What they tell of their progress.

    Yields:
        One result per job, in order.
    """
    with _Line(files, progress) as line:
        while line.restore_next():
            yield from line.results(MOST_BEHIND)
        yield from line.results(0)


@dataclass(slots=True)
class _Place:
    """A page on its way."""

    file: FileRun
    number: int
    reading: Future[None] | None = None
    writing: Future[list[PageResult]] | None = None
    area: int = 0

    @property
    def is_last(self) -> bool:
        """Whether the file is complete with this page."""
        return self.number == len(self.file.jobs) - 1


class _Line:
    """The three threads. Belongs to the one that restores; leaving the block ends the others."""

    def __init__(self, files: Iterator[FileRun], progress: BroughtProgress) -> None:
        self._files, self._progress = files, progress
        self._next: deque[_Place] = deque()
        self._ahead: deque[_Place] = deque()
        self._behind: deque[_Place] = deque()
        self._begun: list[FileRun] = []
        self._room = _Room()
        self._reader = ThreadPoolExecutor(1, "docclean-reader")
        self._writer = ThreadPoolExecutor(1, "docclean-writer")

    def restore_next(self) -> bool:
        """Restore the next page, and hand it to the writer; whether there was one."""
        self._look_ahead()
        if not self._ahead:
            return bool(self._next)  # which waits for a file of the same name
        place = self._ahead.popleft()
        place.file.expect(place.number)
        if place.reading is not None:
            place.reading.result()
        place.file.restore(place.number)
        place.writing = self._writer.submit(self._write, place)
        self._behind.append(place)
        return True

    def results(self, most_behind: int) -> Iterator[PageResult]:
        """Give what is ready, and wait until no more than so many pages are left to be written."""
        if not self._ahead and self._next:
            most_behind = 0
        while self._behind and (len(self._behind) > most_behind or _is_done(self._behind[0])):
            place = self._behind.popleft()
            results = [] if place.writing is None else self._result(place.writing)
            if place.is_last:
                self._begun.remove(place.file)
            yield from results

    def _result(self, writing: Future[list[PageResult]]) -> list[PageResult]:
        """Wait for the writer, and tell meanwhile how far it has come."""
        while not writing.done():
            wait([writing], _POLL_S)
            self._progress.bring()
        self._progress.bring()
        return writing.result()

    def _look_ahead(self) -> None:
        """Let the reader have the next pages, but none of a file whose name is that of one in the making."""
        while len(self._ahead) < MOST_AHEAD:
            if not self._next:
                file = next(self._files, None)
                if file is None:
                    return
                self._next.extend(_Place(file, number) for number in range(len(file.jobs)))
            place = self._next[0]
            if place.number == 0:
                if any(file.path == place.file.path for file in self._begun):
                    return
                self._begun.append(place.file)
                place.file.begin()
            self._next.popleft()
            place.file.admit(place.number)
            if place.file.needs_reading(place.number):
                place.reading = self._reader.submit(self._read, place)
            self._ahead.append(place)

    def _read(self, place: _Place) -> None:
        """Read a page; the reader's."""
        if self._room.wait():
            place.file.read(place.number)
            place.area = place.file.area(place.number)
            self._room.take(place.area)

    def _write(self, place: _Place) -> list[PageResult]:
        """Write a page, and complete its file with the last one; the writer's."""
        try:
            place.file.write(place.number)
        finally:
            self._room.give_back(place.area)
        return place.file.finish() if place.is_last else []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._room.close()
        for thread in (self._reader, self._writer):
            thread.shutdown(wait=True, cancel_futures=True)
        for file in self._begun:
            file.abandon()


class _Room:
    """Counts the pixels of pages in memory. Safe in any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = 0
        self._is_closed = False

    def wait(self) -> bool:
        """Wait until there is room for one page more, of whatever size; whether the work goes on."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._taken <= MOST_PIXELS)
            return not self._is_closed

    def take(self, area: int) -> None:
        """A page is in memory."""
        with self._changed:
            self._taken += area

    def give_back(self, area: int) -> None:
        """A page is in memory no more."""
        with self._changed:
            self._taken -= area
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


def _is_done(place: _Place) -> bool:
    return place.writing is not None and place.writing.done()
