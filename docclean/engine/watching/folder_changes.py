"""What the system tells of changes in a folder, collected in the background until the watcher asks.

Nothing here is relied on: systems drop events, and network drives tell nothing of what others do. The watcher looks
through the folder from time to time anyway.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver

_MOST_CHANGES = 10_000


class FolderChanges:
    """Paths that changed, each once however much happens to it.

    `wake` may be called anywhere, a signal handler included; all else belongs to one thread.
    """

    def __init__(self, most: int = _MOST_CHANGES) -> None:
        """Begin without a folder.

        Args:
            most: Paths that are kept; when there are more, all are forgotten for "look through everything".
        """
        self._most = most
        self._guard = threading.Lock()
        self._changed: dict[Path, bool] = {}
        self._has_lost_some = False
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()  # the one queue that a signal handler may use
        self._is_rung = False
        self._observer: BaseObserver | None = None

    def start(self, folder: Path, *, is_recursive: bool) -> None:
        """Let the system tell of changes in a folder.

        Raises:
            OSError: It cannot, for instance because it watches too many folders already.
        """
        from watchdog import events

        self.stop()
        observer = _new_observer()
        wanted: list[type[FileSystemEvent]] = [
            events.FileCreatedEvent,
            events.FileModifiedEvent,
            events.FileClosedEvent,
            events.FileMovedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
        ]
        observer.schedule(_handler(self._note), str(folder), recursive=is_recursive, event_filter=wanted)
        try:
            observer.start()
        except BaseException:
            _stop(observer)
            raise
        self._observer = observer

    def stop(self) -> None:
        """Hear no more; what was heard stays."""
        observer, self._observer = self._observer, None
        if observer is not None:
            _stop(observer)

    @property
    def is_listening(self) -> bool:
        """Whether the system still tells of changes."""
        observer = self._observer
        return observer is not None and observer.is_alive() and all(each.is_alive() for each in observer.emitters)

    def wait(self, seconds: float) -> None:
        """Wait until something changes or `wake` is called, but no longer than this."""
        try:
            self._bell.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return

    def wake(self) -> None:
        """End a `wait`, now or the next one."""
        self._bell.put(None)

    def take(self) -> tuple[Mapping[Path, bool], bool]:
        """Give what has changed since the last time, and forget it.

        Returns:
            Paths, each with whether it was renamed into its place; and whether there was more than could be kept.
        """
        with self._guard:
            changed, has_lost_some = self._changed, self._has_lost_some
            self._changed, self._has_lost_some, self._is_rung = {}, False, False
        return changed, has_lost_some

    def _note(self, event: "FileSystemEvent") -> None:
        """Take note of an event, in the system's thread."""
        was_renamed = event.event_type == "moved"
        path = Path(os.fsdecode(event.dest_path if was_renamed else event.src_path))
        if was_renamed and not event.dest_path:  # it was moved away
            return
        with self._guard:
            self._changed[path] = was_renamed or self._changed.get(path, False)
            if len(self._changed) > self._most:
                self._changed, self._has_lost_some = {}, True
            is_first, self._is_rung = not self._is_rung, True
        if is_first:
            self.wake()


def _handler(note: "Callable[[FileSystemEvent], None]") -> "FileSystemEventHandler":
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: "FileSystemEvent") -> None:
            note(event)

    return Handler()


def _new_observer() -> "BaseObserver":
    observer: BaseObserver
    if sys.platform == "linux":
        from watchdog.observers.inotify import InotifyObserver

        # Without all events, a file that is moved in from elsewhere would look like one that is being written.
        observer = InotifyObserver(generate_full_events=True)
    else:
        from watchdog.observers import Observer

        observer = Observer()
    return observer


def _stop(observer: "BaseObserver") -> None:
    if observer.is_alive():
        observer.stop()
        observer.join()
    else:
        observer.on_thread_stop()
