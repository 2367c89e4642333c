"""One-page TIFF files on disk into one file of many pages: classic while it fits, BigTIFF beyond; memory stays flat."""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

CLASSIC_LIMIT = 2**32 - 1
"""Offsets in a classic TIFF file have 32 bits."""

_CLASSIC, _BIG = 42, 43
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of one value by field type.

Source:
    TIFF 6.0, section 2; TIFF Technical Note 1 (type 13); BigTIFF design (types 16 to 18).
"""

_SHORT, _LONG, _LONG8 = 3, 4, 16
_NUMBER_CODES = {_SHORT: "H", _LONG: "I", 13: "I", _LONG8: "Q", 18: "Q"}
_DATA_TAGS = {273: 279, 324: 325}
"""Strip and tile offsets, and where the lengths are stated."""
_DIRECTORY_TAGS = frozenset({330, 34665, 34853, 40965})
"""Directories inside a page (smaller versions, Exif, GPS): they are left out, as `tiff_tags_of` leaves them out."""
_CHUNK = 1 << 20
_CUT_OFF = "a TIFF file that is cut off"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one of the two kinds of TIFF counts.

    Attributes:
        is_big: Whether it is BigTIFF.
        count: Format of the number of entries.
        entry: Format of an entry up to its value: tag, type, number of values.
        offset: Format of an offset; a value of this many bytes lies in its entry.
    """

    is_big: bool
    count: str
    entry: str
    offset: str

    @property
    def inline(self) -> int:
        """Bytes of a value that has its place in the entry itself."""
        return struct.calcsize(self.offset)


_CLASSIC_LAYOUT = _Layout(is_big=False, count="<H", entry="<HHI", offset="<I")
_BIG_LAYOUT = _Layout(is_big=True, count="<Q", entry="<HHQ", offset="<Q")


@dataclass(frozen=True, slots=True)
class _Field:
    """A tag of a page with its values, packed."""

    tag: int
    kind: int
    count: int
    value: bytes


def join_tiffs(pages: Sequence[Path], file: BinaryIO, *, classic_limit: int = CLASSIC_LIMIT) -> None:
    """Write the pages of several files, one after the other, into one file.

    Strips and tiles are copied as they are packed. What is in memory at a time is a page's directory and a megabyte of
    its data.

    Args:
        pages: Little-endian TIFF files, classic or BigTIFF, as `encode_tiff` makes them; the first page of each counts.
        file: Open for writing and seeking; what it holds is overwritten from its start, and it is cut off at the end.
        classic_limit: Most bytes of a classic file; a longer result becomes BigTIFF.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: There is no page, or a file is not such a TIFF file.

    Source:
        TIFF 6.0, section 2; BigTIFF design (AWare Systems).
    """
    if not pages:
        raise ValueError("a TIFF file has at least one page")
    # An entry is not longer in its own file than here, but for offsets of 8 bytes; a page has less than 4 KB of these.
    expected = sum(page.stat().st_size for page in pages)
    layout = _BIG_LAYOUT if expected + _CHUNK > classic_limit else _CLASSIC_LAYOUT
    file.seek(0)
    file.write(
        struct.pack("<2sHHHQ", b"II", _BIG, 8, 0, 0) if layout.is_big else struct.pack("<2sHI", b"II", _CLASSIC, 0)
    )
    link = 8 if layout.is_big else 4
    for page in pages:
        with page.open("rb") as source:
            link = _add_page(source, file, link, layout)
    file.truncate()


def _add_page(source: BinaryIO, file: BinaryIO, link: int, layout: _Layout) -> int:
    """Append a page and point at it from `link`; give the place of its own link to the next page."""
    fields = {field.tag: field for field in _read_fields(source)}
    for data_tag, length_tag in _DATA_TAGS.items():
        if data_tag in fields:
            if length_tag not in fields:
                raise ValueError(_CUT_OFF)
            offsets = _copy_data(source, file, _numbers(fields[data_tag]), _numbers(fields[length_tag]))
            fields[data_tag] = _offset_field(fields[data_tag], offsets, layout)
    start, following = _write_directory(file, sorted(fields.values(), key=lambda field: field.tag), layout)
    end = file.tell()
    file.seek(link)
    file.write(struct.pack(layout.offset, start))
    file.seek(end)
    return following


