"""Models as files: a round trip, and archives by people who mean no good."""

import io
import os
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docclean.core.errors import DoccleanError, ModelError, ReadError, WriteError
from docclean.core.paths import user_models_folder
from docclean.core.recipe import Task
from docclean.engine.backends import load_backend
from docclean.engine.device import cpu_device
from docclean.models import archive
from docclean.models.archive import export_model_archive, import_model
from docclean.models.catalog import DEFAULTS, Catalog, ModelEntry
from docclean.models.library import remove, rename
from docclean.models.manifest import MANIFEST, write_manifest
from tests.helpers.models import file_spec, signed, tiny_model

Files = dict[str, bytes]


@pytest.fixture
def model(tmp_path: Path) -> ModelEntry:
    return tiny_model(tmp_path / "made", "mine")


@pytest.fixture
def files(model: ModelEntry) -> Files:
    return {path.name: path.read_bytes() for path in model.folder.iterdir()}


def packed(path: Path, files: Files, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


def fault_of(path: Path, kind: type[DoccleanError] = ModelError) -> str:
    """Import what must be refused; the sentence, after making sure that nothing is left of it."""
    models = user_models_folder()
    before = sorted(models.rglob("*")) if models.exists() else []
    with pytest.raises(kind) as caught:
        import_model(path)
    assert (sorted(models.rglob("*")) if models.exists() else []) == before
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.startswith(str(path))
    return sentence


def with_manifest(files: Files, old: bytes, new: bytes) -> Files:
    assert old in files[MANIFEST]
    return {**files, MANIFEST: files[MANIFEST].replace(old, new)}


def test_exported_model_is_imported_as_it_was(model: ModelEntry, files: Files, tmp_path: Path) -> None:
    entry = import_model(export_model_archive(model, tmp_path / "new" / "mine.docclean-model"))
    assert entry == Catalog.installed().get("mine")
    assert (entry.is_builtin, entry.manifest) == (False, model.manifest)
    assert {path.name: path.read_bytes() for path in entry.folder.iterdir()} == files
    assert [path.name for path in user_models_folder().iterdir()] == ["mine"]


def test_export_gives_the_same_bytes_again(model: ModelEntry, tmp_path: Path) -> None:
    first, second = (export_model_archive(model, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_builtin_model_can_be_exported(tmp_path: Path) -> None:
    entry = Catalog.installed().all()[0]
    path = export_model_archive(entry, tmp_path / "x.docclean-model")
    assert "is installed already; it need not be imported" in fault_of(path)


def test_model_that_was_renamed_and_removed_comes_back(model: ModelEntry, tmp_path: Path) -> None:
    entry = rename(import_model(export_model_archive(model, tmp_path / "x.docclean-model")), "Ours")
    path = export_model_archive(entry, tmp_path / "ours.docclean-model")
    remove(entry)
    assert import_model(path).manifest.shown_name == "Ours"


def test_export_of_a_damaged_model_is_refused(model: ModelEntry, tmp_path: Path) -> None:
    (model.folder / "restore.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match="damaged"):
        export_model_archive(model, tmp_path / "x.docclean-model")
    assert not (tmp_path / "x.docclean-model").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that may not be written to")
def test_export_to_where_nothing_may_be_written_is_one_sentence(model: ModelEntry, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(WriteError, match="may not be written"):
        export_model_archive(model, tmp_path / "locked" / "x.docclean-model")


def test_import_of_a_model_that_is_there_is_refused(model: ModelEntry, tmp_path: Path) -> None:
    path = export_model_archive(model, tmp_path / "x.docclean-model")
    import_model(path)
    assert "'mine' is installed already; remove that one first" in fault_of(path)


def test_import_over_a_damaged_model_is_refused(model: ModelEntry, tmp_path: Path) -> None:
    path = export_model_archive(model, tmp_path / "x.docclean-model")
    (user_models_folder() / "Mine").mkdir(parents=True)
    assert "a damaged model with the id 'mine' is in the way" in fault_of(path)


def test_archive_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    assert "was not found" in fault_of(tmp_path / "gone.docclean-model", ReadError)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 9, b"\x80\x04K\x01." * 40])
def test_file_that_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.docclean-model"
    path.write_bytes(content)
    assert "is not a model that docclean exported" in fault_of(path)


def test_archive_without_a_manifest_is_refused(files: Files, tmp_path: Path) -> None:
    del files[MANIFEST]
    assert "holds no model.toml" in fault_of(packed(tmp_path / "x", files))


@pytest.mark.parametrize("name", ["weights.safetensors", "context.onnx", "restore.onnx"])
def test_archive_without_a_file_is_refused(name: str, files: Files, tmp_path: Path) -> None:
    del files[name]
    assert f"{name} is missing" in fault_of(packed(tmp_path / "x", files))


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "../../evil.txt",
        "/tmp/evil.txt",  # noqa: S108 - a name in a hostile archive, nothing is written there
        "C:\\evil.txt",
        "..\\evil.txt",
        "sub/weights.safetensors",
        "sub/",
        "setup.py",
        "model.pkl",
        "weights.safetensors ",
        "WEIGHTS.SAFETENSORS",
    ],
)
def test_foreign_file_in_an_archive_is_refused(name: str, files: Files, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = packed(tmp_path / "deep" / "x", files | {name: b"evil"})
    assert "holds files that do not belong to a model" in fault_of(path)
    assert not list(tmp_path.rglob("evil.txt"))


def test_file_that_is_there_twice_is_refused(files: Files, tmp_path: Path) -> None:
    path = packed(tmp_path / "x", files)
    with zipfile.ZipFile(path, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("restore.onnx", b"another")
    assert "do not belong" in fault_of(path)


def test_manifest_that_names_a_file_outside_is_refused(files: Files, tmp_path: Path) -> None:
    evil = with_manifest(files, b'"weights.safetensors"', b'"../weights.safetensors"')
    assert "weights.file is not written the way it must be" in fault_of(packed(tmp_path / "x", evil))


def test_manifest_that_names_one_file_twice_is_refused(files: Files, tmp_path: Path) -> None:
    evil = with_manifest(files, b'"restore.onnx"', b'"CONTEXT.onnx"')
    assert "names one file for two things" in fault_of(packed(tmp_path / "x", evil))


@pytest.mark.parametrize("model_id", ["..", "a/b", ".hidden", "", "a b"])
def test_id_that_is_no_name_is_refused(model_id: str, files: Files, tmp_path: Path) -> None:
    evil = with_manifest(files, b'id = "mine"', f'id = "{model_id}"'.encode())
    assert "id is not written the way it must be" in fault_of(packed(tmp_path / "x", evil))


@pytest.mark.parametrize("model_id", ["CON", "nul.txt", "com1", "dot.", "x" * 65])
def test_id_that_is_no_folder_everywhere_is_refused(model_id: str, files: Files, tmp_path: Path) -> None:
    evil = with_manifest(files, b'id = "mine"', f'id = "{model_id}"'.encode())
    assert "cannot be a folder's name" in fault_of(packed(tmp_path / "x", evil))


def test_id_of_a_builtin_model_in_other_letters_is_refused(files: Files, tmp_path: Path) -> None:
    builtin = DEFAULTS[Task.DENOISE].title()
    evil = with_manifest(files, b'id = "mine"', f'id = "{builtin}"'.encode())
    assert "is installed already" in fault_of(packed(tmp_path / "x", evil))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"schema =", "not valid TOML"),
        (b"\xff\xfe", "not valid TOML"),
        (b"schema = 2", "was made for a later version of docclean"),
        (b"schema = 1", "is missing"),
        (b"a = " + b"[" * 50_000, "not valid TOML"),
        (b"#" * (1 << 20) + b"\n", "is too large"),
    ],
)
def test_manifest_that_does_not_parse_is_refused(content: bytes, sentence: str, files: Files, tmp_path: Path) -> None:
    assert sentence in fault_of(packed(tmp_path / "x", files | {MANIFEST: content}))


