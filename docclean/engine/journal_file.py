"""The file of a journal: tables, opening, and what is done about a damaged one. Which rows there are is told elsewhere.

Source:
    SQLite documentation: "Write-Ahead Logging" with "Use of WAL Without Shared-Memory", "Result and Error Codes",
    "How To Corrupt An SQLite Database File".
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from docclean.core.errors import DiskFullError, WriteError
from docclean.core.files import is_there, write_faults_explained
from docclean.core.mounts import network_file_system

logger = logging.getLogger(__name__)

JOURNAL_NAME = ".docclean-journal.sqlite"

PAGE_COLUMNS = (
    "output",
    "page",
    "input",
    "input_sha256",
    "recipe_sha256",
    "models_sha256",
    "storage_sha256",
    "status",
    "seconds",
    "device",
    "models",
    "warnings",
    "is_untouched",
    "error",
    "error_code",
    "output_sha256",
    "previous_sha256",
    "times_done",
    "finished_at",
)

_APPLICATION = 0x646F6363  # "docc"
_SCHEMA = 1
_TABLES = """
CREATE TABLE pages (
    output NOT NULL, page INTEGER NOT NULL, input NOT NULL, input_sha256 TEXT NOT NULL,
    recipe_sha256 TEXT NOT NULL, models_sha256 TEXT NOT NULL, storage_sha256 TEXT NOT NULL,
    status TEXT NOT NULL, seconds REAL NOT NULL, device TEXT NOT NULL, models TEXT NOT NULL, warnings TEXT NOT NULL,
    is_untouched INTEGER NOT NULL, error TEXT NOT NULL, error_code TEXT NOT NULL,
    output_sha256 TEXT NOT NULL, previous_sha256 TEXT NOT NULL, times_done INTEGER NOT NULL, finished_at TEXT NOT NULL,
    PRIMARY KEY (output, page)
) WITHOUT ROWID;
CREATE TABLE files (
    path PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, sha256 TEXT NOT NULL
) WITHOUT ROWID;
"""
_CHECKED_BYTES = 64 << 20
"""A journal of up to this size is checked whenever it is opened; a larger one after a run that was killed."""

_BUSY_S = 20.0
_CACHE_KIB = 4096

_HELD = "is the journal of this folder, and another program has it open; close that program and run docclean again."
_BROKEN = "is the journal of this folder, and is damaged; run docclean again, which recovers it."
_NEWER = "was made by a later version of docclean; update docclean, or choose another folder for the results."
_UNUSABLE = "is the journal of this folder, and cannot be written ({fault}); choose another folder for the results."
_FULL = "is the journal of this folder, and the disk is full; free some space or choose another folder."


@contextmanager
def journal_faults_explained(path: Path) -> Iterator[None]:
    """Turn SQLite's faults into a `WriteError` about the journal."""
    try:
        yield
    except sqlite3.Error as fault:
        code = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without the extended part
        if code == sqlite3.SQLITE_FULL:
            raise DiskFullError(path, _FULL) from fault
        sentence = {
            sqlite3.SQLITE_BUSY: _HELD,
            sqlite3.SQLITE_LOCKED: _HELD,
            sqlite3.SQLITE_CORRUPT: _BROKEN,
            sqlite3.SQLITE_NOTADB: _BROKEN,
        }.get(code, _UNUSABLE.format(fault=fault))
        raise WriteError(path, sentence) from fault


def is_damage(fault: BaseException | None) -> bool:
    """Whether a fault, or what it came from, says that the journal is damaged."""
    code = getattr(fault, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return True
    return fault is not None and is_damage(fault.__cause__)


def open_journal_file(path: Path, *, was_killed: bool) -> tuple[sqlite3.Connection, str]:
    """Open a journal; make it if it is not there, and recover from it what can be read if it is damaged.

    A damaged journal is kept beside the new one.

    Args:
        path: The file; its folder must exist.
        was_killed: Whether the last run did not end as it should.

    Returns:
        A connection that several threads may use one after the other, and a sentence about what had to be done; empty
        if there was nothing.

    Raises:
        WriteError: It cannot be used.
    """
    with journal_faults_explained(path), write_faults_explained(path):
        try:
            return _opened(path, is_checked=was_killed or _size_of(path) <= _CHECKED_BYTES), ""
        except sqlite3.DatabaseError as fault:
            if not is_damage(fault):
                raise
            logger.warning("the journal %s is damaged: %s", path.name, fault)
        rows = _salvaged(path)
        aside = _set_aside(path)
        connection = _opened(path, is_checked=False)
        marks = ", ".join("?" * len(PAGE_COLUMNS))
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"INSERT OR REPLACE INTO pages VALUES ({marks})", rows)  # noqa: S608 - marks only
        return connection, _told(aside, len(rows))


def _told(aside: Path, pages: int) -> str:
    if not pages:
        return (
            f"The journal was damaged, and nothing could be recovered from it; it was set aside as {aside}. "
            "Results that are there are not known any more; --overwrite cleans them again."
        )
    return f"The journal was damaged; {pages:,} pages were recovered from it, and it was set aside as {aside}."


def _opened(path: Path, *, is_checked: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        if network_file_system(path.parent):
            # Memory cannot be shared over a network; who holds the file alone needs none.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # On a disk that cannot do it, SQLite stays with the journal mode that works there.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        _make_tables(connection, path)
        if is_checked:
            _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        fault = sqlite3.DatabaseError(found)
        fault.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise fault


def _make_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new journal; refuse a database of somebody else, or of a later version."""
    application, schema = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        connection.executescript(
            f"BEGIN IMMEDIATE;{_TABLES}PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA}; COMMIT;"
        )
    elif application != _APPLICATION:
        fault = sqlite3.DatabaseError("not a journal")
        fault.sqlite_errorcode = sqlite3.SQLITE_NOTADB
        raise fault
    elif schema > _SCHEMA:
        raise WriteError(path, _NEWER)


def _salvaged(path: Path) -> list[Sequence[object]]:
    """Read what can be read, from the front and from the back."""
    rows: dict[tuple[object, object], Sequence[object]] = {}
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error):
            connection = sqlite3.connect(path, timeout=_BUSY_S)
            try:
                query = f"SELECT {', '.join(PAGE_COLUMNS)} FROM pages ORDER BY output {order}, page {order}"  # noqa: S608 - our own words
                for row in connection.execute(query):
                    if _is_sound(row):
                        rows[row[:2]] = row
            finally:
                connection.close()
    return list(rows.values())


def _is_sound(row: Sequence[object]) -> bool:
    """Whether a row that was salvaged has values of the right kinds."""
    texts, numbers = (2, 3, 4, 5, 6, 7, 9, 10, 11, 13, 14, 15, 16, 18), (1, 8, 12, 17)
    return (
        all(isinstance(row[place], str) or (place == 2 and isinstance(row[place], bytes)) for place in texts)
        and all(isinstance(row[place], (int, float)) for place in numbers)
        and isinstance(row[0], (str, bytes))
    )


def _set_aside(path: Path) -> Path:
    """Give a damaged journal, and what SQLite keeps beside it, another name."""
    aside = next(
        free
        for number in count(1)
        if not is_there(free := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}"))
    )
    for ending in ("-wal", "-shm"):
        with suppress(OSError):
            Path(f"{path}{ending}").replace(f"{aside}{ending}")
    path.replace(aside)
    return aside


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
