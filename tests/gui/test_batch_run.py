"""A folder into a folder: found, cleaned, held, stopped, taken up again, reported."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from docclean.core.errors import DeviceError
from docclean.core.job import OutputFormat
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.device import cpu_device
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.journal import Journal
from docclean.engine.journal_rows import PageStatus
from docclean.engine.session import EngineSession
from docclean.gui.batch_plan import BatchRequest, BatchState
from docclean.gui.batch_run import BatchRun
from docclean.gui.desk import EngineOptions
from docclean.gui.engine_thread import EngineThread
from docclean.models.catalog import Catalog
from tests.helpers.gui import FakeEngine, Heard, draft_jobs, scan, waits_for
from tests.helpers.models import catalog_of, tiny_model
from tests.helpers.scans import contents


class Ticks:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def run(engine: EngineThread, ticks: Ticks) -> Iterator[BatchRun]:
    batch = BatchRun(engine, clock=ticks)
    yield batch
    batch.close()


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in ("p1.png", "p2.png", "p3.png", "deep/p4.png"):
        scan(tmp_path / "scans" / name, seed=len(name))
    return tmp_path / "scans"


def book(path: Path, pages: int = 3) -> Path:
    images = [Image.new("L", (40, 60), 30 * n) for n in range(pages)]
    images[0].save(path, save_all=True, append_images=images[1:])
    return path


def request(scans: Path, **options: Any) -> BatchRequest:
    return BatchRequest(scans, scans.parent / "out", **{"recipe": Recipe(), **options})


def ended(qtbot: QtBot, run: BatchRun, wanted: BatchRequest) -> None:
    with qtbot.waitSignal(run.finished, timeout=20_000):
        run.start(wanted)


def results(scans: Path) -> list[str]:
    out = scans.parent / "out"
    return sorted(contents(out))


def test_batch_cleans_the_folder_and_says_so(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    ended(qtbot, run, request(scans))
    assert results(scans) == ["p1.png", "p2.png", "p3.png"]
    assert run.state is BatchState.FINISHED
    assert (run.counts.pages, run.counts.done, run.counts.failed, run.counts.fraction) == (3, 3, 0, 1.0)


def test_batch_with_subfolders_mirrors_them(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    ended(qtbot, run, request(scans, recursive=True, format=OutputFormat.JPEG))
    assert results(scans) == ["deep/p4.jpg", "p1.jpg", "p2.jpg", "p3.jpg"]


def test_batch_ids_are_its_own(qtbot: QtBot, run: BatchRun, fake_engine: FakeEngine, scans: Path) -> None:
    ended(qtbot, run, request(scans))
    assert all(job_id.startswith("batch-") for job_id in fake_engine.runs)
    assert set(run.results) == set(fake_engine.runs)


def test_batch_leaves_other_pages_alone(
    qtbot: QtBot, run: BatchRun, engine: EngineThread, scans: Path, tmp_path: Path
) -> None:
    heard = Heard()
    engine.page_done.connect(heard)
    engine.submit(draft_jobs(tmp_path / "queue", 2))
    ended(qtbot, run, request(scans))
    assert {result.job_id for result in heard.values} >= {"0", "1"}
    assert run.counts.done == 3


def test_batch_taken_up_again_leaves_out_what_is_there(
    qtbot: QtBot, run: BatchRun, fake_engine: FakeEngine, scans: Path
) -> None:
    ended(qtbot, run, request(scans))
    (scans.parent / "out" / "p2.png").unlink()
    fake_engine.runs.clear()
    ended(qtbot, run, request(scans))
    assert (run.counts.pages, run.counts.done, run.counts.existing) == (1, 1, 2)
    assert len(fake_engine.runs) == 1


def test_batch_that_skips_nothing_does_all_again(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    ended(qtbot, run, request(scans))
    ended(qtbot, run, request(scans, skip_done=False))
    assert (run.counts.done, run.counts.existing, run.counts.failed) == (3, 0, 0)


def test_batch_replaces_no_file_of_others_unless_it_overwrites(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    (scans.parent / "out").mkdir()
    (scans.parent / "out" / "p2.png").write_bytes(b"mine")
    ended(qtbot, run, request(scans))
    assert (run.counts.done, run.counts.failed) == (2, 1)
    assert (scans.parent / "out" / "p2.png").read_bytes() == b"mine"
    ended(qtbot, run, request(scans, overwrite=True))
    assert (run.counts.done, run.counts.existing) == (1, 2)
    assert (scans.parent / "out" / "p2.png").read_bytes() != b"mine"


def test_batch_notes_its_pages_in_the_journal_and_lets_go_of_it(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    ended(qtbot, run, request(scans))
    with Journal.open(scans.parent / "out", Fingerprints(Catalog.installed())) as journal:
        (entry,) = journal.entries(scans.parent / "out" / "p1.png")
    assert (entry.status, entry.times_done) == (PageStatus.DONE, 1)
    assert entry.input_sha256 == hashlib.sha256((scans / "p1.png").read_bytes()).hexdigest()
    assert entry.output_sha256 == hashlib.sha256((scans.parent / "out" / "p1.png").read_bytes()).hexdigest()


def test_second_batch_into_a_folder_is_refused_while_the_first_is_on(
    qtbot: QtBot, run: BatchRun, fake_engine: FakeEngine, scans: Path
) -> None:
    with Journal.open(scans.parent / "out", Fingerprints(Catalog.installed())):
        run.start(request(scans))
        qtbot.waitUntil(waits_for(lambda: run.state is BatchState.IDLE))
    assert f"(process {os.getpid()} on " in run.fault
    assert fake_engine.runs == []


def test_output_inside_the_input_is_no_input(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    scan(scans / "clean" / "old.png")
    ended(qtbot, run, BatchRequest(scans, scans / "clean", Recipe(), recursive=True))
    assert sorted(path.name for path in (scans / "clean").rglob("*.png")) == [
        "old.png",
        "p1.png",
        "p2.png",
        "p3.png",
        "p4.png",
    ]


@pytest.mark.parametrize(
    ("source", "output", "sentence"),
    [
        ("scans", "scans", "is the input folder itself; name another folder for the results."),
        ("scans", "scans/deep/..", "is the input folder itself"),
        ("gone", "out", "was not found; check the name"),
        ("scans/p1.png", "out", "is a file; choose the folder"),
        ("scans", "scans/p1.png", "is a file; name a folder"),
        ("empty", "out", "holds no image that docclean can read"),
        ("nest", "out", "turn on “Include subfolders”"),
    ],
)
def test_batch_that_cannot_be_is_refused_in_one_sentence(
    source: str, output: str, sentence: str, qtbot: QtBot, run: BatchRun, scans: Path
) -> None:
    (scans.parent / "empty").mkdir()
    (scans.parent / "nest" / "inner").mkdir(parents=True)
    run.start(BatchRequest(scans.parent / source, scans.parent / output, Recipe()))
    qtbot.waitUntil(waits_for(lambda: run.state is BatchState.IDLE))
    assert sentence in run.fault
    assert "--" not in run.fault
    assert "-o " not in run.fault


def test_damaged_page_fails_and_the_others_are_done(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    (scans / "p2.png").write_bytes(b"no image")
    ended(qtbot, run, request(scans))
    assert (run.counts.done, run.counts.failed) == (2, 1)
    report = run.report()
    assert report["totals"] == {"pages": 3, "done": 2, "failed": 1, "cancelled": 0, "skipped": 1}
    assert json.loads(json.dumps(report)) == report


def test_pause_holds_and_resume_goes_on(
    qtbot: QtBot, run: BatchRun, engine: EngineThread, fake_engine: FakeEngine, scans: Path
) -> None:
    fake_engine.gate.clear()
    run.start(request(scans))
    qtbot.waitUntil(waits_for(lambda: run.state is BatchState.RUNNING))
    run.pause()
    assert run.state.value == "paused"
    assert engine.is_paused
    with qtbot.waitSignal(run.finished):
        fake_engine.gate.set()
        run.resume()
    assert run.counts.done == 3


def test_stop_keeps_what_is_done_and_counts_the_rest(
    qtbot: QtBot, run: BatchRun, fake_engine: FakeEngine, scans: Path
) -> None:
    fake_engine.gate.clear()
    run.start(request(scans))
    qtbot.waitUntil(waits_for(lambda: bool(fake_engine.runs)))
    with qtbot.waitSignal(run.finished):
        run.stop()
        fake_engine.gate.set()
    assert (run.counts.done, run.counts.stopped) == (0, 3)
    assert run.report()["totals"]["cancelled"] == 3
    assert not (scans.parent / "out").exists()


def test_stop_leaves_other_pages_waiting(
    qtbot: QtBot, run: BatchRun, engine: EngineThread, fake_engine: FakeEngine, scans: Path, tmp_path: Path
) -> None:
    heard = Heard()
    engine.page_done.connect(heard)
    fake_engine.gate.clear()
    run.start(request(scans))
    qtbot.waitUntil(waits_for(lambda: bool(fake_engine.runs)))
    engine.submit(draft_jobs(tmp_path / "queue", 1))
    run.stop()
    fake_engine.gate.set()
    qtbot.waitUntil(waits_for(lambda: any(result.job_id == "0" for result in heard.values)))
    assert [result.status.value for result in heard.values if result.job_id == "0"] == ["done"]


def test_stop_while_paused_lets_the_engine_go_on(
    qtbot: QtBot, run: BatchRun, engine: EngineThread, fake_engine: FakeEngine, scans: Path
) -> None:
    fake_engine.gate.clear()
    run.start(request(scans))
    qtbot.waitUntil(waits_for(lambda: bool(fake_engine.runs)))
    run.pause()
    with qtbot.waitSignal(run.finished):
        fake_engine.gate.set()
        run.stop()
    assert not engine.is_paused


def test_stop_while_searching_gives_no_run(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    run.start(request(scans))
    run.stop()
    qtbot.waitUntil(waits_for(lambda: run.state is BatchState.IDLE))
    assert run.counts.pages == 0
    assert run.fault == ""


def test_batch_ends_when_somebody_stops_everything(
    qtbot: QtBot, run: BatchRun, engine: EngineThread, fake_engine: FakeEngine, scans: Path
) -> None:
    fake_engine.gate.clear()
    run.start(request(scans))
    qtbot.waitUntil(waits_for(lambda: bool(fake_engine.runs)))
    with qtbot.waitSignal(run.finished):
        engine.cancel_all()
        fake_engine.gate.set()
    assert run.counts.stopped == 3


def test_engine_that_cannot_start_is_one_sentence(qtbot: QtBot, scans: Path) -> None:
    def fail(_options: EngineOptions) -> EngineSession:
        raise DeviceError("The device 'cuda' is not available on this machine.")

    engine = EngineThread(open_engine=fail)
    run = BatchRun(engine)
    run.start(request(scans))
    qtbot.waitUntil(waits_for(lambda: bool(run.fault)))
    assert run.state is BatchState.FINISHED
    assert run.fault == "The device 'cuda' is not available on this machine."
    run.close()
    assert engine.close()


def test_more_pages_than_the_desk_holds_are_all_done(qtbot: QtBot, run: BatchRun, tmp_path: Path) -> None:
    for n in range(70):
        scan(tmp_path / "scans" / f"p{n}.png", n, (8, 8))
    ended(qtbot, run, request(tmp_path / "scans"))
    assert run.counts.done == 70


def test_document_that_is_larger_than_the_desk_is_one_file(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    book(scans / "book.tif", 70)
    ended(qtbot, run, request(scans))
    assert run.counts.done == 73
    with Image.open(scans.parent / "out" / "book.tif") as written:
        assert getattr(written, "n_frames", 1) == 70


def test_fraction_never_falls_within_a_document(qtbot: QtBot, run: BatchRun, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    book(tmp_path / "scans" / "book.tif")
    seen: list[float] = []
    run.changed.connect(lambda: seen.append(run.counts.fraction))
    ended(qtbot, run, request(tmp_path / "scans"))
    assert seen == sorted(seen)


def test_second_start_during_a_run_is_ignored(
    qtbot: QtBot, run: BatchRun, fake_engine: FakeEngine, scans: Path
) -> None:
    fake_engine.gate.clear()
    run.start(request(scans))
    run.start(request(scans.parent / "other"))
    fake_engine.gate.set()
    qtbot.waitUntil(waits_for(lambda: run.state is BatchState.FINISHED))
    assert run.request == request(scans)


def test_search_tells_how_many_pages_there_are(qtbot: QtBot, run: BatchRun, scans: Path) -> None:
    found: list[int] = []
    run.changed.connect(lambda: found.append(run.counts.found))
    ended(qtbot, run, request(scans))
    assert run.counts.found >= 0
    assert found == sorted(found)


def test_batch_with_real_models_gives_pages(qtbot: QtBot, scans: Path, tmp_path: Path) -> None:
    tiny_model(tmp_path / "models", "denoise-standard-8")
    catalog = catalog_of(tmp_path / "models")
    engine = EngineThread(open_engine=lambda _options: EngineSession(cpu_device(), catalog, threads=1))
    run = BatchRun(engine)
    ended(qtbot, run, request(scans, recipe=Recipe(stages=(StageSpec(model="denoise-standard-8", strength=50),))))
    assert [row["models"] for row in run.report()["pages"]] == [["denoise-standard-8"]] * 3
    run.close()
    assert engine.close()
