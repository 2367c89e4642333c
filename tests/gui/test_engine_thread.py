"""The window's side of the engine: wishes are seen to between tiles, and results come back in order."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, QThread, Signal, Slot
from pytestqt.qtbot import QtBot

from docclean.core.errors import DeviceError
from docclean.core.job import JobStatus
from docclean.core.page import PageRegion
from docclean.core.recipe import Recipe, StageSpec
from docclean.documents.drafts import read_draft
from docclean.engine.device import cpu_device
from docclean.engine.session import EngineSession
from docclean.gui.desk import EngineOptions, PreviewAnswer, PreviewRequest
from docclean.gui.engine_thread import EngineThread
from tests.helpers.gui import FakeEngine, Heard, draft_jobs, waits_for
from tests.helpers.models import catalog_of, tiny_model
from tests.helpers.pages import read


def statuses(heard: Heard) -> list[tuple[str, str]]:
    return [(result.job_id, result.status.value) for result in heard.values]


@pytest.fixture
def done(engine: EngineThread) -> Heard:
    heard = Heard()
    engine.page_done.connect(heard)
    return heard


def test_jobs_submitted_come_back_done_in_order(
    engine: EngineThread, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(engine.run_finished):
        engine.submit(draft_jobs(tmp_path, 3))
    assert statuses(done) == [("0", "done"), ("1", "done"), ("2", "done")]
    np.testing.assert_array_equal(read_draft(tmp_path / "drafts" / "1.png"), read(tmp_path / "page1.png").pixels // 2)


def test_signals_arrive_in_the_window_s_thread(engine: EngineThread, qtbot: QtBot, tmp_path: Path) -> None:
    threads: list[QThread] = []
    engine.page_done.connect(lambda _result: threads.append(QThread.currentThread()))
    with qtbot.waitSignal(engine.run_finished):
        engine.submit(draft_jobs(tmp_path, 1))
    assert threads == [QThread.currentThread()]


def test_cancel_stops_the_page_in_work_and_gives_back_the_others(
    engine: EngineThread, fake_engine: FakeEngine, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 3))
    assert fake_engine.reached.acquire(timeout=10)
    waiting = engine.cancel_all()
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert waiting == ["1", "2"]
    assert statuses(done) == [("0", "cancelled")]
    assert not (tmp_path / "drafts").exists()


def test_run_after_a_cancel_works(
    engine: EngineThread, fake_engine: FakeEngine, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    jobs = draft_jobs(tmp_path, 2)
    engine.submit(jobs)
    assert fake_engine.reached.acquire(timeout=10)
    engine.cancel_all()
    engine.submit(jobs)
    fake_engine.gate.set()
    qtbot.waitUntil(waits_for(lambda: len(done.values) == 3))
    assert statuses(done) == [("0", "cancelled"), ("0", "done"), ("1", "done")]


def test_skip_stops_one_page_alone(
    engine: EngineThread, fake_engine: FakeEngine, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 2))
    assert fake_engine.reached.acquire(timeout=10)
    engine.skip("0")
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert statuses(done) == [("0", "cancelled"), ("1", "done")]


def test_pause_holds_the_run_until_resumed(
    engine: EngineThread, fake_engine: FakeEngine, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 1))
    assert fake_engine.reached.acquire(timeout=10)
    engine.pause()
    fake_engine.gate.set()
    qtbot.wait(150)
    assert (done.values, engine.is_busy, engine.is_paused) == ([], True, True)
    with qtbot.waitSignal(engine.run_finished):
        engine.resume()
    assert statuses(done) == [("0", "done")]


def test_cancel_ends_a_pause(
    engine: EngineThread, fake_engine: FakeEngine, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 2))
    assert fake_engine.reached.acquire(timeout=10)
    engine.pause()
    fake_engine.gate.set()
    with qtbot.waitSignal(engine.run_finished):
        engine.cancel_all()
    assert not engine.is_paused


def test_page_withdrawn_before_its_turn_is_not_cleaned(
    engine: EngineThread, fake_engine: FakeEngine, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 3))
    assert fake_engine.reached.acquire(timeout=10)
    assert engine.withdraw({"0", "1"}) == ["1"]
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert fake_engine.runs == ["0", "2"]


def test_pages_arranged_anew_are_cleaned_in_the_new_order(
    engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 4))
    assert fake_engine.reached.acquire(timeout=10)
    engine.arrange(["3", "1", "2"])
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert fake_engine.runs == ["0", "3", "1", "2"]


def test_urgent_job_goes_before_those_that_wait(
    engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    jobs = draft_jobs(tmp_path, 4)
    engine.submit(jobs[:3])
    assert fake_engine.reached.acquire(timeout=10)
    engine.submit(jobs[3:], is_urgent=True)
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert fake_engine.runs == ["0", "3", "1", "2"]


def test_urgent_job_stays_in_front_when_the_others_are_arranged_anew(
    engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    jobs = draft_jobs(tmp_path, 4)
    engine.submit(jobs[:3])
    assert fake_engine.reached.acquire(timeout=10)
    engine.submit(jobs[3:], is_urgent=True)
    engine.arrange(["2", "1"])
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert fake_engine.runs == ["0", "3", "2", "1"]


def test_page_cleaned_again_is_told_to_have_started_again(engine: EngineThread, qtbot: QtBot, tmp_path: Path) -> None:
    started = Heard()
    engine.page_started.connect(started)
    for _ in range(2):
        with qtbot.waitSignal(engine.run_finished):
            engine.submit(draft_jobs(tmp_path, 1))
    assert started.values == ["0", "0"]


def test_pause_ends_with_the_run_that_it_held(
    engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 1))
    assert fake_engine.reached.acquire(timeout=10)
    engine.pause()
    engine.skip("0")
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert not engine.is_paused


def test_page_with_a_fault_does_not_stop_the_others(
    engine: EngineThread, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    jobs = draft_jobs(tmp_path, 3)
    jobs[1].source.path.write_bytes(b"no image")
    with qtbot.waitSignal(engine.run_finished):
        engine.submit(jobs)
    assert statuses(done) == [("0", "done"), ("1", "failed"), ("2", "done")]


def test_engine_that_cannot_start_says_so_and_keeps_nothing_waiting(qtbot: QtBot, tmp_path: Path) -> None:
    def refuse(options: object) -> EngineSession:
        raise DeviceError("There is no such device.")

    engine = EngineThread(open_engine=refuse)
    with qtbot.waitSignal(engine.engine_failed) as told, qtbot.waitSignal(engine.run_finished):
        engine.submit(draft_jobs(tmp_path, 1))
    assert told.args == ["There is no such device."]
    assert not engine.is_busy
    assert engine.close()


def test_engine_that_fails_in_an_unforeseen_way_keeps_nothing_waiting(qtbot: QtBot, tmp_path: Path) -> None:
    def fail(options: object) -> EngineSession:
        raise RuntimeError("a library is broken")

    engine = EngineThread(open_engine=fail)
    with qtbot.waitSignal(engine.engine_failed) as told, qtbot.waitSignal(engine.run_finished):
        engine.submit(draft_jobs(tmp_path, 1))
    assert "cannot start" in told.args[0]
    assert not engine.is_busy
    assert engine.close()


def test_closed_engine_does_not_start_again(engine: EngineThread, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(engine.run_finished):
        engine.submit(draft_jobs(tmp_path, 1))
    assert engine.close()
    engine.submit(draft_jobs(tmp_path, 1))
    assert not engine.is_running


def test_jobs_given_while_the_thread_cannot_be_closed_are_done(
    engine: EngineThread, fake_engine: FakeEngine, done: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    jobs = draft_jobs(tmp_path, 2)
    engine.submit(jobs[:1])
    assert fake_engine.reached.acquire(timeout=10)
    assert not engine.close(50)
    engine.submit(jobs[1:])
    fake_engine.gate.set()
    qtbot.waitUntil(waits_for(lambda: len(done.values) == 2))
    assert statuses(done) == [("0", "cancelled"), ("1", "done")]


def test_options_reach_the_engine_at_its_next_start(
    engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    engine.configure(EngineOptions("cpu", 1))
    with qtbot.waitSignal(engine.engine_ready) as ready:
        engine.submit(draft_jobs(tmp_path, 1))
    assert ready.args == ["Fake CPU"]
    assert fake_engine.options == EngineOptions("cpu", 1)
    qtbot.waitUntil(waits_for(lambda: not engine.is_busy))


def test_close_in_mid_run_ends_the_thread(
    engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    engine.submit(draft_jobs(tmp_path, 20))
    assert fake_engine.reached.acquire(timeout=10)
    assert engine.close()
    assert len(fake_engine.runs) < 20


# Previews, with a real engine


@pytest.fixture
def real(tmp_path: Path, qtbot: QtBot) -> Iterator[EngineThread]:
    tiny_model(tmp_path / "models")
    catalog = catalog_of(tmp_path / "models")
    thread = EngineThread(open_engine=lambda options: EngineSession(cpu_device(), catalog, threads=options.threads))
    yield thread
    assert thread.close(10_000)


RECIPE = Recipe(stages=(StageSpec(model="tiny"),))


def request_of(tmp_path: Path, number: int = 1, channel: str = "view", name: str = "page0.png") -> PreviewRequest:
    source = draft_jobs(tmp_path, 1)[0].source
    return PreviewRequest(
        channel, number, source.model_copy(update={"path": tmp_path / name}), RECIPE, PageRegion(0, 0, 40, 60)
    )


def test_preview_is_answered_and_writes_nothing(real: EngineThread, qtbot: QtBot, tmp_path: Path) -> None:
    request = request_of(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with qtbot.waitSignal(real.preview_ready) as told:
        real.preview(request)
    answer: PreviewAnswer = told.args[0]
    assert (answer.request, answer.is_last, answer.error) == (request, True, "")
    assert answer.pixels is not None
    assert answer.pixels.shape == (40, 60, 1)
    assert sorted(tmp_path.rglob("*")) == before


def test_preview_of_a_file_that_is_gone_is_a_sentence(real: EngineThread, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(real.preview_ready) as told:
        real.preview(request_of(tmp_path, name="gone.png"))
    assert told.args[0].pixels is None
    assert "gone.png: was not found" in told.args[0].error


def test_preview_is_answered_while_the_run_is_paused(real: EngineThread, qtbot: QtBot, tmp_path: Path) -> None:
    heard = Heard()
    real.page_done.connect(heard)
    real.pause()
    real.submit(draft_jobs(tmp_path / "run", 2, RECIPE))
    with qtbot.waitSignal(real.preview_ready):
        real.preview(request_of(tmp_path))
    assert heard.values == []
    with qtbot.waitSignal(real.run_finished):
        real.resume()
    assert [result.status for result in heard.values] == [JobStatus.DONE, JobStatus.DONE]


def test_newer_preview_replaces_the_older_of_its_channel_alone(
    real: EngineThread, qtbot: QtBot, tmp_path: Path
) -> None:
    heard = Heard()
    real.preview_ready.connect(heard)
    real.pause()
    for number in (1, 2, 3):
        real.preview(request_of(tmp_path, number))
    real.preview(request_of(tmp_path, 1, "other"))
    qtbot.waitUntil(waits_for(lambda: ("other", 1) in [(a.request.channel, a.request.number) for a in heard.values]))
    numbers = [answer.request.number for answer in heard.values if answer.request.channel == "view"]
    assert numbers[-1] == 3
    assert numbers == sorted(numbers)


# The pin of PySide6


class Sender(QObject):
    sent = Signal(object)

    @Slot()
    def send(self) -> None:
        for number in range(10_000):
            self.sent.emit((True, number))


class Receiver(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = []

    @Slot(object)
    def take(self, value: tuple[bool, int]) -> None:
        self.numbers.append(value[1])


def test_ten_thousand_results_cross_threads(qtbot: QtBot) -> None:
    sender, receiver, thread = Sender(), Receiver(), QThread()
    sender.moveToThread(thread)
    sender.sent.connect(receiver.take)
    thread.started.connect(sender.send)
    thread.start()
    qtbot.waitUntil(waits_for(lambda: len(receiver.numbers) == 10_000), timeout=20_000)
    thread.quit()
    assert thread.wait(5000)
    assert receiver.numbers == list(range(10_000))
