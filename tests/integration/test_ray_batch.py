"""Runs over a Ray cluster that is started here: two workers, of which one is killed."""

import importlib.util
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from docclean.core.cancel import CancelToken
from docclean.core.errors import UsageError, WorkerError
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.progress import NullProgress, Progress
from docclean.distributed import ray_batch
from docclean.distributed.ray_batch import RayCrew
from docclean.engine.device import cpu_device
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.engine.worker_engine import EngineSetup
from docclean.engine.worker_messages import Message, Ready
from docclean.engine.workers import WorkerRun
from tests.helpers.models import catalog_of, tiny_model
from tests.unit.engine.test_overlap import contents
from tests.unit.engine.test_runner import blots, document_of, job_of

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed (extra `cluster`)"),
    pytest.mark.skipif(sys.platform == "win32", reason="Ray's cluster on Windows is a beta, and has no SIGKILL"),
]
PAGES = 12


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
    for number in range(PAGES):
        blots(number).save(folder / f"{number}.png")
    pages = [blots(seed) for seed in (10, 11, 12)]
    pages[0].save(folder / "three.tif", save_all=True, append_images=pages[1:])
    return folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Start a cluster with two cores, once: that takes as long as all the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_raylet_start_wait_time_s", "180")  # other work may keep the machine busy
        patch.setenv("RAY_agent_register_timeout_ms", "180000")
        import ray

        ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
        yield ray
        ray.shutdown()


class WatchedCrew(RayCrew):
    """Knows the processes of its workers."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.pids: dict[int, int] = {}

    def wait(self, timeout_s: float) -> Sequence[tuple[int, Message]]:
        messages = super().wait(timeout_s)
        for worker, message in messages:
            if isinstance(message, Ready):
                self.pids[worker] = message.pid
        return messages


def jobs_of(folder: Path, out: Path) -> list[PageJob]:
    return [
        *(job_of(folder / f"{number}.png", out) for number in range(PAGES)),
        *document_of(folder / "three.tif", out),
        job_of(folder / "missing.png", out),
    ]


def test_worker_that_is_killed_loses_nothing_and_nothing_is_done_twice(
    cluster: Any, folder: Path, tmp_path: Path, models: Path, session: EngineSession, capfd: pytest.CaptureFixture[str]
) -> None:
    crew = WatchedCrew(EngineSetup(catalog=catalog_of(models), overlaps=True))
    killed: list[int] = []
    announced: list[Path] = []

    def kill_one(progress: Progress) -> None:
        if not killed and len(announced) >= 2 and crew.pids:
            killed.append(next(iter(crew.pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    def announce(jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        announced.append(jobs[0].output.path)

    jobs = jobs_of(folder, tmp_path / "out")
    run = WorkerRun(crew, pages_at_once=3).run_jobs(jobs, session, kill_one, CancelToken(), announce=announce)
    results = list(run)
    expected = list(run_jobs(jobs_of(folder, tmp_path / "alone"), session, NullProgress(), CancelToken()))
    assert len(killed) == 1
    assert crew.size == 2
    assert sorted(result.job_id for result in results) == sorted(job.id for job in jobs)
    statuses = {result.job_id: result.status for result in results}
    assert statuses == {result.job_id: result.status for result in expected}
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")
    assert "died" not in capfd.readouterr().out


def test_model_that_is_another_one_there_is_a_sentence(
    cluster: Any, folder: Path, tmp_path: Path, models: Path, session: EngineSession
) -> None:
    crew = RayCrew(EngineSetup(catalog=catalog_of(models), weights={"tiny": "0" * 64}), size=1)
    with pytest.raises(Exception, match="another one where the pages are cleaned"):
        list(WorkerRun(crew).run_jobs(jobs_of(folder, tmp_path), session, NullProgress(), CancelToken()))


def test_cancel_leaves_no_half_file(
    cluster: Any, folder: Path, tmp_path: Path, models: Path, session: EngineSession
) -> None:
    cancel = CancelToken()
    crew = RayCrew(EngineSetup(catalog=catalog_of(models)), size=1)
    jobs = jobs_of(folder, tmp_path / "out")
    results = list(WorkerRun(crew).run_jobs(jobs, session, lambda _progress: cancel.cancel(), cancel))
    assert len(results) == len(jobs)
    assert JobStatus.CANCELLED in {result.status for result in results}
    there = {path.name for path in (tmp_path / "out").iterdir()} if (tmp_path / "out").exists() else set()
    assert there == {result.output.name for result in results if result.output is not None}


def test_worker_for_which_there_is_no_room_is_a_sentence(cluster: Any, models: Path) -> None:
    crew = RayCrew(EngineSetup(catalog=catalog_of(models), threads=64))
    with pytest.raises(WorkerError, match="has 2 cores and 0 GPUs"):
        crew.start()


def test_actors_for_which_there_is_no_room_are_not_waited_for(
    cluster: Any, folder: Path, tmp_path: Path, models: Path, session: EngineSession
) -> None:
    crew = RayCrew(EngineSetup(catalog=catalog_of(models)), size=6)
    jobs = jobs_of(folder, tmp_path / "out")[:4]
    results = list(WorkerRun(crew).run_jobs(jobs, session, NullProgress(), CancelToken()))
    assert {result.status for result in results} == {JobStatus.DONE}
    assert len(results) == len(jobs)
    assert crew._setup.progress_interval_s == pytest.approx(0.12)


def test_address_of_a_client_is_a_sentence(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray.is_initialized", lambda: False)
    with pytest.raises(UsageError, match="runs on a machine of the cluster"):
        RayCrew(EngineSetup(catalog=catalog_of(models)), address="ray://somewhere:10001").start()


def test_nothing_is_told_to_anybody(cluster: Any) -> None:
    from ray._common.usage import usage_lib

    ray_batch._import_ray()
    assert not usage_lib.usage_stats_enabled()
