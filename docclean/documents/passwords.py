"""Passwords of PDF files. They are kept in memory for as long as the process lives, and are never written anywhere."""

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from docclean.core.files import read_faults_explained

_lock = threading.Lock()
_of_files: dict[str, str] = {}
_for_all: list[str] = []


@dataclass(frozen=True, slots=True)
class KnownPasswords:
    """All passwords that a process knows, to be handed to another one that works for it.

    Attributes:
        of_files: By the real path of a file.
        for_all: To be tried on every file.
    """

    of_files: Mapping[str, str] = field(default_factory=dict, repr=False)
    for_all: tuple[str, ...] = field(default=(), repr=False)


def remember(path: Path, password: str) -> None:
    """Use a password for one file from now on, whatever the file is called."""
    with _lock:
        _of_files[os.path.realpath(path)] = password


def remember_for_all(passwords: Iterable[str]) -> None:
    """Try passwords on every file that is locked and has none of its own."""
    with _lock:
        _for_all.extend(password for password in passwords if password not in _for_all)


def all_known() -> KnownPasswords:
    """Give all passwords, for another process."""
    with _lock:
        return KnownPasswords(dict(_of_files), tuple(_for_all))


def take_over(passwords: KnownPasswords) -> None:
    """Know what another process knows, besides what is known here."""
    with _lock:
        _of_files.update(passwords.of_files)
    remember_for_all(passwords.for_all)


def forget_all() -> None:
    """Drop every password."""
    with _lock:
        _of_files.clear()
        _for_all.clear()


def passwords_for(path: Path) -> tuple[str, ...]:
    """Give the passwords to try on a file, in order. The first is the empty one, with which most locked files open."""
    with _lock:
        own = _of_files.get(os.path.realpath(path))
        known = ("", *_for_all) if own is None else ("", own, *_for_all)
    return tuple(dict.fromkeys(known))


def read_password_file(path: Path) -> tuple[str, ...]:
    """Read passwords from a text file in UTF-8, one in each line; empty lines do not count, spaces do.

    Raises:
        ReadError: The file cannot be read.
    """
    with read_faults_explained(path):
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    return tuple(line for line in text.splitlines() if line)