def test_weights_with_another_checksum_are_refused(files: Files, tmp_path: Path) -> None:
    content = bytearray(files["weights.safetensors"])
    content[-1] ^= 1
    evil = files | {"weights.safetensors": bytes(content)}
    assert "are not the ones that model.toml vouches for" in fault_of(packed(tmp_path / "x", evil))


def test_weights_that_are_pickle_are_refused(model: ModelEntry, tmp_path: Path) -> None:
    weights = model.folder / "weights.safetensors"
    weights.write_bytes(b"\x80\x04cos\nsystem\n." * 9)
    write_manifest(model.folder, model.manifest.model_copy(update={"weights": file_spec(weights)}))
    path = export_model_archive(Catalog(tmp_path / "made", tmp_path / "none").get("mine"), tmp_path / "x")
    assert "are not safetensors" in fault_of(path)


def test_bomb_is_read_no_further_than_the_manifest_says(files: Files, tmp_path: Path) -> None:
    evil = files | {"restore.onnx": bytes(80 << 20)}
    path = packed(tmp_path / "x", evil)
    assert path.stat().st_size < 1 << 20
    assert "restore.onnx does not have the size in model.toml" in fault_of(path)


def test_size_in_the_directory_that_lies_is_no_help(files: Files, tmp_path: Path) -> None:
    size = len(files["restore.onnx"])
    path = packed(tmp_path / "x", files | {"restore.onnx": bytes(1 << 20)})
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", 1 << 20), struct.pack("<L", size)))
    assert "restore.onnx does not have the size" in fault_of(path) or "is damaged" in fault_of(path)


