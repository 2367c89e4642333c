"""What a file says about the way it was encoded, so that a result can be encoded alike."""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import ExifTags, Image, JpegImagePlugin, TiffImagePlugin

_PREDICTOR, _JPEG_TABLES, _STRIP_BYTES, _TILE_BYTES = 317, 347, 279, 325
_PHOTOMETRIC_YCBCR = 6
_ZIGZAG = JpegImagePlugin.zigzag_index
_HEAD_BYTES = 65_536


def read_encoding(image: Image.Image, file: BinaryIO, size_bytes: int) -> dict[str, Any]:
    """Collect the facts that a writer may reuse.

    Args:
        image: Opened, not decoded.
        file: The file it came from; its position is changed.
        size_bytes: Size of the file.

    Returns:
        Always "size_bytes", the size of the page's share of the file. For JPEG "quantization", "subsampling" and
        "progressive"; for TIFF "compression", "predictor", "resolution_unit", "bits", and "quantization" where it holds
        JPEG data; for PNG "bits"; for WebP "lossless"; for JPEG 2000 "irreversible", "bits" and "codestream" (whether
        the file is a bare codestream).
    """
    facts: dict[str, Any] = {"size_bytes": size_bytes}
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return facts | _tiff_facts(image)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return facts | _jpeg_facts(image)
    file.seek(0)
    match image.format:
        case "PNG":
            facts["bits"] = file.read(25)[24]
        case "WEBP":
            facts["lossless"] = any(name == b"VP8L" for name in _riff_chunks(file))
        case "JPEG2000":
            facts |= _jpeg2000_facts(file.read(_HEAD_BYTES))
    return facts


def _jpeg_facts(image: JpegImagePlugin.JpegImageFile) -> dict[str, Any]:
    return {
        "quantization": {number: list(table) for number, table in image.quantization.items()},
        "subsampling": JpegImagePlugin.get_sampling(image),
        "progressive": bool(image.info.get("progressive")),
    }


def _tiff_facts(image: TiffImagePlugin.TiffImageFile) -> dict[str, Any]:
    tags = image.tag_v2
    facts: dict[str, Any] = {
        "compression": image.info.get("compression", "raw"),
        "predictor": tags.get(_PREDICTOR, 1),
        "resolution_unit": tags.get(ExifTags.Base.ResolutionUnit, 2),
        "bits": tags.get(ExifTags.Base.BitsPerSample, (1,))[0],
    }
    if counts := tags.get(_STRIP_BYTES, tags.get(_TILE_BYTES)):
        facts["size_bytes"] = sum(counts)
    if facts["compression"] == "jpeg":
        facts["subsampling"] = _tiff_subsampling(tags)
        facts["quantization"] = _quantization(tags.get(_JPEG_TABLES, b""))
    return facts


def _tiff_subsampling(tags: TiffImagePlugin.ImageFileDirectory_v2) -> int:
    """Tell how JPEG data in TIFF is subsampled; stored as RGB it is not, whatever the tag says (seen in scans)."""
    if tags.get(ExifTags.Base.PhotometricInterpretation) != _PHOTOMETRIC_YCBCR:
        return 0
    return {(1, 1): 0, (2, 1): 1}.get(tags.get(TiffImagePlugin.YCBCRSUBSAMPLING, (2, 2)), 2)


def _quantization(stream: bytes) -> dict[int, list[int]]:
    """Read the quantization tables from an abbreviated JPEG stream, in the order in which Pillow takes them.

    Source:
        ITU-T T.81, section B.2.4.1 (DQT).
    """
    tables: dict[int, list[int]] = {}
    position = 2
    while position + 4 <= len(stream):
        marker, length = struct.unpack_from(">HH", stream, position)
        segment = stream[position + 4 : position + 2 + length]
        while marker == 0xFFDB and segment:
            wide, number = segment[0] >> 4, segment[0] & 15
            size = 128 if wide else 64
            zigzag = struct.unpack(">64H" if wide else ">64B", segment[1 : 1 + size].ljust(size, b"\1"))
            tables[number] = [zigzag[place] for place in _ZIGZAG]
            segment = segment[1 + size :]
        position += 2 + max(length, 2)
    return tables


def _riff_chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(12)
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        yield name
        file.seek(size + size % 2, 1)


def _jpeg2000_facts(head: bytes) -> dict[str, Any]:
    """Read the marker segments at the start of the codestream.

    Source:
        ISO/IEC 15444-1, A.5.1 (SIZ: component depths) and A.6.1 (COD: 0 is the irreversible 9-7 transformation).
    """
    facts: dict[str, Any] = {"codestream": head[:4] == b"\xff\x4f\xff\x51", "irreversible": False, "bits": 8}
    position = head.find(b"\xff\x4f\xff\x51") + 2
    marker, length = 0, 2
    while position >= 2 and position + 4 <= len(head) and marker != 0xFF90 and length >= 2:
        marker, length = struct.unpack_from(">HH", head, position)
        segment = head[position + 4 : position + 2 + length]
        if marker == 0xFF51 and len(segment) > 36:
            facts["bits"] = (segment[36] & 0x7F) + 1
        elif marker == 0xFF52 and len(segment) > 9:
            facts["irreversible"] = segment[9] == 0
        position += 2 + length
    return facts
