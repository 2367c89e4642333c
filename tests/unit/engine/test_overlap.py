"""Reading ahead and writing behind: nobody sees a difference but in time, and memory stays bounded."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, OutputFormat, PageJob, PageResult
from docclean.core.page import Page, PageSource
from docclean.core.progress import NullProgress, Progress, ProgressSink
from docclean.documents.reader import read_page
from docclean.documents.writer import write_page
from docclean.engine import overlap
from docclean.engine.device import cpu_device
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from tests.helpers.models import Heard, catalog_of, tiny_model
from tests.unit.engine.test_runner import UNKNOWN, blots, document_of, files_in, job_of, when

PATIENCE_S = 20.0
"""Only a test that fails waits so long."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    return EngineSession(cpu_device(), catalog_of(models))


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("docclean-")] == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with pages: 0.png to 4.png, empty.png (no image), three.tif (three pages)."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        blots(number).save(folder / f"{number}.png")
    (folder / "empty.png").touch()
    pages = [blots(seed) for seed in (10, 11, 12)]
    pages[0].save(folder / "three.tif", save_all=True, append_images=pages[1:])
    return folder


def run(
    jobs: Sequence[PageJob],
    session: EngineSession,
    progress: ProgressSink | None = None,
    cancel: CancelToken | None = None,
    *,
    overlaps: bool = True,
) -> list[PageResult]:
    sink = NullProgress() if progress is None else progress
    return list(run_jobs(jobs, session, sink, cancel or CancelToken(), overlaps=overlaps))


def everything(folder: Path, out: Path) -> list[PageJob]:
    """Give jobs of every kind, good and bad."""
    unreadable = document_of(folder / "three.tif", out / "unreadable")
    gone = unreadable[1].source.model_copy(update={"page": 7, "pages": 8})
    unreadable[1] = unreadable[1].model_copy(update={"source": gone})
    unknown = document_of(folder / "three.tif", out / "unknown")
    unknown[1] = unknown[1].model_copy(update={"recipe": UNKNOWN})
    return [
        job_of(folder / "0.png", out),
        job_of(folder / "empty.png", out),
        *document_of(folder / "three.tif", out),
        job_of(folder / "missing.png", out),
        *unreadable,
        *unknown,
        job_of(folder / "1.png", out, UNKNOWN),
        job_of(folder / "2.png", out),
        *document_of(folder / "three.tif", out / "pdf", format=OutputFormat.PDF),
    ]


def told(results: Sequence[PageResult], out: Path) -> list[dict[str, Any]]:
    """Give what results say but for time and place."""
    facts = [result.model_dump(mode="json", exclude={"seconds", "input_state", "input_sha256"}) for result in results]
    return [{name: str(value).replace(str(out), "OUT") for name, value in each.items()} for each in facts]


def contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_results_and_bytes_are_those_of_one_step_after_the_other(
    folder: Path, tmp_path: Path, session: EngineSession
) -> None:
    outs = tmp_path / "one", tmp_path / "other"
    results = [
        told(run(everything(folder, out), session, overlaps=overlaps), out)
        for out, overlaps in zip(outs, (False, True), strict=True)
    ]
    assert results[0] == results[1]
    assert contents(outs[0]) == contents(outs[1])
    assert len(contents(outs[1])) == 5


def test_progress_is_told_in_the_thread_that_asks_for_results(
    folder: Path, tmp_path: Path, session: EngineSession
) -> None:
    threads = set()
    heard = Heard()

    def sink(progress: Progress) -> None:
        threads.add(threading.current_thread())
        heard(progress)

    jobs = [job_of(folder / "0.png", tmp_path / "out"), *document_of(folder / "three.tif", tmp_path / "out")]
    run(jobs, session, sink)
    assert threads == {threading.current_thread()}
    stages = [(progress.job_id, progress.stage) for progress in heard]
    assert stages == [(job.id, stage) for job in jobs for stage in ("read", "denoise", "write")]


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of files as they are read."""
    names: list[str] = []
    real = read_page

    def read(source: PageSource, **options: Any) -> Page:
        names.append(source.path.name)
        return real(source, **options)

    monkeypatch.setattr("docclean.engine.attempt.read_page", read)
    return names


@pytest.fixture
def held_writing(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let nothing be written until the event is set."""
    go_on = threading.Event()
    real = write_page

    def write(*arguments: Any) -> Any:
        assert go_on.wait(PATIENCE_S)
        return real(*arguments)

    monkeypatch.setattr("docclean.engine.file_runs.write_page", write)
    return go_on


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait in the thread of the caller, which the others do not need."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE_S / 0.02)):
        if condition():
            return True
        waiting.wait(0.02)
    return False


def test_page_behind_is_read_while_one_is_restored(
    folder: Path, tmp_path: Path, session: EngineSession, reading: list[str]
) -> None:
    seen = []

    def look() -> None:
        seen.append(wait_until(lambda: "1.png" in reading))

    jobs = [job_of(folder / f"{number}.png", tmp_path / "out") for number in range(2)]
    run(jobs, session, when("denoise", look))
    assert seen == [True]


def test_page_is_restored_while_the_one_in_front_is_written(
    folder: Path, tmp_path: Path, session: EngineSession, held_writing: threading.Event
) -> None:
    jobs = [job_of(folder / f"{number}.png", tmp_path / "out") for number in range(2)]
    results = run(jobs, session, when("denoise", held_writing.set, 2))
    assert [result.status for result in results] == [JobStatus.DONE] * 2


