from collections.abc import Callable
from pathlib import Path

import pytest

from docclean.core import paths

FOLDERS = [
    paths.config_folder,
    paths.data_folder,
    paths.cache_folder,
    paths.log_folder,
    paths.user_models_folder,
]


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_the_programs_own_and_isolated_in_tests(folder: Callable[[], Path], tmp_path: Path) -> None:
    path = folder()
    assert path.is_absolute()
    assert "docclean" in path.parts
    assert path.is_relative_to(tmp_path.parent)


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_asked_for_is_not_created(folder: Callable[[], Path]) -> None:
    assert not folder().exists()


def test_user_models_folder_is_in_the_data_folder() -> None:
    assert paths.user_models_folder().parent == paths.data_folder()


def test_settings_and_cache_are_apart() -> None:
    assert paths.config_folder() != paths.cache_folder()
