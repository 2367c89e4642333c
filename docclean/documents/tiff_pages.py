"""Counting the pages of a TIFF file without decoding them, and leading Pillow to one that it does not find."""

import io
from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

from docclean.documents.tiff_directories import Chain, follow_pages

IS_LOST = "page {} cannot be found, because what describes it is damaged; copy or scan it again."
HAS_NO_PAGE = "has no page {}; open it again."
_SIDES, _OFFSETS = frozenset({256, 257}), frozenset({273, 324, 513})


def is_described(tags: Collection[int]) -> bool:
    """Whether the tags of a directory say how large a page is and where its samples lie."""
    return set(tags) >= _SIDES and not _OFFSETS.isdisjoint(tags)


def count_pages(path: Path) -> int:
    """Count the pages of a file by walking from one TIFF directory to the next.

    Returns:
        Number of pages; 1 for anything but TIFF. Where the chain of directories leads to one that is cut off, not
        there, or was met before, one more is counted: reading it fails, so that a damaged document is never taken for
        a shorter one.

    Raises:
        OSError: The file cannot be opened.

    Source:
        TIFF 6.0, section 2; BigTIFF design (AWare Systems).
    """
    with path.open("rb") as file:
        try:
            chain = follow_pages(file)
        except (OverflowError, ValueError):
            return 1
    return max(1, len(chain.offsets) + chain.is_broken)


def starting_at(file: BinaryIO, chain: Chain, page: int) -> BinaryIO:
    """Give a TIFF file to read whose first page is another one, for programs that stop at flaws of those in front."""
    layout = chain.layout
    link = chain.offsets[page].to_bytes(layout.inline, "little" if layout.order == "<" else "big")
    return io.BufferedReader(_Redirected(file, layout.header, link))


class _Redirected(io.RawIOBase):
    """A file in which some bytes are other ones."""

    def __init__(self, file: BinaryIO, place: int, patch: bytes) -> None:
        """Take bytes from `patch` at `place`, and all others from the file, which stays open."""
        super().__init__()
        self._file, self._place, self._patch, self._at = file, place, patch, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence)
        self._at = (self._file.seek(0, io.SEEK_END) if base is None else base) + offset
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - Python 3.11 has no name for a buffer of any kind
        self._file.seek(self._at)
        data = bytearray(self._file.read(len(buffer)))
        for number, byte in enumerate(self._patch, self._place - self._at):
            if 0 <= number < len(data):
                data[number] = byte
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
