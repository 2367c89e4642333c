import errno
import os
import stat
from pathlib import Path, PurePath
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from docclean.documents.discover import Skipped, discover, natural_key
from docclean.documents.page_ranges import parse_page_ranges
from tests.helpers.pages import image_in
from tests.helpers.small_pdfs import gray_image, write_pdf


def _make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 2)).save(path, "PNG")


def _relatives(*paths: Path, recursive: bool = False, exclude: tuple[Path, ...] = ()) -> list[str]:
    return [source.relative.as_posix() for source in discover(paths, recursive=recursive, exclude=exclude).sources]


def test_discover_folder_gives_images_in_natural_order(tmp_path: Path) -> None:
    _make(tmp_path, "page10.png", "page2.png", "Page1.PNG", "seite ü.jpg", "ページ 📄.tif", "sub/below.png")
    assert _relatives(tmp_path) == ["Page1.PNG", "page2.png", "page10.png", "seite ü.jpg", "ページ 📄.tif"]


def test_discover_recursive_mirrors_folders(tmp_path: Path) -> None:
    _make(tmp_path, "b.png", "vol 10/a.png", "vol 2/a.png", "vol 2/deep/c.png")
    assert _relatives(tmp_path, recursive=True) == ["b.png", "vol 2/a.png", "vol 2/deep/c.png", "vol 10/a.png"]


def test_discover_folder_lists_what_it_skips(tmp_path: Path) -> None:
    _make(tmp_path, "a.png", ".hidden.png", "._a.png", "Thumbs.db", "notes.txt", "sub/b.png", ".git/c.png")
    found = discover([tmp_path], recursive=False)
    assert {str(each.path.relative_to(tmp_path)): each.reason.split()[1] for each in found.skipped} == {
        ".hidden.png": "hidden.", "._a.png": "hidden.", ".git": "hidden.",
        "Thumbs.db": "not", "notes.txt": "not", "sub": "a",
    }  # fmt: skip
    assert found.failed == ()
    assert str(Skipped(Path("a"), "is hidden.")) == "a: is hidden."


def test_discover_named_file_is_tried_whatever_its_name(tmp_path: Path) -> None:
    _make(tmp_path, "scan.dat", ".hidden.png", "no suffix")
    paths = sorted(tmp_path.iterdir())
    assert sorted(_relatives(*paths)) == [".hidden.png", "no suffix", "scan.dat"]


