"""Whether a file has been written to its end, told from its structure, without decoding it.

What is asked is not whether a file is sound: one that is damaged but all there is for the reader to refuse. A format
that does not tell where it ends counts as complete; so does what is no image at all.
"""

import os
import re
import struct
from pathlib import Path
from typing import BinaryIO

_TAIL_BYTES = 1 << 16
_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_START_OF_SCAN = 0xDA
_GIF_STARTS, _GIF_END = (b"GIF87a", b"GIF89a"), b";"
_PDF_START, _PDF_END = b"%PDF-", b"%%EOF"
_LINEARIZED, _PDF_LENGTH = b"/Linearized", re.compile(rb"/L\s+(\d+)")
_JP2_START, _CODESTREAM_START, _CODESTREAM_END = b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51", b"\xff\xd9"
_TIFF_ORDERS = {b"II*\0": ("<", 42), b"MM\0*": (">", 42), b"II+\0": ("<", 43), b"MM\0+": (">", 43)}
_FIELD_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBER_CODES = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_OFFSET_TAGS = {273: 279, 324: 325}
"""StripOffsets and TileOffsets, each with the tag of its byte counts."""

_MOST_PARTS = 1_000_000


def reaches_its_end(path: Path) -> bool:
    """Tell whether everything that a file's structure speaks of is there.

    Args:
        path: An image or a PDF file, under any name.

    Returns:
        False for a file that is empty, or that certainly goes on.

    Raises:
        OSError: It cannot be read.

    Source:
        PNG, section 5; JFIF: ITU-T T.81, annex B; TIFF 6.0, section 2; RIFF; BMP; GIF89a, section 27; ISO 15444-1,
        annexes A and I; ISO 32000-1, 7.5.5 and annex F.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        try:
            return _reaches_its_end(file, size)
        except (struct.error, OverflowError):  # the file ends in the middle of a number
            return False


def _reaches_its_end(file: BinaryIO, size: int) -> bool:
    start = file.read(1024)
    if not start.strip(b"\0"):  # empty, or room that is kept for what will come
        return False
    if start[:4] in _TIFF_ORDERS:
        return _has_tiff_parts(file, size, *_TIFF_ORDERS[start[:4]])
    if start.startswith((b"RIFF", b"BM")):
        return size >= _stated_size(start)
    for magic, has_end in ((_PNG_START, _has_png_end), (_JP2_START, _has_boxes), (_JPEG_START, _has_jpeg_end)):
        if start.startswith(magic):
            return has_end(file, size)
    return _has_end_mark(file, size, start)


def _stated_size(start: bytes) -> int:
    """Size in bytes that the header of a BMP or RIFF (WebP) file states; some programs leave it 0 in a BMP."""
    size: int = struct.unpack_from("<I", start, 4 if start.startswith(b"RIFF") else 2)[0]
    return size + 8 if start.startswith(b"RIFF") else size


def _has_end_mark(file: BinaryIO, size: int, start: bytes) -> bool:
    """Look for the mark near the end; some programs write something behind it."""
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    if start.startswith(_CODESTREAM_START):
        return _CODESTREAM_END in tail
    if start.startswith(_GIF_STARTS):
        return tail.rstrip(b"\0").endswith(_GIF_END)
    if _PDF_START not in start:
        return True
    stated = _PDF_LENGTH.search(start) if _LINEARIZED in start else None  # such files have an end mark in front, too
    return _PDF_END in tail and (stated is None or size >= int(stated[1]))


def _has_jpeg_end(file: BinaryIO, size: int) -> bool:
    """Look for the mark behind the segments in front of the picture, because a thumbnail in them has one too."""
    at = 2
    while at < size:
        file.seek(at)
        marker, kind, length = struct.unpack(">BBH", file.read(4))
        if marker != 0xFF:  # damaged; the reader tells
            return True
        at += 1 if kind == 0xFF else 2 + length  # markers may be padded
        if kind == _START_OF_SCAN:
            file.seek(max(at, size - _TAIL_BYTES))
            return _JPEG_END in file.read()
    return False


def _has_png_end(file: BinaryIO, size: int) -> bool:
    """Walk from chunk to chunk until the one that is last."""
    at = len(_PNG_START)
    for _ in range(_MOST_PARTS):
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        at += 12 + length
        if at > size:
            return False
        if kind == b"IEND":
            return True
    return True


def _has_boxes(file: BinaryIO, size: int) -> bool:
    """Walk from box to box; the last may say that it goes on to the end, and then has a codestream with a mark."""
    at, has_picture = 0, False
    for _ in range(_MOST_PARTS):
        if at == size:
            return has_picture
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
        if length == 0:
            file.seek(max(0, size - _TAIL_BYTES))
            return kind != b"jp2c" or _CODESTREAM_END in file.read()
        at += max(8, length)
        has_picture = has_picture or kind == b"jp2c"
        if at > size:
            return False
    return True


def _has_tiff_parts(file: BinaryIO, size: int, order: str, version: int) -> bool:
    """Walk from directory to directory, and see whether their values and samples lie within the file."""
    is_classic = version == 42
    number, count_code, entry_bytes = ("I", "H", 12) if is_classic else ("Q", "Q", 20)
    file.seek(4 if is_classic else 8)
    offset = _read(file, order + number)
    if not offset:  # it is written when the first page is
        return False
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < _MOST_PARTS:
        seen.add(offset)
        file.seek(offset)
        entries = _read(file, order + count_code)
        table = file.read(entries * entry_bytes)
        if len(table) < entries * entry_bytes or not _has_values(file, size, table, order, is_classic=is_classic):
            return False
        file.seek(offset + struct.calcsize(order + count_code) + entries * entry_bytes)
        offset = _read(file, order + number)
    return True


def _has_values(file: BinaryIO, size: int, table: bytes, order: str, *, is_classic: bool) -> bool:
    """Whether the values of one directory, and the samples that they speak of, lie within the file."""
    layout, inline = (f"{order}HHI4s", 4) if is_classic else (f"{order}HHQ8s", 8)
    fields: dict[int, tuple[int, ...]] = {}
    for tag, kind, count, value in struct.iter_unpack(layout, table):
        length = count * _FIELD_BYTES.get(kind, 0)
        where = struct.unpack(order + ("I" if is_classic else "Q"), value)[0] if length > inline else 0
        if where + length > size:
            return False
        if tag in (*_OFFSET_TAGS, *_OFFSET_TAGS.values()) and kind in _NUMBER_CODES:
            file.seek(where)
            data = file.read(length) if length > inline else value[:length]
            fields[tag] = struct.unpack(f"{order}{count}{_NUMBER_CODES[kind]}", data)
    return all(
        start + length <= size
        for offsets, counts in _OFFSET_TAGS.items()
        for start, length in zip(fields.get(offsets, ()), fields.get(counts, ()), strict=False)
    )


def _read(file: BinaryIO, code: str) -> int:
    number: int = struct.unpack(code, file.read(struct.calcsize(code)))[0]
    return number
