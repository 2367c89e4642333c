"""Files that appear whole or not at all, and their hashes. What is inside them is no concern of this module."""

import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from docclean.core.errors import DiskFullError, ReadError, WriteError
from docclean.core.file_lock import hold

_READ_SENTENCES = {
    errno.ENOENT: "was not found; check the name, or the network drive it is on.",
    errno.ENOTDIR: "was not found, because a part of its path is a file; check the name.",
    errno.EISDIR: "is a folder, not a file; name a file in it.",
    errno.EACCES: "may not be read; give yourself permission to read it and try again.",
    errno.EPERM: "may not be read; give yourself permission to read it and try again.",
    errno.ENAMETOOLONG: "has a name that is too long for this disk; shorten it.",
    errno.ELOOP: "is a link that leads back to itself; name the real file.",
}

_WRITE_SENTENCES = {
    errno.ENOSPC: "cannot be written because the disk is full; free some space or choose another folder.",
    errno.EDQUOT: "cannot be written because your share of the disk is full; free some space or choose another folder.",
    errno.EFBIG: "cannot be written because it is too large for this disk; choose a folder on another disk.",
    errno.EROFS: "cannot be written because the disk is read-only; choose another folder.",
    errno.EACCES: "may not be written: the folder is read-only or the file is open in another program; "
    "close it or choose another folder.",
    errno.EPERM: "may not be written: the folder is read-only or protected; choose another folder.",
    errno.ENOENT: "cannot be written because its folder is gone; create it or reconnect the network drive.",
    errno.ENOTDIR: "cannot be written because a part of its path is a file; choose another folder.",
    errno.EEXIST: "cannot be written because something of that name is in the way; choose another name.",
    errno.EISDIR: "cannot be written because a folder has that name; choose another name.",
    errno.ENOTEMPTY: "cannot be written because a folder has that name; choose another name.",
    errno.ENAMETOOLONG: "cannot be written because the name is too long for this disk; shorten it.",
    errno.EBUSY: "cannot be written because another program is using it; close that program and try again.",
    errno.ETXTBSY: "cannot be written because another program is using it; close that program and try again.",
}

_UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.part")
_PART_BYTES = 1 << 20
_FRESH_S = 1.0
"""A file is held soon after it is made, but not at once."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class FileState(NamedTuple):
    """What tells that a file is still the one that was looked at, without reading it.

    Attributes:
        size: Bytes.
        mtime_ns: Time of the last change, ns.
        ctime_ns: Time of the last change of name, rights or contents, ns; on Windows of its making.
        inode: The system's number for it.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def explain_read_fault(fault: OSError) -> str:
    """Say in one sentence why a file cannot be read and what to do about it."""
    if fault.errno in _READ_SENTENCES:
        return _READ_SENTENCES[fault.errno]
    return f"could not be read ({fault.strerror or fault}); check the disk or the network and try again."


def explain_write_fault(fault: OSError) -> str:
    """Say in one sentence why a file cannot be written and what to do about it."""
    if fault.errno in _WRITE_SENTENCES:
        return _WRITE_SENTENCES[fault.errno]
    return f"could not be written ({fault.strerror or fault}); check the disk or the network and try again."


@contextmanager
def read_faults_explained(path: Path) -> Iterator[None]:
    """Turn a fault of the operating system into a `ReadError` about `path`."""
    try:
        yield
    except OSError as fault:
        raise ReadError(path, explain_read_fault(fault)) from fault


@contextmanager
def write_faults_explained(path: Path) -> Iterator[None]:
    """Turn a fault of the operating system into a `WriteError` about `path`; a full disk makes a `DiskFullError`."""
    try:
        yield
    except OSError as fault:
        kind = DiskFullError if fault.errno in _NO_ROOM else WriteError
        raise kind(path, explain_write_fault(fault)) from fault


