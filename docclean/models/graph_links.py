"""Which bytes of the weights a graph reads. Torch-free, and without the library for graphs, which users do not have."""

from collections.abc import Iterator
from pathlib import Path

from docclean.core.errors import ModelError
from docclean.core.files import read_faults_explained

_GRAPH, _INITIALIZER, _EXTERNAL_DATA, _KEY, _VALUE = 7, 5, 13, 1, 2
"""ModelProto.graph, GraphProto.initializer, TensorProto.external_data, StringStringEntryProto.key and .value."""

_VARINT, _EIGHT_BYTES, _DELIMITED, _FOUR_BYTES = 0, 1, 2, 5


def linked_ranges(path: Path) -> set[tuple[int, int]]:
    """Find the parts of the weights' file that a graph's initializers point at: (offset, length), bytes.

    Raises:
        ReadError: The file cannot be read.
        ModelError: It is no graph.

    Source:
        ONNX, onnx.proto and "External data"; Protocol Buffers, "Encoding".
    """
    with read_faults_explained(path):
        content = memoryview(path.read_bytes())
    found = set()
    try:
        for graph in _fields(content, _GRAPH):
            for tensor in _fields(graph, _INITIALIZER):
                entries = [(_text(entry, _KEY), _text(entry, _VALUE)) for entry in _fields(tensor, _EXTERNAL_DATA)]
                place = dict(entries)
                if "offset" in place and "length" in place:
                    found.add((int(place["offset"]), int(place["length"])))
    except (IndexError, ValueError) as fault:
        raise ModelError(f"{path}: is no graph; reinstall or remove this model.") from fault
    return found


def _text(message: memoryview, number: int) -> str:
    return b"".join(_fields(message, number)).decode()


def _fields(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Contents of a message's delimited fields of one number.

    Raises:
        IndexError: The message is cut off.
        ValueError: It has fields of no known kind.
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == _VARINT:
            _, place = _varint(message, place)
        elif kind == _DELIMITED:
            length, place = _varint(message, place)
            if place + length > len(message):
                raise IndexError
            if tag >> 3 == wanted:
                yield message[place : place + length]
            place += length
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            place += 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"field of kind {kind}")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and the place behind it."""
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not byte & 0x80:
            return value, place
        if shift > 63:
            raise ValueError("endless number")
