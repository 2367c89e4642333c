import sys
from pathlib import Path

import numpy as np
import pytest

from docclean.core.errors import ReadError, TrainingError
from docclean.training.pdf_pages import count_pdf_pages, read_pdf_page
from tests.helpers.corpus import page_pixels, saved_pdf


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return saved_pdf(tmp_path / "book.pdf", page_pixels(144, 72, seed=1), page_pixels(72, 72, seed=2))


def test_pages_are_counted_and_drawn_at_the_resolution(book: Path) -> None:
    assert count_pdf_pages(book) == 2
    page = read_pdf_page(book, 0, 144)
    assert page.shape == (288, 144, 3)
    assert page.dtype == np.uint8
    assert (page < 128).any()


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "is empty"), (b"%PDF-1.4 cut", "is damaged, locked"), (None, "not found")]
)
def test_file_that_is_no_pdf_is_said_in_a_sentence(content: bytes | None, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReadError, match=sentence):
        count_pdf_pages(path)


def test_page_that_is_too_large_is_said_in_a_sentence(book: Path) -> None:
    with pytest.raises(ReadError, match=r"too large at 100000 dpi; choose a lower resolution with --dpi"):
        read_pdf_page(book, 0, 100_000)


def test_missing_library_is_said_in_a_sentence(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(TrainingError, match="pip install"):
        count_pdf_pages(book)
