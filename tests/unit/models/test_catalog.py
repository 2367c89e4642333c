from pathlib import Path

import pytest
import tomli_w

from docclean.core.errors import ModelError
from docclean.core.paths import user_models_folder
from docclean.core.recipe import Task
from docclean.core.resources import resource_path
from docclean.models.catalog import DEFAULTS, Catalog
from docclean.models.manifest import MANIFEST
from tests.unit.models.test_manifest import MINIMAL


@pytest.fixture
def builtin(tmp_path: Path) -> Path:
    folder = tmp_path / "builtin"
    folder.mkdir()
    return folder


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    return folder


def add(root: Path, name: str, *, task: Task = Task.DENOISE, model_id: str | None = None) -> Path:
    folder = root / name
    folder.mkdir()
    values = MINIMAL | {"id": model_id or name, "task": task.value}
    (folder / MANIFEST).write_text(tomli_w.dumps(values), encoding="utf-8")
    return folder


def add_damaged(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    (folder / MANIFEST).write_text("schema =", encoding="utf-8")
    return folder


def ids(catalog: Catalog) -> list[str]:
    return [entry.manifest.id for entry in catalog.all()]


def test_catalog_lists_builtin_models_first_then_by_id(builtin: Path, user: Path) -> None:
    for root, name in ((user, "b"), (user, "a"), (builtin, "y"), (builtin, "x")):
        add(root, name)
    catalog = Catalog(builtin, user)
    assert ids(catalog) == ["x", "y", "a", "b"]
    assert [entry.is_builtin for entry in catalog.all()] == [True, True, False, False]
    assert catalog.get("b").folder == user / "b"
    assert catalog.damaged == ()


def test_catalog_without_folders_is_empty(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "none", tmp_path / "nowhere")
    assert catalog.all() == ()
    with pytest.raises(ModelError, match="no model named 'x'; installed are: none"):
        catalog.get("x")


def test_catalog_ignores_what_is_no_model(builtin: Path, user: Path) -> None:
    (user / "notes.txt").touch()
    (user / "empty").mkdir()
    add(builtin, "x")
    assert ids(Catalog(builtin, user)) == ["x"]


def test_user_model_never_takes_the_place_of_a_builtin_one(builtin: Path, user: Path) -> None:
    add(builtin, "x")
    folder = add(user, "x", task=Task.COLORIZE)
    catalog = Catalog(builtin, user)
    assert catalog.get("x").is_builtin
    (error,) = catalog.damaged
    assert str(error).startswith(f"{folder / MANIFEST}: ")
    assert "built in" in str(error)


def test_model_in_a_folder_of_another_name_is_damaged(builtin: Path, user: Path) -> None:
    add(user, "copy-of-x", model_id="x")
    catalog = Catalog(builtin, user)
    assert catalog.all() == ()
    with pytest.raises(ModelError, match="does not match the folder's name"):
        catalog.get("copy-of-x")


def test_damaged_manifest_is_listed_and_the_others_work(builtin: Path, user: Path) -> None:
    add(builtin, "good")
    bad = add_damaged(user, "bad")
    catalog = Catalog(builtin, user)
    assert ids(catalog) == ["good"]
    assert [str(error).startswith(f"{bad / MANIFEST}: ") for error in catalog.damaged] == [True]
    with pytest.raises(ModelError, match="not valid TOML"):
        catalog.get("bad")


@pytest.mark.parametrize("name", ["user", "other"])
def test_unknown_model_is_not_mistaken_for_a_damaged_one(builtin: Path, user: Path, name: str) -> None:
    add(builtin, "good")
    add_damaged(user, "bad")
    with pytest.raises(ModelError, match=f"no model named '{name}'; installed are: good"):
        Catalog(builtin, user).get(name)


def test_default_is_the_chosen_builtin_model(builtin: Path, user: Path) -> None:
    add(builtin, "a")
    add(builtin, DEFAULTS[Task.DENOISE])
    assert Catalog(builtin, user).default_for(Task.DENOISE).manifest.id == DEFAULTS[Task.DENOISE]


def test_default_without_a_chosen_one_is_the_first_of_the_task(builtin: Path, user: Path) -> None:
    add(builtin, "a")
    add(user, "b", task=Task.COLORIZE)
    add(builtin, "c", task=Task.COLORIZE)
    assert Catalog(builtin, user).default_for(Task.COLORIZE).manifest.id == "c"


def test_default_of_a_task_that_no_model_does_is_a_fault(builtin: Path, user: Path) -> None:
    add(builtin, "a")
    with pytest.raises(ModelError, match="No installed model does the task 'dewatermark'"):
        Catalog(builtin, user).default_for(Task.DEWATERMARK)


def test_installed_models_are_the_programs_and_the_users() -> None:
    user_models_folder().mkdir(parents=True)
    add(user_models_folder(), "own")
    catalog = Catalog.installed()
    assert catalog.get("own").folder == user_models_folder() / "own"
    own = {path.parent.name for path in resource_path("models").glob(f"*/{MANIFEST}")}
    assert set(ids(catalog)) == own | {"own"}


@pytest.mark.parametrize("task", DEFAULTS)
def test_defaults_are_installed(task: Task) -> None:
    entry = Catalog.installed().default_for(task)
    assert (entry.manifest.id, entry.is_builtin, entry.manifest.task) == (DEFAULTS[task], True, task)


def test_default_is_the_user_s_choice(builtin: Path, user: Path) -> None:
    add(builtin, DEFAULTS[Task.DENOISE])
    add(user, "mine")
    catalog = Catalog(builtin, user, {Task.DENOISE: "mine"})
    assert catalog.default_for(Task.DENOISE).manifest.id == "mine"


@pytest.mark.parametrize("choice", ["gone", "washer", ""])
def test_default_that_is_gone_or_of_another_task_falls_back(choice: str, builtin: Path, user: Path) -> None:
    add(builtin, DEFAULTS[Task.DENOISE])
    add(user, "washer", task=Task.DEWATERMARK)
    catalog = Catalog(builtin, user, {Task.DENOISE: choice})
    assert catalog.default_for(Task.DENOISE).manifest.id == DEFAULTS[Task.DENOISE]


def test_folder_with_a_dot_is_no_model(builtin: Path, user: Path) -> None:
    add(user, ".half.part", model_id="half")
    catalog = Catalog(builtin, user)
    assert (catalog.all(), catalog.damaged) == ((), ())


def test_damaged_model_is_known_by_its_folder(builtin: Path, user: Path) -> None:
    bad = add_damaged(user, "bad")
    (model,) = Catalog(builtin, user).broken
    assert (model.folder, model.is_builtin) == (bad, False)