def test_manifest_that_allows_a_bomb_is_refused(files: Files, tmp_path: Path) -> None:
    old = f"bytes = {len(files['restore.onnx'])}".encode()
    evil = with_manifest(files, old, b"bytes = 99999999999")
    assert "is larger than any model" in fault_of(packed(tmp_path / "x", evil))


def test_many_entries_are_refused_before_they_are_read(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path / "x", files | {f"{n}": b"" for n in range(20)})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "do not belong" in fault_of(path)


def test_second_directory_is_refused(files: Files, tmp_path: Path) -> None:
    content = packed(tmp_path / "x", files).read_bytes()
    end = content[-22:]
    (tmp_path / "x").write_bytes(content[:-22] + b"PK\6\7" + bytes(16) + end)
    assert "do not belong" in fault_of(tmp_path / "x")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused(compression: int, files: Files, tmp_path: Path) -> None:
    assert "do not belong" in fault_of(packed(tmp_path / "x", files, compression))


def test_link_in_an_archive_is_not_followed(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "x"
    with zipfile.ZipFile(path, "w") as target:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            if name == "restore.onnx":
                member.external_attr = (stat.S_IFLNK | 0o777) << 16
            target.writestr(member, b"/etc/passwd" if name == "restore.onnx" else content)
    assert "does not have the size" in fault_of(path)


def test_archive_with_a_password_is_refused(files: Files, tmp_path: Path) -> None:
    path = packed(tmp_path / "x", files, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        start = content.find(mark)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(mark, start + 4)
    path.write_bytes(bytes(content))
    assert "is locked with a password" in fault_of(path)


def test_full_disk_leaves_nothing_behind(model: ModelEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = export_model_archive(model, tmp_path / "x")

    def fail(*_arguments: Any) -> None:
        raise WriteError(path, "cannot be written because the disk is full; free some space.")

    monkeypatch.setattr(archive, "verify_weights", fail)
    assert "disk is full" in fault_of(path, WriteError)


def _flipped(content: bytes, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    broken = bytearray(content)
    for place in rng.integers(0, len(broken), 3):
        broken[place] ^= int(rng.integers(1, 256))
    return bytes(broken)


def _cut(content: bytes, seed: int) -> bytes:
    return content[: int(np.random.default_rng(seed).integers(0, len(content)))]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), break_it=st.sampled_from([_flipped, _cut]))
def test_damaged_archive_is_refused_or_gives_the_same_model(
    seed: int, break_it: Callable[[bytes, int], bytes], model: ModelEntry, tmp_path: Path
) -> None:
    path = export_model_archive(model, tmp_path / "x.docclean-model")
    path.write_bytes(break_it(path.read_bytes(), seed))
    try:
        entry = import_model(path)
    except DoccleanError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is fine, and checked
        assert not [found for found in user_models_folder().glob("*") if found.name == "mine"]
    else:
        assert entry.manifest.weights == model.manifest.weights
        remove(entry)


def test_graph_that_reads_a_file_outside_its_folder_is_refused(model: ModelEntry, tmp_path: Path) -> None:
    shutil.copy(model.folder / "weights.safetensors", model.folder.parent / "secret")
    graph = onnx.load(model.folder / "restore.onnx", load_external_data=False)
    for tensor in graph.graph.initializer:
        for fact in tensor.external_data:
            fact.value = "../secret" if fact.key == "location" else fact.value
    (model.folder / "restore.onnx").write_bytes(graph.SerializeToString())
    with pytest.raises(ModelError, match="the graph runtime refuses this file"):
        load_backend(signed(model), cpu_device())


def test_archive_is_what_what_zip_programs_read(model: ModelEntry, tmp_path: Path) -> None:
    content = export_model_archive(model, tmp_path / "x").read_bytes()
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
