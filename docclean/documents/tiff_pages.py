"""Counting the pages of a TIFF file without decoding them."""

import struct
from pathlib import Path
from typing import BinaryIO

_CLASSIC, _BIG = 42, 43
_MOST_PAGES = 1_000_000


def count_pages(path: Path) -> int:
    """Count the pages of a file by walking from one TIFF directory to the next.

    Returns:
        Number of pages; 1 for anything but TIFF. Where the chain of directories leads to one that is cut off or not
        there, that one counts: reading it fails, so that a damaged document is never taken for a shorter one.

    Raises:
        OSError: The file cannot be opened.

    Source:
        TIFF 6.0, section 2; BigTIFF design (AWare Systems).
    """
    with path.open("rb") as file:
        try:
            return max(1, _walk(file))
        except (struct.error, OverflowError, ValueError):
            return 1


def _walk(file: BinaryIO) -> int:
    order = {b"II": "<", b"MM": ">"}.get(file.read(2))
    if order is None:
        return 1
    (version,) = struct.unpack(f"{order}H", file.read(2))
    if version not in (_CLASSIC, _BIG):
        return 1
    count_code, entry_bytes, offset_code = ("H", 12, "I") if version == _CLASSIC else ("Q", 20, "Q")
    if version == _BIG:
        file.seek(8)
    seen: set[int] = set()
    offset = _number(file, order + offset_code)
    while offset and offset not in seen and len(seen) < _MOST_PAGES:
        file.seek(offset)
        entries = _number(file, order + count_code, missing=0)
        seen.add(offset)
        if not entries:
            break
        file.seek(entries * entry_bytes, 1)
        following = file.read(struct.calcsize(order + offset_code))
        if len(following) < struct.calcsize(order + offset_code):
            break
        (offset,) = struct.unpack(order + offset_code, following)
    return len(seen)


def _number(file: BinaryIO, code: str, missing: int | None = None) -> int:
    data = file.read(struct.calcsize(code))
    if missing is not None and len(data) < struct.calcsize(code):
        return missing
    number: int = struct.unpack(code, data)[0]
    return number
