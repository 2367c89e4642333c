from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from docclean.core.errors import TrainingError
from docclean.training.real_pairs import read_pairs
from tests.helpers.corpus import page_pixels, saved_page


def saved_pair(folder: Path, name: str, height: int = 40, width: int = 50) -> None:
    clean = page_pixels(height, width)
    saved_page(folder / "clean" / name, clean)
    saved_page(folder / "dirty" / name, (clean * 0.8).astype(np.uint8))


def test_pairs_are_read_with_their_paper(tmp_path: Path) -> None:
    for name in ("b.png", "a.PNG", "c.tif"):
        saved_pair(tmp_path, name)
    (tmp_path / "dirty" / "readme.txt").write_text("no page", encoding="utf-8")
    real = read_pairs(tmp_path)
    assert len(real.pairs) == 3
    dirty, clean = real.pairs[0]
    assert np.array_equal(clean, page_pixels(40, 50))
    assert np.array_equal(dirty, (clean * 0.8).astype(np.uint8))


def no_twin(folder: Path) -> None:
    (folder / "clean" / "page.png").unlink()


def other_size(folder: Path) -> None:
    saved_page(folder / "clean" / "page.png", page_pixels(41, 50))


def torn_dirty(folder: Path) -> None:
    (folder / "dirty" / "page.png").write_bytes(b"\x89PNG")


def torn_clean(folder: Path) -> None:
    (folder / "clean" / "page.png").write_bytes(b"")


def folder_as_twin(folder: Path) -> None:
    no_twin(folder)
    (folder / "clean" / "page.png").mkdir()


@pytest.mark.parametrize(
    ("damage", "named", "remedy"),
    [
        (no_twin, "clean/page.png", "every dirty page needs a clean twin"),
        (other_size, "dirty/page.png", "crop both the same way"),
        (torn_dirty, "dirty/page.png", "not a readable image"),
        (torn_clean, "clean/page.png", "not a readable image"),
        (folder_as_twin, "clean/page.png", "not a readable image"),
    ],
)
def test_unusable_pair_is_named(damage: Callable[[Path], None], named: str, remedy: str, tmp_path: Path) -> None:
    saved_pair(tmp_path, "page.png")
    damage(tmp_path)
    with pytest.raises(TrainingError) as fault:
        read_pairs(tmp_path)
    assert str(fault.value).startswith(f"{tmp_path / named}: ")
    assert remedy in str(fault.value)


@pytest.mark.parametrize("has_folder", [False, True])
def test_folder_without_pairs_is_named(has_folder: bool, tmp_path: Path) -> None:
    if has_folder:
        (tmp_path / "dirty").mkdir()
    with pytest.raises(TrainingError) as fault:
        read_pairs(tmp_path)
    assert str(fault.value).startswith(f"{tmp_path}: no images in a sub-folder named dirty")
