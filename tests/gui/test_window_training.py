"""Fine-tuning in the whole window: the hint, pages that wait, the question before closing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from docclean.core.settings import Settings
from docclean.gui.engine_thread import EngineThread
from docclean.gui.finetune_dialog import FinetuneDialog
from docclean.gui.finetune_run import FinetuneState
from docclean.gui.main_window import MainWindow
from docclean.gui.training_hint import TrainingHint
from docclean.gui.window_actions import WindowActions
from docclean.gui.window_training import WindowTraining
from docclean.training.finetune.request import FinetuneRequest
from tests.helpers.finetuning import FakeTrainer, outcome_of
from tests.helpers.gui import FakeEngine, scan, waits_for

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
REQUEST = FinetuneRequest(dirty=Path("dirty"), clean=Path("clean"), name="letters-1")


@pytest.fixture
def trainer() -> FakeTrainer:
    return FakeTrainer(outcome_of("letters-1"))


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, fake_engine: FakeEngine, trainer: FakeTrainer) -> Iterator[MainWindow]:
    engine = EngineThread(open_engine=fake_engine.open, train=trainer)
    made = MainWindow(Settings(notify_when_finished=False), engine=engine, session=tmp_path / "session")
    made.preview.set_enabled(False)
    made.show()
    made.start()
    yield made
    trainer.gate.set()
    fake_engine.gate.set()
    made.settings = made.settings.changed(ask_before_closing=False)
    assert made.close()
    made.deleteLater()


@pytest.fixture
def actions(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> WindowActions:
    """The window's actions; nothing looks for runs of an earlier start."""
    monkeypatch.setattr("docclean.gui.finetune_unfinished.UnfinishedRuns.look", lambda _self: None)
    return WindowActions(window)


@pytest.fixture
def training(window: MainWindow, actions: WindowActions, trainer: FakeTrainer, qtbot: QtBot) -> WindowTraining:
    """A training that is held before its first step; its dialog is closed."""
    window.parts.actions["finetune"].trigger()
    training = actions.dialogs.training
    assert training is not None
    dialog_of(window).close()
    trainer.gate.clear()
    training.run.start(REQUEST)
    assert trainer.reached.acquire(timeout=10)
    qtbot.waitUntil(waits_for(lambda: training.run.can_be_kept))
    return training


def dialog_of(window: MainWindow) -> FinetuneDialog:
    found = window.findChild(FinetuneDialog)
    assert found is not None
    return found


def hint_of(window: MainWindow) -> TrainingHint:
    found = window.findChild(TrainingHint)
    assert found is not None
    return found


def test_hint_shows_the_run_and_opens_it(
    window: MainWindow, training: WindowTraining, trainer: FakeTrainer, qtbot: QtBot
) -> None:
    hint = hint_of(window)
    assert hint.isVisible()
    assert hint.text().startswith("Training a model")
    with qtbot.waitSignal(training.run.finished):
        trainer.gate.set()
    assert hint.text() == "The new model is ready"
    hint.click()
    qtbot.waitUntil(waits_for(dialog_of(window).isVisible))
    assert not hint.isVisible()


def test_pages_wait_for_the_training_and_are_cleaned_afterwards(
    window: MainWindow, training: WindowTraining, trainer: FakeTrainer, qtbot: QtBot, tmp_path: Path
) -> None:
    window.editing.add([scan(tmp_path / "in" / "page.png").path])
    qtbot.waitUntil(waits_for(lambda: window.run.is_on))
    assert window.run.figures().waits_for_training
    qtbot.waitUntil(waits_for(lambda: "waits for the training" in window.parts.status._standing))
    with qtbot.waitSignal(window.run.finished):
        trainer.gate.set()
    assert training.run.state is FinetuneState.FINISHED
    assert "waits for the training" not in window.parts.status._standing


@pytest.mark.parametrize("answer", ["Stop and close", "Go on"])
def test_closing_in_the_middle_of_a_training_asks(
    window: MainWindow, training: WindowTraining, trainer: FakeTrainer, answer: str
) -> None:
    asked: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(button for button in box.buttons() if button.text() == answer).click()

    QTimer.singleShot(200, press)
    assert window.close() == (answer == "Stop and close")
    assert len(asked) == 1
    assert "A model is being trained" in asked[0]
    assert trainer.orders[0].cancel.is_cancelled == (answer == "Stop and close")


def test_fault_goes_to_the_panel_of_problems(
    window: MainWindow, training: WindowTraining, trainer: FakeTrainer, qtbot: QtBot
) -> None:
    trainer.fault = MemoryError()
    with qtbot.waitSignal(training.run.finished):
        trainer.gate.set()
    assert window.parts.problems.isVisible()
    assert hint_of(window).text() == "The training failed"


def test_window_keeps_the_computer_awake_while_it_trains(
    window: MainWindow, training: WindowTraining, trainer: FakeTrainer, qtbot: QtBot
) -> None:
    seen = [training._awake.is_on]
    training.run.pause()
    seen.append(training._awake.is_on)
    training.run.resume()
    seen.append(training._awake.is_on)
    with qtbot.waitSignal(training.run.finished):
        trainer.gate.set()
    assert [*seen, training._awake.is_on] == [True, False, True, False]
