"""A test of the window fails when it leaves a thread or a top-level widget behind."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docclean.gui import searchable_box
from docclean.gui.engine_thread import EngineThread
from docclean.gui.searchable_box import Recognition
from tests.helpers.gui import FakeEngine


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Compare threads and top-level widgets before and after."""
    threads, widgets = set(threading.enumerate()), set(map(id, QApplication.topLevelWidgets()))
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [widget for widget in QApplication.topLevelWidgets() if id(widget) not in widgets and widget.isVisible()]
    assert not left, f"widgets left open: {left}"
    running = [t for t in threading.enumerate() if t not in threads and t.is_alive() and not _is_of_qt(t)]
    assert not running, f"threads left running: {running}"


def _is_of_qt(thread: threading.Thread) -> bool:
    """Python gives threads that it did not start a dummy, which stays after them."""
    return thread.name.startswith("Dummy-")


@pytest.fixture(autouse=True)
def nothing_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window of a test asks for Tesseract, which machines have or have not."""
    monkeypatch.setattr(searchable_box, "look_for_recognition", lambda: Recognition(("deu", "eng")))


@pytest.fixture
def fake_engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def engine(fake_engine: FakeEngine, qtbot: QtBot) -> Iterator[EngineThread]:
    """An engine thread with a fake engine; it has ended when the test has."""
    thread = EngineThread(open_engine=fake_engine.open)
    yield thread
    fake_engine.gate.set()
    assert thread.close(10_000)
