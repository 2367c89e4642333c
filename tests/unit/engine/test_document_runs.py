"""Documents whose run was stopped: what waits where, who takes it up, and that nobody sees a difference."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import docclean
from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, OutputFormat, PageJob, PageResult
from docclean.core.progress import Progress
from docclean.core.recipe import Recipe, StageSpec
from docclean.documents.page_store import folder_of
from docclean.documents.tiff_pages import count_pages
from docclean.engine.device import cpu_device
from docclean.engine.page_keys import page_key
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from tests.helpers.broken_tiffs import break_samples, rename_tag, save_pages
from tests.helpers.models import Heard, catalog_of, tiny_model, tiny_network
from tests.helpers.pages import image_in
from tests.unit.engine.test_runner import FULL, HALF, blots, document_of, job_of, run, when

PAGES = 4
EARLIER = "was finished by an earlier run"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder)
    return folder


@pytest.fixture(scope="module")
def session(models: Path) -> EngineSession:
    return EngineSession(cpu_device(), catalog_of(models))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "four.tif"
    pages = [blots(seed) for seed in range(PAGES)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def jobs_of(source: Path, out: Path, recipe: Recipe = FULL, **output: Any) -> list[PageJob]:
    return document_of(source, out, (recipe,) * PAGES, **output)


def stopped(jobs: Sequence[PageJob], session: EngineSession, page: int) -> list[PageResult]:
    """Run until a page, from 0, is read."""
    token = CancelToken()
    return run(jobs, session, when("read", token.cancel, page + 1), token)


def waiting(out: Path, name: str = "four.tif") -> list[str]:
    folder = folder_of(out / name)[0]
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def reads(jobs: Sequence[PageJob], session: EngineSession) -> tuple[list[str], list[PageResult]]:
    """Run, and name the jobs whose pages were read."""
    heard: list[str] = []

    def sink(progress: Progress) -> None:
        if progress.stage == "read":
            heard.append(progress.job_id.rpartition("#")[2])

    return heard, run(jobs, session, sink)


@pytest.mark.parametrize("file_format", [OutputFormat.KEEP, OutputFormat.PDF])
def test_stopped_run_keeps_finished_pages_and_says_where(
    source: Path, tmp_path: Path, session: EngineSession, file_format: OutputFormat
) -> None:
    results = stopped(jobs_of(source, tmp_path, format=file_format), session, 2)
    assert {result.status for result in results} == {JobStatus.CANCELLED}
    assert not (tmp_path / "four.tif").exists()
    assert sum(name.endswith((".tif", ".pdf")) for name in waiting(tmp_path)) == 2
    assert str(folder_of(tmp_path / "four.tif")[0]) in results[0].warnings[0]
    assert "the same command goes on" in results[0].warnings[0]


@settings(max_examples=12, deadline=None)
@given(stops=st.lists(st.integers(0, PAGES - 1), min_size=1, max_size=3), is_pdf=st.booleans())
def test_resumed_run_gives_the_bytes_of_one_that_was_never_stopped(
    source: Path, session: EngineSession, tmp_path_factory: pytest.TempPathFactory, stops: list[int], is_pdf: bool
) -> None:
    out = tmp_path_factory.mktemp("out")
    options: dict[str, Any] = {"format": OutputFormat.PDF} if is_pdf else {}
    run(jobs_of(source, out / "whole", **options), session)
    finished = 0
    for stop in stops:
        if finished + stop < PAGES:
            stopped(jobs_of(source, out / "parts", **options), session, stop)
            finished += stop
    heard, results = reads(jobs_of(source, out / "parts", **options), session)
    assert heard == [str(page) for page in range(finished, PAGES)]
    assert {result.status for result in results} == {JobStatus.DONE}
    assert [EARLIER in " ".join(result.warnings) for result in results] == [page < finished for page in range(PAGES)]
    assert [result.models for result in results] == [("tiny",)] * PAGES
    assert (out / "parts" / "four.tif").read_bytes() == (out / "whole" / "four.tif").read_bytes()
    assert [path.name for path in (out / "parts").iterdir()] == ["four.tif"]


def test_stop_before_the_first_page_is_finished_leaves_nothing(
    source: Path, tmp_path: Path, session: EngineSession
) -> None:
    results = stopped(jobs_of(source, tmp_path), session, 0)
    assert results[0].warnings == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("other", ["recipe", "storage", "input", "version", "weights"])
def test_pages_that_were_made_otherwise_are_not_taken(
    source: Path, tmp_path: Path, session: EngineSession, models: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "four.tif"
    shutil.copy2(source, own)
    out = tmp_path / "out"
    stopped(jobs_of(own, out), session, 3)
    jobs = jobs_of(own, out)
    match other:
        case "recipe":
            jobs = jobs_of(own, out, HALF)
        case "storage":
            jobs = jobs_of(own, out, storage={"quality": 50})
        case "input":
            os.utime(own, ns=(0, 0))
        case "version":
            monkeypatch.setattr(docclean, "__version__", "9.9.9")
        case "weights":
            changed = tmp_path / "models"
            tiny_model(changed, network=tiny_network(1))
            session = EngineSession(cpu_device(), catalog_of(changed))
    heard, results = reads(jobs, session)
    assert heard == ["0", "1", "2", "3"]
    assert not any(EARLIER in warning for result in results for warning in result.warnings)
    assert sorted(path.name for path in out.iterdir()) == ["four.tif"]


def test_page_of_another_recipe_is_made_again_and_the_others_are_taken(
    source: Path, tmp_path: Path, session: EngineSession
) -> None:
    stopped(jobs_of(source, tmp_path), session, 3)
    recipes = (FULL, HALF, FULL, FULL)
    heard, _ = reads(document_of(source, tmp_path, recipes), session)
    assert heard == ["1", "3"]
    run(document_of(source, tmp_path / "whole", recipes), session)
    assert (tmp_path / "four.tif").read_bytes() == (tmp_path / "whole" / "four.tif").read_bytes()


@pytest.mark.parametrize("damage", ["cut", "gone", "note"])
def test_page_that_was_damaged_meanwhile_is_made_again(
    source: Path, tmp_path: Path, session: EngineSession, damage: str
) -> None:
    stopped(jobs_of(source, tmp_path), session, 3)
    folder = folder_of(tmp_path / "four.tif")[0]
    match damage:
        case "cut":
            (folder / "000001.tif").write_bytes((folder / "000001.tif").read_bytes()[:-1])
        case "gone":
            (folder / "000001.tif").unlink()
        case "note":
            (folder / "000001.json").write_text("{")
    heard, results = reads(jobs_of(source, tmp_path), session)
    assert heard == ["1", "3"]
    assert {result.status for result in results} == {JobStatus.DONE}


def test_folder_of_somebody_else_is_not_touched(source: Path, tmp_path: Path, session: EngineSession) -> None:
    folder = folder_of(tmp_path / "four.tif")[0]
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    results = run(jobs_of(source, tmp_path), session)
    assert {result.status for result in results} == {JobStatus.FAILED}
    assert str(folder) in results[0].error
    assert (folder / "mine.txt").read_text() == "mine"


def test_two_runs_never_write_one_result_at_once(source: Path, tmp_path: Path, session: EngineSession) -> None:
    inner: list[PageResult] = []

    def second() -> None:
        inner.extend(run(jobs_of(source, tmp_path), session))

    results = run(jobs_of(source, tmp_path), session, when("read", second, 2))
    assert {result.status for result in inner} == {JobStatus.FAILED}
    assert "is being written by docclean already" in inner[0].error
    assert {result.status for result in results} == {JobStatus.DONE}


def test_page_that_failed_is_tried_again(
    source: Path, tmp_path: Path, session: EngineSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = CancelToken()
    jobs = jobs_of(source, tmp_path)
    unknown = Recipe(stages=(StageSpec(model="unknown"),))
    broken = [jobs[0], jobs[1].model_copy(update={"recipe": unknown}), *jobs[2:]]
    run(broken, session, when("read", token.cancel, 4), token)
    heard, results = reads(jobs, session)
    assert heard == ["1", "3"]
    assert {result.status for result in results} == {JobStatus.DONE}


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_input_that_is_cut_off_during_the_run_is_not_taken_for_a_damaged_one(
    source: Path, tmp_path: Path, session: EngineSession, kept: float
) -> None:
    own = tmp_path / "four.tif"
    shutil.copy2(source, own)

    def cut() -> None:
        content = own.read_bytes()
        own.write_bytes(content[: int(kept * len(content))])

    results = run(jobs_of(own, tmp_path / "out"), session, when("read", cut, 2))
    assert {result.status for result in results} == {JobStatus.FAILED}
    assert "changed" in {result.error_code for result in results}
    assert not (tmp_path / "out" / "four.tif").exists()


@pytest.mark.parametrize("is_lost", [False, True])
def test_page_that_cannot_be_read_is_tried_again_when_the_run_goes_on(
    tmp_path: Path, session: EngineSession, *, is_lost: bool
) -> None:
    own = save_pages(tmp_path / "four.tif", [blots(seed) for seed in range(PAGES)])
    if is_lost:
        rename_tag(own, 1, 256, 65000)
    else:
        break_samples(own, 1)
    assert stopped(jobs_of(own, tmp_path / "out"), session, 3)[0].status is JobStatus.CANCELLED
    heard, results = reads(jobs_of(own, tmp_path / "out"), session)
    assert heard == ["1", "3"]
    assert [result.status for result in results] == [JobStatus.DONE, JobStatus.FAILED, JobStatus.DONE, JobStatus.DONE]
    assert results[1].error_code == ("missing" if is_lost else "read")
    assert count_pages(tmp_path / "out" / "four.tif") == PAGES - is_lost


def test_note_tells_what_the_folder_is_and_holds_no_recipe_of_pages(
    source: Path, tmp_path: Path, session: EngineSession
) -> None:
    stopped(jobs_of(source, tmp_path), session, 1)
    note = json.loads((folder_of(tmp_path / "four.tif")[0] / "note.json").read_text())
    assert note["program"] == "docclean"
    assert note["input"] == str(source)
    assert note["result"] == "four.tif"


def test_key_of_a_page_does_not_depend_on_where_the_result_goes(
    source: Path, tmp_path: Path, session: EngineSession
) -> None:
    keys = {page_key(job, session) for out in ("a", "b") for job in jobs_of(source, tmp_path / out)}
    assert len(keys) == PAGES


_VICTIM = """
import sys, time
from pathlib import Path
from tests.unit.engine import test_document_runs as here