def test_pages_in_memory_are_bounded(
    folder: Path, tmp_path: Path, session: EngineSession, reading: list[str], held_writing: threading.Event
) -> None:
    jobs = [
        job_of(folder / "0.png", tmp_path / "out").model_copy(
            update={"output": job_of(folder / f"{number}.png", tmp_path / "out").output}
        )
        for number in range(20)
    ]
    most = overlap.MOST_BEHIND + overlap.MOST_AHEAD + 1
    results = run_jobs(jobs, session, NullProgress(), CancelToken(), overlaps=True)
    taken: list[PageResult] = []
    taker = threading.Thread(target=lambda: taken.extend(results))
    taker.start()
    assert wait_until(lambda: len(reading) >= most)
    assert not threading.Event().wait(0.2)  # time for one too many
    assert len(reading) == most
    held_writing.set()
    taker.join()
    assert len(taken) == 20


def test_next_to_a_very_large_page_there_is_no_other(
    folder: Path,
    tmp_path: Path,
    session: EngineSession,
    reading: list[str],
    held_writing: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlap, "MOST_PIXELS", 0)
    read_then = []

    def let_go() -> None:
        read_then.append(len(reading))
        held_writing.set()

    threading.Timer(0.3, let_go).start()
    run([job_of(folder / f"{number}.png", tmp_path / "out") for number in range(4)], session)
    assert read_then == [1]
    assert len(reading) == 4


@pytest.mark.parametrize("stage", ["read", "denoise", "write"])
def test_cancel_leaves_no_half_file_and_cancels_the_rest(
    folder: Path, tmp_path: Path, session: EngineSession, stage: str
) -> None:
    token, out = CancelToken(), tmp_path / "out"
    jobs = [job_of(folder / f"{number}.png", out) for number in range(5)]
    results = run(jobs, session, when(stage, token.cancel, 2), token)
    done = [result for result in results if result.status is JobStatus.DONE]
    assert len(done) == (2 if stage == "write" else 1)
    assert {result.status for result in results[len(done) :]} == {JobStatus.CANCELLED}
    assert files_in(out) == [f"{number}.png" for number in range(len(done))]


def test_page_that_is_skipped_leaves_the_others(folder: Path, tmp_path: Path, session: EngineSession) -> None:
    jobs = [job_of(folder / f"{number}.png", tmp_path / "out") for number in range(3)]
    cancel = CancelToken()
    skip = {jobs[1].id: CancelToken(cancel)}
    skip[jobs[1].id].cancel()
    results = run_jobs(jobs, session, NullProgress(), cancel, skip, overlaps=True)
    assert [result.status for result in results] == [JobStatus.DONE, JobStatus.CANCELLED, JobStatus.DONE]


def test_document_that_was_stopped_goes_on_and_reads_only_what_is_left(
    folder: Path, tmp_path: Path, session: EngineSession, reading: list[str]
) -> None:
    token = CancelToken()
    run(document_of(folder / "three.tif", tmp_path / "parts"), session, when("denoise", token.cancel, 3), token)
    assert files_in(tmp_path / "parts") == []
    reading.clear()
    heard = Heard()
    results = run(document_of(folder / "three.tif", tmp_path / "parts"), session, heard)
    assert [result.status for result in results] == [JobStatus.DONE] * 3
    assert reading == ["three.tif"]
    assert [(each.stage, each.done) for each in heard if each.job_id.endswith("#1")] == [("write", 1)]
    run(document_of(folder / "three.tif", tmp_path / "whole"), session, overlaps=False)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_documents_of_one_name_never_become_one_file(folder: Path, tmp_path: Path, session: EngineSession) -> None:
    (folder / "second").mkdir()
    (folder / "second" / "three.tif").write_bytes((folder / "three.tif").read_bytes())
    jobs = [
        *document_of(folder / "three.tif", tmp_path / "out"),
        *document_of(folder / "second" / "three.tif", tmp_path / "out"),
    ]
    results = run(jobs, session)
    assert [result.status for result in results] == [JobStatus.DONE] * 3 + [JobStatus.FAILED] * 3
    assert "exists already" in results[3].error


@pytest.mark.parametrize("stage", ["read", "denoise", "write"])
def test_interrupt_passes_through_and_leaves_nothing_half_written(
    folder: Path, tmp_path: Path, session: EngineSession, stage: str
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(document_of(folder / "three.tif", tmp_path / "out"), session, when(stage, interrupt, 2))
    assert files_in(tmp_path / "out") == []


def test_interrupt_in_the_writing_thread_passes_through(
    folder: Path, tmp_path: Path, session: EngineSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    for jobs in ([job_of(folder / "0.png", tmp_path / "out")], document_of(folder / "three.tif", tmp_path / "out")):
        with pytest.raises(KeyboardInterrupt):
            run(jobs, session)
    assert files_in(tmp_path / "out") == []


def test_run_that_is_given_up_leaves_nothing_half_written(
    folder: Path, tmp_path: Path, session: EngineSession, held_writing: threading.Event
) -> None:
    held_writing.set()
    jobs = [job_of(folder / "0.png", tmp_path / "out"), *document_of(folder / "three.tif", tmp_path / "out")]
    results = run_jobs(jobs, session, NullProgress(), CancelToken(), overlaps=True)
    next(results)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    assert files_in(tmp_path / "out") == ["0.png"]