def _read_fields(source: BinaryIO) -> list[_Field]:
    """Read the first directory of a file."""
    try:
        order, version = struct.unpack("<2sH", source.read(4))
        if order != b"II" or version not in (_CLASSIC, _BIG):
            raise ValueError("not a little-endian TIFF file")
        layout = _BIG_LAYOUT if version == _BIG else _CLASSIC_LAYOUT
        source.seek(8 if layout.is_big else 4)
        source.seek(_unpacked(source, layout.offset)[0])
        (count,) = _unpacked(source, layout.count)
        size = struct.calcsize(layout.entry) + layout.inline
        entries = [source.read(size) for _ in range(count)]
        return [
            _field(source, entry, layout)
            for entry in entries
            if struct.unpack_from("<H", entry)[0] not in _DIRECTORY_TAGS
        ]
    except (struct.error, KeyError) as fault:
        raise ValueError(_CUT_OFF) from fault


def _field(source: BinaryIO, entry: bytes, layout: _Layout) -> _Field:
    tag, kind, count = struct.unpack_from(layout.entry, entry)
    value = entry[struct.calcsize(layout.entry) :]
    size = _SIZES[kind] * count
    if size > layout.inline:
        place = struct.unpack(layout.offset, value)[0]
        if place + size > source.seek(0, os.SEEK_END):  # before memory is taken for it
            raise ValueError(_CUT_OFF)
        source.seek(place)
        value = source.read(size)
    if len(value) < size:
        raise ValueError(_CUT_OFF)
    return _Field(tag, kind, count, value[:size])


def _unpacked(source: BinaryIO, code: str) -> tuple[int, ...]:
    return struct.unpack(code, source.read(struct.calcsize(code)))


def _numbers(field: _Field) -> tuple[int, ...]:
    if field.kind not in _NUMBER_CODES:
        raise ValueError(_CUT_OFF)
    return struct.unpack(f"<{field.count}{_NUMBER_CODES[field.kind]}", field.value)


def _copy_data(source: BinaryIO, file: BinaryIO, offsets: Sequence[int], lengths: Sequence[int]) -> list[int]:
    """Copy strips or tiles, each to an even place; give their new offsets."""
    moved = []
    for offset, length in zip(offsets, lengths, strict=True):
        file.write(b"\0" * (file.tell() % 2))
        moved.append(file.tell())
        source.seek(offset)
        left = length
        while left:
            piece = source.read(min(left, _CHUNK))
            if not piece:
                raise ValueError(_CUT_OFF)
            file.write(piece)
            left -= len(piece)
    return moved


def _offset_field(field: _Field, offsets: Sequence[int], layout: _Layout) -> _Field:
    kind = _LONG8 if layout.is_big else _LONG
    return replace(field, kind=kind, value=struct.pack(f"<{field.count}{_NUMBER_CODES[kind]}", *offsets))


def _write_directory(file: BinaryIO, fields: Sequence[_Field], layout: _Layout) -> tuple[int, int]:
    """Write long values, then the directory; give its place and that of its link to the next one."""
    values = []
    for field in fields:
        value = field.value
        if len(value) > layout.inline:
            file.write(b"\0" * (file.tell() % 2))
            place = file.tell()
            file.write(value)
            value = struct.pack(layout.offset, place)
        values.append(value.ljust(layout.inline, b"\0"))
    file.write(b"\0" * (file.tell() % 2))
    start = file.tell()
    file.write(struct.pack(layout.count, len(fields)))
    for field, value in zip(fields, values, strict=True):
        file.write(struct.pack(layout.entry, field.tag, field.kind, field.count) + value)
    following = file.tell()
    file.write(struct.pack(layout.offset, 0))
    return start, following
