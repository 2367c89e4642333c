"""Pages of TIFF files on disk into one file of many pages: classic while it fits, BigTIFF beyond; memory stays flat."""

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from docclean.documents.tiff_directories import (
    CUT_OFF,
    LONG,
    LONG8,
    Field,
    Layout,
    even_place,
    follow_pages,
    number_field,
    numbers,
    read_directory,
    swapped,
    write_directory,
)
from docclean.documents.tiff_pages import is_described

CLASSIC_LIMIT = 2**32 - 1
"""Offsets in a classic TIFF file have 32 bits."""

_CLASSIC, _BIG = 42, 43
_DATA_TAGS = {273: 279, 324: 325, 513: 514}
"""Offsets of strips, tiles and the stream of old JPEG pages, and where the lengths are stated."""

_TABLE_TAGS = (519, 520, 521)
"""Offsets of the tables of old JPEG pages: of 64 bytes each, then twice of 16 counts and as many bytes as they say.

Source:
    TIFF 6.0, section 22.
"""
_QUANTIZATION_TABLES, _QUANTIZATION_BYTES, _COUNTS = 519, 64, 16
_DIRECTORY_TAGS = frozenset({330, 34665, 34853, 40965})
"""Directories inside a page: smaller versions, Exif, GPS."""

_MOST_LEVELS = 4
_MOST_INNER = 100
_DEPTHS, _COMPRESSION = 258, 259
_UNPACKED = 1
_WITHOUT_ORDER = frozenset({2, 3, 4, 6, 7, 32771, 33003, 33005, 34661, 34712})
"""Ways of packing that do not depend on the byte order of the file: fax, JPEG, JPEG 2000, JBIG."""
_CHUNK = 1 << 20


class NoSuchPageError(ValueError):
    """A file has fewer pages."""


class ForeignOrderError(ValueError):
    """A page's samples are packed in another byte order than the result has."""


@dataclass(frozen=True, slots=True)
class PageOfFile:
    """A page in a file.

    Attributes:
        path: A TIFF file.
        number: The page, from 0.
        forgives: Whether to take what is there of a damaged page.
    """

    path: Path
    number: int = 0
    forgives: bool = False


def join_tiffs(pages: Sequence[PageOfFile], file: BinaryIO, *, classic_limit: int = CLASSIC_LIMIT) -> None:
    """Write pages of several files, one after the other, into one file.

    Strips and tiles are copied as they are packed. What is in memory at a time is a page's directory and a megabyte of
    its data.

    Args:
        pages: In any kind of TIFF file; a page whose numbers have the larger byte first gets the other order.
        file: Open for writing and seeking; what it holds is overwritten from its start, and it is cut off at the end.
        classic_limit: Most bytes of a classic file; a longer result becomes BigTIFF.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: There is no page, or one is damaged or not there, or cannot get the other byte order.

    Source:
        TIFF 6.0, section 2; BigTIFF design (AWare Systems).
    """
    if not pages:
        raise ValueError("a TIFF file has at least one page")
    # An entry is not longer in its own file than here, but for offsets of 8 bytes; a page has less than 4 KB of these.
    wholes = [page.path for page in pages if not page.forgives]
    expected = sum(path.stat().st_size for path in (*wholes, *{page.path for page in pages if page.forgives}))
    layout = Layout(is_big=expected + _CHUNK > classic_limit)
    file.seek(0)
    file.write(
        struct.pack("<2sHHHQ", b"II", _BIG, 8, 0, 0) if layout.is_big else struct.pack("<2sHI", b"II", _CLASSIC, 0)
    )
    link = layout.header
    for page in pages:
        with page.path.open("rb") as source:
            start, following = _Copy(source, file, layout, forgives=page.forgives).page(page.number)
        end = file.tell()
        file.seek(link)
        file.write(struct.pack(layout.offset, start))
        file.seek(end)
        link = following
    file.truncate()


def check_page(source: BinaryIO, number: int) -> None:
    """Find out whether `join_tiffs` can copy a page whose samples may be damaged; `PageOfFile.forgives` is meant.

    Args:
        source: A TIFF file.
        number: The page, from 0.

    Raises:
        OSError: The file cannot be read.
        ValueError: What describes the page is damaged.
        NoSuchPageError: The file has fewer pages.
        ForeignOrderError: Its samples have more than 8 bits and are packed in the order of a file whose larger byte
            comes first, which cannot be changed without unpacking them.
    """
    _Copy(source, None, Layout(is_big=True), forgives=True).page(number)