def is_folder(path: Path) -> bool:
    """Whether there is a folder, as far as this user may know; pathlib raises where a folder on the way is locked."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib raises, see above


def is_plain_file(path: Path) -> bool:
    """Whether there is an ordinary file, no link and no device, as far as this user may know."""
    return os.path.isfile(path) and not os.path.islink(path)  # noqa: PTH113, PTH114 - pathlib raises


def is_link(path: Path) -> bool:
    """Whether there is a link, as far as this user may know."""
    return os.path.islink(path)  # noqa: PTH114 - pathlib raises


def is_there(path: Path) -> bool:
    """Whether there is something, links followed, as far as this user may know."""
    return os.path.exists(path)  # noqa: PTH110 - pathlib raises


def state_of(path: Path) -> tuple[int, int]:
    """Size, bytes, and time of the last change, ns: while both stay, a file counts as the same.

    Raises:
        ReadError: The file cannot be looked at.
    """
    with read_faults_explained(path):
        status = path.stat()
    return status.st_size, status.st_mtime_ns


def full_state_of(path: Path) -> FileState:
    """Look at a file, links followed, more closely than `state_of`.

    Raises:
        ReadError: The file cannot be looked at.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - called for every page, and pathlib takes its time
    except OSError as fault:
        raise ReadError(path, explain_read_fault(fault)) from fault
    return FileState(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def make_folder_of(path: Path) -> None:
    """Make the folder that a file shall lie in, and those above.

    Raises:
        WriteError: About `path`: that cannot be done.
    """
    with write_faults_explained(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError as fault:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from fault


Rework = Callable[[Path, Path], None]
"""Makes a file, the second, from another one, which it only reads. Making none is allowed."""


class PendingFile:
    """A file that is being made beside its final name; `commit` moves it there, `abort` removes it.

    For files that take several steps (a document page by page, a resumed download). One of the two must be called;
    `atomic_write` does so by itself. Belongs to one thread.

    Attributes:
        path: The final name. Nothing is there until `commit`, or the old file is.
        file: Open for reading and writing, empty at first.
    """

    def __init__(self, path: Path, *, overwrite: bool = True) -> None:
        """Create the temporary file.

        Args:
            path: The final name; its folder must exist.
            overwrite: Whether an existing file may be replaced.

        Raises:
            WriteError: The file exists already, or the folder cannot be written to.
        """
        self.path = path
        self._overwrite = overwrite
        self._refuse_existing()
        # A short name of its own: the final name may already be as long as the disk allows. Opened by the built-in
        # function, so that the file gets the permissions that the user's umask asks for (tempfile gives 0600).
        self._temporary = path.parent / f".{secrets.token_hex(8)}.part"
        with write_faults_explained(path):
            self.file: BinaryIO = self._temporary.open("x+b")
        self._held: BinaryIO | None = None
        self._hold()

    def _hold(self) -> None:
        """Show that somebody works on the file, also while it is closed; see `sweep_unfinished`."""
        self._let_go()
        if sys.platform != "win32":  # there, nobody can remove it while it is open
            with suppress(OSError):  # a disk without locks
                self._held = self._temporary.open("r+b")  # NFS locks only what may be written to
                hold(self._held)

    def _let_go(self) -> None:
        if self._held is not None:
            with suppress(OSError):
                self._held.close()
            self._held = None

    def rework(self, make: Rework) -> None:
        """Let somebody make another file from what was written so far; that one counts from then on.

        Args:
            make: Told the name of the file, which is closed for the time, and a name for the new one. When it makes
                none, the file stays what it is.

        Raises:
            WriteError: That failed; `abort` is still to be called. What `make` raises comes as it is.
        """
        reworked = self._temporary.with_name(f".{secrets.token_hex(8)}.new.part")
        with write_faults_explained(self.path):
            self.file.close()
        try:
            make(self._temporary, reworked)
            with write_faults_explained(self.path):
                if reworked.exists():
                    reworked.replace(self._temporary)
                self.file = self._temporary.open("r+b")
            self._hold()
        finally:
            with suppress(OSError):
                reworked.unlink(missing_ok=True)

    def commit(self, before_naming: Callable[[str], None] | None = None) -> Path:
        """Bring the file to the disk and under its final name.

        Args:
            before_naming: Told the SHA-256 of the complete file before anybody can see it; what it raises ends this.

        Raises:
            WriteError: That failed; the temporary file is gone.
        """
        try:
            self._refuse_existing()
            with write_faults_explained(self.path):
                self.file.flush()
                os.fsync(self.file.fileno())
                digest = self._digest() if before_naming is not None else ""
                self.file.close()
            if before_naming is not None:
                before_naming(digest)
            with write_faults_explained(self.path):
                self._temporary.replace(self.path)
        except BaseException:
            self.abort()
            raise
        self._let_go()
        _sync_folder(self.path.parent)
        return self.path

    def abort(self) -> None:
        """Remove the temporary file; do nothing after `commit`."""
        with suppress(OSError):
            self.file.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)
        self._let_go()

    def _digest(self) -> str:
        self.file.seek(0)
        digest = hashlib.sha256()
        while part := self.file.read(_PART_BYTES):
            digest.update(part)
        return digest.hexdigest()

    def _refuse_existing(self) -> None:
        if not self._overwrite and os.path.lexists(self.path):
            raise WriteError(self.path, "exists already; choose another folder, or replace it with --overwrite.")


@contextmanager
def atomic_write(
    path: Path,
    *,
    overwrite: bool = True,
    rework: Rework | None = None,
    before_naming: Callable[[str], None] | None = None,
) -> Iterator[BinaryIO]:
    """Give a file to write to that gets its final name only when the block ends without a fault.

    Whatever goes wrong in between, Ctrl+C included, leaves the old file, or none, and nothing half-written. A fault of
    the operating system inside the block counts as a fault of writing `path`.

    Args:
        path: The final name; its folder must exist.
        overwrite: Whether an existing file may be replaced.
        rework: Makes another file of what was written, see `PendingFile.rework`.
        before_naming: See `PendingFile.commit`.

    Yields:
        A file, open for reading and writing in binary.

    Raises:
        WriteError: The file cannot be written, in one sentence.
    """
    pending = PendingFile(path, overwrite=overwrite)
    try:
        with write_faults_explained(path):
            yield pending.file
        if rework is not None:
            pending.rework(rework)
        pending.commit(before_naming)
    finally:
        pending.abort()


def sweep_unfinished(folder: Path, *, with_fresh: bool = False) -> None:
    """Remove what `PendingFile` left in a folder when its process was killed; what somebody works on stays.

    Args:
        folder: Where to look.
        with_fresh: Remove what was written a moment ago, too: right where all who wrote there are known to be gone.
    """
    with suppress(OSError):
        left = [path for path in folder.iterdir() if _UNFINISHED.fullmatch(path.name)]
        for path in left:
            with suppress(OSError):
                is_fresh = not with_fresh and time.time() - path.lstat().st_mtime < _FRESH_S
                if not is_fresh and is_plain_file(path) and _is_nobodys(path):
                    path.unlink()


def _is_nobodys(path: Path) -> bool:
    if sys.platform == "win32":
        return True
    with path.open("r+b") as file:
        return hold(file)


def copy_into(file: BinaryIO, path: Path) -> None:
    """Add the bytes of the file at `path` to one that is open for writing.

    Raises:
        ReadError: The file at `path` cannot be opened; faults of reading and writing come as they are.
    """
    with read_faults_explained(path):
        content = path.open("rb")
    with content:
        shutil.copyfileobj(content, file)


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file's bytes, 64 lower-case hexadecimal digits.

    Raises:
        ReadError: The file cannot be read.
    """
    with read_faults_explained(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut where the system allows it; Windows does not."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