def test_discover_file_named_twice_is_taken_once(tmp_path: Path) -> None:
    _make(tmp_path, "a.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    paths = [tmp_path / "a.png", tmp_path, tmp_path / ".." / tmp_path.name / "a.png"]
    found = discover(paths, recursive=False)
    assert [source.path for source in found.sources] == [tmp_path / "a.png"]
    assert len(found.skipped) == 3


def test_discover_missing_path_fails_and_the_others_go_on(tmp_path: Path) -> None:
    _make(tmp_path, "a.png")
    found = discover([tmp_path / "gone", Path("a\0b"), tmp_path / "a.png"], recursive=False)
    assert len(found.sources) == 1
    assert [each.reason for each in found.failed] == [
        "was not found; check the name, or the network drive it is on.", "is not a name that a file can have.",
    ]  # fmt: skip


def test_discover_output_folder_is_never_input(tmp_path: Path) -> None:
    _make(tmp_path, "a.png", "cleaned/a.png", "cleaned/sub/b.png", "sub/cleaned/c.png")
    out = tmp_path / "sub" / ".." / "cleaned"
    assert _relatives(tmp_path, recursive=True, exclude=(out,)) == ["a.png", "sub/cleaned/c.png"]
    (tmp_path / "link").symlink_to(tmp_path / "cleaned", target_is_directory=True)
    assert _relatives(tmp_path, recursive=True, exclude=(out,)) == ["a.png", "sub/cleaned/c.png"]
    assert _relatives(tmp_path / "cleaned", exclude=(out,)) == ["a.png"], "a folder that the user names is read"


def test_discover_link_loops_end(tmp_path: Path) -> None:
    _make(tmp_path, "a.png", "sub/b.png")
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    found = discover([tmp_path], recursive=True)
    assert [source.relative.as_posix() for source in found.sources] == ["a.png", "self.png", "sub/b.png"]
    assert [each.path.name for each in found.skipped] == ["up"]


@pytest.mark.parametrize(
    "content", [b"", b"Dear Sir", b"\x89PNG", b"II*\0", b"II*\0\x08\0\0\0\0\0", b"MM\0*\xff\xff\xff\xff"]
)
def test_discover_damaged_file_is_one_page_for_the_reader_to_report(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    (source,) = discover([tmp_path], recursive=False).sources
    assert (source.page, source.pages) == (0, 1)


def test_discover_file_that_may_not_be_opened_is_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    _make(tmp_path, "a.png")
    monkeypatch.setattr(Path, "open", fail)
    assert _relatives(tmp_path) == ["a.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_discover_pipe_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    assert _relatives(tmp_path) == ["a.png"]


def test_discover_folder_that_may_not_be_read_fails_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(tmp_path, "a.png", "closed/b.png")
    real = Path.iterdir

    def iterdir(path: Path) -> Any:
        if path.name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    found = discover([tmp_path], recursive=True)
    assert len(found.sources) == 1
    assert found.failed[0].reason.startswith("may not be read")


def test_discover_files_that_windows_hides_are_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Status:
        st_mode = stat.S_IFREG
        st_file_attributes = stat.FILE_ATTRIBUTE_HIDDEN

    _make(tmp_path, "a.png")
    real = Path.stat
    monkeypatch.setattr(
        Path, "stat", lambda self, **options: Status() if self.name == "a.png" else real(self, **options)
    )
    assert discover([tmp_path], recursive=False).skipped == (Skipped(tmp_path / "a.png", "is hidden."),)


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}])
def test_discover_tiff_gives_a_source_for_each_page(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "document.tif"
    more = [image_in("RGB", seed=number) for number in range(11)]
    image_in("1").save(path, save_all=True, append_images=more, **options)
    sources = discover([path], recursive=False).sources
    assert [(source.page, source.pages) for source in sources] == [(page, 12) for page in range(12)]
    assert {source.relative for source in sources} == {Path("document.tif")}


def test_discover_tiff_that_is_cut_or_turns_in_circles_ends(tmp_path: Path) -> None:
    path = tmp_path / "document.tif"
    image_in("L").save(path, save_all=True, append_images=[image_in("L")] * 2)
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        assert 1 <= len(discover([path], recursive=False).sources) <= 3
    (tmp_path / "loop.tif").write_bytes(b"II*\0\x08\0\0\0" + b"\1\0" + bytes(12) + b"\x08\0\0\0")
    assert len(discover([tmp_path / "loop.tif"], recursive=False).sources) == 2  # reading the second tells of the loop
    (tmp_path / "other.tif").write_bytes(b"II\x10\0\x08\0\0\0")
    assert len(discover([tmp_path / "other.tif"], recursive=False).sources) == 1


@given(
    numbers=st.lists(st.integers(0, 10**30), unique=True, min_size=1),
    name=st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs", "Nd"])),
)
def test_natural_key_sorts_by_number(numbers: list[int], name: str) -> None:
    names = sorted((PurePath(f"{name}{number}.png") for number in numbers), key=natural_key)
    assert names == [PurePath(f"{name}{number}.png") for number in sorted(numbers)]


@given(names=st.lists(st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name), unique=True))
def test_natural_key_orders_every_name_and_no_two_alike(names: list[str]) -> None:
    paths = {PurePath(name) for name in names}
    assert len({natural_key(path) for path in paths}) == len(paths)
    sorted(paths, key=natural_key)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_discover_file_and_its_links_give_the_file_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "z" / "year").mkdir(parents=True)
    for name in ("p.png", "z/year/q.png"):
        Image.new("L", (3, 3)).save(tmp_path / name)
    (tmp_path / "alias.png").symlink_to("p.png")
    (tmp_path / "latest").symlink_to("z/year")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "self.png").symlink_to("self.png")
    found = discover([tmp_path], recursive=True)
    assert [str(source.relative) for source in found.sources] == ["p.png", "self.png", "z/year/q.png"]
    assert {skipped.path.name for skipped in found.skipped} == {"alias.png", "latest", "loop"}


def test_discover_pdf_gives_a_source_for_each_page(tmp_path: Path) -> None:
    write_pdf(tmp_path / "book.PDF", gray_image, gray_image, gray_image)
    (tmp_path / "damaged.pdf").write_bytes(b"%PDF-1.7\n")
    found = discover([tmp_path], recursive=False, render_dpi=200)
    assert [(source.relative.name, source.page, source.pages) for source in found.sources] == [
        ("book.PDF", 0, 3), ("book.PDF", 1, 3), ("book.PDF", 2, 3), ("damaged.pdf", 0, 1),
    ]  # fmt: skip
    assert {source.render_dpi for source in found.sources} == {200}
    assert found.skipped == ()


def test_discover_takes_the_pages_that_were_chosen(tmp_path: Path) -> None:
    _make(tmp_path, "a.png")
    write_pdf(tmp_path / "b.pdf", gray_image, gray_image, gray_image)
    write_pdf(tmp_path / "c.pdf", gray_image)
    found = discover([tmp_path], recursive=False, pages=parse_page_ranges("2-"), render_dpi=200)
    assert [(source.relative.name, source.page, source.pages) for source in found.sources] == [
        ("b.pdf", 1, 3), ("b.pdf", 2, 3),
    ]  # fmt: skip
    assert [skipped.path.name for skipped in found.skipped] == ["a.png", "c.pdf"]
    assert found.skipped[0].reason == "has 1 page, which is not among those that were chosen (2-)."
    assert discover([tmp_path / "a.png"], recursive=False, render_dpi=200).sources[0].render_dpi is None


def test_discover_passes_over_receipts_in_silence(tmp_path: Path) -> None:
    Image.new("L", (9, 7)).save(tmp_path / "a.png")
    (tmp_path / "a.png.docclean.json").write_text("{}", encoding="utf-8")
    found = discover([tmp_path], recursive=False)
    assert [source.path.name for source in found.sources] == ["a.png"]
    assert found.skipped == ()
