import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.errors import ModelError, WriteError
from docclean.models.manifest import MANIFEST, ModelManifest, read_manifest, write_manifest

HASH = "0123456789abcdef" * 4
FILE = {"file": "context.onnx", "sha256": HASH, "bytes": 1}
MINIMAL: dict[str, Any] = {
    "schema": 1,
    "id": "tiny-1",
    "task": "denoise",
    "architecture": "denoiser",
    "license": "CC0-1.0",
    "name": {"en": "Tiny"},
    "hyperparameters": {"context_channels": 4},
    "input": {"multiple_of": 64, "tile": 1024, "min_tile": 256, "overlap": 64},
    "weights": {"file": "weights.safetensors", "sha256": HASH, "bytes": 1},
    "graphs": {"context": FILE, "restore": FILE},
    "training": {"data": ["none"]},
    "card": {"use_for": "tests", "limits": "everything else"},
}
REMOVED = object()
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def changed(key: str, value: Any) -> dict[str, Any]:
    """Give the minimal manifest with one key, dotted, set or removed."""
    values: dict[str, Any] = {k: dict(v) if isinstance(v, dict) else v for k, v in MINIMAL.items()}
    *parents, last = key.split(".")
    table = values
    for parent in parents:
        table[parent] = dict(table[parent])
        table = table[parent]
    if value is REMOVED:
        del table[last]
    else:
        table[last] = value
    return values


def write_values(folder: Path, values: dict[str, Any]) -> Path:
    path = folder / MANIFEST
    path.write_text(tomli_w.dumps(values), encoding="utf-8")
    return path


def fault_of(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        read_manifest(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert sentence.endswith("reinstall or remove this model.")
    assert "\n" not in sentence
    return sentence


def test_minimal_manifest_is_read(tmp_path: Path) -> None:
    manifest = read_manifest(write_values(tmp_path, MINIMAL))
    assert (manifest.id, manifest.parent, manifest.metrics) == ("tiny-1", "", ())


@pytest.mark.parametrize(
    "key",
    [
        *(key for key in MINIMAL if key != "training"),
        "input.tile",
        "input.overlap",
        "weights.sha256",
        "graphs.restore",
        "graphs.context.file",
        "training.data",
        "card.limits",
    ],
)
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    assert f" {key} is missing; reinstall" in fault_of(write_values(tmp_path, changed(key, REMOVED)))


@pytest.mark.parametrize(
    "key", ["surprise", "input.surprise", "weights.url", "graphs.context.x", "card.x", "training.x"]
)
def test_unknown_key_is_named(tmp_path: Path, key: str) -> None:
    assert f" {key} is not known to this version of docclean; reinstall" in fault_of(
        write_values(tmp_path, changed(key, 1))
    )


PYDANTIC_WORDS = ("nput should", "String", "pattern", "validat", "Value error", "dictionary", "tuple")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", 0),
        ("schema", "one"),
        ("id", ""),
        ("id", "../escape"),
        ("id", ".hidden"),
        ("task", "fax"),
        ("license", 3),
        ("name", "Tiny"),
        ("name.en", 1),
        ("input.multiple_of", 12),
        ("input.tile", 0),
        ("input.tile", 1000.5),
        ("input.min_tile", 100),
        ("input.overlap", -8),
        ("weights.file", "folder/weights.safetensors"),
        ("weights.file", "..\\weights"),
        ("weights.sha256", HASH.upper()),
        ("weights.sha256", HASH + "\n"),
        ("weights.bytes", 0),
        ("graphs.restore.sha256", "00"),
        ("training.data", "none"),
        ("metrics", {}),
    ],
)
def test_wrong_value_is_named(tmp_path: Path, key: str, value: Any) -> None:
    fault = fault_of(write_values(tmp_path, changed(key, value)))
    assert f" {key} " in fault
    assert all(word not in fault for word in PYDANTIC_WORDS)


def test_manifest_of_a_later_version_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="was made for a later version of docclean; update docclean"):
        read_manifest(write_values(tmp_path, changed("schema", 2)))


@pytest.mark.parametrize(
    ("tile", "min_tile", "overlap"),
    [(1024, 128, 64), (1024, 64, 64), (256, 512, 64)],
)
def test_tile_without_room_for_its_overlaps_is_refused(tmp_path: Path, tile: int, min_tile: int, overlap: int) -> None:
    cut = {"multiple_of": 64, "tile": tile, "min_tile": min_tile, "overlap": overlap}
    assert "two overlaps" in fault_of(write_values(tmp_path, changed("input", cut)))


@pytest.mark.parametrize(
    "content",
    [
        b"schema = ",
        b"schema = 1\nschema = 1\n",
        b"\xff\xfe\x00",
        b"\x89PNG\r\n\x1a\n",
        b"x = 1979-13-45",
        b"x = " + b"1" * 5000,
        b"x = " + b"[" * 100_000,
    ],
    ids=["unfinished", "twice", "no-utf-8", "png", "date", "digits", "deep"],
)
def test_manifest_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / MANIFEST
    path.write_bytes(content)
    assert "not valid TOML" in fault_of(path)


def test_empty_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).touch()
    assert "is missing" in fault_of(tmp_path / MANIFEST)


def test_missing_manifest_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in fault_of(tmp_path / MANIFEST)


def test_folder_in_the_manifests_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).mkdir()
    assert "cannot be read" in fault_of(tmp_path / MANIFEST)


def test_written_manifest_is_read_as_the_same(tmp_path: Path) -> None:
    values = MINIMAL | {
        "parent": "denoise-standard-8",
        "name": {"en": "Tiny", "de": "Größe \u201e1\u201c"},
        "hyperparameters": {"ink_channels": [8, 8, 8], "slope": 0.1, "deep": {"is_on": True}},
        "training": {"data": ["one\ntwo", 'a "quoted" \\ text'], "settings": {"day": dt.date(2024, 2, 29)}},
        "metrics": [{"set": "s", "command": "c", "values": {"rmse": 0.04, "psnr_db": math.inf}}],
    }
    manifest = ModelManifest.model_validate(values)
    read = read_manifest(write_manifest(tmp_path, manifest))
    assert read.metrics == manifest.metrics
    assert read.training.settings == {"day": "2024-02-29"}
    assert read.model_copy(update={"training": manifest.training}) == manifest


@settings(max_examples=50)
@given(values=st.dictionaries(TEXTS, VALUES, max_size=4), texts=st.lists(TEXTS, min_size=3, max_size=3))
def test_manifest_there_and_back_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any], texts: list[str]
) -> None:
    kept = without_none(values)
    complete = MINIMAL | {
        "license": texts[0],
        "name": {texts[1]: texts[2]},
        "card": {"use_for": texts[1], "limits": "\n".join(texts)},
        "training": {"data": texts, "settings": kept},
        "hyperparameters": kept,
    }
    manifest = ModelManifest.model_validate(complete)
    folder = tmp_path_factory.mktemp("model")
    assert read_manifest(write_manifest(folder, manifest)) == manifest


def without_none(value: Any) -> Any:
    """Drop what TOML has no word for."""
    if isinstance(value, dict):
        return {key: without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_none(inner) for inner in value if inner is not None]
    return value


def test_manifest_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_manifest(tmp_path, ModelManifest.model_validate(MINIMAL))
    before = path.read_bytes()

    def fail(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(WriteError, match="disk is full"):
        write_manifest(tmp_path, ModelManifest.model_validate(MINIMAL | {"license": "other"}))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
