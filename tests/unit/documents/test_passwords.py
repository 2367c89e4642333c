from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from docclean.core.errors import LockedFileError, ReadError
from docclean.documents.discover import discover
from docclean.documents.page_ranges import parse_page_ranges
from docclean.documents.passwords import forget_all, passwords_for, read_password_file, remember, remember_for_all
from docclean.documents.pdf_opening import count_pdf_pages, is_locked, release_pdfs
from docclean.documents.reader import read_page
from tests.helpers.small_pdfs import gray_image, source_of, write_pdf


@pytest.fixture(autouse=True)
def _no_passwords() -> Iterator[None]:
    forget_all()
    yield
    forget_all()
    release_pdfs()


def _locked(path: Path, user: str = "geheim ü") -> Path:
    encryption = pikepdf.Encryption(owner="master", user=user)
    return write_pdf(path, gray_image, gray_image, save={"encryption": encryption})


def test_locked_file_is_a_sentence_that_says_how_to_give_the_password(tmp_path: Path) -> None:
    path = _locked(tmp_path / "a.pdf")
    with pytest.raises(LockedFileError, match="--password-file") as fault:
        read_page(source_of(path))
    assert str(fault.value).startswith(str(path))
    assert is_locked(path)


def test_locked_file_opens_with_its_password_and_not_with_another(tmp_path: Path) -> None:
    path = _locked(tmp_path / "a.pdf")
    remember(path, "wrong")
    with pytest.raises(LockedFileError, match="none of the passwords"):
        read_page(source_of(path))
    remember(path, "geheim ü")
    assert read_page(source_of(path, 1, 2)).size == (40, 60)
    assert count_pdf_pages(path) == 2
    forget_all()
    assert is_locked(path), "an open file is not for whoever forgot its password"


def test_owner_password_alone_locks_nothing(tmp_path: Path) -> None:
    path = _locked(tmp_path / "a.pdf", user="")
    assert not is_locked(path)
    assert read_page(source_of(path)).size == (40, 60)


def test_passwords_for_all_are_tried_after_a_files_own(tmp_path: Path) -> None:
    path = _locked(tmp_path / "a.pdf")
    remember_for_all(["one", "geheim ü", "one"])
    remember(tmp_path / "." / "a.pdf", "own")
    assert passwords_for(path) == ("", "own", "one", "geheim ü")
    assert not is_locked(path)


def test_read_password_file_takes_lines_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes("\ufeffüber \r\n\r\n two\n".encode())
    assert read_password_file(tmp_path / "words") == ("über ", " two")
    with pytest.raises(ReadError):
        read_password_file(tmp_path / "gone")


def test_discover_locked_file_gives_one_page_whatever_pages_are_wanted(tmp_path: Path) -> None:
    path = _locked(tmp_path / "a.pdf")
    pages = parse_page_ranges("2")
    assert [source.page for source in discover([path], recursive=False, pages=pages).sources] == [0]
    remember(path, "geheim ü")
    assert [source.page for source in discover([path], recursive=False, pages=pages).sources] == [1]


def test_is_locked_other_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnonsense")
    (tmp_path / "a.png").write_bytes(b"nonsense")
    assert not any(is_locked(tmp_path / name) for name in ("a.pdf", "a.png", "gone.pdf"))
