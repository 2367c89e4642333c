import struct

from hypothesis import given
from hypothesis import strategies as st

from docclean.documents.jbig2_segments import is_whole_jbig2


def _segment(number: int, kind: int, data: bytes, referred: int = 0) -> bytes:
    """A header of ITU-T T.88, section 7.2, and the data."""
    width = 1 if number <= 256 else 2 if number <= 65_536 else 4
    if referred < 5:
        count = bytes([referred << 5])
    else:
        count = struct.pack(">I", 7 << 29 | referred) + bytes((referred + 8) // 8)
    return (
        struct.pack(">IB", number, kind) + count + bytes(referred * width) + b"\1" + struct.pack(">I", len(data)) + data
    )


_NUMBERS = st.sampled_from([0, 1, 256, 257, 65_536, 65_537])
_KINDS, _REFERRED = st.sampled_from([0, 38, 39, 6]), st.sampled_from([0, 1, 4, 5, 12])
_SEGMENTS = st.lists(st.tuples(_NUMBERS, _KINDS, st.binary(max_size=40), _REFERRED), max_size=4)


@given(_SEGMENTS)
def test_whole_segments_of_a_page_are_whole(segments: list[tuple[int, int, bytes, int]]) -> None:
    data = _segment(0, 48, bytes(19)) + b"".join(_segment(*each) for each in segments)
    assert is_whole_jbig2(data)


@given(_SEGMENTS, st.data())
def test_segments_that_are_cut_are_not(segments: list[tuple[int, int, bytes, int]], data: st.DataObject) -> None:
    last = _segment(1, 38, bytes(30))
    whole = _segment(0, 48, bytes(19)) + b"".join(_segment(*each) for each in segments) + last
    cut = data.draw(st.integers(1, len(last) - 1))
    assert not is_whole_jbig2(whole[:-cut])


def test_data_without_a_page_are_not_whole() -> None:
    assert not is_whole_jbig2(b"")
    assert not is_whole_jbig2(b"no jbig2")
    assert not is_whole_jbig2(_segment(0, 38, bytes(30)))


def test_region_of_unknown_length_ends_the_look() -> None:
    endless = _segment(1, 38, b"")[:-4] + b"\xff\xff\xff\xff" + bytes(9)
    assert is_whole_jbig2(_segment(0, 48, bytes(19)) + endless)
