"""JBIG2 made on the spot: one generic region, packed by our own arithmetic coder, for pages no larger than a few cm."""

import struct

import numpy as np
from numpy.typing import NDArray

_STATES = [
    (0x5601, 1, 1, 1), (0x3401, 2, 6, 0), (0x1801, 3, 9, 0), (0x0AC1, 4, 12, 0), (0x0521, 5, 29, 0),
    (0x0221, 38, 33, 0), (0x5601, 7, 6, 1), (0x5401, 8, 14, 0), (0x4801, 9, 14, 0), (0x3801, 10, 14, 0),
    (0x3001, 11, 17, 0), (0x2401, 12, 18, 0), (0x1C01, 13, 20, 0), (0x1601, 29, 21, 0), (0x5601, 15, 14, 1),
    (0x5401, 16, 14, 0), (0x5101, 17, 15, 0), (0x4801, 18, 16, 0), (0x3801, 19, 17, 0), (0x3401, 20, 18, 0),
    (0x3001, 21, 19, 0), (0x2801, 22, 19, 0), (0x2401, 23, 20, 0), (0x2201, 24, 21, 0), (0x1C01, 25, 22, 0),
    (0x1801, 26, 23, 0), (0x1601, 27, 24, 0), (0x1401, 28, 25, 0), (0x1201, 29, 26, 0), (0x1101, 30, 27, 0),
    (0x0AC1, 31, 28, 0), (0x09C1, 32, 29, 0), (0x08A1, 33, 30, 0), (0x0521, 34, 31, 0), (0x0441, 35, 32, 0),
    (0x02A1, 36, 33, 0), (0x0221, 37, 34, 0), (0x0141, 38, 35, 0), (0x0111, 39, 36, 0), (0x0085, 40, 37, 0),
    (0x0049, 41, 38, 0), (0x0025, 42, 39, 0), (0x0015, 43, 40, 0), (0x0009, 44, 41, 0), (0x0005, 45, 42, 0),
    (0x0001, 45, 43, 0), (0x5601, 46, 46, 0),
]  # fmt: skip
"""Probability, next state after the likely and the unlikely symbol, whether that changes what is likely.

Source:
    ITU-T T.88, table E.1.
"""

_NEIGHBORS = [(-1, -2), (0, -2), (1, -2), (-2, -1), (-1, -1), (0, -1), (1, -1), (2, -1),
              (-4, 0), (-3, 0), (-2, 0), (-1, 0), (3, -1), (-3, -1), (2, -2), (-2, -2)]  # fmt: skip
"""x and y of the context of a pixel.

Source:
    ITU-T T.88, figure 3 (template 0) with the usual adaptive pixels.
"""


def jbig2_stream(white: NDArray[np.bool_]) -> bytes:
    """Pack a page the way a PDF holds it: without file header, (H, W), True for white.

    Source:
        ITU-T T.88, sections 7.2 (segment header), 7.4.6 (generic region) and 7.4.8 (page information).
    """
    height, width = white.shape
    page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", width, height, 0, 0, 0, 0) + bytes.fromhex("03FFFDFF02FEFEFE")
    region += _coded(~white)
    return _segment(0, 48, page) + _segment(1, 38, region)


def jbig2_file(white: NDArray[np.bool_], *, end_of_page: int = 1) -> bytes:
    """Pack a page as a file of its own, the way jbig2enc does: the end of the file belongs to page 1, or 0 since 0.30.

    Source:
        ITU-T T.88, annex D.4.
    """
    header = b"\x97JB2\r\n\x1a\n\x01" + struct.pack(">I", 1)
    return header + jbig2_stream(white) + _segment(2, 49, b"") + _segment(3, 51, b"", end_of_page)


def _segment(number: int, kind: int, data: bytes, page: int = 1) -> bytes:
    return struct.pack(">IBBBI", number, kind, 0, page, len(data)) + data


def _coded(black: NDArray[np.bool_]) -> bytes:
    padded = np.pad(black, ((2, 0), (4, 4))).astype(np.uint16)
    height, width = black.shape
    contexts = np.zeros((height, width), np.uint16)
    for bit, (x, y) in enumerate(_NEIGHBORS):
        contexts |= padded[2 + y : 2 + y + height, 4 + x : 4 + x + width] << np.uint16(bit)
    coder = _Coder()
    for context, pixel in zip(contexts.ravel().tolist(), black.ravel().tolist(), strict=True):
        coder.code(context, int(pixel))
    return coder.flushed()


class _Coder:
    """The coder of ISO/IEC 15444-1, annex C.2, which ITU-T T.88, annex E, decodes."""

    def __init__(self) -> None:
        self._c, self._a, self._ct = 0, 0x8000, 12
        self._out = bytearray(b"\0")
        self._states: dict[int, tuple[int, int]] = {}

    def code(self, context: int, symbol: int) -> None:
        state, likely = self._states.get(context, (0, 0))
        probability, after_likely, after_unlikely, switches = _STATES[state]
        self._a -= probability
        if symbol == likely:
            if self._a & 0x8000:
                self._c += probability
                return
            if self._a < probability:
                self._a = probability
            else:
                self._c += probability
            state = after_likely
        else:
            if self._a < probability:
                self._c += probability
            else:
                self._a = probability
            likely ^= switches
            state = after_unlikely
        self._states[context] = state, likely
        self._renormalize()

    def _renormalize(self) -> None:
        while True:
            self._a <<= 1
            self._c <<= 1
            self._ct -= 1
            if not self._ct:
                self._put()
            if self._a & 0x8000:
                return

    def _put(self) -> None:
        if self._out[-1] != 0xFF and self._c >= 0x8000000:
            self._out[-1] += 1
            if self._out[-1] == 0xFF:
                self._c &= 0x7FFFFFF
        if self._out[-1] == 0xFF:
            self._out.append(self._c >> 20 & 0xFF)
            self._c, self._ct = self._c & 0xFFFFF, 7
        else:
            self._out.append(self._c >> 19 & 0xFF)
            self._c, self._ct = self._c & 0x7FFFF, 8

    def flushed(self) -> bytes:
        end = self._c + self._a
        self._c |= 0xFFFF
        if self._c >= end:
            self._c -= 0x8000
        for _ in range(2):
            self._c <<= self._ct
            self._put()
        if self._out[-1] != 0xFF:
            self._out.append(0xFF)
        self._out.append(0xAC)
        return bytes(self._out[1:])
