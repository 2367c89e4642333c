"""What a journal keeps of a page, and the statements that put it there."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from docclean.core.files import FileState
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.engine.fingerprints import Fingerprint
from docclean.engine.journal_file import PAGE_COLUMNS


class PageStatus(StrEnum):
    """What the journal knows of a page.

    WRITING: its file was complete, and was about to get its name. DONE: it has it. FAILED: there is none, or one in
    which the page is as it was. LOST: the file never got its name, because the run was killed.
    """

    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PageEntry:
    """What is known of a page.

    Attributes:
        page: Its number in the input, from 0.
        input: The input that it was made of.
        status: What became of it.
        input_sha256: Of the input that it was made of; empty where that is not known.
        fingerprint: What else it was made of.
        output_sha256: Of the file that it is in, or was to be in; empty if none was ever complete.
        previous_sha256: Of the file that was there before.
        times_done: How often a file with it got its name.
        result: What was told of it, without a job's id.
    """

    page: int
    input: Path
    status: PageStatus
    input_sha256: str
    fingerprint: Fingerprint
    output_sha256: str
    previous_sha256: str
    times_done: int
    result: PageResult


class Statement(NamedTuple):
    """SQL with its values."""

    sql: str
    values: tuple[Any, ...]


_FACTS = tuple(name for name in PAGE_COLUMNS if name not in ("output", "page", "previous_sha256", "times_done"))
_INSERT = f"INSERT INTO pages ({', '.join(PAGE_COLUMNS)}) VALUES ({', '.join('?' * len(PAGE_COLUMNS))})"  # noqa: S608 - our own words

# What is about to be replaced stays known until the new file has its name.
ANNOUNCE = (
    f"{_INSERT} ON CONFLICT (output, page) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _FACTS)
    + ", previous_sha256 = CASE pages.status WHEN 'writing' THEN pages.previous_sha256 ELSE pages.output_sha256 END"
)
DONE = (
    f"{_INSERT} ON CONFLICT (output, page) DO UPDATE SET times_done = pages.times_done + 1, previous_sha256 = '', "
    + ", ".join(f"{name} = excluded.{name}" for name in _FACTS)
)
FAIL = (
    f"{_INSERT} ON CONFLICT (output, page) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _FACTS if name != "output_sha256")
    + ", output_sha256 = CASE pages.status WHEN 'writing' THEN pages.previous_sha256 ELSE pages.output_sha256 END"
)
FINISH = (
    "UPDATE pages SET status = ?, seconds = ?, warnings = ?, error = ?, error_code = ?, previous_sha256 = '', "
    "times_done = times_done + 1 WHERE output = ? AND page = ?"
)
SETTLE_DONE = (
    "UPDATE pages SET times_done = times_done + 1, previous_sha256 = '', "
    "status = CASE error_code WHEN '' THEN 'done' ELSE 'failed' END WHERE output = ? AND status = 'writing'"
)
SETTLE_LOST = (
    "UPDATE pages SET status = 'lost', output_sha256 = previous_sha256 WHERE output = ? AND status = 'writing'"
)
DROP_OTHERS = "DELETE FROM pages WHERE output = ? AND page <> ?"
DROP_PAGE = "DELETE FROM pages WHERE output = ? AND page = ?"
REMEMBER_FILE = "INSERT OR REPLACE INTO files (path, size, mtime_ns, ctime_ns, inode, sha256) VALUES (?, ?, ?, ?, ?, ?)"
FIND_FILE = "SELECT size, mtime_ns, ctime_ns, inode, sha256 FROM files WHERE path = ?"
FIND_PAGES = f"SELECT {', '.join(PAGE_COLUMNS)} FROM pages WHERE output = ? ORDER BY page"  # noqa: S608 - our own words


def stored_path(path: Path | str) -> str | bytes:
    """Give a path as SQLite takes it: text, or bytes where a name is not Unicode."""
    text = os.fspath(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text)
    return text


def storable(text: str) -> str:
    """Escape what is not Unicode in a sentence; names may not be."""
    return text.encode("utf-8", "backslashreplace").decode()


def finish_page(output: str | bytes, page: int, status: PageStatus, result: PageResult) -> Statement:
    """Note that the file of a page that was announced has its name."""
    facts = status.value, result.seconds, json.dumps(result.warnings), storable(result.error), result.error_code
    return Statement(FINISH, (*facts, output, page))


def remember_file(key: str | bytes, state: FileState, digest: str) -> Statement:
    """Note that a file in this state has this digest."""
    # SQLite's whole numbers have 64 bits and a sign; an inode has none.
    return Statement(REMEMBER_FILE, (key, state.size, state.mtime_ns, state.ctime_ns, _signed(state.inode), digest))


def file_state(row: Sequence[Any]) -> tuple[FileState, str]:
    """Read a row that `FIND_FILE` gave."""
    return FileState(row[0], row[1], row[2], row[3] & 0xFFFFFFFFFFFFFFFF), str(row[4])


def page_values(
    output: str | bytes,
    job: PageJob,
    result: PageResult,
    status: PageStatus,
    digests: tuple[str, str, Fingerprint],
) -> tuple[Any, ...]:
    """Give a row's values in the order of `PAGE_COLUMNS`.

    Args:
        output: The result's file, as it is stored.
        job: The page.
        result: What came of it.
        status: What became of it.
        digests: Those of the input, of the output, and the fingerprint.
    """
    input_digest, output_digest, fingerprint = digests
    return (
        output,
        job.source.page,
        stored_path(os.path.abspath(job.source.path)),  # noqa: PTH100 - resolve() follows links
        input_digest,
        *fingerprint,
        status.value,
        result.seconds,
        result.device,
        json.dumps(result.models),
        json.dumps(result.warnings),
        int(result.is_untouched),
        storable(result.error),
        result.error_code,
        output_digest,
        "",
        int(status is PageStatus.DONE),
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def page_entry(row: Sequence[Any], output: Path) -> PageEntry:
    """Read a row that `FIND_PAGES` gave.

    Raises:
        ValueError: It holds what no journal writes.
    """
    known = dict(zip(PAGE_COLUMNS, row, strict=True))
    status = PageStatus(known["status"])
    result = PageResult(
        job_id="",
        status=JobStatus.DONE if status is PageStatus.DONE else JobStatus.FAILED,
        output=output if known["output_sha256"] else None,
        seconds=known["seconds"],
        device=known["device"],
        models=tuple(json.loads(known["models"])),
        is_untouched=bool(known["is_untouched"]),
        warnings=tuple(json.loads(known["warnings"])),
        error=known["error"],
        error_code=known["error_code"],
    )
    return PageEntry(
        page=known["page"],
        input=Path(os.fsdecode(known["input"])),
        status=status,
        input_sha256=known["input_sha256"],
        fingerprint=Fingerprint(known["recipe_sha256"], known["models_sha256"], known["storage_sha256"]),
        output_sha256=known["output_sha256"],
        previous_sha256=known["previous_sha256"],
        times_done=known["times_done"],
        result=result,
    )


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number
