import sys
from pathlib import Path

import numpy as np
import pytest

from docclean.core.errors import TrainingError
from docclean.training import whole_pages
from docclean.training.whole_pages import WholePages, find_held_out, find_learned
from tests.helpers.corpus import font_without_letters, names, page_pixels, saved_font, saved_page, saved_pdf

HELD_OUT = names(held_out=True, suffix=".png")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with one held-out PDF of two pages, one held-out image, and two documents to train on."""
    folder = tmp_path / "corpus"
    saved_pdf(folder / next(names(held_out=True, suffix=".pdf")), page_pixels(90, 80), page_pixels(80, 90, seed=1))
    saved_page(folder / next(names(held_out=True, suffix=".png")), page_pixels(70, 60, seed=2))
    saved_pdf(folder / next(names(held_out=False, suffix=".pdf")), page_pixels(60, 60))
    saved_page(folder / next(names(held_out=False, suffix=".png")), page_pixels(60, 60))
    return folder


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    folder = tmp_path / "fonts"
    folder.mkdir()
    for part in (True, False):
        saved_font(folder / next(names(held_out=part, suffix=".ttf")))
    return folder


def test_pages_come_from_held_out_documents_only(corpus: Path) -> None:
    pages = find_held_out([corpus], [], seed=3)
    found = {pages[number][0].split(",")[0] for number in range(12)}
    assert found == {next(names(held_out=True, suffix=suffix)) for suffix in (".pdf", ".png")}


def test_pages_to_learn_from_are_the_others(corpus: Path, fonts: Path) -> None:
    pages = find_learned([corpus], [fonts], seed=3)
    assert [path.name for path in pages.fonts] == [next(names(held_out=False, suffix=".ttf"))]
    found = {pages[number][0].split(",")[0] for number in range(12) if number % 4 != 3}
    assert found == {next(names(held_out=False, suffix=suffix)) for suffix in (".pdf", ".png")}


def test_page_depends_on_seed_and_number_alone(corpus: Path) -> None:
    first, again = (find_held_out([corpus], [], seed=3) for _ in range(2))
    assert first[5][0] == again[5][0]
    assert np.array_equal(first[5][1], again[5][1])
    different = find_held_out([corpus], [], seed=4)
    assert {first[number][0] for number in range(9)} != {different[number][0] for number in range(2)}


def test_pdf_pages_are_rendered_at_several_resolutions(corpus: Path) -> None:
    pages = find_held_out([corpus], [], seed=0)
    drawn = [pages[number] for number in range(30)]
    resolutions = {name.rsplit(" ", 2)[1] for name, _ in drawn if name.endswith(" dpi")}
    assert resolutions == {"100", "150", "200", "300"}
    assert all(page.flags.c_contiguous and page.dtype == np.uint8 and page.shape[2] == 3 for _, page in drawn)


def test_every_fourth_page_is_set_with_a_held_out_font(corpus: Path, fonts: Path) -> None:
    pages = find_held_out([corpus], [fonts], seed=0)
    assert [path.name for path in pages.fonts] == [next(names(held_out=True, suffix=".ttf"))]
    assert [pages[number][0].startswith("set in ") for number in range(8)] == [False, False, False, True] * 2


def test_large_page_is_cropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_pages, "LARGEST_SIDE", 50)
    path = saved_page(tmp_path / next(names(held_out=True, suffix=".png")), page_pixels(120, 40))
    assert WholePages([path], [], seed=0)[0][1].shape == (50, 40, 3)


def test_blank_and_damaged_documents_are_passed_over(corpus: Path) -> None:
    _, *others = (name for _, name in zip(range(3), names(held_out=True, suffix=".png"), strict=False))
    saved_page(corpus / others[0], np.full((60, 60, 3), 255, np.uint8))
    (corpus / others[1]).write_bytes(b"no image")
    pages = find_held_out([corpus], [], seed=0)
    assert not {pages[number][0] for number in range(20)} & set(others)


def test_folder_that_is_missing_is_one_sentence(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(TrainingError, match="nowhere: was not found"):
        find_held_out([tmp_path / "nowhere"], [], seed=0)
    with pytest.raises(TrainingError, match="no-fonts: was not found"):
        find_held_out([corpus], [tmp_path / "no-fonts"], seed=0)


def test_corpus_without_documents_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    saved_page(tmp_path / "photos" / next(HELD_OUT), page_pixels())
    with pytest.raises(TrainingError, match="no PDF and no image found"):
        find_held_out([tmp_path], [], seed=0)


def test_corpus_without_held_out_document_is_one_sentence(tmp_path: Path) -> None:
    saved_page(tmp_path / next(names(held_out=False, suffix=".png")), page_pixels())
    with pytest.raises(TrainingError, match="none of the 1 documents is held out"):
        find_held_out([tmp_path], [], seed=0)


def test_corpus_with_nothing_to_learn_from_is_one_sentence(tmp_path: Path) -> None:
    saved_page(tmp_path / next(HELD_OUT), page_pixels())
    with pytest.raises(TrainingError, match="every document is held out of training"):
        find_learned([tmp_path], [], seed=0)


def test_fonts_without_held_out_font_are_one_sentence(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    saved_font(folder / next(names(held_out=False, suffix=".ttf")))
    with pytest.raises(TrainingError, match="none of the 1 fonts is held out"):
        find_held_out([corpus], [folder], seed=0)


@pytest.mark.parametrize("content", ["blank", "damaged"])
def test_corpus_of_useless_pages_is_one_sentence(content: str, tmp_path: Path) -> None:
    path = tmp_path / next(names(held_out=True, suffix=".png"))
    if content == "blank":
        saved_page(path, np.full((60, 60, 3), 255, np.uint8))
    else:
        path.write_bytes(b"no image")
    with pytest.raises(TrainingError, match="every page that was tried is blank or unreadable"):
        find_held_out([tmp_path], [], seed=0)[0]


def test_font_without_letters_is_one_sentence(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    font_without_letters(folder / next(names(held_out=True, suffix=".ttf")))
    with pytest.raises(TrainingError, match="every font that was tried"):
        find_held_out([corpus], [folder], seed=0)[3]


def test_pdf_without_its_library_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved_pdf(tmp_path / next(names(held_out=True, suffix=".pdf")), page_pixels())
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(TrainingError, match="pip install pypdfium2"):
        find_held_out([tmp_path], [], seed=0)[0]
