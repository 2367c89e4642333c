import os
import shutil
from pathlib import Path

import pytest

from docclean.core.errors import ModelError, WriteError
from docclean.core.recipe import Task
from docclean.models.catalog import Catalog, ModelEntry
from docclean.models.library import (
    choose_default,
    files_fault,
    parent_of,
    remove,
    rename,
    size_on_disk,
    sweep,
    valid_defaults,
)
from docclean.models.manifest import MANIFEST, read_manifest, write_manifest
from docclean.models.weights import verify_weights
from tests.helpers.models import tiny_model


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def own(models: Path) -> ModelEntry:
    return of_user(tiny_model(models, "mine"))


@pytest.fixture
def builtin(tmp_path: Path) -> ModelEntry:
    return tiny_model(tmp_path / "builtin", "standard")


def of_user(entry: ModelEntry) -> ModelEntry:
    return ModelEntry(entry.manifest, entry.folder, is_builtin=False)


def test_rename_changes_the_shown_name_and_leaves_the_rest(own: ModelEntry) -> None:
    renamed = rename(own, "  Our   ledgers ")
    assert read_manifest(own.folder / MANIFEST) == renamed.manifest
    assert renamed.manifest.shown_name == "Our ledgers"
    assert renamed.manifest.model_copy(update={"name": own.manifest.name}) == own.manifest
    verify_weights(renamed)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x07b", "right\u202eleft"])
def test_rename_to_what_is_no_name_is_refused(name: str, own: ModelEntry) -> None:
    with pytest.raises(ModelError, match="A model's name"):
        rename(own, name)
    assert read_manifest(own.folder / MANIFEST) == own.manifest


def test_rename_of_a_builtin_model_is_refused(builtin: ModelEntry) -> None:
    with pytest.raises(ModelError, match="came with docclean"):
        rename(builtin, "Mine")


def test_removed_model_is_gone(own: ModelEntry, models: Path) -> None:
    remove(own)
    assert list(models.iterdir()) == []


def test_removal_of_a_builtin_model_is_refused(builtin: ModelEntry) -> None:
    with pytest.raises(ModelError, match="came with docclean"):
        remove(builtin)
    verify_weights(builtin)


def test_removal_that_breaks_off_leaves_no_half_model(
    own: ModelEntry, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_arguments, **_options: None)
    remove(own)
    catalog = Catalog(models / "none", models)
    assert (catalog.all(), catalog.damaged) == ((), ())


def test_removal_of_a_damaged_model_works(models: Path) -> None:
    (models / "bad").mkdir()
    (models / "bad" / MANIFEST).write_text("schema =", encoding="utf-8")
    (broken,) = Catalog(models / "none", models).broken
    remove(broken)
    assert list(models.iterdir()) == []


def test_removal_of_a_model_that_is_gone_is_one_sentence(own: ModelEntry) -> None:
    remove(own)
    with pytest.raises(WriteError, match="is gone"):
        remove(own)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_removal_of_a_link_leaves_what_it_leads_to(models: Path, tmp_path: Path) -> None:
    real = tiny_model(tmp_path / "elsewhere", "mine")
    (models / "mine").symlink_to(real.folder)
    (entry,) = Catalog(models / "none", models).all()
    remove(entry)
    assert list(models.iterdir()) == []
    verify_weights(real)


def test_sweep_deletes_old_leftovers_alone(own: ModelEntry, models: Path) -> None:
    for name in (".0.part", ".1.removed", ".2.part", ".keep"):
        (models / name).mkdir()
        if name != ".2.part":
            os.utime(models / name, (0, 0))
    sweep(models)
    assert sorted(path.name for path in models.iterdir()) == [".2.part", ".keep", "mine"]


def test_choice_of_a_default_keeps_the_others(own: ModelEntry) -> None:
    assert choose_default({Task.DEWATERMARK: "w", Task.DENOISE: "old"}, own) == {
        Task.DEWATERMARK: "w",
        Task.DENOISE: "mine",
    }


def test_defaults_that_do_not_fit_are_dropped(own: ModelEntry, models: Path) -> None:
    catalog = Catalog(models / "none", models)
    assert valid_defaults({Task.DENOISE: "mine", Task.COLORIZE: "mine", Task.DEWATERMARK: "gone"}, catalog) == {
        Task.DENOISE: "mine"
    }


def test_sound_files_have_no_fault(own: ModelEntry) -> None:
    assert files_fault(own) == ""
    assert size_on_disk(own) == sum(path.stat().st_size for path in own.folder.iterdir() if path.name != MANIFEST)


def test_cut_off_file_is_a_fault_that_is_named(own: ModelEntry) -> None:
    (own.folder / "restore.onnx").write_bytes(b"")
    assert "restore.onnx: damaged" in files_fault(own)


def test_missing_file_is_a_fault_that_is_named(own: ModelEntry) -> None:
    (own.folder / "weights.safetensors").unlink()
    assert "weights.safetensors: missing" in files_fault(own)


def unrecommended(entry: ModelEntry, *verdict: str) -> ModelEntry:
    manifest = entry.manifest.model_copy(update={"recommended": False, "verdict": verdict, "parent": "standard"})
    write_manifest(entry.folder, manifest)
    return ModelEntry(manifest, entry.folder, is_builtin=False)


def test_model_that_is_not_recommended_is_no_default_and_says_why(own: ModelEntry, models: Path) -> None:
    for verdict, reason in (
        (("It got worse.", "Not recommended,\nbecause."), "not recommended, because."),
        ((), "not"),
    ):
        with pytest.raises(ModelError, match=f"^Tiny: {reason}"):
            choose_default({}, unrecommended(own, *verdict))
    catalog = Catalog(models / "none", models, {Task.DENOISE: "mine"})
    assert valid_defaults({Task.DENOISE: "mine"}, catalog) == {}


def test_default_of_a_task_is_a_recommended_model_where_there_is_one(own: ModelEntry, models: Path) -> None:
    unrecommended(own)
    wanted = {Task.DENOISE: "mine"}
    assert Catalog(models / "none", models, wanted).default_for(Task.DENOISE).manifest.id == "mine"
    tiny_model(models, "other")
    assert Catalog(models / "none", models, wanted).default_for(Task.DENOISE).manifest.id == "other"


def test_parent_is_found_where_it_can_be_the_default(own: ModelEntry, models: Path) -> None:
    child = unrecommended(own)
    assert parent_of(child, Catalog(models / "none", models)) is None
    parent = of_user(tiny_model(models, "standard"))
    assert parent_of(child, Catalog(models / "none", models)) == parent
    unrecommended(parent)
    assert parent_of(child, Catalog(models / "none", models)) is None


def test_verdict_is_written_where_there_is_one_and_only_there(own: ModelEntry) -> None:
    """Earlier versions refuse manifests with keys that they do not know."""
    assert "recommended" not in (own.folder / MANIFEST).read_text(encoding="utf-8")
    judged = unrecommended(own, "It got worse.")
    assert read_manifest(own.folder / MANIFEST) == judged.manifest
