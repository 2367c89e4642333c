"""Content streams of a PDF as instructions, and what their color operators paint with."""

import re
import zlib
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf

_OPERATORS = (
    "q Q cm Do BI ID EI gs Tr Tj TJ ' \" g rg k sc scn cs G RG K SC SCN CS "
    "re m W W* n f F f* B B* b b* S s sh BDC BMC EMC"
)
_INKS, _BLACK_INK = 4, 3
_MOST_BYTES, _MOST_BYTES_WITH_IMAGES = 2 << 20, 12 << 20
"""Of contents, unpacked. The words of a scanned page take a tenth of the first; inline images take more."""

_INLINE_IMAGE = re.compile(rb"\sID\s")
_DEVICE_SPACES = {"/DeviceGray": 1, "/G": 1, "/DeviceRGB": 3, "/RGB": 3, "/DeviceCMYK": 4, "/CMYK": 4}
_LIKE_DEVICE_SPACES = ("/CalGray", "/CalRGB", "/ICCBased")
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class OversizedError(Exception):
    """Contents are larger than those of a scan can be."""


class Paint(Enum):
    """What a color shows on white paper."""

    BLACK = "black"
    WHITE = "white"
    OTHER = "other"


def instructions_of(stream: "pikepdf.Page | pikepdf.Object") -> Iterator[tuple[str, Sequence[Any]]]:
    """Give the instructions of a page or a form XObject that have a part in what is seen: operator and operands.

    An inline image is the operator "BI", without operands.

    Raises:
        OversizedError: The stream is too large, packed or unpacked.
        pikepdf.PikepdfError: It is damaged.
    """
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    source = stream.obj if isinstance(stream, pikepdf.Page) else stream
    contents = source.get("/Contents") if isinstance(stream, pikepdf.Page) else source
    if contents is None:
        return
    _verify_size(contents)
    for instruction in pikepdf.parse_content_stream(source, _OPERATORS):
        if isinstance(instruction, pikepdf.ContentStreamInlineImage):
            yield "BI", ()
        else:
            yield str(instruction.operator), list(instruction.operands)


def numbers(operands: Sequence[Any], count: int) -> tuple[float, ...]:
    """Give the first operands as numbers.

    Raises:
        ValueError: There are fewer, or they are none.
        TypeError: They are none.
    """
    if len(operands) < count:
        raise ValueError("operands are missing")
    return tuple(float(operand) for operand in operands[:count])


def initial_paint(space: object, named: object) -> Paint:
    """What a color space begins with.

    Args:
        space: Name of the space, as an instruction gives it.
        named: The space that resources call so, or None.

    Source:
        ISO 32000-1, table 74 (CS: initial values).
    """
    if str(space) in _DEVICE_SPACES:
        return Paint.BLACK
    return Paint.BLACK if _family(named) in _LIKE_DEVICE_SPACES or str(named) in _DEVICE_SPACES else Paint.OTHER


def paint_of(operands: Sequence[Any]) -> Paint:
    """What a color of a space like gray, RGB or CMYK shows, by the number of its components."""
    try:
        values = numbers(operands, len(operands))
    except _MALFORMED:
        return Paint.OTHER
    if len(values) == _INKS:
        if values[_BLACK_INK] >= 1.0:
            return Paint.BLACK
        return Paint.WHITE if max(values) <= 0.0 else Paint.OTHER
    if not values or (max(values) > 0.0 and min(values) < 1.0):
        return Paint.OTHER
    return Paint.WHITE if min(values) >= 1.0 else Paint.BLACK


def _family(space: Any) -> str:  # noqa: ANN401 - what a PDF holds there may be anything
    try:
        return str(space[0])
    except _MALFORMED:
        return ""


def _verify_size(contents: Any) -> None:  # noqa: ANN401 - a stream or an array of streams
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    streams = [part for part in parts if isinstance(part, pikepdf.Stream)]
    length = 0
    for stream in streams:
        length += _unpacked_bytes(stream, _MOST_BYTES_WITH_IMAGES - length)
        if length > _MOST_BYTES_WITH_IMAGES:
            raise OversizedError
    if length > _MOST_BYTES and not any(_INLINE_IMAGE.search(stream.read_bytes()) for stream in streams):
        raise OversizedError


def _unpacked_bytes(stream: "pikepdf.Stream", limit: int) -> int:
    """Length of a stream's data, bytes; more than `limit`, but not how much more, if it is too long."""
    packed = bytes(stream.get_raw_stream_buffer())
    if len(packed) > limit or _filters(stream) != ["/FlateDecode"]:
        return len(packed)
    length, unpacker = 0, zlib.decompressobj()
    try:
        while packed and length <= limit and not unpacker.eof:
            length += len(unpacker.decompress(packed, 1 << 20))
            packed = unpacker.unconsumed_tail
    except zlib.error:  # qpdf takes what there is of a damaged stream
        return length
    return length


def _filters(stream: "pikepdf.Stream") -> list[str]:
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    stated = stream.get("/Filter")
    return [str(each) for each in stated] if isinstance(stated, pikepdf.Array) else [str(stated)]
