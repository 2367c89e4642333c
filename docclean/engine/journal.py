"""What was done in an output folder: a row for every page, kept while it is done, so that nothing is done twice.

A page counts as done as long as the input's bytes, the recipe, the models' weights and the way to store are those that
it was made with, and its file is the one that was written. A file's bytes are known by their SHA-256; it is not
computed again while size, times and inode of the file are those that it had then, as git does it.

Before a file gets its name its digest is in the journal. So a run that is killed between the two leaves a file that the
next run knows. A file that the journal does not know, or that somebody changed, is never replaced unless asked for.
"""

import logging
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from docclean.core.errors import DoccleanError, ReadError, TakenError, WriteError
from docclean.core.file_lock import FileLock
from docclean.core.files import full_state_of, is_link, is_there, sha256_of, write_faults_explained
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.receipt import sidecar_of
from docclean.engine.file_digests import FileDigests
from docclean.engine.fingerprints import Fingerprint, Fingerprints
from docclean.engine.journal_adoption import adopted
from docclean.engine.journal_file import (
    JOURNAL_NAME,
    is_damage,
    journal_faults_explained,
    open_journal_file,
)
from docclean.engine.journal_rows import (
    ANNOUNCE,
    DONE,
    DROP_OTHERS,
    DROP_PAGE,
    FAIL,
    FIND_FILE,
    FIND_PAGES,
    SETTLE_DONE,
    SETTLE_LOST,
    PageEntry,
    PageStatus,
    Statement,
    finish_page,
    page_entry,
    page_values,
    remember_file,
    stored_path,
)
from docclean.engine.journal_verdicts import IS_ALTERED, IS_FOREIGN, Standing, Verdict

logger = logging.getLogger(__name__)

LOCK_NAME = ".docclean-journal.lock"

_MOST_PENDING = 256
_SYNC_INTERVAL_S = 2.0
"""So much work may be lost in a power cut; a killed process loses none."""

_TAKEN = "another run of docclean{holder} writes its results there; wait until it has ended, or choose another folder."