class _Copy:
    """Copies pages from one file to the end of another; without that file it only looks whether it could."""

    def __init__(self, source: BinaryIO, file: BinaryIO | None, layout: Layout, *, forgives: bool) -> None:
        self._source, self._file, self._layout, self._forgives = source, file, layout, forgives
        self._size = source.seek(0, os.SEEK_END)
        self._left = self._size  # more than this only overlapping strips can have

    def page(self, number: int) -> tuple[int, int]:
        """Copy a page; give the place of its directory, and of that one's link to the next."""
        chain = follow_pages(self._source)
        if number >= len(chain.offsets):
            raise NoSuchPageError(CUT_OFF)
        self._from = chain.layout
        fields = read_directory(self._source, self._from, chain.offsets[number], forgives=self._forgives)
        if not is_described(fields):
            raise ValueError(CUT_OFF)
        return self._directory(fields, 0)

    def _directory(self, fields: dict[int, Field], level: int) -> tuple[int, int]:
        unit = self._swapped_unit(fields)
        for tag, lengths in _DATA_TAGS.items():
            if tag in fields:
                fields |= self._data(tag, lengths, fields, unit)
        for tag in _TABLE_TAGS:
            if tag in fields:
                fields[tag] = self._offsets(tag, [self._copied(*each, 1) for each in self._tables(fields[tag])])
        for tag in _DIRECTORY_TAGS & fields.keys():
            inner = self._inner(fields.pop(tag), level)
            if inner:
                fields[tag] = self._offsets(tag, inner)
        return (0, 0) if self._file is None else write_directory(self._file, list(fields.values()), self._layout)

    def _data(self, tag: int, lengths: int, fields: dict[int, Field], unit: int) -> dict[int, Field]:
        """Copy strips or tiles, each to an even place; give the two tags that tell of them."""
        places = numbers(fields[tag])
        if lengths not in fields and not (self._forgives and len(places) == 1):
            raise ValueError(CUT_OFF)
        stated = numbers(fields[lengths]) if lengths in fields else (self._size,)
        there = [max(0, min(each, self._size - place)) for place, each in zip(places, stated, strict=True)]
        if tuple(there) != stated and not self._forgives:
            raise ValueError(CUT_OFF)
        moved = [self._copied(place, each, unit) for place, each in zip(places, there, strict=True)]
        told = {tag: self._offsets(tag, moved)}
        return told if tuple(there) == stated else told | {lengths: number_field(lengths, there, self._kind)}

    def _tables(self, field: Field) -> Iterator[tuple[int, int]]:
        for place in numbers(field):
            self._source.seek(min(place, self._size))
            counts = self._source.read(_COUNTS)
            length = _QUANTIZATION_BYTES if field.tag == _QUANTIZATION_TABLES else len(counts) + sum(counts)
            yield place, max(0, min(length, self._size - place))

    def _inner(self, field: Field, level: int) -> list[int]:
        """Copy directories inside a page, but for those that are damaged."""
        places = []
        for place in numbers(field)[:_MOST_INNER] if level < _MOST_LEVELS else ():
            try:
                fields = read_directory(self._source, self._from, place, forgives=self._forgives)
                places += [self._directory(fields, level + 1)[0]] if fields else []
            except ValueError:
                if not self._forgives:
                    raise
        return places

    def _copied(self, place: int, length: int, unit: int) -> int:
        """Copy bytes, turning those of every number of `unit` bytes around; give their new place."""
        self._left -= length
        if self._left < 0:
            raise ValueError(CUT_OFF)
        if self._file is None:
            return 0
        new = even_place(self._file)
        self._source.seek(min(place, self._size))
        chunk = _CHUNK // unit * unit
        while length:
            piece = self._source.read(min(length, chunk))
            if not piece:
                raise ValueError(CUT_OFF)
            self._file.write(swapped(piece, unit) if unit > 1 else piece)
            length -= len(piece)
        return new

    def _swapped_unit(self, fields: dict[int, Field]) -> int:
        """Bytes of a sample that have to be turned around; 1 for none."""
        depths = set(numbers(fields[_DEPTHS])) if _DEPTHS in fields else {1}
        if self._from.order == "<" or max(depths, default=1) <= 8:
            return 1
        packing = numbers(fields[_COMPRESSION])[0] if _COMPRESSION in fields else _UNPACKED
        if packing in _WITHOUT_ORDER:
            return 1
        if packing != _UNPACKED or len(depths) > 1 or max(depths) % 8:
            raise ForeignOrderError
        return max(depths) // 8

    @property
    def _kind(self) -> int:
        return LONG8 if self._layout.is_big else LONG

    def _offsets(self, tag: int, places: Sequence[int]) -> Field:
        return number_field(tag, places, self._kind)
