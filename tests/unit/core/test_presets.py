import json
from pathlib import Path

import pytest

from docclean.core.errors import UsageError
from docclean.core.output_choice import OutputChoice
from docclean.core.paths import config_folder
from docclean.core.presets import BUILTIN, Preset, Presets, make_preset, read_presets
from docclean.core.recipe import Recipe, StageSpec, Task

MARKS = Recipe(stages=(StageSpec(task=Task.DEWATERMARK, strength=30),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "presets.json"


def names(presets: Presets) -> list[str]:
    return [preset.name for preset in presets.all()[len(BUILTIN) :]]


def test_presets_without_a_file_are_the_built_in_ones(path: Path) -> None:
    assert Presets(path).all() == BUILTIN


def test_presets_lie_in_the_folder_of_settings() -> None:
    Presets().save(Preset(name="Mine", recipe=MARKS))
    assert (config_folder() / "presets.json").is_file()


def test_save_preset_is_there_at_the_next_start(path: Path) -> None:
    preset = Preset(name="Mine", recipe=MARKS, output=OutputChoice(folder=Path("/clean")))
    Presets(path).save(preset)
    assert Presets(path).get("mine") == preset


def test_save_under_an_old_name_replaces_it(path: Path) -> None:
    presets = Presets(path)
    presets.save(Preset(name="Mine", recipe=Recipe()))
    presets.save(Preset(name="MINE", recipe=MARKS))
    assert (names(presets), presets.all()[-1].recipe) == (["MINE"], MARKS)


@pytest.mark.parametrize("name", ["Gentle", "gentle ", "Clean  scan"])
def test_save_under_a_built_in_name_is_refused(path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="comes with docclean"):
        Presets(path).save(Preset(name=name, recipe=MARKS))


def test_rename_keeps_the_place(path: Path) -> None:
    presets = Presets(path)
    for name in ("A", "B"):
        presets.save(Preset(name=name, recipe=MARKS))
    presets.rename("A", "C")
    assert names(Presets(path)) == ["C", "B"]


def test_rename_to_another_case_is_allowed(path: Path) -> None:
    presets = Presets(path)
    presets.save(Preset(name="mine", recipe=MARKS))
    presets.rename("mine", "Mine")
    assert names(presets) == ["Mine"]


@pytest.mark.parametrize("new", ["B", "b", "", "x" * 61, "Gentle"])
def test_rename_to_a_name_that_cannot_be_is_refused(path: Path, new: str) -> None:
    presets = Presets(path)
    for name in ("A", "B"):
        presets.save(Preset(name=name, recipe=MARKS))
    with pytest.raises(UsageError):
        presets.rename("A", new)


def test_remove_can_be_undone_by_saving(path: Path) -> None:
    presets = Presets(path)
    presets.save(Preset(name="Mine", recipe=MARKS))
    removed = presets.remove("Mine")
    assert names(Presets(path)) == []
    presets.save(removed)
    assert names(Presets(path)) == ["Mine"]


def test_remove_built_in_preset_is_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="comes with docclean"):
        Presets(path).remove("Gentle")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"presets": 3}', "\0", "[" * 100_000])
def test_presets_broken_file_is_told_in_one_sentence(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    presets = Presets(path)
    assert presets.all() == BUILTIN
    assert "presets.json: " in presets.fault
    assert presets.fault.count(". ") == 0


def test_presets_damaged_entry_leaves_the_others(path: Path) -> None:
    path.parent.mkdir()
    good = Preset(name="Mine", recipe=MARKS).model_dump(mode="json")
    path.write_text(json.dumps({"presets": [good, {"name": "Bad"}]}))
    presets = Presets(path)
    assert names(presets) == ["Mine"]
    assert "1 of 2 presets" in presets.fault


def test_save_keeps_a_broken_file_under_another_name(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("broken")
    Presets(path).save(Preset(name="Mine", recipe=MARKS))
    assert path.with_name("presets-damaged-1.json").read_text() == "broken"


def test_import_from_gives_taken_names_a_number(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    Presets(other).save(Preset(name="Mine", recipe=Recipe()))
    presets = Presets(path)
    presets.save(Preset(name="mine", recipe=MARKS))
    assert presets.import_from(other) == ""
    assert names(presets) == ["mine", "Mine (2)"]


def test_import_from_broken_file_changes_nothing(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(b"\xff\xfe")
    presets = Presets(path)
    assert "damaged" in presets.import_from(other)
    assert not path.exists()


def test_read_presets_missing_file_is_told() -> None:
    assert read_presets(Path("/nowhere/presets.json"))[1].endswith("drive it is on.")


def test_make_preset_without_a_name_is_refused() -> None:
    with pytest.raises(UsageError, match="1 to 60"):
        make_preset("  ", MARKS)