class Journal:
    """The journal of one output folder; one process has it at a time. `close` it, or use it as a context manager.

    May be used by several threads.

    Attributes:
        folder: The output folder.
        notes: A sentence for everything about the journal that the user should know.
        was_killed: Whether the run before this one did not come to its end.
        replaces_foreign: Whether files may be replaced that the journal does not know, or that somebody changed.
    """

    def __init__(self, folder: Path, fingerprints: Fingerprints) -> None:
        """Use `open`."""
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() follows links
        self.path = self.folder / JOURNAL_NAME
        self._typed = os.path.join(folder, "")  # noqa: PTH118 - with a separator at its end
        self.notes: tuple[str, ...] = ()
        self.was_killed = self.replaces_foreign = False
        self._fingerprints = fingerprints
        self._guard = threading.RLock()
        self._lock = FileLock(self.folder / LOCK_NAME)
        self._pending: list[Statement] = []
        self._announced: dict[tuple[str | bytes, int], str] = {}
        self._last_sync = 0.0
        self._is_synced = True
        self._is_damaged = False
        self._is_new = False
        self._made: list[Path] = []
        self._connection: sqlite3.Connection | None = None
        self._files = FileDigests(lambda key: self._db.execute(FIND_FILE, (key,)).fetchone(), self._pending.append)

    @classmethod
    def open(cls, folder: Path, fingerprints: Fingerprints) -> "Journal":
        """Open the journal of a folder, which is made if it is not there.

        Args:
            folder: The output folder.
            fingerprints: Of the jobs that it will be asked about.

        Raises:
            TakenError: Another process has it.
            WriteError: It cannot be written.
        """
        journal = cls(folder, fingerprints)
        journal._open()
        return journal

    def verdict(self, jobs: Sequence[PageJob], *, verifies: bool = False) -> Verdict:
        """Tell how a result stands.

        Args:
            jobs: All pages that go into one file.
            verifies: Whether files are read even where their times say that they did not change.

        Raises:
            WriteError: The journal cannot be read.
            ModelError: A model is unknown.
        """
        path, output = jobs[0].output.path, self._key(jobs[0].output.path)
        with self._used():
            self._flush()
            entries = self._rows(path, output)
            is_present = is_there(path) or is_link(path)
            if not (entries or is_present):
                return Verdict(Standing.NEW)
            digest = self._files.of_output(path, output, verifies=verifies) if is_present else ""
            if not entries:
                self._pending += adopted(jobs, output, digest, self._files.of_input, self._fingerprints)
                self._flush()
                entries = self._rows(path, output)
            if not entries:
                return Verdict(Standing.FOREIGN)
            entries = self._settled(entries, output, digest)
            has_failed = any(entry.status is PageStatus.FAILED for entry in entries)
            if is_present and not _is_own(entries, digest):
                was_written = any(entry.output_sha256 for entry in entries)
                return Verdict(Standing.ALTERED if was_written else Standing.FOREIGN, has_failed)
            if has_failed:
                return Verdict(Standing.FAILED, has_failed, is_present)
            is_done = is_present and self._is_as_asked(entries, jobs, digest, verifies=verifies)
            return Verdict(Standing.DONE if is_done else Standing.CHANGED, has_failed, is_present)

    def announce(self, jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        """Take note of a file that is complete and about to get its name; see `docclean.engine.attempt.Announce`.

        Raises:
            ChangedInputError: An input is not the one any more that was read.
            WriteError: The journal cannot be written, or a file is there by now that may not be replaced; then the file
                must not get its name.
        """
        output = self._key(jobs[0].output.path)
        with self._used():
            self._refuse_altered(jobs[0].output.path, output)
            statements = self._drops(output, [job.source.page for job in jobs])
            for job, result in zip(jobs, results, strict=True):
                read = self._files.of_input(job.source.path, result.input_state, known=result.input_sha256)
                digests = read, digest, self._fingerprints.of(job)
                values = page_values(output, job, result, PageStatus.WRITING, digests)
                statements.append(Statement(ANNOUNCE, values))
                self._announced[output, job.source.page] = digest
            self._pending += statements
            self._flush()

    def record(self, job: PageJob, result: PageResult) -> None:
        """Take note of what came of a page. A fault of the journal is logged: what was announced is safe already."""
        if result.status not in (JobStatus.DONE, JobStatus.FAILED):
            return
        try:
            with self._used():
                self._pending += self._recorded(job, result)
                if len(self._pending) >= _MOST_PENDING:
                    self._flush()
        except DoccleanError as fault:
            logger.warning("not in the journal: %s", fault)

    def entries(self, output: Path) -> list[PageEntry]:
        """Give what is known of the pages of a result, in order.

        Raises:
            WriteError: The journal cannot be read.
        """
        with self._used():
            self._flush()
            return self._rows(output, self._key(output))

    def digest_of(self, path: Path) -> str:
        """Give the SHA-256 of an input, which is not read again while nothing tells that it changed.

        Raises:
            ReadError: It cannot be read.
            WriteError: The journal cannot be read.
        """
        with self._used():
            return self._files.of_input(path)

    def close(self) -> None:
        """Write what is left, and let others have the folder. A journal without rows goes, and so does its folder."""
        with self._guard:
            if self._connection is None:
                return
            is_empty = False
            try:
                with self._used():
                    self._flush()
                    is_empty = self._is_new and self._db.execute("SELECT 1 FROM pages LIMIT 1").fetchone() is None
            except DoccleanError as fault:
                logger.warning("the end of the journal is lost: %s", fault)
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
            if is_empty:
                with suppress(OSError):
                    self.path.unlink(missing_ok=True)
            self._lock.release(removes=not self._is_damaged)
            self._remove_empty_folders()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise WriteError(self.path, "was closed already.")
        return self._connection

    def _open(self) -> None:
        with write_faults_explained(self.folder):
            folder = self.folder
            while not is_there(folder) and folder != folder.parent:
                self._made.append(folder)
                folder = folder.parent
            self.folder.mkdir(parents=True, exist_ok=True)
            before = self._lock.note()
            if not self._lock.acquire(_holder()):
                raise TakenError(self.folder, _TAKEN.format(holder=f" ({before})" if before else ""))
        self._is_new = not is_there(self.path)
        try:
            self.was_killed = bool(before)
            self._connection, note = open_journal_file(self.path, was_killed=self.was_killed)
        except BaseException:
            self._lock.release(removes=True)
            self._remove_empty_folders()
            raise
        self.notes = (note,) if note else ()

    def _remove_empty_folders(self) -> None:
        for folder in self._made:
            try:
                folder.rmdir()
            except OSError:
                return

    @contextmanager
    def _used(self) -> Iterator[None]:
        with self._guard:
            try:
                with journal_faults_explained(self.path):
                    yield
            except WriteError as fault:
                self._is_damaged = self._is_damaged or is_damage(fault)
                raise

    def _flush(self) -> None:
        """Write what is pending, all or nothing."""
        if not self._pending:
            return
        now = time.monotonic()
        is_synced = now - self._last_sync >= _SYNC_INTERVAL_S
        if is_synced is not self._is_synced:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if is_synced else 'NORMAL'}")
            self._is_synced = is_synced
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement in self._pending:
                self._db.execute(*statement)
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        self._pending.clear()
        if is_synced:
            self._last_sync = time.monotonic()

    def _rows(self, path: Path, output: str | bytes) -> list[PageEntry]:
        return [page_entry(row, path) for row in self._db.execute(FIND_PAGES, (output,))]

    def _key(self, path: Path) -> str | bytes:
        text = os.fspath(path)
        if text.startswith(self._typed) and os.pardir not in text:
            relative = text.removeprefix(self._typed)
        else:
            relative = os.path.relpath(path, self.folder)
        return stored_path(relative.replace(os.sep, "/"))

    def _refuse_altered(self, path: Path, output: str | bytes) -> None:
        """Look again at what is about to be replaced: hours may have passed since the verdict."""
        if self.replaces_foreign or not (is_there(path) or is_link(path)):
            return
        entries = self._rows(path, output)
        if not _is_own(entries, self._files.of_output(path, output, verifies=False)):
            raise WriteError(path, IS_ALTERED if entries else IS_FOREIGN)

    def _drops(self, output: str | bytes, pages: Sequence[int]) -> list[Statement]:
        """Forget pages that are not in the file any more."""
        if len(pages) == 1:
            return [Statement(DROP_OTHERS, (output, pages[0]))]
        known = self._db.execute("SELECT page FROM pages WHERE output = ?", (output,))
        return [Statement(DROP_PAGE, (output, page)) for (page,) in known if page not in pages]

    def _recorded(self, job: PageJob, result: PageResult) -> list[Statement]:
        output = self._key(job.output.path)
        if result.output is None:
            self._announced.pop((output, job.source.page), None)
            values = page_values(output, job, result, PageStatus.FAILED, ("", "", self._fingerprints.of(job)))
            return [Statement(FAIL, values)]
        status = PageStatus.DONE if result.status is JobStatus.DONE else PageStatus.FAILED
        state = full_state_of(result.output)
        digest = self._announced.pop((output, job.source.page), "")
        if digest:
            return [finish_page(output, job.source.page, status, result), remember_file(output, state, digest)]
        # An engine that cannot announce its files leaves it to us to read them.
        read, digest = self._files.of_input(job.source.path, result.input_state), sha256_of(result.output)
        values = page_values(output, job, result, status, (read, digest, self._fingerprints.of(job)))
        return [Statement(DONE, values), remember_file(output, state, digest)]

    def _settled(self, entries: Sequence[PageEntry], output: str | bytes, digest: str) -> list[PageEntry]:
        """Find out whether files that were about to get their names did."""
        if all(entry.status is not PageStatus.WRITING for entry in entries):
            return list(entries)
        announced = {entry.output_sha256 for entry in entries if entry.status is PageStatus.WRITING}
        if digest in announced:
            statement = Statement(SETTLE_DONE, (output,))
        elif not digest or _is_own(entries, digest):
            statement = Statement(SETTLE_LOST, (output,))
        else:
            return list(entries)  # somebody put a file there: nothing is certain
        self._pending.append(statement)
        self._flush()
        path = entries[0].result.output or self.folder
        return self._rows(path, output)

    def _is_as_asked(
        self, entries: Sequence[PageEntry], jobs: Sequence[PageJob], digest: str, *, verifies: bool
    ) -> bool:
        if [entry.page for entry in entries] != sorted(job.source.page for job in jobs):
            return False
        if jobs[0].output.receipt.is_beside and not is_there(sidecar_of(jobs[0].output.path)):
            return False
        wanted: dict[int, tuple[Path, Fingerprint]] = {
            job.source.page: (job.source.path, self._fingerprints.of(job)) for job in jobs
        }
        try:
            inputs = {path: self._files.of_input(path, verifies=verifies) for path, _ in wanted.values()}
        except ReadError:  # whoever cleans the page tells what is wrong with it
            return False
        return all(
            entry.status is PageStatus.DONE
            and entry.output_sha256 == digest
            and (entry.input_sha256, entry.fingerprint) == (inputs[wanted[entry.page][0]], wanted[entry.page][1])
            for entry in entries
        )


def _is_own(entries: Iterable[PageEntry], digest: str) -> bool:
    return any(digest in (entry.output_sha256, entry.previous_sha256) for entry in entries) and bool(digest)


def _holder() -> str:
    since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    return f"process {os.getpid()} on {socket.gethostname()}, since {since}"
