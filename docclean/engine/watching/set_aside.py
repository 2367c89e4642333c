"""Inputs that are moved out of a watched folder: whole, under a name that is free, and with the reason beside them."""

import errno
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from docclean import __version__
from docclean.core.errors import ChangedInputError, WriteError
from docclean.core.files import (
    FileState,
    PendingFile,
    atomic_write,
    copy_into,
    full_state_of,
    is_link,
    make_folder_of,
    write_faults_explained,
)
from docclean.documents.naming import numbered_names

REASON_SUFFIX = ".reason.txt"

_STAYS = "cannot be moved away ({fault}); give yourself permission to write to its folder."
_CHANGED = "changed while it was being moved."


def move_aside(path: Path, state: FileState, folder: Path, relative: Path) -> Path:
    """Move a file, and never over another one.

    Args:
        path: The file.
        state: What it must look like; another file that came in its place stays.
        folder: Where to; made if it is not there.
        relative: Path of the file below the watched folder, which it keeps.

    Returns:
        Where it is now.

    Raises:
        ChangedInputError: It is another file by now, which stays where it is.
        ReadError: It is gone.
        WriteError: It cannot be moved; it stays where it is.
    """
    if full_state_of(path) != state:
        raise ChangedInputError(path, _CHANGED)
    target = _reserved(folder / relative)
    try:
        _move(path, state, target)
    except BaseException:
        _remove_if_empty(target)
        raise
    return target


def write_reason(target: Path, reasons: Sequence[str], recipe: str) -> Path:
    """Write beside a file that was moved aside why that was done.

    Args:
        target: The file, where it is now.
        reasons: A sentence for each thing that went wrong.
        recipe: What was to be done, in a few words.

    Raises:
        WriteError: That cannot be done.
    """
    path = target.with_name(target.name + REASON_SUFFIX)
    lines = [
        f"docclean {__version__} could not clean {target.name} ({recipe}).",
        "",
        *(f"- {reason}" for reason in reasons),
        "",
        f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}",
        "The file is as it was. Move it back into the watched folder to have it tried again.",
    ]
    with atomic_write(path) as file:
        file.write("\n".join([*lines, ""]).encode("utf-8", "backslashreplace"))
    return path


def _reserved(wanted: Path) -> Path:
    """Make an empty file under the first name that neither a file nor the reason of one has."""
    make_folder_of(wanted)
    for path in numbered_names(wanted):
        if os.path.lexists(path.with_name(path.name + REASON_SUFFIX)):
            continue
        with write_faults_explained(path):
            try:
                path.open("xb").close()
            except FileExistsError:
                continue
            return path
    raise AssertionError("there is always another number")


def _move(path: Path, state: FileState, target: Path) -> None:
    """Rename a file; copy and remove it where that cannot be: to another disk, and a link, which may lead elsewhere."""
    if is_link(path):
        _copy(path, state, target)
        return
    with write_faults_explained(target):
        try:
            path.replace(target)
        except OSError as fault:
            if fault.errno != errno.EXDEV:
                raise
        else:
            _put_back_another(path, state, target)
            return
    _copy(path, state, target)


def _put_back_another(path: Path, state: FileState, target: Path) -> None:
    """Undo a renaming that caught a file that had just taken the place of the one that was meant."""
    moved = full_state_of(target)
    if (moved.size, moved.mtime_ns) != (state.size, state.mtime_ns):
        if os.path.lexists(path):  # and yet another one came: both are kept
            return
        target.replace(path)
        raise ChangedInputError(path, _CHANGED)


def _copy(path: Path, state: FileState, target: Path) -> None:
    pending = PendingFile(target)
    try:
        with write_faults_explained(target):
            copy_into(pending.file, path)
        if full_state_of(path) != state or pending.file.tell() != state.size:
            raise ChangedInputError(path, _CHANGED)
        pending.commit()
    finally:
        pending.abort()
    with suppress(OSError):
        shutil.copystat(path, target)
    try:
        path.unlink()
    except OSError as fault:  # two of them would be one too many: it would be cleaned again and again
        target.unlink(missing_ok=True)
        raise WriteError(path, _STAYS.format(fault=fault.strerror)) from fault


def _remove_if_empty(path: Path) -> None:
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()
