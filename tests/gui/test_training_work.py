"""A training in the engine thread: after the pages, before those that come later, and never in the way of a preview."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from docclean.core.errors import TrainingError
from docclean.core.job import OutputSpec, PageJob
from docclean.core.page import PageRegion
from docclean.core.recipe import Recipe
from docclean.gui.desk import EngineDesk, EngineOptions, PreviewRequest, TrainingOrder
from docclean.gui.engine_thread import EngineThread
from docclean.gui.training_work import StageNews, TrainingEnd, carry_out
from docclean.training.finetune.project import Outcome
from docclean.training.finetune.request import FinetuneRequest, FinetuneWatch, StepNews
from tests.helpers.finetuning import FakeTrainer, outcome_of
from tests.helpers.gui import FakeEngine, Heard, draft_jobs, scan, waits_for

REQUEST = FinetuneRequest(dirty=Path("dirty"), clean=Path("clean"), name="my-paper-1")


@pytest.fixture
def trainer() -> FakeTrainer:
    return FakeTrainer(outcome_of())


@pytest.fixture
def engine(fake_engine: FakeEngine, trainer: FakeTrainer, qtbot: QtBot) -> Iterator[EngineThread]:
    thread = EngineThread(open_engine=fake_engine.open, train=trainer)
    yield thread
    fake_engine.gate.set()
    trainer.gate.set()
    assert thread.close(10_000)


def save_job(folder: Path) -> PageJob:
    return PageJob(
        id="save", source=scan(folder / "s.png"), recipe=Recipe(stages=()), output=OutputSpec(path=folder / "o.png")
    )


def test_training_tells_of_its_steps_and_ends_with_an_outcome(engine: EngineThread, qtbot: QtBot) -> None:
    news = Heard()
    engine.training_news.connect(news)
    with qtbot.waitSignal(engine.training_done) as done:
        engine.train(TrainingOrder(REQUEST))
    assert done.args is not None
    assert done.args[0].outcome.manifest.id == "my-paper-1"
    assert [told.step for told in news.values if isinstance(told, StepNews)][-1] == 4
    assert not engine.is_training


def test_pages_that_come_during_a_training_wait_and_run_afterwards(
    engine: EngineThread, fake_engine: FakeEngine, trainer: FakeTrainer, qtbot: QtBot, tmp_path: Path
) -> None:
    trainer.gate.clear()
    engine.train(TrainingOrder(REQUEST))
    assert trainer.reached.acquire(timeout=10)
    finished = Heard()
    engine.page_done.connect(lambda result: finished(result.job_id))
    engine.training_done.connect(lambda _end: finished("trained"))
    engine.submit(draft_jobs(tmp_path, 2))
    trainer.gate.set()
    qtbot.waitUntil(waits_for(lambda: len(finished.values) == 3))
    assert finished.values == ["trained", "0", "1"]


def test_training_waits_for_the_pages_that_are_there(
    engine: EngineThread, fake_engine: FakeEngine, trainer: FakeTrainer, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 1))
    assert fake_engine.reached.acquire(timeout=10)
    engine.train(TrainingOrder(REQUEST))
    assert not trainer.orders
    with qtbot.waitSignal(engine.training_done):
        fake_engine.gate.set()
    assert len(trainer.orders) == 1


def test_preview_is_answered_in_the_middle_of_a_training(
    engine: EngineThread, trainer: FakeTrainer, qtbot: QtBot, tmp_path: Path
) -> None:
    trainer.gate.clear()
    engine.train(TrainingOrder(REQUEST))
    assert trainer.reached.acquire(timeout=10)
    request = PreviewRequest("view", 1, scan(tmp_path / "p.png"), Recipe(stages=()), PageRegion(0, 0, 8, 8))
    with qtbot.waitSignal(engine.preview_ready) as answer:
        engine.preview(request)
    assert answer.args is not None
    assert answer.args[0].request is request
    assert engine.is_training


@pytest.mark.parametrize("is_held", [False, True])
def test_saving_does_not_wait_for_the_end_of_a_training(
    engine: EngineThread, trainer: FakeTrainer, qtbot: QtBot, tmp_path: Path, is_held: bool
) -> None:
    trainer.gate.clear()
    engine.train(TrainingOrder(REQUEST))
    assert trainer.reached.acquire(timeout=10)
    engine.hold_training(is_held=is_held)
    engine.submit(draft_jobs(tmp_path, 1))
    with qtbot.waitSignal(engine.page_done) as done:
        engine.submit([save_job(tmp_path)], is_urgent=True)
    assert done.args is not None
    assert done.args[0].job_id == "save"
    assert (tmp_path / "o.png").exists()
    assert engine.is_training


def test_held_training_goes_on_only_when_it_may(engine: EngineThread, trainer: FakeTrainer, qtbot: QtBot) -> None:
    trainer.gate.clear()
    engine.train(TrainingOrder(REQUEST))
    assert trainer.reached.acquire(timeout=10)
    steps = Heard()
    engine.training_news.connect(steps)
    engine.hold_training(is_held=True)
    trainer.gate.set()
    assert not trainer.reached.acquire(timeout=0.2)
    with qtbot.waitSignal(engine.training_done):
        engine.hold_training(is_held=False)
    assert any(isinstance(told, StepNews) for told in steps.values)


@pytest.mark.parametrize("is_held", [False, True])
def test_stop_ends_a_training_without_an_outcome(
    engine: EngineThread, trainer: FakeTrainer, qtbot: QtBot, is_held: bool
) -> None:
    trainer.gate.clear()
    engine.train(TrainingOrder(REQUEST))
    assert trainer.reached.acquire(timeout=10)
    engine.hold_training(is_held=is_held)
    with qtbot.waitSignal(engine.training_done) as done:
        engine.stop_training()
    assert done.args == [TrainingEnd(None)]


def test_stop_before_the_beginning_takes_the_order_back(
    engine: EngineThread, fake_engine: FakeEngine, trainer: FakeTrainer, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    engine.submit(draft_jobs(tmp_path, 1))
    assert fake_engine.reached.acquire(timeout=10)
    engine.train(TrainingOrder(REQUEST))
    with qtbot.waitSignal(engine.training_done) as done:
        engine.stop_training()
    assert done.args == [TrainingEnd(None)]
    with qtbot.waitSignal(engine.run_finished):
        fake_engine.gate.set()
    assert not trainer.orders


def test_closing_stops_a_training_that_is_held(engine: EngineThread, trainer: FakeTrainer) -> None:
    trainer.gate.clear()
    engine.train(TrainingOrder(REQUEST))
    assert trainer.reached.acquire(timeout=10)
    engine.hold_training(is_held=True)
    assert engine.close(10_000)
    assert trainer.orders[0].cancel.is_cancelled


def test_second_training_at_once_is_refused(engine: EngineThread, trainer: FakeTrainer) -> None:
    trainer.gate.clear()
    engine.train(TrainingOrder(REQUEST))
    with pytest.raises(ValueError, match="one training"):
        engine.train(TrainingOrder(REQUEST))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (TrainingError("dirty: no pages; choose another folder."), "dirty: no pages; choose another folder."),
        (MemoryError(), "The training does not fit into memory; close other programs."),
        (ZeroDivisionError(), "The training failed because of a fault of the program; see its log."),
    ],
)
def test_fault_becomes_a_sentence(fault: Exception, sentence: str) -> None:
    trainer = FakeTrainer(outcome_of(), fault=fault)
    end = carry_out(TrainingOrder(REQUEST), EngineOptions(), trainer, lambda _news: None, lambda: None)
    assert end == TrainingEnd(None, sentence)


def test_steps_are_not_told_oftener_than_anybody_looks() -> None:
    told: list[object] = []

    def train(_order: TrainingOrder, _options: EngineOptions, watch: FinetuneWatch) -> Outcome:
        for step in range(1, 1001):
            watch.step(StepNews(step, 1000, 0.5, None))
        return outcome_of()

    carry_out(TrainingOrder(REQUEST), EngineOptions(), train, told.append, lambda: None)
    assert len(told) < 1000
    assert told[-1] == StepNews(1000, 1000, 0.5, None)


def test_stage_is_told_in_order(engine: EngineThread, qtbot: QtBot) -> None:
    news = Heard()
    engine.training_news.connect(news)
    with qtbot.waitSignal(engine.training_done):
        engine.train(TrainingOrder(REQUEST))
    stages = [told.stage.value for told in news.values if isinstance(told, StageNews)]
    assert stages == ["reading", "training", "judging"]


def test_desk_gives_light_jobs_only_up_to_the_first_that_needs_a_network(tmp_path: Path) -> None:
    desk = EngineDesk()
    heavy = draft_jobs(tmp_path, 1)
    desk.put([save_job(tmp_path), *heavy])
    _, jobs = desk.begin(only_light=True)
    assert [job.id for job in jobs] == ["save"]
    assert not desk.has_light_jobs
    assert desk.is_busy
