"""Directories of TIFF files, read in either byte order, classic or BigTIFF, and written with the smaller byte first."""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

CUT_OFF = "a TIFF file that is cut off"

SHORT, LONG, LONG8 = 3, 4, 16
_CLASSIC, _BIG = 42, 43
_ORDERS = {b"II": "<", b"MM": ">"}
_UNITS = {
    1: (1, 1), 2: (1, 1), 3: (2, 1), 4: (4, 1), 5: (4, 2), 6: (1, 1), 7: (1, 1), 8: (2, 1), 9: (4, 1), 10: (4, 2),
    11: (4, 1), 12: (8, 1), 13: (4, 1), 16: (8, 1), 17: (8, 1), 18: (8, 1),
}  # fmt: skip
"""By field type, bytes of a number, and how many of them one value has.

Source:
    TIFF 6.0, section 2; TIFF Technical Note 1 (type 13); BigTIFF design (types 16 to 18).
"""

_NUMBER_CODES = {SHORT: "H", LONG: "I", 13: "I", LONG8: "Q", 18: "Q"}
_MOST_PAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How a TIFF file counts.

    Attributes:
        is_big: Whether it is BigTIFF.
        order: "<" where the smaller byte of a number comes first, else ">".
    """

    is_big: bool
    order: str = "<"

    @property
    def count(self) -> str:
        """Format of the number of entries."""
        return self.order + ("Q" if self.is_big else "H")

    @property
    def entry(self) -> str:
        """Format of an entry up to its value: tag, type, number of values."""
        return self.order + ("HHQ" if self.is_big else "HHI")

    @property
    def offset(self) -> str:
        """Format of an offset; a value of this many bytes lies in its entry."""
        return self.order + ("Q" if self.is_big else "I")

    @property
    def inline(self) -> int:
        """Bytes of a value that has its place in the entry itself."""
        return struct.calcsize(self.offset)

    @property
    def header(self) -> int:
        """Where the offset of the first directory lies."""
        return 8 if self.is_big else 4


@dataclass(frozen=True, slots=True)
class Field:
    """A tag with its values, packed with the smaller byte first."""

    tag: int
    kind: int
    count: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """The pages of a file.

    Attributes:
        layout: How the file counts.
        offsets: Where the pages' directories lie.
        is_broken: Whether the last of them leads to one that is cut off, not there, or a page that came before.
    """

    layout: Layout
    offsets: tuple[int, ...] = ()
    is_broken: bool = False


def read_layout(file: BinaryIO) -> Layout:
    """Read the first bytes of a file.

    Raises:
        ValueError: It is not a TIFF file.
    """
    file.seek(0)
    start = file.read(4)
    order = _ORDERS.get(start[:2])
    version = struct.unpack(f"{order}H", start[2:])[0] if order and len(start) == 4 else 0
    if order is None or version not in (_CLASSIC, _BIG):
        raise ValueError("not a TIFF file")
    return Layout(is_big=version == _BIG, order=order)


def follow_pages(file: BinaryIO) -> Chain:
    """Walk from one directory to the next, without looking at what is in them.

    Raises:
        ValueError: It is not a TIFF file.
    """
    layout = read_layout(file)
    size = file.seek(0, os.SEEK_END)
    entry = struct.calcsize(layout.entry) + layout.inline
    places: list[int] = []
    seen: set[int] = set()
    link = layout.header
    while len(places) < _MOST_PAGES:
        following = _number(file, link, layout.offset, size)
        if not following:  # some programs leave the last link out
            return Chain(layout, tuple(places))
        entries = _number(file, following, layout.count, size) or 0
        link = following + struct.calcsize(layout.count) + entries * entry
        if following in seen or not entries or link > size:
            return Chain(layout, tuple(places), is_broken=True)
        places.append(following)
        seen.add(following)
    return Chain(layout, tuple(places))


def read_directory(file: BinaryIO, layout: Layout, place: int, *, forgives: bool = False) -> dict[int, Field]:
    """Read a directory with the values of its tags.

    Args:
        file: A TIFF file.
        layout: How it counts.
        place: Where the directory lies.
        forgives: Leave out tags whose values are not there or of no known type.

    Raises:
        ValueError: It is cut off or has values of unknown types.
    """
    fields: dict[int, Field] = {}
    try:
        file.seek(place)
        (count,) = _unpacked(file, layout.count)
        size = struct.calcsize(layout.entry) + layout.inline
        entries = [file.read(size) for _ in range(count)]
    except (struct.error, OverflowError) as fault:
        raise ValueError(CUT_OFF) from fault
    for entry in entries:
        try:
            field = _field(file, entry, layout)
        except (struct.error, KeyError, OverflowError, ValueError) as fault:
            if not forgives:
                raise ValueError(CUT_OFF) from fault
        else:
            fields.setdefault(field.tag, field)
    return fields


def write_directory(file: BinaryIO, fields: Sequence[Field], layout: Layout) -> tuple[int, int]:
    """Write long values, then the directory; give its place and that of its link to the next one.

    Args:
        file: Open at its end.
        fields: In any order.
        layout: That of the file, with the smaller byte first.
    """
    fields = sorted(fields, key=lambda field: field.tag)
    values = []
    for field in fields:
        value = field.value
        if len(value) > layout.inline:
            place = even_place(file)
            file.write(value)
            value = struct.pack(layout.offset, place)
        values.append(value.ljust(layout.inline, b"\0"))
    start = even_place(file)
    file.write(struct.pack(layout.count, len(fields)))
    for field, value in zip(fields, values, strict=True):
        file.write(struct.pack(layout.entry, field.tag, field.kind, field.count) + value)
    following = file.tell()
    file.write(struct.pack(layout.offset, 0))
    return start, following


def even_place(file: BinaryIO) -> int:
    """Add a byte where the file's length is odd; give its length."""
    file.write(b"\0" * (file.tell() % 2))
    return file.tell()


