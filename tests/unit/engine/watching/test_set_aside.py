import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import ChangedInputError, ReadError, WriteError
from docclean.core.files import full_state_of
from docclean.engine.watching.set_aside import move_aside, write_reason
from tests.helpers.scans import contents


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "deep" / "page.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"first")
    return path


def moved(page: Path, folder: Path) -> Path:
    return move_aside(page, full_state_of(page), folder, Path("deep", page.name))


def on_another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if path.name.endswith(".part"):
            return real(path, target)
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.parametrize("is_far", [False, True])
def test_file_is_moved_with_its_path_and_its_times(
    is_far: bool, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(page, ns=(10**18, 10**18))
    if is_far:
        on_another_disk(monkeypatch)
    target = moved(page, tmp_path / "failed")
    assert target == tmp_path / "failed" / "deep" / "page.png"
    assert contents(tmp_path) == {"failed/deep/page.png": b"first"}
    assert target.stat().st_mtime_ns == 10**18


@pytest.mark.parametrize("is_far", [False, True])
def test_file_is_never_moved_over_another_one(
    is_far: bool, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_far:
        on_another_disk(monkeypatch)
    for content in (b"first", b"second", b"third"):
        page.write_bytes(content)
        moved(page, tmp_path / "failed")
    assert contents(tmp_path / "failed" / "deep") == {
        "page.png": b"first",
        "page (2).png": b"second",
        "page (3).png": b"third",
    }


def test_reason_of_another_file_is_not_taken_for_ones_own(page: Path, tmp_path: Path) -> None:
    (tmp_path / "failed" / "deep").mkdir(parents=True)
    (tmp_path / "failed" / "deep" / "page.png.reason.txt").write_text("of another one", encoding="utf-8")
    assert moved(page, tmp_path / "failed").name == "page (2).png"


def test_file_that_is_another_one_by_now_stays(page: Path, tmp_path: Path) -> None:
    state = full_state_of(page)
    page.write_bytes(b"a new version")
    with pytest.raises(ChangedInputError):
        move_aside(page, state, tmp_path / "failed", Path("page.png"))
    assert contents(tmp_path) == {"in/deep/page.png": b"a new version"}


def test_file_that_takes_the_place_in_the_last_moment_is_put_back(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = full_state_of(page)
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if path == page:
            page.write_bytes(b"a new version")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(ChangedInputError):
        move_aside(page, state, tmp_path / "failed", Path("page.png"))
    assert contents(tmp_path) == {"in/deep/page.png": b"a new version"}


def test_file_that_is_gone_is_an_error_of_reading(page: Path, tmp_path: Path) -> None:
    state = full_state_of(page)
    page.unlink()
    with pytest.raises(ReadError):
        move_aside(page, state, tmp_path / "failed", Path("page.png"))
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("is_far", [False, True])
def test_file_that_cannot_be_moved_stays_and_leaves_nothing_there(
    is_far: bool, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    if is_far:
        on_another_disk(monkeypatch)
        real = Path.unlink
        monkeypatch.setattr(Path, "unlink", lambda path, **options: refuse() if path == page else real(path, **options))
    else:
        monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WriteError):
        moved(page, tmp_path / "failed")
    assert contents(tmp_path) == {"in/deep/page.png": b"first"}


def test_link_becomes_the_file_that_it_leads_to(page: Path, tmp_path: Path) -> None:
    link = page.with_name("link.png")
    link.symlink_to("page.png")
    target = move_aside(link, full_state_of(link), tmp_path / "failed", Path("link.png"))
    assert not target.is_symlink()
    assert contents(tmp_path) == {"in/deep/page.png": b"first", "failed/link.png": b"first"}


def test_reason_says_what_went_wrong_and_what_to_do(page: Path) -> None:
    path = write_reason(page, ["page 1 is damaged.", "page 2 is too."], "denoise with tiny")
    assert path == page.with_name("page.png.reason.txt")
    text = path.read_text(encoding="utf-8")
    assert "page.png (denoise with tiny)" in text
    assert "- page 1 is damaged.\n- page 2 is too.\n" in text
    assert "Move it back" in text
    assert page.read_bytes() == b"first"


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=6))
def test_whatever_is_moved_is_all_there_afterwards(
    tmp_path_factory: pytest.TempPathFactory, versions: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("moved")
    page = folder / "page.png"
    for content in versions:
        page.write_bytes(content)
        move_aside(page, full_state_of(page), folder / "done", Path("page.png"))
    assert sorted(contents(folder / "done").values()) == sorted(versions)
