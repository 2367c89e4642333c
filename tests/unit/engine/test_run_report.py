import json
from pathlib import Path

import pytest

from docclean import __version__
from docclean.core.errors import WriteError
from docclean.core.job import JobStatus, OutputSpec, PageJob, PageResult
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe
from docclean.documents.discover import Skipped
from docclean.engine.planning import CleanPlan, Refused
from docclean.engine.run_report import clean_report, write_report


def job(number: int) -> PageJob:
    return PageJob(
        id=str(number),
        source=PageSource(path=Path("in.tif"), page=number, pages=3, relative=Path("in.tif")),
        recipe=Recipe(),
        output=OutputSpec(path=Path("out.tif")),
    )


def test_report_has_a_row_per_page_and_per_input_that_failed() -> None:
    plan = CleanPlan(
        jobs=(job(0), job(1), job(2)),
        skipped=(Skipped(Path("notes.txt"), "is no image."),),
        failed=(Refused(Path("gone.png"), "gone.png: was not found."), Refused(Path("in.tif"), "x.", "write", 0)),
    )
    results = {
        "0": PageResult(
            job_id="0",
            status=JobStatus.DONE,
            output=Path("out.tif"),
            seconds=1.5,
            device="CPU",
            models=("m-1",),
            warnings=("Slow.",),
        ),
        "1": PageResult(job_id="1", status=JobStatus.FAILED, error="in.tif: is damaged.", error_code="read"),
    }
    report = clean_report(plan, results)
    assert report["version"] == __version__
    assert report["totals"] == {"pages": 5, "done": 1, "failed": 3, "cancelled": 1, "skipped": 1}
    assert report["skipped"] == [{"path": "notes.txt", "reason": "is no image."}]
    assert report["pages"][0] == {
        "input": "in.tif",
        "page": 1,
        "output": "out.tif",
        "status": "done",
        "seconds": 1.5,
        "device": "CPU",
        "tasks": ["denoise"],
        "models": ["m-1"],
        "warnings": ["Slow."],
        "error": "",
        "error_code": "",
    }
    assert [(row["page"], row["status"], row["error"]) for row in report["pages"][1:]] == [
        (2, "failed", "in.tif: is damaged."),
        (3, "cancelled", ""),
        (None, "failed", "gone.png: was not found."),
        (1, "failed", "x."),
    ]
    assert all(row.keys() == report["pages"][0].keys() for row in report["pages"])


def test_report_file_is_json_whatever_the_names_are(tmp_path: Path) -> None:
    report = {"names": ["Grüße 🦊", "broken\udcff", 'quote"\n']}
    write_report(tmp_path / "r.json", report)
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == report


def test_report_with_infinity_is_refused_and_leaves_the_old_one(tmp_path: Path) -> None:
    write_report(tmp_path / "r.json", {"old": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_report(tmp_path / "r.json", {"psnr_db": float("inf")})
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == {"old": 1}


def test_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="its folder is gone"):
        write_report(tmp_path / "nowhere" / "r.json", {})


def test_report_names_a_result_that_was_there_once() -> None:
    plan = CleanPlan(jobs=(), skipped=(), failed=(), existing=(job(0), job(1)))
    report = clean_report(plan, {})
    assert report["skipped"] == [{"path": "in.tif", "reason": "has its result already: out.tif"}]
    assert report["totals"]["skipped"] == 1
