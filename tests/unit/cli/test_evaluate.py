import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.core.cancel import CancelToken
from docclean.core.page import Page
from docclean.core.progress import ProgressSink
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog

CleanPage = Callable[[Page, str, ProgressSink, CancelToken], Page]


@pytest.fixture
def folders(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for folder, level in (("dirty", 200), ("clean", 255)):
        (tmp_path / folder).mkdir()
        for name in ("p1.png", "p2.png"):
            Image.new("L", (40, 30), level).save(tmp_path / folder / name)
    return ["evaluate", "--dirty", str(tmp_path / "dirty"), "--clean", str(tmp_path / "clean")]


def use(pipeline: CleanPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EngineSession, "pipeline", lambda self, recipe: pipeline)


def same(page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
    cancel.raise_if_cancelled()
    return page


def test_evaluate_prints_every_page_and_the_mean(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(folders) == 0
    output, errors = capsys.readouterr()
    header, *lines = output.splitlines()
    assert header.split() == ["RMSE", "PSNR/dB", "SSIM", "ink", "lost", "ink", "added", "color", "marks", "CER"]
    assert [line.split()[0] for line in lines] == ["p1.png", "cleaned", "p2.png", "cleaned", "mean", "cleaned"]
    assert lines[0].split()[1:4] == ["raw", "0.2157", "13.32"]
    assert errors.startswith("2 pages with denoise-standard-8 on CPU (")
    assert "\x1b" not in errors


def test_evaluate_report_is_json_without_infinity(
    folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(same, monkeypatch)
    Image.new("L", (40, 30), 255).save(tmp_path / "dirty" / "p1.png")
    report = tmp_path / "new" / "r.json"
    assert main([*folders, "--json", str(report), "--model", "wash-1"]) == 0
    values = json.loads(report.read_text(encoding="utf-8"))
    assert values["model"] == "wash-1"
    assert values["totals"] == {"pages": 2, "done": 2, "failed": 0}
    assert values["pages"][0]["cleaned"]["psnr_db"] is None
    assert values["mean"]["cleaned"]["psnr_db"] == pytest.approx(13.32, abs=0.01)
    assert values["mean"]["raw"]["rmse"] == pytest.approx(55 / 255 / 2)


def test_evaluate_with_page_that_has_no_twin_ends_with_1(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clean" / "p2.png").unlink()
    report = tmp_path / "r.json"
    assert main([*folders, "--json", str(report)]) == 1
    assert f"failed: {tmp_path / 'dirty' / 'p2.png'}: has no clean twin" in capsys.readouterr().err
    values = json.loads(report.read_text(encoding="utf-8"))
    assert [bool(page["error"]) for page in values["pages"]] == [False, True]
    assert values["pages"][1]["clean"] is None


def test_evaluate_where_no_page_can_be_read_prints_no_table(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("p1.png", "p2.png"):
        (tmp_path / "dirty" / name).write_bytes(b"")
    assert main([*folders, "--json", str(tmp_path / "r.json")]) == 1
    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["mean"] == {"raw": None, "cleaned": None}


def test_evaluate_interrupted_shows_what_is_done_and_ends_with_130(
    folders: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        signal.raise_signal(signal.SIGINT)
        return page

    use(interrupt, monkeypatch)
    assert main(folders) == 130
    assert "mean of 1 page" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--model", "mine"], 2, "There is no model named 'mine'"),
        (["--device", "tpu"], 2, "'tpu' is not a device"),
        (["--json", "r.png"], 2, "--json r.png: is the name of a page"),
        (["--clean", "nowhere"], 2, "nowhere: is not a folder"),
        (["--clean", "."], 1, "no page has a twin in ."),
    ],
)
def test_evaluate_that_cannot_be_is_one_sentence(
    options: list[str],
    code: int,
    sentence: str,
    folders: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*folders, *options]) == code
    errors = capsys.readouterr().err
    assert sentence in errors
    assert len(errors.splitlines()) == 1


def test_evaluate_with_ocr_and_without_tesseract_is_one_sentence(
    folders: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pytesseract", None)
    assert main([*folders, "--ocr"]) == 2
    errors = capsys.readouterr().err
    assert "pip install 'docclean[ocr]'" in errors
    assert len(errors.splitlines()) == 1
