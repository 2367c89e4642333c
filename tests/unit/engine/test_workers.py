"""Runs over several processes: everything is done once, whatever becomes of the workers."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from docclean.core.cancel import CancelToken
from docclean.core.errors import ModelError, WorkerError, WriteError
from docclean.core.files import full_state_of, sha256_of
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import NullProgress, Progress, ProgressSink
from docclean.engine.device import cpu_device
from docclean.engine.input_facts import has_settled
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.engine.worker_engine import EngineSetup, WorkerEngine
from docclean.engine.worker_messages import Announced, Done, Idle, Lost, Message, Ready
from docclean.engine.worker_processes import ProcessCrew
from docclean.engine.workers import MOST_LOSSES, WorkerRun
from tests.helpers.models import Heard, catalog_of, tiny_model
from tests.unit.engine.test_overlap import contents, told
from tests.unit.engine.test_runner import UNKNOWN, blots, document_of, files_in, job_of

needs_kill = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a thing of Unix")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder)
    return folder


@pytest.fixture(scope="module")
def session(models: Path) -> EngineSession:
    return EngineSession(cpu_device(), catalog_of(models))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    for number in range(6):
        blots(number).save(folder / f"{number}.png")
    (folder / "empty.png").touch()
    pages = [blots(seed) for seed in (10, 11, 12)]
    pages[0].save(folder / "three.tif", save_all=True, append_images=pages[1:])
    return folder


def jobs_of(folder: Path, out: Path) -> list[PageJob]:
    return [
        *(job_of(folder / f"{number}.png", out) for number in range(6)),
        *document_of(folder / "three.tif", out),
        job_of(folder / "empty.png", out),
        job_of(folder / "0.png", out / "unknown", UNKNOWN),
    ]


def crew_of(models: Path, size: int = 2) -> ProcessCrew:
    return ProcessCrew(size, EngineSetup(catalog=catalog_of(models)))


def run(
    crew: Any, jobs: Sequence[PageJob], session: EngineSession, progress: ProgressSink | None = None, **options: Any
) -> list[PageResult]:
    sink = NullProgress() if progress is None else progress
    cancel = options.pop("cancel", CancelToken())
    return list(WorkerRun(crew).run_jobs(jobs, session, sink, cancel, **options))


def by_job(results: Sequence[PageResult], out: Path) -> list[dict[str, Any]]:
    return sorted(told(results, out), key=lambda facts: (str(facts["job_id"]), str(facts["status"])))


def alone(jobs: Sequence[PageJob], session: EngineSession) -> list[PageResult]:
    return list(run_jobs(jobs, session, NullProgress(), CancelToken()))


# With processes


def test_results_and_bytes_are_those_of_one_process(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    heard, announced = Heard(), []
    outs = tmp_path / "one", tmp_path / "other"
    expected = alone(jobs_of(folder, outs[0]), session)

    def announce(jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        announced.append(([job.id for job in jobs], digest))

    results = run(crew_of(models), jobs_of(folder, outs[1]), session, heard, announce=announce)
    assert by_job(results, outs[1]) == by_job(expected, outs[0])
    assert contents(outs[0]) == contents(outs[1])
    assert len(announced) == 7
    assert {progress.job_id for progress in heard} >= {f"{number}.png#0" for number in range(6)}
    three = [result.job_id for result in results if result.job_id.startswith("three")]
    assert three == ["three.tif#0", "three.tif#1", "three.tif#2"]


def test_worker_tells_the_digest_of_what_it_read(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    told_of: dict[str, str] = {}

    def announce(jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        told_of.update({result.job_id: result.input_sha256 for result in results})

    assert wait_until(lambda: has_settled(full_state_of(folder / "1.png"), time.time_ns()))
    run(crew_of(models, 1), [job_of(folder / f"{n}.png", tmp_path / "out") for n in (0, 1)], session, announce=announce)
    assert told_of == {f"{number}.png#0": sha256_of(folder / f"{number}.png") for number in (0, 1)}


@needs_kill
def test_killed_worker_is_replaced_and_nothing_is_lost_or_done_twice(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    crew = crew_of(models)
    announced: list[Path] = []
    killed: list[int] = []
    out = tmp_path / "out"

    def kill_one(progress: Progress) -> None:
        if len(killed) < 2 and progress.stage == "denoise":
            killed.append(crew.pids[len(killed)])
            os.kill(killed[-1], signal.SIGKILL)

    def announce(jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        announced.append(jobs[0].output.path)

    results = run(crew, jobs_of(folder, out), session, kill_one, announce=announce)
    expected = alone(jobs_of(folder, tmp_path / "alone"), session)
    assert len(killed) == 2
    assert len(results) == len(expected)
    statuses = {result.job_id: result.status for result in results}
    assert statuses == {result.job_id: result.status for result in expected}
    assert contents(out) == contents(tmp_path / "alone")


def test_cancel_stops_all_workers_and_leaves_no_half_file(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    cancel = CancelToken()
    crew = crew_of(models)
    results = run(crew, jobs_of(folder, tmp_path / "out"), session, lambda _progress: cancel.cancel(), cancel=cancel)
    assert len(results) == len(jobs_of(folder, tmp_path / "out"))
    cancelled = [result for result in results if result.status is JobStatus.CANCELLED]
    assert len(cancelled) >= 5
    assert files_in(tmp_path / "out") == sorted({str(r.output.name) for r in results if r.output is not None})
    assert crew.pids == []


@needs_kill
def test_signals_of_the_terminal_do_not_reach_workers_that_the_run_stops_itself(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    crew = crew_of(models)
    sent: list[int] = []

    def send(progress: Progress) -> None:
        if not sent:
            sent.extend(crew.pids)
            for pid in sent:
                os.kill(pid, signal.SIGINT)
                os.kill(pid, signal.SIGTERM)

    results = run(crew, [job_of(folder / f"{n}.png", tmp_path / "out") for n in range(3)], session, send)
    assert sent
    assert {result.status for result in results} == {JobStatus.DONE}


@needs_kill
def test_workers_end_when_their_run_is_killed(models: Path) -> None:
    crew = crew_of(models, 1)
    crew.start()
    assert wait_for(crew, Ready)
    crew._pipes.pop(0).close()  # as the system does it
    assert wait_until(lambda: not is_alive(crew))
    crew.close()


def test_model_that_is_another_one_there_is_a_sentence(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    crew = ProcessCrew(1, EngineSetup(catalog=catalog_of(models), weights={"tiny": "0" * 64}))
    with pytest.raises(ModelError, match="another one where the pages are cleaned"):
        run(crew, [job_of(folder / "0.png", tmp_path / "out")], session)
    assert crew.pids == []


def test_file_that_may_not_get_its_name_fails_its_page(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    def refuse(jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        raise WriteError(jobs[0].output.path, "is not wanted.")

    (result,) = run(crew_of(models, 1), [job_of(folder / "0.png", tmp_path / "out")], session, announce=refuse)
    assert (result.status, result.error_code) == (JobStatus.FAILED, "write")
    assert result.error == f"{tmp_path / 'out' / '0.png'}: is not wanted."
    assert files_in(tmp_path / "out") == []


def wait_for(crew: ProcessCrew, kind: type[Message]) -> bool:
    return wait_until(lambda: any(isinstance(message, kind) for _, message in crew.wait(0.1)))


def wait_until(condition: Callable[[], bool]) -> bool:
    for _ in range(1200):
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_alive(crew: ProcessCrew) -> bool:
    return any(process.is_alive() for process in crew._processes.values())


def test_progress_is_told_as_seldom_as_asked_for() -> None:
    told_of: dict[float, list[Message]] = {0.0: [], 3600.0: []}
    for interval, messages in told_of.items():
        engine = WorkerEngine(EngineSetup(progress_interval_s=interval), messages.append)
        for stage in ("read", "denoise", "write"):
            engine._tell(Progress("a", stage, 0, 1))
    assert {interval: len(messages) for interval, messages in told_of.items()} == {0.0: 3, 3600.0: 1}


# With workers that do as a script says


class ScriptedCrew:
    """Workers in this thread: each page is written by `do`, which gives the messages that come of it."""

    def __init__(self, do: Callable[[PageJob, int], Iterator[Message]], size: int = 2) -> None:
        self.size = size
        self.most_at_work = 0
        self.replaced: list[int] = []
        self.answers: list[Exception | None] = []
        self._do = do
        self._tries: dict[str, int] = {}
        self._scripts: dict[int, Iterator[Message]] = {}
        self._waiting: list[tuple[int, Message]] = []
        self.parcels: list[list[str]] = []

    def start(self) -> None:
        self._waiting = [(worker, Ready()) for worker in range(self.size)]

    def hand_out(self, worker: int, jobs: Sequence[PageJob]) -> None:
        assert worker not in self._scripts
        self.parcels.append([job.id for job in jobs])
        self._scripts[worker] = self._script(list(jobs))
        self.most_at_work = max(self.most_at_work, len(self._scripts))

    def _script(self, jobs: list[PageJob]) -> Iterator[Message]:
        for job in jobs:
            self._tries[job.id] = self._tries.get(job.id, 0) + 1
            yield from self._do(job, self._tries[job.id])
        yield Idle()

    def answer(self, worker: int, fault: Exception | None) -> None:
        self.answers.append(fault)

    def cancel(self) -> None:
        pass

    def wait(self, timeout_s: float) -> Sequence[tuple[int, Message]]:
        messages, self._waiting = self._waiting, []
        for worker, script in list(self._scripts.items()):
            message = next(script)
            messages.append((worker, message))
            if isinstance(message, Lost | Idle):
                del self._scripts[worker]
        return messages

    def replace(self, worker: int) -> None:
        self.replaced.append(worker)
        self._waiting.append((worker, Ready()))

    def close(self) -> None:
        self._scripts.clear()


def done(job: PageJob) -> PageResult:
    return PageResult(job_id=job.id, status=JobStatus.DONE, output=job.output.path)


def pages(tmp_path: Path, number: int) -> list[PageJob]:
    return [job_of(tmp_path / f"{n}.png", tmp_path / "out") for n in range(number)]


def test_page_whose_worker_is_always_lost_fails_alone(tmp_path: Path, session: EngineSession) -> None:
    def do(job: PageJob, _tried: int) -> Iterator[Message]:
        yield Lost() if job.id.startswith("1") else Done(done(job))

    crew = ScriptedCrew(do)
    results = run(crew, pages(tmp_path, 4), session)
    failed = [result for result in results if result.status is JobStatus.FAILED]
    assert [result.job_id for result in failed] == ["1.png#0"]
    assert failed[0].error.startswith(f"{tmp_path / '1.png'}: was given up")
    assert failed[0].error_code == "worker"
    assert len(crew.replaced) == MOST_LOSSES
    assert len(results) == 4


def test_file_that_a_lost_worker_had_named_is_not_made_again(tmp_path: Path, session: EngineSession) -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1: of "abc"

    def do(job: PageJob, tried: int) -> Iterator[Message]:
        assert tried == 1
        yield Announced((job.id,), (done(job),), digest)
        job.output.path.parent.mkdir(exist_ok=True)
        job.output.path.write_bytes(b"abc")
        yield Lost()

    results = run(ScriptedCrew(do), pages(tmp_path, 1), session)
    assert results == [done(pages(tmp_path, 1)[0])]


def test_file_that_was_announced_and_is_another_one_is_made_again(tmp_path: Path, session: EngineSession) -> None:
    def do(job: PageJob, tried: int) -> Iterator[Message]:
        if tried == 1:
            job.output.path.parent.mkdir(exist_ok=True)
            job.output.path.write_bytes(b"from before")
            yield Announced((job.id,), (done(job),), "0" * 64)
            yield Lost()
        yield Done(done(job).model_copy(update={"seconds": 2.0}))

    (result,) = run(ScriptedCrew(do), pages(tmp_path, 1), session)
    assert result.seconds == 2.0


def test_document_of_which_some_results_came_is_done_again_as_a_whole(tmp_path: Path, session: EngineSession) -> None:
    jobs = document_of(tmp_path / "three.tif", tmp_path / "out")

    def do(job: PageJob, tried: int) -> Iterator[Message]:
        yield Lost() if tried == 1 and job.source.page == 1 else Done(done(job))

    crew = ScriptedCrew(do)
    results = run(crew, jobs, session)
    assert crew.parcels == [[job.id for job in jobs]] * 2
    assert [result.job_id for result in results] == [job.id for job in jobs]


def test_jobs_are_asked_for_when_a_worker_is_idle(tmp_path: Path, session: EngineSession) -> None:
    asked: list[str] = []
    finished: list[str] = []

    def queue() -> Iterator[PageJob]:
        for job in pages(tmp_path, 50):
            asked.append(job.id)
            assert len(asked) - len(finished) <= 3  # one for each worker, and one that is handed out now
            yield job

    def do(job: PageJob, _tried: int) -> Iterator[Message]:
        finished.append(job.id)
        yield Done(done(job))

    crew = ScriptedCrew(do)
    results = list(WorkerRun(crew).run_jobs(queue(), session, NullProgress(), CancelToken()))
    assert len(results) == 50
    assert crew.most_at_work == 2


def test_parcels_have_several_units_and_a_lost_one_is_taken_apart(tmp_path: Path, session: EngineSession) -> None:
    def do(job: PageJob, tried: int) -> Iterator[Message]:
        yield Lost() if tried == 1 and job.id.startswith("1") else Done(done(job))

    crew = ScriptedCrew(do, size=1)
    results = list(
        WorkerRun(crew, pages_at_once=3).run_jobs(pages(tmp_path, 4), session, NullProgress(), CancelToken())
    )
    assert crew.parcels == [["0.png#0", "1.png#0", "2.png#0"], ["1.png#0"], ["2.png#0"], ["3.png#0"]]
    assert [result.job_id for result in results] == ["0.png#0", "1.png#0", "2.png#0", "3.png#0"]


def test_workers_that_never_stay_end_the_run_with_a_sentence(tmp_path: Path, session: EngineSession) -> None:
    class NobodyStays(ScriptedCrew):
        def start(self) -> None:
            self._waiting = [(0, Lost())]

        def replace(self, worker: int) -> None:
            self._waiting.append((worker, Lost()))

    with pytest.raises(WorkerError, match="--workers 1"):
        run(NobodyStays(lambda job, tried: iter(()), size=1), pages(tmp_path, 1), session)


def test_page_that_is_skipped_is_not_handed_out(tmp_path: Path, session: EngineSession) -> None:
    token = CancelToken()
    token.cancel()
    crew = ScriptedCrew(lambda job, tried: iter([Done(done(job))]))
    results = run(crew, pages(tmp_path, 3), session, skip={"1.png#0": token})
    assert {result.job_id: result.status for result in results}["1.png#0"] is JobStatus.CANCELLED
    assert sorted(job_id for parcel in crew.parcels for job_id in parcel) == ["0.png#0", "2.png#0"]


def test_run_that_is_given_up_ends_its_workers(
    folder: Path, tmp_path: Path, session: EngineSession, models: Path
) -> None:
    crew = crew_of(models, 1)
    results = WorkerRun(crew).run_jobs(jobs_of(folder, tmp_path / "out"), session, NullProgress(), CancelToken())
    next(results)
    assert crew.pids
    results.close()  # type: ignore[attr-defined]  # it is a generator
    assert crew.pids == []
