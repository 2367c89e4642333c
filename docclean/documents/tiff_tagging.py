"""One more tag for the first page of a TIFF file that is written already."""

import io
import struct
from typing import BinaryIO

from docclean.documents.tiff_joining import CLASSIC_LIMIT

XMP_TAG = 700
"""Of a packet of XMP.

Source:
    XMP specification, part 3, section 3.2.1.
"""

_BYTE = 1


def add_tag(file: BinaryIO, tag: int, value: bytes, *, classic_limit: int = CLASSIC_LIMIT) -> bool:
    """Add a tag of bytes, or replace it, without moving anything else.

    The first page's directory is written anew at the end of the file, behind the value; the old one is left unused.

    Args:
        file: A little-endian TIFF file, classic or BigTIFF, open for reading, writing and seeking.
        tag: Number of the tag.
        value: More bytes than have their place in a directory.
        classic_limit: Most bytes of a classic file.

    Returns:
        Whether the tag is in the file; a classic file that is full stays as it is.

    Source:
        TIFF 6.0, section 2; BigTIFF design (AWare Systems).
    """
    file.seek(0)
    is_big = file.read(4) == b"II+\0"
    offset, count, entry, link = ("<Q", "<Q", "<HHQQ", 8) if is_big else ("<I", "<H", "<HHII", 4)
    file.seek(link)
    (start,) = struct.unpack(offset, file.read(struct.calcsize(offset)))
    file.seek(start)
    (entries,) = struct.unpack(count, file.read(struct.calcsize(count)))
    size = struct.calcsize(entry)
    fields = [field for field in (file.read(size) for _ in range(entries)) if field[:2] != struct.pack("<H", tag)]
    following = file.read(struct.calcsize(offset))
    end = file.seek(0, io.SEEK_END)
    place = end + end % 2
    directory = place + len(value) + len(value) % 2
    fields.append(struct.pack(entry, tag, _BYTE, len(value), place))
    fields.sort(key=lambda field: struct.unpack_from("<H", field)[0])
    data = struct.pack(count, len(fields)) + b"".join(fields) + following
    if not is_big and directory + len(data) > classic_limit:
        return False
    file.write(b"\0" * (place - end) + value + b"\0" * (len(value) % 2) + data)
    file.seek(link)
    file.write(struct.pack(offset, directory))
    file.seek(0, io.SEEK_END)
    return True