def numbers(field: Field) -> tuple[int, ...]:
    """Give the whole numbers of a tag.

    Raises:
        ValueError: It has others.
    """
    if field.kind not in _NUMBER_CODES:
        raise ValueError(CUT_OFF)
    return struct.unpack(f"<{field.count}{_NUMBER_CODES[field.kind]}", field.value)


def number_field(tag: int, values: Sequence[int], kind: int) -> Field:
    """Make a tag of whole numbers of a kind."""
    return Field(tag, kind, len(values), struct.pack(f"<{len(values)}{_NUMBER_CODES[kind]}", *values))


def swapped(data: bytes, unit: int) -> bytes:
    """Turn the bytes of every number around; what does not fill one at the end stays."""
    whole = len(data) // unit * unit
    turned = bytearray(data)
    for byte in range(unit):
        turned[byte:whole:unit] = data[unit - 1 - byte : whole : unit]
    return bytes(turned)


def _field(file: BinaryIO, entry: bytes, layout: Layout) -> Field:
    tag, kind, count = struct.unpack_from(layout.entry, entry)
    value = entry[struct.calcsize(layout.entry) :]
    unit, each = _UNITS[kind]
    size = unit * each * count
    if size > layout.inline:
        place = struct.unpack(layout.offset, value)[0]
        if place + size > file.seek(0, os.SEEK_END):  # before memory is taken for it
            raise ValueError(CUT_OFF)
        file.seek(place)
        value = file.read(size)
    if len(value) < size:
        raise ValueError(CUT_OFF)
    value = value[:size]
    return Field(tag, kind, count, value if layout.order == "<" else swapped(value, unit))


def _unpacked(file: BinaryIO, code: str) -> tuple[int, ...]:
    return struct.unpack(code, file.read(struct.calcsize(code)))


def _number(file: BinaryIO, place: int, code: str, size: int) -> int | None:
    """Read a number; None where the file ends before it does."""
    length = struct.calcsize(code)
    if place + length > size:
        return None
    file.seek(place)
    number: int = struct.unpack(code, file.read(length))[0]
    return number
