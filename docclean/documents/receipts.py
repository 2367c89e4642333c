"""Receipts inside results: XMP in image files, metadata in PDF. A format without room for one is written as it is."""

import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, TiffImagePlugin

from docclean.core.errors import ReadError
from docclean.core.files import read_faults_explained
from docclean.documents.decoding import decoding
from docclean.documents.formats import SUFFIXES
from docclean.documents.pdf_opening import is_pdf, opened_pdf
from docclean.documents.pdf_receipts import get_receipt, put_receipt
from docclean.documents.pdf_saving import save_pdf
from docclean.documents.png_encoder import png_chunk
from docclean.documents.tiff_tagging import XMP_TAG, add_tag
from docclean.documents.xmp import new_packet, receipt_in

_PNG_HEADER_BYTES = 33
_PNG_KEYWORD = b"XML:com.adobe.xmp"
_JPEG_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_LONGEST_SEGMENT = 65_533
_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_JP2_START = b"\0\0\0\x0cjP  "
_WEBP_HAS_XMP, _WEBP_HAS_ALPHA = 0x04, 0x10


def write_with_receipt(file: BinaryIO, data: bytes, file_format: str, text: str) -> bool:
    """Write an encoded page together with its receipt.

    The samples stay as they are encoded; nothing of `data` is copied.

    Args:
        file: Open for reading, writing and seeking, empty.
        data: A file of one page, as `encode_page` makes it, which has no XMP yet.
        file_format: Its format.
        text: The receipt, printable ASCII; empty for none.

    Returns:
        Whether the receipt is in the file: not all formats have room for it.

    Raises:
        OSError: The file cannot be written.
    """
    writer = _WRITERS.get(file_format)
    if text and writer is not None and writer(file, data, text):
        return True
    file.seek(0)
    file.truncate()
    file.write(data)
    return False


def find_receipt(path: Path) -> str:
    """Give the receipt that is inside a result; empty where there is none.

    Raises:
        ReadError: The file cannot be read.
        LockedFileError: It is a PDF file with a password that nobody gave.
    """
    with read_faults_explained(path):
        if is_pdf(path):
            with opened_pdf(path) as pdf:
                return get_receipt(pdf)
        packet = _packet_of(path)
    return receipt_in(packet) if packet else ""


def _packet_of(path: Path) -> bytes:
    with path.open("rb") as file:
        if file.read(len(_JP2_START)) == _JP2_START:
            return _jp2_packet(file)
        file.seek(0)
        try:
            with decoding(), Image.open(file, formats=tuple(SUFFIXES)) as image:
                if isinstance(image, TiffImagePlugin.TiffImageFile):
                    packet: Any = image.tag_v2.get(XMP_TAG, b"")
                else:
                    packet = image.info.get("xmp", image.info.get("XML:com.adobe.xmp", b""))
        except Exception as fault:  # Pillow lets struct.error, SyntaxError, zlib.error and more out of damaged files.
            raise ReadError(path, "is neither a receipt nor an image that can be read; name a result.") from fault
    return packet.encode() if isinstance(packet, str) else bytes(packet)


def _write_png(file: BinaryIO, data: bytes, text: str) -> bool:
    """Put an international text chunk behind the header.

    Source:
        W3C, PNG specification (third edition), section 11.3.3.4 (iTXt); XMP part 3, section 1.1.5.
    """
    file.write(data[:_PNG_HEADER_BYTES])
    file.write(png_chunk(b"iTXt", _PNG_KEYWORD + b"\0\0\0\0\0" + new_packet(text)))
    file.write(memoryview(data)[_PNG_HEADER_BYTES:])
    return True


def _write_jpeg(file: BinaryIO, data: bytes, text: str) -> bool:
    """Put a segment behind those that have to come first, JFIF and EXIF.

    Source:
        XMP specification, part 3, section 1.1.3; ITU-T T.81, section B.1.1.4.
    """
    content = _JPEG_MARK + new_packet(text)
    if len(content) > _LONGEST_SEGMENT:
        return False
    place = 2
    while data[place : place + 2] == b"\xff\xe0" or (
        data[place : place + 2] == b"\xff\xe1" and data[place + 4 : place + 8] == b"Exif"
    ):
        place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    file.write(data[:place])
    file.write(struct.pack(">2sH", b"\xff\xe1", len(content) + 2) + content)
    file.write(memoryview(data)[place:])
    return True


def _write_webp(file: BinaryIO, data: bytes, text: str) -> bool:
    """Put a chunk at the end, and say so in the extended header, which is made where there is none.

    Source:
        RFC 9649, sections 2.5 to 2.7.
    """
    packet = new_packet(text)
    added = struct.pack("<4sI", b"XMP ", len(packet)) + packet + b"\0" * (len(packet) % 2)
    if data[12:16] == b"VP8X":
        head, rest = b"VP8X" + data[16:20] + bytes([data[20] | _WEBP_HAS_XMP]) + data[21:30], 30
    else:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            flags = _WEBP_HAS_XMP | (_WEBP_HAS_ALPHA if image.mode == "RGBA" else 0)
            sides = b"".join(struct.pack("<I", side - 1)[:3] for side in image.size)
        head, rest = b"VP8X" + struct.pack("<II", 10, flags) + sides, 12
    file.write(struct.pack("<4sI4s", b"RIFF", 4 + len(head) + len(data) - rest + len(added), b"WEBP"))
    file.write(head)
    file.write(memoryview(data)[rest:])
    file.write(added)
    return True


def _write_jpeg2000(file: BinaryIO, data: bytes, text: str) -> bool:
    """Put a box in front of the codestream; a bare codestream has no boxes.

    Source:
        ISO/IEC 15444-1, I.7.2 (UUID boxes); XMP specification, part 3, section 1.1.4.
    """
    place = next((start for start, name, _ in _boxes(io.BytesIO(data)) if name == b"jp2c"), 0)
    if not data.startswith(_JP2_START) or not place:
        return False
    packet = new_packet(text)
    file.write(data[:place])
    file.write(struct.pack(">I4s", 8 + len(_UUID) + len(packet), b"uuid") + _UUID + packet)
    file.write(memoryview(data)[place:])
    return True


def _write_tiff(file: BinaryIO, data: bytes, text: str) -> bool:
    file.write(data)
    return add_tag(file, XMP_TAG, new_packet(text))


def _write_pdf(file: BinaryIO, data: bytes, text: str) -> bool:
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    with pikepdf.open(io.BytesIO(data)) as pdf:
        put_receipt(pdf, text)
        save_pdf(pdf, file)
    return True


def _jp2_packet(file: BinaryIO) -> bytes:
    for start, name, end in _boxes(file):
        if name == b"uuid":
            file.seek(start + 8)
            if file.read(len(_UUID)) == _UUID:
                return file.read(end - file.tell())
    return b""


def _boxes(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Give start, name and end of the boxes of a .jp2 file; stops where they are damaged.

    Source:
        ISO/IEC 15444-1, I.4 (box definition).
    """
    size = file.seek(0, io.SEEK_END)
    start = 0
    while start + 8 <= size:
        file.seek(start)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
        end = size if length == 0 else start + length
        if end < start + 8 or end > size:
            return
        yield start, name, end
        start = end


_WRITERS: dict[str, Callable[[BinaryIO, bytes, str], bool]] = {
    "PNG": _write_png,
    "JPEG": _write_jpeg,
    "WEBP": _write_webp,
    "JPEG2000": _write_jpeg2000,
    "TIFF": _write_tiff,
    "PDF": _write_pdf,
}
