"""What `docclean clean` makes of results. The engine is a script here; tests/integration has the real one."""

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.core.cancel import CancelToken
from docclean.core.errors import WriteError
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import ProgressSink
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog

Outcome = Callable[[int, PageJob, CancelToken], PageResult]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        Image.new("L", (9, 7)).save(folder / f"p{number}.png")
    return folder


@pytest.fixture
def engine(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> Callable[[Outcome], None]:
    """Let `run_jobs` give scripted results."""

    def script(outcome: Outcome) -> None:
        def run(
            jobs: Sequence[PageJob], session: EngineSession, progress: ProgressSink, cancel: CancelToken, **_: Any
        ) -> Iterator[PageResult]:
            for number, job in enumerate(jobs):
                yield outcome(number, job, cancel)

        monkeypatch.setattr("docclean.cli.clean.run_jobs", run)

    return script


def done(job: PageJob, **facts: Any) -> PageResult:
    return PageResult(job_id=job.id, status=JobStatus.DONE, output=job.output.path, **facts)


def clean(scans: Path, *options: str) -> tuple[int, Any]:
    report = scans.parent / "report.json"
    code = main(["clean", str(scans), "-o", str(scans.parent / "out"), "--json", str(report), *options])
    return code, json.loads(report.read_text(encoding="utf-8")) if report.exists() else None


@pytest.mark.parametrize(("left", "told"), [(1, "2 cleaned, 1 left as it was"), (3, "3 left as they were")])
def test_pages_without_a_change_are_not_called_cleaned(
    left: int, told: str, scans: Path, engine: Callable[[Outcome], None], capsys: pytest.CaptureFixture[str]
) -> None:
    engine(lambda number, job, cancel: done(job, is_untouched=number < left))
    assert clean(scans)[0] == 0
    assert capsys.readouterr().out == f"3 pages: {told}. The results are in {scans.parent / 'out'}\n"


def test_all_pages_done_ends_with_0(
    scans: Path, engine: Callable[[Outcome], None], capsys: pytest.CaptureFixture[str]
) -> None:
    engine(lambda number, job, cancel: done(job))
    assert clean(scans)[0] == 0
    output, errors = capsys.readouterr()
    assert output == f"3 pages: 3 cleaned. The results are in {scans.parent / 'out'}\n"
    assert errors.startswith("3 pages on CPU (")
    assert "\x1b" not in errors
    assert f"[3/3] {scans / 'p2.png'}: done in 0.0 s" in errors


def test_failed_page_ends_with_1_and_its_sentence(
    scans: Path, engine: Callable[[Outcome], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail_second(number: int, job: PageJob, cancel: CancelToken) -> PageResult:
        if number != 1:
            return done(job)
        return PageResult(job_id=job.id, status=JobStatus.FAILED, error="p1.png: is damaged.", error_code="read")

    engine(fail_second)
    code, report = clean(scans)
    output, errors = capsys.readouterr()
    assert code == 1
    assert "failed: p1.png: is damaged.\n" in errors
    assert output.startswith("3 pages: 2 cleaned, 1 failed (p1.png).")
    assert [page["status"] for page in report["pages"]] == ["done", "failed", "done"]


def test_first_interrupt_cancels_and_ends_with_130(
    scans: Path, engine: Callable[[Outcome], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt_second(number: int, job: PageJob, cancel: CancelToken) -> PageResult:
        if number == 1:
            signal.raise_signal(signal.SIGINT)
        return PageResult(job_id=job.id, status=JobStatus.CANCELLED) if cancel.is_cancelled else done(job)

    engine(interrupt_second)
    code, report = clean(scans)
    assert code == 130
    assert [page["status"] for page in report["pages"]] == ["done", "cancelled", "cancelled"]
    assert capsys.readouterr().out.startswith("3 pages: 1 cleaned, 2 not finished because you stopped it. The ")


def test_second_interrupt_ends_at_once_and_still_reports(scans: Path, engine: Callable[[Outcome], None]) -> None:
    def interrupt_twice(number: int, job: PageJob, cancel: CancelToken) -> PageResult:
        if number == 1:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        return done(job)

    engine(interrupt_twice)
    code, report = clean(scans)
    assert code == 130
    assert [page["status"] for page in report["pages"]] == ["done", "cancelled", "cancelled"]


def test_interrupt_after_the_last_page_changes_nothing(scans: Path, engine: Callable[[Outcome], None]) -> None:
    def interrupt_last(number: int, job: PageJob, cancel: CancelToken) -> PageResult:
        if number == 2:
            signal.raise_signal(signal.SIGINT)
        return done(job)

    engine(interrupt_last)
    assert clean(scans)[0] == 0


def test_same_warning_of_many_pages_is_printed_once(
    scans: Path, engine: Callable[[Outcome], None], capsys: pytest.CaptureFixture[str]
) -> None:
    engine(lambda number, job, cancel: done(job, warnings=("The profile was dropped.",)))
    clean(scans)
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
    assert notes == [f"note: {scans / 'p0.png'} and 2 other pages: The profile was dropped."]


def test_skipped_files_are_listed_up_to_a_limit(
    scans: Path, engine: Callable[[Outcome], None], capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(25):
        (scans / f"{number}.txt").touch()
    engine(lambda number, job, cancel: done(job))
    _, report = clean(scans)
    output, errors = capsys.readouterr()
    assert "3 pages: 3 cleaned. 25 files skipped." in output
    assert errors.count("skipped: ") == 21
    assert "5 more; a report (--report, --json) lists all." in errors
    assert len(report["skipped"]) == 25


def test_report_that_cannot_be_written_is_one_sentence_and_1(
    scans: Path,
    engine: Callable[[Outcome], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(path: Path, report: Any) -> None:
        raise WriteError(path, "the disk is full.")

    monkeypatch.setattr("docclean.engine.run_report.write_report", fail)
    engine(lambda number, job, cancel: done(job))
    assert clean(scans)[0] == 1
    output, errors = capsys.readouterr()
    assert "report.json: the disk is full.\n" in errors
    assert "3 pages: 3 cleaned" in output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--task", "blur"], "--task blur: is not a task"),
        (["--task", "colorize"], "No installed model does the task 'colorize'"),
        (["--model", "mine"], "There is no model named 'mine'"),
        (["--model", "wash-1"], "add --task dewatermark or choose another model"),
        (["--device", "tpu"], "'tpu' is not a device"),
        (["--format", "djvu"], "--format djvu: is not a format to write"),
        (["--json", "page.png"], "--json page.png: is the name of a page"),
    ],
)
def test_wrong_request_ends_with_2_before_any_page(
    options: list[str],
    sentence: str,
    scans: Path,
    engine: Callable[[Outcome], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine(lambda number, job, cancel: pytest.fail("a page was touched"))
    assert clean(scans, *options)[0] == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert sentence in errors
    assert len(errors.splitlines()) == 1


def test_nothing_but_missing_inputs_ends_with_1_and_a_report(
    catalog: Catalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = clean(tmp_path / "nowhere")
    assert code == 1
    assert [(page["status"], page["page"]) for page in report["pages"]] == [("failed", None)]
    output, errors = capsys.readouterr()
    assert output == "1 page: 0 cleaned, 1 failed (nowhere).\n"
    assert errors.startswith(f"failed: {tmp_path / 'nowhere'}: was not found")
