"""Whether JBIG2 data are whole: pdfium shows a white page, and says nothing, where they are not."""

import struct

_PAGE_INFORMATION = 48
_LONG_FORM = 7
_UNKNOWN_LENGTH = 0xFFFFFFFF


def is_whole_jbig2(data: bytes) -> bool:
    """Whether data, embedded as in PDF, are a sequence of whole segments that begins a page.

    Source:
        ITU-T T.88, section 7.2 (segment header syntax); ISO 32000-1, section 7.4.7 (embedded without a file header).
    """
    position, has_page = 0, False
    try:
        while position < len(data):
            kind, start, length = _read_header(data, position)
            has_page |= kind == _PAGE_INFORMATION
            if length == _UNKNOWN_LENGTH:  # of a generic region that was packed while it was scanned
                return has_page
            position = start + length
    except (struct.error, IndexError):
        return False
    return has_page and position == len(data)


def _read_header(data: bytes, position: int) -> tuple[int, int, int]:
    """Read what kind a segment is, where its data begin, and how long they are."""
    number, flags, referred = struct.unpack_from(">IBB", data, position)
    position += 5
    count = referred >> 5
    if count == _LONG_FORM:
        (count,) = struct.unpack_from(">I", data, position)
        count &= 0x1FFFFFFF
        position += 4 + (count + 8) // 8
    else:
        position += 1
    position += count * (1 if number <= 256 else 2 if number <= 65_536 else 4)
    position += 4 if flags & 0x40 else 1
    (length,) = struct.unpack_from(">I", data, position)
    return flags & 0x3F, position + 4, length
