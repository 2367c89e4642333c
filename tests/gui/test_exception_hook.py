import gc
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docclean.core.errors import ReadError
from docclean.gui.error_dialog import ErrorDialog
from docclean.gui.exception_hook import ExceptionHook

pytestmark = [
    pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True),
    pytest.mark.qt_no_exception_capture,
]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hook(qtbot: QtBot) -> Iterator[ExceptionHook]:
    hook = ExceptionHook(lambda: "docclean 0.1.0")
    hook.install()
    yield hook
    hook.uninstall()
    qtbot.waitUntil(lambda: not dialogs())


def dialogs() -> list[ErrorDialog]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]


def raise_it(fault: BaseException) -> None:
    """Give a fault to the hook as Python does."""
    sys.excepthook(type(fault), fault, None)


def test_fault_shows_a_sentence_and_facts(qtbot: QtBot, hook: ExceptionHook, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        raise_it(ValueError("three"))
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    details = dialogs()[0].details()
    assert "Something in docclean itself went wrong" in details
    assert "ValueError: three" in details
    assert "docclean 0.1.0" in details
    assert "ValueError: three" in caplog.text


def test_second_fault_is_counted_in_the_open_dialog(qtbot: QtBot, hook: ExceptionHook) -> None:
    for number in range(3):
        raise_it(ValueError(number))
    qtbot.waitUntil(lambda: bool(dialogs()) and "3 times" in dialogs()[0].details())
    assert len(dialogs()) == 1


def test_fault_after_the_dialog_was_closed_opens_another(qtbot: QtBot, hook: ExceptionHook) -> None:
    raise_it(ValueError(1))
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    dialogs()[0].close()
    raise_it(ValueError(2))
    qtbot.waitUntil(lambda: any(each.isVisible() and "ValueError: 2" in each.details() for each in dialogs()))


def test_fault_in_a_thread_is_shown_in_the_windows_thread(qtbot: QtBot, hook: ExceptionHook) -> None:
    def fail() -> None:
        raise ValueError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert "in a thread" in dialogs()[0].details()
    assert dialogs()[0].thread() is QCoreApplication.instance().thread()  # type: ignore[union-attr]  # there is one


def test_fault_in_a_finalizer_is_shown(qtbot: QtBot, hook: ExceptionHook) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError("in a finalizer")

    broken = Broken()
    del broken
    gc.collect()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert "in a finalizer" in dialogs()[0].details()


def test_fault_with_a_sentence_of_its_own_shows_that(qtbot: QtBot, hook: ExceptionHook) -> None:
    raise_it(ReadError(Path("a.png"), "is cut off; scan it again."))
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert dialogs()[0].details().startswith("a.png: is cut off; scan it again.")


def test_fault_for_want_of_memory_says_so(qtbot: QtBot, hook: ExceptionHook) -> None:
    raise_it(MemoryError())
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert dialogs()[0].details().startswith("There is not enough memory")


def test_facts_that_cannot_be_gathered_cost_no_second_fault(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def no_facts() -> str:
        raise OSError("no facts")

    hook = ExceptionHook(no_facts)
    hook.install()
    raise_it(ValueError(1))
    qtbot.waitUntil(lambda: "could not be shown" in caplog.text)
    hook.uninstall()


def test_interruption_asks_the_program_to_quit(
    qtbot: QtBot, hook: ExceptionHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(QCoreApplication, "quit", lambda: asked.append(True))
    raise_it(KeyboardInterrupt())
    qtbot.waitUntil(lambda: asked == [True])
    assert dialogs() == []


def test_uninstall_leaves_the_hooks_as_they_were(qtbot: QtBot) -> None:
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    hook = ExceptionHook(str)
    hook.install()
    hook.uninstall()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


PROGRAM = """
import sys
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication
from docclean.gui.exception_hook import ExceptionHook
from docclean.gui.error_dialog import ErrorDialog
app = QApplication([])
hook = ExceptionHook(str)
hook.install()
class Window(QObject):
    @Slot()
    def fail(self):
        raise ValueError("in a slot")
    @Slot()
    def look(self):
        found = [w for w in app.topLevelWidgets() if isinstance(w, ErrorDialog) and "in a slot" in w.details()]
        app.exit(7 if found else 1)
window = Window()
QTimer.singleShot(0, window.fail)
QTimer.singleShot(200, window.look)
sys.exit(app.exec())
"""


def test_program_survives_a_fault_in_a_slot_and_shows_it() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 7
    assert "ValueError: in a slot" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind do not exist there")
def test_watch_turns_a_signal_into_one_of_qts() -> None:
    program = """
import os, signal, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from docclean.gui.interruption import InterruptionWatch
app = QApplication([])
watch = InterruptionWatch(app)
watch.start()
watch.interrupted.connect(lambda: app.exit(7))
QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.SIGTERM))
code = app.exec()
watch.stop()
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
sys.exit(code)
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False).returncode == 7
