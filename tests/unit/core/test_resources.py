from pathlib import Path

import pytest

from docclean.core import resources
from docclean.core.resources import resource_path


@pytest.fixture
def installed_and_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    folders = (tmp_path / "docclean" / "_resources", tmp_path / "resources")
    for folder in folders:
        folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_FOLDERS", folders)
    return folders


def test_resource_path_in_this_checkout_finds_the_folder() -> None:
    assert resource_path().is_dir()


def test_resource_path_in_both_places_prefers_the_installed_one(installed_and_checkout: tuple[Path, Path]) -> None:
    for folder in installed_and_checkout:
        (folder / "samples").mkdir()
    assert resource_path("samples") == (installed_and_checkout[0] / "samples").resolve()


def test_resource_path_only_in_checkout_finds_it(installed_and_checkout: tuple[Path, Path]) -> None:
    file = installed_and_checkout[1] / "models" / "one" / "model.toml"
    file.parent.mkdir(parents=True)
    file.touch()
    assert resource_path("models", "one", "model.toml") == file.resolve()


def test_resource_path_missing_file_says_which(installed_and_checkout: tuple[Path, Path]) -> None:
    with pytest.raises(FileNotFoundError, match="does not come with models/none"):
        resource_path("models", "none")


@pytest.mark.parametrize("parts", [("..", "secret"), ("models", "..", "..", "secret"), ("/etc/passwd",)])
def test_resource_path_climbing_out_is_refused(
    parts: tuple[str, ...], installed_and_checkout: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(ValueError, match="not a path inside"):
        resource_path(*parts)
