"""PDF as the format of results, on the real command line."""

from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from docclean.cli.main import main
from tests.helpers.scans import contents, dirty_page, report_of


def clean(*arguments: str | Path) -> int:
    return main(["clean", *map(str, arguments)])


def page_count(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
        return len(pdf.pages)


def test_every_document_of_a_folder_becomes_a_pdf_of_its_pages(scans: Path, tmp_path: Path) -> None:
    assert clean(scans, "-o", tmp_path / "out", "--recursive", "--format", "pdf") == 0
    assert {name: page_count(tmp_path / "out" / name) for name in contents(tmp_path / "out")} == {
        "p10.pdf": 1,
        "p2.pdf": 1,
        "book.pdf": 2,
        "März/p1.pdf": 1,
        "März/漢字 🦊/ä b.pdf": 1,
    }


def test_two_runs_give_equal_files(scans: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert clean(scans, "-o", tmp_path / name, "--recursive", "--format", "pdf") == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("name", ["p10.png", "book.tiff"])
def test_name_of_a_pdf_is_the_result_itself(scans: Path, tmp_path: Path, name: str) -> None:
    assert clean(scans / name, "-o", tmp_path / "scan.pdf") == 0
    assert page_count(tmp_path / "scan.pdf") == (2 if name == "book.tiff" else 1)


def test_several_inputs_into_one_pdf_are_joined_in_natural_order(scans: Path, tmp_path: Path) -> None:
    assert clean(scans / "p10.png", scans / "p2.jpg", "-o", tmp_path / "scan.pdf") == 0
    with pikepdf.open(tmp_path / "scan.pdf") as pdf:
        filters = [str(next(iter(page.resources.XObject.values())).Filter) for page in pdf.pages]
    assert filters == ["/DCTDecode", "/FlateDecode"]


def test_folder_into_one_pdf_leaves_out_the_result_of_before(scans: Path, tmp_path: Path) -> None:
    assert clean(scans, "-o", scans / "all.pdf") == 0
    first = (scans / "all.pdf").read_bytes()
    assert clean(scans, "-o", scans / "all.pdf", "--overwrite") == 0
    assert (scans / "all.pdf").read_bytes() == first


def test_page_without_resolution_is_told_about(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert clean(scans / "p2.jpg", "-o", tmp_path / "scan.pdf", "--json", tmp_path / "r.json") == 0
    (warning,) = report_of(tmp_path / "r.json")["pages"][0]["warnings"]
    assert "300 dpi" in warning
    assert f"note: {scans / 'p2.jpg'}: {warning}" in capsys.readouterr().err


def test_page_of_one_pixel_says_nothing_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    dirty_page(1, 1).save(tmp_path / "dot.png", dpi=(300, 300))
    assert clean(tmp_path / "dot.png", "-o", tmp_path / "dot.pdf") == 0
    assert "note:" not in capfd.readouterr().err


def test_existing_pdf_stays_unless_it_may_be_replaced(scans: Path, tmp_path: Path) -> None:
    output = tmp_path / "scan.pdf"
    output.write_bytes(b"precious")
    assert clean(scans / "book.tiff", "-o", output) == 1
    assert output.read_bytes() == b"precious"
    assert clean(scans / "book.tiff", "-o", output, "--overwrite") == 0
    assert page_count(output) == 2


def test_result_can_be_cleaned_again(scans: Path, tmp_path: Path) -> None:
    assert clean(scans / "book.tiff", "-o", scans / "old.pdf") == 0
    assert clean(scans / "old.pdf", "-o", tmp_path / "new.pdf") == 0
    assert page_count(tmp_path / "new.pdf") == 2


def test_image_with_the_name_of_a_pdf_is_cleaned_as_an_image(scans: Path, tmp_path: Path) -> None:
    disguised = scans / "p10.pdf"
    Image.open(scans / "p10.png").save(disguised, "PNG")
    assert clean(disguised, "-o", tmp_path / "out", "--format", "pdf") == 0
    assert page_count(tmp_path / "out" / "p10.pdf") == 1


def test_pdf_in_place_of_its_input_is_refused(scans: Path, tmp_path: Path) -> None:
    disguised = scans / "p10.pdf"
    Image.open(scans / "p10.png").save(disguised, "PNG")
    before = disguised.read_bytes()
    assert clean(disguised, "-o", disguised, "--overwrite") == 2
    assert clean(scans / "p10.png", disguised, "-o", scans / "out" / "..", "--format", "pdf") == 2
    assert disguised.read_bytes() == before
