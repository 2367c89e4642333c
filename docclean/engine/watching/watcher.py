"""A watched folder: what arrives in it is cleaned, one file after the other, until somebody stops it."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docclean.core.cancel import CancelToken
from docclean.core.errors import ChangedInputError, FileError
from docclean.core.files import FileState, full_state_of, is_there
from docclean.core.mounts import network_file_system
from docclean.documents.discover import natural_key
from docclean.engine.watching.arrivals import Arrivals, Arrived
from docclean.engine.watching.file_runner import Fate, FileRunner, Outcome
from docclean.engine.watching.folder_changes import FolderChanges
from docclean.engine.watching.set_aside import move_aside, write_reason
from docclean.engine.watching.watch_events import WatchEvent, WatchEventKind, WatchSink
from docclean.engine.watching.watched_folder import WatchedFolder

logger = logging.getLogger(__name__)

POLLING_S = 10.0
"""How often to look where the system tells of no changes."""

_RESCAN_S = 60.0
_PULSE_S = 5.0
"""How often to see whether the folder is still there."""

_HOLD_S = 30.0
_REST_S = 600.0
_SCAN_SHARE = 10.0
"""Looking through a large folder takes at most a tenth of the time."""

_IS_GONE = "is gone; docclean waits until it is back."
_IS_LEFT = "is left for the next run, which takes it if it is complete then."


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How a folder is watched.

    Attributes:
        failed: Folder that inputs go to that cannot be cleaned; None leaves them where they are.
        done: Folder that inputs go to that were cleaned; None leaves them where they are.
        settle_s: How long a file must not change before it counts as complete.
        give_up_s: How long a file that cannot be read must not change before it counts as failed.
        polling_s: How often to look through the folder, in place of being told by the system; None to be told.
        is_once: Whether to end when what is there is done.
        recipe_words: What is to be done, for people.
    """

    failed: Path | None = None
    done: Path | None = None
    settle_s: float = 2.0
    give_up_s: float = 300.0
    polling_s: float | None = None
    is_once: bool = False
    recipe_words: str = ""


@dataclass(slots=True)
class WatchTotals:
    """What a watcher did.

    Attributes:
        done: Files that were cleaned.
        made: Files that were cleaned before.
        failed: Files that could not be cleaned.
        left: Files that wait for another run, because they are not complete or results cannot be written.
        was_held: Whether results could not be written.
    """

    done: int = 0
    made: int = 0
    failed: int = 0
    left: int = 0
    was_held: bool = False


