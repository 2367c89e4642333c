"""`docclean reproduce` from the command line: sentences and exit codes."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.models.catalog import Catalog


@pytest.fixture
def result(tmp_path: Path, catalog: Catalog) -> Path:
    samples = np.random.default_rng(0).integers(0, 200, (8, 12), dtype=np.uint8).repeat(5, 0).repeat(5, 1)
    (tmp_path / "in").mkdir()
    Image.fromarray(samples).save(tmp_path / "in" / "a.png")
    options = ["-o", str(tmp_path / "out"), "--device", "cpu", "--receipts", "both"]
    assert main(["clean", str(tmp_path / "in"), *options]) == 0
    return tmp_path / "out" / "a.png"


def test_equal_result_ends_with_0(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.read_bytes() for path in result.parent.iterdir())
    assert main(["reproduce", str(result)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "equal bytes: the result came out again, byte for byte."
    assert sorted(path.read_bytes() for path in result.parent.iterdir()) == before


def test_changed_result_ends_with_1_and_a_report(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (60, 40), 7).save(result)
    report = result.parent / "r.json"
    assert main(["reproduce", str(result), "--json", str(report)]) == 1
    output, errors = capsys.readouterr()
    assert output.splitlines()[-1] == "differs: 1 page of 1."
    assert "of 2,400 pixels differ, the largest difference is" in errors
    values = json.loads(report.read_text(encoding="utf-8"))
    assert values["likeness"] == "differs"
    assert values["pages"][0]["pixels"] == 2400


@pytest.mark.parametrize("target", ["in/a.png", "none.png", "in"])
def test_what_cannot_be_made_again_ends_with_2_and_one_sentence(
    result: Path, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    capsys.readouterr()
    path = result.parents[1] / target
    assert main(["reproduce", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}: ")


def test_named_input_is_tried_first(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = result.parents[1] / "in" / "a.png"
    moved = page.rename(result.parents[1] / "b.png")
    assert main(["reproduce", str(result)]) == 2
    assert main(["reproduce", str(result), "--input", str(moved)]) == 0
    assert "name it with --input" in capsys.readouterr().err


def test_report_does_not_replace_what_is_none(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = result.parent / "notes.txt"
    notes.write_text("mine", encoding="utf-8")
    assert main(["reproduce", str(result), "--json", str(notes)]) == 2
    assert notes.read_text(encoding="utf-8") == "mine"
    assert "is not a report of docclean" in capsys.readouterr().err


def test_wrong_word_for_receipts_is_refused(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean", str(result), "-o", str(result.parent / "o"), "--receipts", "maybe"]) == 2
    assert "--receipts maybe: is not known; choose embedded, sidecar, both, none." in capsys.readouterr().err
