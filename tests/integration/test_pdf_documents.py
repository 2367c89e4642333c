"""PDF files through the real command line: cleaned in place, taken up again, refused, with pages that fail."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name, String
from PIL import Image

import docclean
from docclean.cli.main import main
from docclean.documents.page_store import folder_of
from tests.helpers.pdf_files import (
    add_page,
    boxes_of,
    drawn,
    image_object,
    read_pages,
    samples_of,
    scan_pdf,
    text,
    texts_of,
)
from tests.helpers.scans import dirty_page, report_of


def clean(*arguments: str | Path) -> int:
    return main(["clean", *map(str, arguments)])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return scan_pdf(tmp_path / "book.pdf", range(4))


def test_pdf_is_cleaned_into_the_same_document(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    assert clean(book, "-o", tmp_path / "clean.pdf") == 0
    assert texts_of(tmp_path / "clean.pdf") == texts_of(book)
    assert boxes_of(tmp_path / "clean.pdf") == boxes_of(book)
    for old, new in zip(read_pages(book), read_pages(tmp_path / "clean.pdf"), strict=True):
        assert new.size == old.size
        assert new.resolution_dpi == old.resolution_dpi
        assert (new.pixels != old.pixels).any()
    assert book.read_bytes() == before


def test_pages_that_were_not_asked_for_stay_what_they_are(book: Path, tmp_path: Path) -> None:
    assert clean(book, "-o", tmp_path / "clean.pdf", "--pages", "2,4") == 0
    changed = [
        (new.pixels != old.pixels).any()
        for old, new in zip(read_pages(book), read_pages(tmp_path / "clean.pdf"), strict=True)
    ]
    assert changed == [False, True, False, True]


@pytest.mark.skipif(sys.platform == "win32", reason="signals like these are a thing of Unix")
def test_stopped_process_leaves_no_half_pdf_and_the_same_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pikepdf.new() as pdf:
        for seed in range(12):
            add_page(pdf, drawn() + text(f"page {seed}"), {"/Im": image_object(pdf, samples_of(seed, 200, 260))})
        pdf.save(tmp_path / "book.pdf")
    command = ["clean", str(tmp_path / "book.pdf"), "-o", str(tmp_path / "out" / "clean.pdf")]
    folder = folder_of(tmp_path / "out" / "clean.pdf")[0]
    with subprocess.Popen(
        [sys.executable, "-m", "docclean", *command], stderr=subprocess.PIPE, cwd=Path(docclean.__file__).parents[1]
    ) as process:
        while not (folder / "000000.json").exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert process.returncode == 130
    assert [path.name for path in (tmp_path / "out").iterdir()] == [folder.name]
    assert str(folder) in said.decode()
    assert main(command) == 0
    assert "finished by an earlier run" in capsys.readouterr().err
    assert clean(tmp_path / "book.pdf", "-o", tmp_path / "whole.pdf") == 0
    assert (tmp_path / "out" / "clean.pdf").read_bytes() == (tmp_path / "whole.pdf").read_bytes()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["clean.pdf"]


def test_page_that_cannot_be_read_stays_what_it_is(book: Path, tmp_path: Path) -> None:
    with pikepdf.open(book, allow_overwriting_input=True) as pdf:
        pdf.pages[1].Resources.XObject.Im.BitsPerComponent = 7
        pdf.pages[2].Resources.XObject.Im.Filter = Name.NoSuchFilter
        pdf.save(book)
    assert clean(book, "-o", tmp_path / "clean.pdf", "--json", tmp_path / "r.json") == 1
    pages = report_of(tmp_path / "r.json")["pages"]
    assert [page["status"] for page in pages] == ["done", "failed", "failed", "done"]
    assert all("as it was" in " ".join(page["warnings"]) and page["output"] for page in pages[1:3])
    with pikepdf.open(tmp_path / "clean.pdf") as new, pikepdf.open(book) as old:
        kept = [
            after.Resources.XObject.Im.read_raw_bytes() == before.Resources.XObject.Im.read_raw_bytes()
            for after, before in zip(new.pages, old.pages, strict=True)
        ]
    assert kept == [False, True, True, False]


def test_signed_pdf_is_refused_before_the_run_and_cleaned_when_told_to(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pikepdf.open(book, allow_overwriting_input=True) as pdf:
        signature = pdf.make_indirect(Dictionary(Type=Name.Sig, Contents=String("x")))
        field = pdf.make_indirect(Dictionary(T=String("name"), FT=Name.Sig, V=signature))
        pdf.Root.AcroForm = Dictionary(Fields=[field], SigFlags=3)
        pdf.save(book)
    dirty_page(60, 80).save(tmp_path / "other.png")
    out = tmp_path / "out"
    assert clean(book, tmp_path / "other.png", "-o", out) == 1
    said = capsys.readouterr()
    assert f"failed: {book}: is signed" in said.err
    assert "[2/" not in said.err
    assert [path.name for path in out.iterdir() if not path.name.startswith(".")] == ["other.png"]
    assert clean(book, "-o", out, "--break-signatures") == 0
    assert "signatures do not hold" in capsys.readouterr().err


def test_signed_pdf_may_become_images(book: Path, tmp_path: Path) -> None:
    with pikepdf.open(book, allow_overwriting_input=True) as pdf:
        pdf.Root.Perms = Dictionary(DocMDP=pdf.make_indirect(Dictionary(Type=Name.Sig)))
        pdf.save(book)
    assert clean(book, "-o", tmp_path / "out", "--format", "tiff") == 0


def test_encrypted_pdf_gives_an_encrypted_pdf_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = str(tmp_path.name)
    (tmp_path / "words").write_text(secret)
    path = scan_pdf(
        tmp_path / "in.pdf", encryption=pikepdf.Encryption(user=secret, owner="of its owner"), static_id=False
    )
    assert clean(path, "-o", tmp_path / "out.pdf", "--password-file", tmp_path / "words") == 0
    assert "the same passwords open it" in capsys.readouterr().err
    for password in (secret, "of its owner"):
        with pikepdf.open(tmp_path / "out.pdf", password=password) as pdf:
            assert len(pdf.pages) == 3
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(tmp_path / "out.pdf")


def test_pdf_among_images_that_are_joined_is_refused(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dirty_page(60, 80).save(tmp_path / "other.png")
    assert clean(book, tmp_path / "other.png", "-o", tmp_path / "all.pdf") == 2
    assert f"{book} is a PDF file, and only images can be joined" in capsys.readouterr().err


def test_drawn_page_that_is_kept_is_drawn_finely_where_the_result_holds_pixels_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pikepdf.new() as pdf:
        add_page(pdf, text("visible", 0), size=(72, 144))
        pdf.save(tmp_path / "in.pdf")
    assert clean(tmp_path / "in.pdf", "-o", tmp_path / "out", "--format", "tiff") == 0
    assert "drawn at 300 dpi" in capsys.readouterr().err
    with Image.open(next((tmp_path / "out").iterdir())) as image:
        assert image.size == (300, 600)
