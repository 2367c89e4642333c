"""What the bytes of an input are; they are read once for all pages that are in it."""

import functools
import sys
from pathlib import Path

from docclean.core.files import FileState, read_faults_explained, sha256_of
from docclean.core.page import PageSource
from docclean.core.receipt import InputFacts, plain_name

_MOST_REMEMBERED = 64

_CLOCK_GRAIN_NS = 20_000_000
"""A file that changed so shortly before it was read may change again without its times telling."""

_COARSE_GRAIN_NS = 2_000_000_000
"""The same on disks that count in whole seconds or two, as FAT does."""


def facts_of(source: PageSource) -> InputFacts:
    """Tell what file a page is in.

    Raises:
        ReadError: The file cannot be read.
    """
    return InputFacts(
        name=plain_name(source.path),
        sha256=digest_of(source.path),
        size_bytes=_identity(source.path)[0],
        pages=source.pages,
    )


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, hexadecimal.

    While size, times and inode of the file stay, it is not read again by this process.

    Raises:
        ReadError: The file cannot be read.

    Source:
        Git, Documentation/technical/racy-git.txt, about the same rule.
    """
    return _digest(path, _identity(path))


def _identity(path: Path) -> tuple[int, int, int, int, int]:
    with read_faults_explained(path):
        status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


@functools.lru_cache(maxsize=_MOST_REMEMBERED)
def _digest(path: Path, _identity: tuple[int, int, int, int, int]) -> str:
    return sha256_of(path)


def has_settled(state: FileState, now_ns: int) -> bool:
    """Whether another change would show in a file's times, which are only so fine.

    Args:
        state: How the file was seen.
        now_ns: When, or earlier; ns since 1970.

    Source:
        git, Documentation/technical/racy-git.txt.
    """
    changed_ns = state.mtime_ns if sys.platform == "win32" else state.ctime_ns
    grain_ns = _COARSE_GRAIN_NS if changed_ns % 1_000_000_000 == 0 else _CLOCK_GRAIN_NS
    return now_ns - changed_ns > grain_ns
