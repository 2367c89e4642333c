import json
from pathlib import Path

import pytest

from docclean.cli.main import main
from docclean.core.paths import user_models_folder
from docclean.models.catalog import Catalog
from docclean.models.manifest import write_manifest
from tests.helpers.models import tiny_model


@pytest.mark.parametrize("arguments", [["models"], ["models", "list"]])
def test_models_are_listed_with_what_they_are_for(
    arguments: list[str], catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert "denoise-standard-8  (denoise, built in, 0.1 MB, CC0-1.0, default)" in output
    assert "wash-1  (dewatermark, built in, 0.1 MB, CC0-1.0)" in output
    assert "  Use for: tests\n  Limits: no page gets cleaner\n" in output


def test_models_as_json_have_every_fact(catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [model["id"] for model in found["models"]] == ["denoise-standard-8", "wash-1"]
    assert [model["is_default"] for model in found["models"]] == [True, False]
    assert found["damaged"] == []


def test_damaged_manifest_is_named_and_the_others_are_listed(
    tiny_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = user_models_folder() / "mine" / "model.toml"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("schema = 9", encoding="utf-8")
    found = Catalog(tiny_models, user_models_folder())
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: found))
    assert main(["models"]) == 1
    output, errors = capsys.readouterr()
    assert "wash-1" in output
    assert str(manifest) in errors
    assert len(errors.splitlines()) == 1


def test_no_model_at_all_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: Catalog(tmp_path, tmp_path)))
    assert main(["models"]) == 0
    assert "No model is installed" in capsys.readouterr().out


def test_verdict_and_parent_of_a_fine_tuned_model_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = tiny_model(tmp_path, "mine")
    verdict = {"parent": "denoise-standard-8", "recommended": False, "verdict": ("It got worse.", "Not recommended.")}
    write_manifest(entry.folder, entry.manifest.model_copy(update=verdict))
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: Catalog(tmp_path / "none", tmp_path)))
    assert main(["models"]) == 0
    output = capsys.readouterr().out
    assert "(denoise, your own, 0.1 MB, CC0-1.0, from denoise-standard-8, not recommended)" in output
    assert "  Verdict: It got worse. Not recommended.\n" in output
    assert main(["models", "list", "--json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert (model["recommended"], model["verdict"]) == (False, ["It got worse.", "Not recommended."])