class Watcher:
    """Watches one folder. Belongs to one thread; `changes.wake` may be called by others."""

    def __init__(
        self,
        folder: WatchedFolder,
        runner: FileRunner,
        options: WatchOptions,
        tell: WatchSink,
        *,
        changes: FolderChanges | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at nothing yet.

        Args:
            folder: What is watched.
            runner: Cleans files.
            options: How it is watched.
            tell: Told what happens.
            changes: Tells of changes; `wake` it to have a cancelled token noticed.
            clock: Seconds from any start, never going back.
        """
        self._folder, self._runner, self._options, self._tell = folder, runner, options, tell
        self._changes = changes or FolderChanges()
        self._clock = clock
        self._arrivals = Arrivals(options.settle_s, options.give_up_s, clock=clock)
        self._totals = WatchTotals()
        self._handled: dict[Path, FileState] = {}
        self._identity: tuple[int, int] | None = None
        self._was_there = True
        self._polling_s = options.polling_s
        self._next_scan_s = self._held_until_s = self._last_work_s = clock()
        self._unsaid = 0
        self._is_first_scan = True

    def watch(self, cancel: CancelToken) -> WatchTotals:
        """Work until cancelled, or until all is done that is there if that was asked for.

        Raises:
            ModelError: A model is unknown or damaged.
            TakenError: Another run writes into the output folder.
            WriteError: The journal cannot be written.
        """
        try:
            self._runner.begin()
            self._look()
            self._say(WatchEvent(WatchEventKind.READY, self._folder.path))
            while not cancel.is_cancelled:
                self._look()
                arrived = self._arrivals.take() if self._clock() >= self._held_until_s else None
                if arrived is not None:
                    self._work(arrived, cancel)
                elif self._options.is_once and (self._totals.was_held or not self._arrivals.has_undecided):
                    break
                else:
                    self._rest()
        finally:
            self._changes.stop()
            self._runner.close()
        for path in self._arrivals.paths if self._options.is_once and not cancel.is_cancelled else ():
            self._say(WatchEvent(WatchEventKind.DELAYED, path, sentences=(f"{path}: {_IS_LEFT}",)))
        self._totals.left = len(self._arrivals)
        return self._totals

    def _look(self) -> None:
        """See whether the folder is there, what has changed in it, and from time to time what all is in it."""
        if not self._is_there():
            return
        changed, has_lost_some = self._changes.take()
        for path, was_renamed in changed.items():
            self._see_changed(path, was_renamed=was_renamed)
        if has_lost_some or self._clock() >= self._next_scan_s:
            self._scan()

    def _is_there(self) -> bool:
        """Notice when the folder vanishes or comes back, as network drives do, and listen to the one that is there."""
        identity = _identity_of(self._folder.path)
        if identity is None:
            if self._was_there:
                self._was_there, self._identity = False, None
                self._changes.stop()
                self._arrivals.clear()
                self._totals.was_held = True
                sentence = f"{self._folder.path}: {_IS_GONE}"
                self._say(WatchEvent(WatchEventKind.LOST, self._folder.path, sentences=(sentence,)))
            return False
        is_deaf = self._polling_s is None and not self._options.is_once and not self._changes.is_listening
        if identity != self._identity or is_deaf:
            self._identity = identity
            self._listen()
            self._next_scan_s = self._clock()
        if not self._was_there:
            self._was_there, self._totals.was_held = True, False
            self._say(WatchEvent(WatchEventKind.BACK, self._folder.path))
        return True

    def _listen(self) -> None:
        """Let the system tell of changes; where it does not, look more often."""
        if self._options.polling_s is not None or self._options.is_once:
            return
        self._changes.stop()
        self._polling_s = None
        kind = network_file_system(self._folder.path)
        if kind:
            self._poll(f"is on a network drive ({kind}), which tells of no changes")
            return
        try:
            self._changes.start(self._folder.path, is_recursive=self._folder.is_recursive)
        except OSError as fault:
            self._poll(f"cannot be listened to ({fault.strerror or fault})")

    def _poll(self, reason: str) -> None:
        self._polling_s = POLLING_S
        sentence = f"{self._folder.path}: {reason}; it is looked through every {POLLING_S:.0f} s."
        self._say(WatchEvent(WatchEventKind.NOTE, self._folder.path, sentences=(sentence,)))

    def _see_changed(self, path: Path, *, was_renamed: bool) -> None:
        if path.is_dir():
            for found in self._found(path):
                self._see(found, was_renamed=was_renamed)
        elif self._folder.takes(path):
            self._see(path, was_renamed=was_renamed)

    def _see(self, path: Path, *, was_renamed: bool = False, was_there: bool = False) -> None:
        handled = self._handled.get(path)
        if handled is not None:
            try:
                if full_state_of(path) == handled:
                    return
            except FileError:
                return
            del self._handled[path]
        self._arrivals.see(path, was_renamed=was_renamed, was_there=was_there)

    def _scan(self) -> None:
        """Look through all of the folder; what is not there any more is forgotten."""
        started = self._clock()
        found = self._found(None)
        there = set(found)
        self._arrivals.keep_only(there)
        for path in [path for path in self._handled if path not in there]:
            del self._handled[path]
        for path in found:
            self._see(path, was_there=self._is_first_scan)
        self._is_first_scan = False
        took_s = self._clock() - started
        self._next_scan_s = self._clock() + max(self._polling_s or _RESCAN_S, _SCAN_SHARE * took_s)

    def _found(self, below: Path | None) -> list[Path]:
        try:
            return sorted(self._folder.find(below), key=natural_key)
        except OSError as fault:
            logger.warning("the watched folder cannot be read: %s", fault)
            return []

    def _work(self, arrived: Arrived, cancel: CancelToken) -> None:
        relative = arrived.path.relative_to(self._folder.path)
        outcome = self._runner.clean(arrived, relative, cancel)
        self._last_work_s = self._clock()
        for note in self._runner.take_notes():
            self._say(WatchEvent(WatchEventKind.NOTE, sentences=(note,)))
        if outcome.fate in (Fate.AGAIN, Fate.ANEW, Fate.HELD, Fate.STOPPED):
            self._put_off(arrived, outcome)
            return
        self._totals.was_held = False
        if outcome.fate is not Fate.GONE:
            self._handled[arrived.path] = arrived.state
            self._conclude(arrived, relative, outcome)

    def _put_off(self, arrived: Arrived, outcome: Outcome) -> None:
        """Keep a file for another try; where results cannot be written, say so once and wait."""
        self._arrivals.take_back(arrived, was_read=outcome.fate is not Fate.AGAIN)
        if outcome.fate is not Fate.HELD:  # no news: it is expected to change
            logger.info("put off %s: %s", arrived.path, outcome.sentences)
            return
        self._held_until_s = self._clock() + _HOLD_S
        if not self._totals.was_held:
            self._totals.was_held = True
            self._say(WatchEvent(WatchEventKind.DELAYED, arrived.path, sentences=outcome.sentences[:1]))

    def _conclude(self, arrived: Arrived, relative: Path, outcome: Outcome) -> None:
        """Count a file whose fate is known, move it where it belongs, and say so."""
        kind = {Fate.FAILED: WatchEventKind.FAILED, Fate.SKIPPED: WatchEventKind.SKIPPED}.get(
            outcome.fate, WatchEventKind.DONE
        )
        folder = {Fate.FAILED: self._options.failed, Fate.SKIPPED: None}.get(outcome.fate, self._options.done)
        self._totals.failed += outcome.fate is Fate.FAILED
        self._totals.done += outcome.fate is Fate.DONE
        self._totals.made += outcome.fate is Fate.MADE
        self._unsaid += outcome.fate is Fate.MADE
        sentences, moved_to = outcome.sentences, None
        if folder is not None:
            moved_to, complaint = self._moved(arrived, folder, relative)
            sentences = (*sentences, complaint) if complaint else sentences
        if moved_to is not None and outcome.fate is Fate.FAILED:
            try:
                write_reason(moved_to, outcome.sentences, self._options.recipe_words)
            except FileError as fault:
                sentences = (*sentences, str(fault))
        if outcome.fate is Fate.MADE and moved_to is None:
            return
        self._say(WatchEvent(kind, arrived.path, outcome.outputs, moved_to, outcome.pages, outcome.seconds, sentences))

    def _moved(self, arrived: Arrived, folder: Path, relative: Path) -> tuple[Path | None, str]:
        """Move an input; gives where it is now, or a sentence about why it stays."""
        try:
            target = move_aside(arrived.path, arrived.state, folder, relative)
        except ChangedInputError:  # a new version, to be cleaned in its turn
            self._handled.pop(arrived.path, None)
            self._arrivals.see(arrived.path)
            return None, ""
        except FileError as fault:
            return None, str(fault) if is_there(arrived.path) else ""
        self._handled.pop(arrived.path, None)
        return target, ""

    def _rest(self) -> None:
        """Wait for something to do."""
        now_s = self._clock()
        if self._unsaid:
            self._say(WatchEvent(WatchEventKind.RESTED, pages=self._unsaid))
            self._unsaid = 0
        if now_s - self._last_work_s >= _REST_S and self._runner.rest():
            logger.info("nothing to do for %.0f s: the models were released", now_s - self._last_work_s)
        due_s = self._arrivals.seconds_to_wait()
        waits = [_PULSE_S, self._next_scan_s - now_s]
        if due_s is not None:
            waits.append(max(due_s, self._held_until_s - now_s))
        self._changes.wait(min(waits))

    def _say(self, event: WatchEvent) -> None:
        logger.info("%s %s %s", event.kind.value, event.path or "", " ".join(event.sentences))
        self._tell(event)


def _identity_of(folder: Path) -> tuple[int, int] | None:
    """Tell one folder from another of the same name; None when there is none that can be read."""
    try:
        status = folder.stat()
        if not os.access(folder, os.R_OK | os.X_OK):
            return None
    except OSError:
        return None
    return status.st_dev, status.st_ino
