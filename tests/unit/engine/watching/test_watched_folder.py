from pathlib import Path

import pytest

from docclean.core.errors import UsageError
from docclean.engine.watching.places import check_places
from docclean.engine.watching.watched_folder import WatchedFolder

WANTED = ("page.png", "PAGE.TIF", "book.pdf", "ä b.jpg")
UNWANTED = (".page.png", "page.png.part", "page.tmp", "~$page.png", ".~lock.page.png#", "notes.txt", "page.png~")


def touched(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def found(folder: Path, *, recursive: bool = True, exclude: tuple[Path, ...] = ()) -> set[str]:
    watched = WatchedFolder(folder, is_recursive=recursive, exclude=exclude)
    names = {path.relative_to(folder).as_posix() for path in watched.find()}
    all_files = [path for path in folder.rglob("*") if not path.is_dir()]
    taken = {path.relative_to(folder).as_posix() for path in all_files if watched.takes(path)}
    assert names == taken, "a change that is told and a look through the folder find the same"
    return names


def test_images_and_pdf_files_are_taken_and_nothing_else(tmp_path: Path) -> None:
    for name in (*WANTED, *UNWANTED):
        touched(tmp_path / name)
    (tmp_path / "folder.png").mkdir()
    assert found(tmp_path) == set(WANTED)


def test_folders_in_the_folder_are_taken_if_that_is_asked_for(tmp_path: Path) -> None:
    touched(tmp_path / "a" / "b" / "page.png")
    assert found(tmp_path, recursive=False) == set()
    assert found(tmp_path) == {"a/b/page.png"}


@pytest.mark.parametrize("name", [".hidden", "@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found"])
def test_folders_that_systems_keep_for_themselves_are_passed_over(name: str, tmp_path: Path) -> None:
    touched(tmp_path / name / "page.png")
    touched(tmp_path / "a" / name / "b" / "page.png")
    assert found(tmp_path) == set()


def test_excluded_folders_are_passed_over(tmp_path: Path) -> None:
    for name in ("out", "failed", "a"):
        touched(tmp_path / name / "deep" / "page.png")
    assert found(tmp_path, exclude=(tmp_path / "out", tmp_path / "failed")) == {"a/deep/page.png"}


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    page = touched(tmp_path / "elsewhere" / "page.png")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.png").symlink_to(page)
    (tmp_path / "in" / "nothing.png").symlink_to(tmp_path / "missing.png")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path / "in") == {"link.png"}


def test_search_may_begin_in_a_folder_below(tmp_path: Path) -> None:
    touched(tmp_path / "a" / "page.png")
    touched(tmp_path / "b" / "page.png")
    watched = WatchedFolder(tmp_path, is_recursive=True, exclude=(tmp_path / "b",))
    assert list(watched.find(tmp_path / "a")) == [tmp_path / "a" / "page.png"]
    assert list(watched.find(tmp_path / "b")) == []
    assert list(watched.find(tmp_path.parent)) == []


def test_folder_that_is_gone_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(WatchedFolder(tmp_path / "missing", is_recursive=True, exclude=()).find())


@pytest.mark.parametrize(
    ("output", "sentence"),
    [("in", "is the watched folder itself"), (".", "holds the watched folder"), ("file", "is a file")],
)
def test_results_cannot_go_in_circles(output: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=sentence):
        check_places(tmp_path / "in", tmp_path / output, [])


@pytest.mark.parametrize("folder", ["in", "out", ".", "file"])
def test_failures_need_a_folder_of_their_own(folder: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="--failed"):
        check_places(tmp_path / "in", tmp_path / "out", [("--failed", tmp_path / folder)])


def test_folders_may_lie_in_the_watched_one_and_links_are_seen_through(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "in")
    check_places(tmp_path / "in", tmp_path / "in" / "out", [("--failed", tmp_path / "in" / "failed")])
    with pytest.raises(UsageError, match="watched folder itself"):
        check_places(tmp_path / "in", tmp_path / "link", [])


def test_watched_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="connect the network drive"):
        check_places(tmp_path / "in", tmp_path / "out", [])
