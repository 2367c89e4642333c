import importlib
import importlib.util
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest

import docclean
from docclean.cli.main import main
from docclean.core.paths import log_folder, user_models_folder
from docclean.models.catalog import Catalog


def test_doctor_of_a_sound_installation_tells_the_facts(catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    output, errors = capsys.readouterr()
    for fact in (
        f"docclean {docclean.__version__}",
        "Python 3.",
        "of memory",
        "onnxruntime ",
        "denoise-standard-8: checksums right",
        "  cpu: CPU (",
        str(user_models_folder()),
        str(log_folder()),
        "Everything works.",
    ):
        assert fact in output
    assert errors == ""


def test_doctor_finds_a_damaged_model(
    tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tiny_models, tmp_path / "models")
    weights = tmp_path / "models" / "wash-1" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    (tmp_path / "models" / "torn").mkdir()
    (tmp_path / "models" / "torn" / "model.toml").write_bytes(b"\xff")
    found = Catalog(tmp_path / "models", tmp_path / "none")
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: found))
    assert main(["doctor"]) == 1
    output, errors = capsys.readouterr()
    assert "denoise-standard-8: checksums right" in output
    assert "wash-1: damaged" in output
    assert str(weights) in errors
    assert "torn" in errors
    assert len(errors.splitlines()) == 2


def test_doctor_without_any_model_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: Catalog(tmp_path, tmp_path)))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err == "No model is installed; install docclean again.\n"


def test_doctor_without_resources_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing(cls: type[Catalog]) -> NoReturn:
        raise FileNotFoundError("docclean does not come with models; install it again")

    monkeypatch.setattr(Catalog, "installed", classmethod(missing))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err == "docclean does not come with models; install it again.\n"


def test_doctor_names_a_library_that_cannot_be_loaded(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = importlib.import_module

    def load(name: str, *arguments: Any) -> Any:
        if name == "onnxruntime":
            raise ImportError("libgomp.so.1: not found")
        return real(name, *arguments)

    monkeypatch.setattr(importlib, "import_module", load)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err.startswith("onnxruntime: cannot be loaded (libgomp.so.1: not found)")


def test_doctor_without_torch_says_what_is_missing(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["doctor"]) == 0
    assert "torch is not installed" in capsys.readouterr().out
