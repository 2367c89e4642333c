import os
from pathlib import Path

import pytest

from docclean.core.paths import data_folder
from docclean.core.recent import MOST_RECENT, forget_files, recent_files, remember_files


def test_recent_files_at_the_first_start_are_none() -> None:
    assert recent_files() == ()


def test_remember_puts_the_newest_first(tmp_path: Path) -> None:
    remember_files([tmp_path / "a", tmp_path / "b"])
    assert remember_files([tmp_path / "c"]) == (tmp_path / "c", tmp_path / "a", tmp_path / "b")
    assert recent_files() == (tmp_path / "c", tmp_path / "a", tmp_path / "b")


def test_remember_a_file_again_moves_it_to_the_front(tmp_path: Path) -> None:
    remember_files([tmp_path / "a", tmp_path / "b"])
    assert remember_files([tmp_path / "b"]) == (tmp_path / "b", tmp_path / "a")


def test_remember_many_keeps_ten(tmp_path: Path) -> None:
    remember_files([tmp_path / str(number) for number in range(30)])
    assert len(recent_files()) == MOST_RECENT


def test_remember_relative_path_keeps_it_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert remember_files([Path("scan.png")]) == (tmp_path / "scan.png",)


@pytest.mark.parametrize("name", ["ü 漢字 🙂", "line\nbreak", os.fsdecode(b"caf\xe9")])
def test_remember_odd_names_gives_them_back(tmp_path: Path, name: str) -> None:
    remember_files([tmp_path / name])
    assert recent_files() == (tmp_path / name,)


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"3", b'[3, null, "", "a\\u0000b"]', b"[" * 100_000])
def test_recent_files_of_a_broken_file_are_none(content: bytes) -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "recent.json").write_bytes(content)
    assert recent_files() == ()


def test_forget_empties_the_list(tmp_path: Path) -> None:
    remember_files([tmp_path / "a"])
    forget_files()
    forget_files()
    assert recent_files() == ()


def test_remember_where_nothing_can_be_written_still_gives_the_list(tmp_path: Path) -> None:
    data_folder().parent.mkdir(parents=True)
    data_folder().touch()
    assert remember_files([tmp_path / "a"]) == (tmp_path / "a",)
    assert recent_files() == ()
