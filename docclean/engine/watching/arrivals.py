"""Files that have arrived in a watched folder and wait until they are complete.

A file is complete when its state has not changed for a while, nobody has it open for writing, and its structure is
there to its end. One that was renamed into its place was complete before: whoever does that wants it to be taken at
once. A file that stays cut off is looked at less and less often, and handed over as it is after a long time, so that
whoever reads it says what is wrong with it.
"""

import heapq
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from docclean.core.file_writers import is_being_written
from docclean.core.files import FileState
from docclean.documents.completeness import reaches_its_end

_SHORTEST_DELAY_S = 0.05
_LONGEST_DELAY_S = 60.0
_OUT_OF_SIGHT = FileState(-1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file whose turn it is.

    Attributes:
        path: The file.
        state: What it looked like.
        since_s: Since when it has looked so, by the clock of `Arrivals`.
        is_certain: Whether nothing speaks for more to come: it is whole, or has not changed for a long time.
    """

    path: Path
    state: FileState
    since_s: float
    is_certain: bool


@dataclass(slots=True)
class _Waiting:
    """What is known of a file that waits.

    `serial` is its place among all that were seen; `since_s` is when it was first seen in its state; `due_s` is when to
    look again; `tried` is a state in which it could not be read.
    """

    serial: int
    state: FileState | None = None
    since_s: float = 0.0
    due_s: float = 0.0
    delay_s: float = 0.0
    was_put_off: bool = False
    tried: FileState | None = None
    was_renamed: bool = False
    was_there: bool = False


class Arrivals:
    """Belongs to one thread. Memory grows with the files that wait, not with what happens to them."""

    def __init__(
        self,
        settle_s: float,
        give_up_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Begin with nothing.

        Args:
            settle_s: How long a file must not change.
            give_up_s: How long a file that is cut off must not change until it is handed over as it is.
            clock: Seconds from any start, never going back.
            wall_clock: Seconds as files' times count them.
        """
        self._settle_s, self._give_up_s = settle_s, give_up_s
        self._clock, self._wall_clock = clock, wall_clock
        self._waiting: dict[Path, _Waiting] = {}
        self._due: list[tuple[float, int, Path]] = []
        self._serials = count()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that wait."""
        return tuple(self._waiting)

    def see(self, path: Path, *, was_renamed: bool = False, was_there: bool = False) -> None:
        """Take note that a file is there, or that something happened to it.

        Args:
            path: The file.
            was_renamed: Whether it was renamed into its place just now.
            was_there: Whether it lay there when the watcher began, so that its own times tell how long it has not
                changed. For others they do not: the clock of a server may be wrong.
        """
        known = self._waiting.get(path)
        if known is None:
            known = self._waiting[path] = _Waiting(next(self._serials), was_there=was_there)
            self._look_again(path, known, 0.0)
        elif known.due_s > self._clock() + self._settle_s:
            self._look_again(path, known, self._settle_s)
        if was_renamed:
            known.was_renamed, known.state = True, None
            self._look_again(path, known, 0.0)

    def take_back(self, arrived: Arrived, *, was_read: bool) -> None:
        """Take back a file that nothing came of.

        Args:
            arrived: The file.
            was_read: Whether it was all there; else it is given again only when it has changed, or not for long.
        """
        tried = None if was_read else arrived.state
        known = _Waiting(next(self._serials), arrived.state, arrived.since_s, was_put_off=True, tried=tried)
        self._waiting[arrived.path] = known
        self._look_again(arrived.path, known, 0.0 if was_read else self._settle_s)

    def keep_only(self, paths: Iterable[Path]) -> None:
        """Forget every file that is not among these."""
        there = set(paths)
        for path in [path for path in self._waiting if path not in there]:
            del self._waiting[path]

    def clear(self) -> None:
        """Forget all files."""
        self._waiting.clear()
        self._due.clear()

    @property
    def has_undecided(self) -> bool:
        """Whether a file waits that nothing is known of yet, and not only files that are not complete."""
        return any(not known.was_put_off for known in self._waiting.values())

    def seconds_to_wait(self) -> float | None:
        """Time until the next file wants to be looked at, s; None when none waits."""
        self._drop_outdated()
        return max(0.0, self._due[0][0] - self._clock()) if self._due else None

    def take(self) -> Arrived | None:
        """Give a file whose turn it is, and wait for it no longer; None if there is none now."""
        while True:
            self._drop_outdated()
            if not self._due or self._due[0][0] > self._clock():
                return None
            *_, path = heapq.heappop(self._due)
            arrived = self._looked_at(path, self._waiting[path])
            if arrived is not None:
                self._waiting.pop(path, None)
                return arrived

    def _drop_outdated(self) -> None:
        while self._due:
            due_s, _, path = self._due[0]
            known = self._waiting.get(path)
            if known is not None and known.due_s == due_s:
                return
            heapq.heappop(self._due)

    def _look_again(self, path: Path, known: _Waiting, delay_s: float) -> None:
        known.due_s = self._clock() + delay_s
        heapq.heappush(self._due, (known.due_s, known.serial, path))

    def _looked_at(self, path: Path, known: _Waiting) -> Arrived | None:
        """Look at a file whose time has come; forget it if it is gone."""
        try:
            state = _state_of(path)
        except FileNotFoundError:
            del self._waiting[path]
            return None
        now_s = self._clock()
        if known.state != state:
            known.was_put_off = known.was_put_off or (known.state is not None and not known.was_renamed)
            known.was_renamed = known.was_renamed and known.state is None
            known.was_there = known.was_there and known.state is None
            known.state, known.since_s, known.delay_s = state, now_s, self._settle_s
        quiet_s = now_s - known.since_s
        if quiet_s < self._settle_s and not known.was_renamed:
            self._look_again(path, known, self._settle_s - quiet_s)
            return None
        if known.was_there:
            quiet_s = max(quiet_s, self._wall_clock() - max(state.mtime_ns, state.ctime_ns) / 1e9)
        has_waited_long = quiet_s >= self._give_up_s
        is_free, is_whole = _asked(path)
        if is_free and (has_waited_long or (is_whole and state != known.tried)):
            return Arrived(path, state, known.since_s, is_certain=known.was_renamed or has_waited_long)
        # A file that somebody writes to will change; one that is cut off may have been left for good.
        known.was_put_off = True
        known.delay_s = min(2.0 * known.delay_s, _LONGEST_DELAY_S) if is_free else self._settle_s
        self._look_again(path, known, max(known.delay_s, _SHORTEST_DELAY_S))
        return None


def _state_of(path: Path) -> FileState:
    """Look at a file; one that may not be looked at is there, but in no state that it could be read in.

    Raises:
        FileNotFoundError: It is gone.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise FileNotFoundError from fault
    except OSError:
        return _OUT_OF_SIGHT
    return FileState(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _asked(path: Path) -> tuple[bool, bool]:
    """Tell whether nobody writes to a file, and whether it is there to its end; a file that is locked is neither."""
    try:
        return not is_being_written(path), reaches_its_end(path)
    except OSError:
        return True, False