here.be_killed(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
"""


def be_killed(source: Path, out: Path, models: Path) -> None:
    """Clean in a process that is going to be killed at the third page."""

    def sink(progress: Progress) -> None:
        if progress.stage == "read" and progress.job_id.endswith("#2"):
            sys.stdout.write("now\n")
            sys.stdout.flush()
            time.sleep(60)

    list(run_jobs(jobs_of(source, out), EngineSession(cpu_device(), catalog_of(models)), sink, CancelToken()))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a thing of Unix")
def test_killed_process_leaves_pages_that_the_next_one_takes(
    source: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    command = [sys.executable, "-c", _VICTIM, str(source), str(tmp_path / "out"), str(models)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(docclean.__file__).parents[1]) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"now\n"
        victim.send_signal(signal.SIGKILL)
    assert not (tmp_path / "out" / "four.tif").exists()
    heard, _ = reads(jobs_of(source, tmp_path / "out"), session)
    assert heard == ["2", "3"]
    run(jobs_of(source, tmp_path / "whole"), session)
    assert (tmp_path / "out" / "four.tif").read_bytes() == (tmp_path / "whole" / "four.tif").read_bytes()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["four.tif"]


# Several inputs into one file


def joined(folder: Path, out: Path) -> list[PageJob]:
    names = [("a.png", 0, 1), ("two.tif", 0, 2), ("two.tif", 1, 2), ("b.png", 0, 1)]
    jobs = [
        job_of(folder / name, out, number=page, pages=pages, format=OutputFormat.PDF, joins_inputs=True)
        for name, page, pages in names
    ]
    return [job.model_copy(update={"output": job.output.model_copy(update={"path": out / "all.pdf"})}) for job in jobs]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for seed, name in enumerate("ab"):
        blots(seed).save(folder / f"{name}.png", dpi=(100, 100))
    image_in("L", 40, 60).save(folder / "two.tif", save_all=True, append_images=[image_in("RGB", 60, 40)], dpi=(72, 72))
    return folder


def test_inputs_that_are_joined_are_pages_of_one_file(folder: Path, tmp_path: Path, session: EngineSession) -> None:
    results = run(joined(folder, tmp_path / "out"), session)
    assert {(result.status, result.output) for result in results} == {(JobStatus.DONE, tmp_path / "out" / "all.pdf")}
    with pikepdf.open(tmp_path / "out" / "all.pdf") as pdf:
        sizes = [[round(float(side), 1) for side in page.mediabox[2:]] for page in pdf.pages]
    assert sizes == [[43.2, 28.8], [60, 40], [40, 60], [43.2, 28.8]]


def test_inputs_that_are_joined_are_resumed_too(folder: Path, tmp_path: Path, session: EngineSession) -> None:
    run(joined(folder, tmp_path / "whole"), session)
    stopped(joined(folder, tmp_path / "parts"), session, 2)
    heard, _ = reads(joined(folder, tmp_path / "parts"), session)
    assert len(heard) == 2
    assert (tmp_path / "parts" / "all.pdf").read_bytes() == (tmp_path / "whole" / "all.pdf").read_bytes()


def test_progress_of_a_page_that_was_taken_is_told(source: Path, tmp_path: Path, session: EngineSession) -> None:
    stopped(jobs_of(source, tmp_path), session, 2)
    heard = Heard()
    run(jobs_of(source, tmp_path), session, heard)
    assert [(each.stage, each.done) for each in heard if each.job_id.endswith("#0")] == [("write", 1)]
