"""TIFF documents with one thing broken in them."""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from docclean.documents.tiff_directories import Field, Layout, follow_pages, numbers, read_directory

STRIPS, STRIP_BYTES = 273, 279


def save_pages(
    path: Path, pages: list[Image.Image], compression: str = "tiff_adobe_deflate", *, big: bool = False
) -> Path:
    first, *others = pages
    first.save(path, save_all=True, append_images=others, compression=compression, big_tiff=big)
    return path


def directory(path: Path, page: int) -> tuple[Layout, int, dict[int, Field]]:
    """How the file counts, where a page's directory lies, and what is in it."""
    with path.open("rb") as file:
        chain = follow_pages(file)
        return chain.layout, chain.offsets[page], read_directory(file, chain.layout, chain.offsets[page])


def strips(path: Path, page: int) -> list[bytes]:
    """A page's samples as they are packed."""
    _, _, fields = directory(path, page)
    content = path.read_bytes()
    places = zip(numbers(fields[STRIPS]), numbers(fields[STRIP_BYTES]), strict=True)
    return [content[place : place + length] for place, length in places]


def break_samples(path: Path, page: int) -> None:
    """Write over the samples of a page what no decoder takes."""
    _, _, fields = directory(path, page)
    with path.open("r+b") as file:
        for place, length in zip(numbers(fields[STRIPS]), numbers(fields[STRIP_BYTES]), strict=True):
            file.seek(place)
            file.write(b"\xff" * length)


def break_tag(path: Path, page: int, tag: int, place: int = 2**32 - 9) -> None:
    """Let the values of a tag lie outside the file."""
    layout, at, _ = directory(path, page)
    with path.open("r+b") as file:
        file.seek(_entry(file, layout, at, tag) + struct.calcsize(layout.entry))
        file.write(struct.pack(layout.offset, place))


def rename_tag(path: Path, page: int, tag: int, other: int) -> None:
    """Let a tag be another one."""
    layout, at, _ = directory(path, page)
    with path.open("r+b") as file:
        file.seek(_entry(file, layout, at, tag))
        file.write(struct.pack(f"{layout.order}H", other))


def lead_on(path: Path, page: int, place: int) -> None:
    """Let a page lead to a directory elsewhere."""
    layout, at, fields = directory(path, page)
    with path.open("r+b") as file:
        entries = len(fields) * (struct.calcsize(layout.entry) + layout.inline)
        file.seek(at + struct.calcsize(layout.count) + entries)
        file.write(struct.pack(layout.offset, place))


def _entry(file: BinaryIO, layout: Layout, at: int, tag: int) -> int:
    size = struct.calcsize(layout.entry) + layout.inline
    place = at + struct.calcsize(layout.count)
    while True:
        file.seek(place)
        if struct.unpack(f"{layout.order}H", file.read(2))[0] == tag:
            return place
        place = file.seek(size - 2, os.SEEK_CUR)


def big_endian_page(samples: bytes, height: int, width: int, packing: int = 1) -> bytes:
    """A file of one gray page of 16 bits whose numbers have the larger byte first."""
    strip, entries = 8 + 2 + 8 * 12 + 4, []
    for tag, kind, value in (
        (256, 3, width), (257, 3, height), (258, 3, 16), (259, 3, packing), (262, 3, 1), (273, 4, strip),
        (278, 3, height), (279, 4, len(samples)),
    ):  # fmt: skip
        entries.append(struct.pack(">HHI", tag, kind, 1) + struct.pack(">I" if kind == 4 else ">Hxx", value))
    return b"MM\0*" + struct.pack(">IH", 8, len(entries)) + b"".join(entries) + struct.pack(">I", 0) + samples
