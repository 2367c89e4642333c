import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.job import JobStatus, OutputSpec, PageJob, PageResult
from docclean.core.recipe import Recipe
from docclean.documents.discover import Skipped
from docclean.engine.csv_report import csv_report
from docclean.engine.planning import CleanPlan
from docclean.engine.report_files import open_report
from docclean.engine.run_report import CSV_COLUMNS, clean_report
from tests.helpers.pages import source_of

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def report_for(name: str, warnings: tuple[str, ...] = ()) -> tuple[CleanPlan, dict[str, PageResult]]:
    job = PageJob(id="0", source=source_of(Path(name)), recipe=Recipe(), output=OutputSpec(path=Path("out.png")))
    result = PageResult(
        job_id="0", status=JobStatus.DONE, output=Path("out.png"), seconds=1.5, warnings=warnings, models=("a", "b")
    )
    return CleanPlan((job,), (Skipped(Path("notes.txt"), "is no image."),), ()), {"0": result}


def table(content: bytes) -> list[dict[str, Any]]:
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines(keepends=True)))


def test_rows_can_be_read_back() -> None:
    first, second = table(csv_report(clean_report(*report_for('a, "b".png', ("One.", "Two; three.")))))
    assert (first["status"], first["input"], first["page"], first["seconds"]) == ("done", 'a, "b".png', "1", "1.5")
    assert (first["models"], first["warnings"]) == ("a b", "One. Two; three.")
    assert (second["status"], second["input"], second["warnings"]) == ("skipped", "notes.txt", "is no image.")


def test_spreadsheets_learn_the_encoding_and_the_lines_end_as_they_should() -> None:
    content = csv_report(clean_report(*report_for("ä.png")))
    assert content.startswith(b"\xef\xbb\xbf" + ",".join(CSV_COLUMNS).encode() + b"\r\n")
    assert content.endswith(b"\r\n")


@pytest.mark.parametrize("start", STARTS)
def test_text_that_would_be_computed_is_text(start: str) -> None:
    (row, _) = table(csv_report(clean_report(*report_for(f"{start}1+1.png"))))
    assert row["input"].replace("\r\n", "\n") == f"'{start}1+1.png".replace("\r\n", "\n")


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda name: "\0" not in name))
def test_no_cell_begins_as_a_formula(name: str) -> None:
    content = csv_report(clean_report(*report_for(name, (name,))))
    for row in csv.reader(content.decode("utf-8-sig").splitlines(keepends=True)):
        assert not [cell for cell in row if cell[:1] and cell[0] in STARTS]


def test_name_that_is_not_unicode_is_no_obstacle() -> None:
    (row, _) = table(csv_report(clean_report(*report_for("a\udcff.png"))))
    assert row["input"] == "a\\udcff.png"


def test_table_is_written(tmp_path: Path) -> None:
    plan, results = report_for("a.png")
    with open_report(tmp_path / "r.CSV", plan) as report:
        report.commit(results)
    assert (tmp_path / "r.CSV").read_bytes() == csv_report(clean_report(plan, results))
