"""`docclean clean --searchable`, with the real programs where they are installed."""

from pathlib import Path

import pytest

from docclean.cli.main import main
from docclean.core.errors import ExitCode
from docclean.engine import text_recognition
from docclean.engine.text_recognition import Missing, MissingPart
from tests.helpers.recognition import needs_recognition, printed_page, text_of

MISSING = Missing(MissingPart.PROGRAM, "sudo apt install it")
NOTHING = ("--strength", "0", "--format", "pdf")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    printed_page("the first page", "has two lines").save(folder / "one.png", dpi=(150, 150))
    pages = [printed_page(f"page {name} of three") for name in ("one", "two", "three")]
    pages[0].save(folder / "three.tif", save_all=True, append_images=pages[1:], dpi=(150, 150))
    return folder


@needs_recognition
def test_results_can_be_searched(scans: Path, tmp_path: Path) -> None:
    assert main(["clean", str(scans), "-o", str(tmp_path / "out"), "--searchable", "eng", *NOTHING]) == ExitCode.OK
    assert text_of(tmp_path / "out" / "one.pdf") == ["the first page has two lines"]
    assert text_of(tmp_path / "out" / "three.pdf") == [f"page {name} of three" for name in ("one", "two", "three")]


def test_other_results_than_pdf_are_refused(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_recognition, "missing_for_text", lambda _languages: None)
    code = main(["clean", str(scans), "-o", str(tmp_path / "out"), "--searchable", "eng"])
    assert code == ExitCode.WRONG_USAGE
    assert "only PDF results can hold text, and one.png is none; add --format pdf" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_said_before_a_page_is_cleaned(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_recognition, "missing_for_text", lambda _languages: MISSING)
    code = main(["clean", str(scans), "-o", str(tmp_path / "out"), "--searchable", "eng", *NOTHING])
    assert code == ExitCode.WRONG_USAGE
    assert capsys.readouterr().err.strip() == str(MISSING)
    assert not (tmp_path / "out").exists()
