import json
import shutil
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file

from docclean.core.errors import ModelError
from docclean.models.catalog import ModelEntry
from docclean.models.weights import tensor_offsets, verify_weights
from tests.helpers.models import entry_of, tiny_model

HEADERS = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("data_offsets"), inner),
    max_leaves=8,
)
FILES = ["weights.safetensors", "context.onnx", "restore.onnx"]


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return tiny_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def entry(tmp_path: Path, intact: ModelEntry) -> ModelEntry:
    return entry_of(shutil.copytree(intact.folder, tmp_path / "tiny"))


def safetensors_bytes(header: bytes, length: int | None = None, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def test_tensor_offsets_point_at_what_the_library_reads(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    generator = np.random.default_rng(0)
    shapes: list[tuple[int, ...]] = [(3, 2, 3, 3), (7,), (), (1, 0, 4)]
    save_file(
        {f"part.{i}": generator.standard_normal(shape).astype(np.float32) for i, shape in enumerate(shapes)},
        path,
        metadata={"id": "x"},
    )
    content = path.read_bytes()
    offsets = tensor_offsets(path)
    with safe_open(path, "numpy") as file:
        assert set(offsets) == set(file.keys())
        for name, (offset, length) in offsets.items():
            assert content[offset : offset + length] == file.get_tensor(name).tobytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        b"\x89PNG\r\n\x1a\n" * 20,
        safetensors_bytes(b"{}", length=2**63),
        safetensors_bytes(b'{"a":', length=5),
        safetensors_bytes(b"\xff\xff"),
        safetensors_bytes(b"[]"),
        safetensors_bytes(b"7"),
        safetensors_bytes(b'{"a": 7}'),
        safetensors_bytes(b'{"a": {}}'),
        safetensors_bytes(b'{"a": {"data_offsets": 7}}'),
        safetensors_bytes(b'{"a": {"data_offsets": [0]}}'),
        safetensors_bytes(b'{"a": {"data_offsets": ["x", "y"]}}'),
        safetensors_bytes(b"[" * 200_000),
    ],
    ids=[
        "empty", "short", "png", "long", "cut-off", "no-text", "list", "number", "no-table", "no-offsets", "one-number",
        "one-offset", "text", "deep",
    ],
)  # fmt: skip
def test_tensor_offsets_of_another_file_is_a_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a safetensors file") as caught:
        tensor_offsets(path)
    assert str(caught.value).startswith(f"{path}: ")


@settings(max_examples=50)
@given(st.binary(max_size=200), st.booleans())
def test_tensor_offsets_of_any_bytes_is_an_answer_or_a_fault(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, has_length: bool
) -> None:
    path = tmp_path_factory.mktemp("weights") / "x"
    path.write_bytes(safetensors_bytes(content) if has_length else content)
    with suppress(ModelError):
        assert isinstance(tensor_offsets(path), dict)


@settings(max_examples=50)
@given(HEADERS)
def test_tensor_offsets_of_any_header_is_an_answer_or_a_fault(
    tmp_path_factory: pytest.TempPathFactory, header: object
) -> None:
    path = tmp_path_factory.mktemp("weights") / "x"
    path.write_bytes(safetensors_bytes(json.dumps(header).encode()))
    with suppress(ModelError):
        assert isinstance(tensor_offsets(path), dict)


def test_tensor_offsets_of_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a safetensors file"):
        tensor_offsets(tmp_path / "none")


def test_intact_files_pass_and_stay_as_they_are(entry: ModelEntry) -> None:
    before = {path: path.read_bytes() for path in entry.folder.iterdir()}
    verify_weights(entry)
    assert {path: path.read_bytes() for path in entry.folder.iterdir()} == before


@pytest.mark.parametrize("name", FILES)
def test_missing_file_is_named(entry: ModelEntry, name: str) -> None:
    path = entry.folder / name
    path.unlink()
    with pytest.raises(ModelError, match="missing or not readable; reinstall or remove") as caught:
        verify_weights(entry)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flipped", "cut", "longer", "empty"])
def test_damaged_file_is_named(entry: ModelEntry, name: str, damage: str) -> None:
    path = entry.folder / name
    content = path.read_bytes()
    middle = len(content) // 2
    damaged = {
        "flipped": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "cut": content[:-1],
        "longer": content + b"\0",
        "empty": b"",
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(ModelError, match="damaged, its checksum") as caught:
        verify_weights(entry)
    assert str(caught.value).startswith(f"{path}: ")


def test_folder_in_a_files_place_is_named(entry: ModelEntry) -> None:
    path = entry.folder / "context.onnx"
    path.unlink()
    path.mkdir()
    with pytest.raises(ModelError) as caught:
        verify_weights(entry)
    assert str(caught.value).startswith(f"{path}: ")
