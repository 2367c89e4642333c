"""The real window with the real engine and models: from a dropped folder to saved files."""

import ctypes.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("PySide6", reason="the window needs Qt")

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docclean.cli.main import main as run_command
from docclean.core.resources import resource_path
from docclean.core.settings import Settings
from docclean.gui.main_window import MainWindow
from docclean.gui.window_actions import WindowActions
from tests.helpers.gui import waits_for

SETTINGS = Settings(ask_before_closing=False, notify_when_finished=False, device="cpu")
PATIENCE_MS = 120_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of real pages, in sub-folders too: the samples, smaller, and a document of two pages."""
    folder = tmp_path / "scans"
    (folder / "more").mkdir(parents=True)
    pages = []
    for sample in sorted(resource_path("samples").glob("*.[jp][pn]g")):
        with Image.open(sample) as image:
            small = image.resize((image.width // 2, image.height // 2))
            small.save(folder / sample.name, dpi=(150, 150))
            pages.append(small.convert("L"))
    pages[0].save(folder / "more" / "both.tif", save_all=True, append_images=[pages[0].rotate(180)])
    return folder


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = MainWindow(SETTINGS, session=tmp_path / "session")
    WindowActions(window)
    window.show()
    window.start()
    yield window
    assert window.close()


def drop(window: MainWindow, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    held = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    middle = window.rect().center()
    QApplication.sendEvent(window, QDragEnterEvent(middle, Qt.DropAction.CopyAction, mime, *held))
    QApplication.sendEvent(window, QDropEvent(QPointF(middle), Qt.DropAction.CopyAction, mime, *held))


def files_below(folder: Path) -> dict[str, bytes]:
    """Read what a folder holds but for the journal, which the window does not keep."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def test_one_drag_and_one_click_give_the_files_of_the_command_line(
    window: MainWindow, folder: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.run.finished, timeout=PATIENCE_MS):
        drop(window, folder)
    with qtbot.waitSignal(window.saving.saved, timeout=PATIENCE_MS) as told:
        window.parts.primary.click()
    assert told.args[0].errors == ()
    assert run_command(["clean", "--recursive", str(folder), "-o", str(tmp_path / "out"), "--device", "cpu"]) == 0
    expected = files_below(tmp_path / "out")
    expected = {name: content for name, content in expected.items() if not name.startswith("cleaned/")}
    assert len(expected) == 4
    assert files_below(folder / "cleaned") == expected


def test_cancel_in_the_middle_leaves_what_is_done(
    window: MainWindow, folder: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    drop(window, folder)
    qtbot.waitUntil(waits_for(lambda: window.run.figures().done >= 1), timeout=PATIENCE_MS)
    window.parts.actions["stop"].trigger()
    qtbot.waitUntil(waits_for(lambda: not window.run.is_on), timeout=PATIENCE_MS)
    done = [item for item in window.pages.items if item.draft is not None]
    assert 1 <= len(done) < 5
    drafts = sorted((tmp_path / "session" / "drafts").iterdir())
    assert drafts == sorted(item.draft for item in done if item.draft)


START = """
import sys
from pathlib import Path
from docclean.core.settings import Settings
from docclean.gui.application import make_application
from docclean.gui.main_window import MainWindow
application = make_application()
window = MainWindow(Settings(device="cpu"), session=Path(sys.argv[1]))
window.engine.page_done.connect(lambda _result: window.engine.pause())  # or a quick machine is through before the kill
window.show()
window.start([Path(sys.argv[2])])
application.exec()
"""


def test_queue_survives_kill(qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    session = tmp_path / "session"
    command = [sys.executable, "-c", START, str(session), str(folder)]
    process = subprocess.Popen(command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not list((session / "drafts").glob("*.png")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.8)  # the queue is written 0.4 s after a change
    process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.wait()
    window = MainWindow(SETTINGS.changed(clean_at_once=False), session=session)
    window.start()
    assert [item.name for item in window.pages.items][-2:] == ["both.tif", "both.tif"]
    assert len(window.pages.items) == 5
    assert 1 <= sum(item.draft is not None for item in window.pages.items) < 5
    with qtbot.waitSignal(window.run.finished, timeout=PATIENCE_MS):
        window.clean(window.run.left_to_clean())
    assert all(item.is_current for item in window.pages.items)
    assert window.close()


UNDER_X = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer, Qt
from PySide6.QtTest import QTest
from docclean.core.settings import Settings
from docclean.gui.application import make_application
from docclean.gui.main_window import MainWindow
from docclean.gui.window_actions import WindowActions
application = make_application()
assert application.platformName() == "xcb", application.platformName()
window = MainWindow(Settings(device="cpu", ask_before_closing=False), session=Path(sys.argv[1]))
WindowActions(window)
window.show()
assert QTest.qWaitForWindowExposed(window)
window.start()
def save(_summary):
    QTest.mouseClick(window.parts.primary, Qt.MouseButton.LeftButton)
def end(summary):
    QTimer.singleShot(500, lambda: shoot(summary))
def shoot(summary):
    window.screen().grabWindow(window.winId()).save(sys.argv[3])
    print(len(summary.files), len(summary.errors), window.parts.primary.text())
    window.close()
    application.quit()
window.run.finished.connect(save)
window.saving.saved.connect(end)
window.editing.add([Path(sys.argv[2])])
QTimer.singleShot(100_000, application.quit)
application.exec()
"""


X_LIBRARIES = ("xcb-cursor", "xcb-icccm", "xcb-keysyms", "xkbcommon-x11")
"""What Qt needs for X beside what Xvfb brings along."""


def has_x() -> bool:
    """Whether a window can be shown under X here."""
    return all(map(shutil.which, ("Xvfb", "xvfb-run"))) and all(map(ctypes.util.find_library, X_LIBRARIES))


@pytest.mark.skipif(not has_x(), reason="Xvfb, or a library that Qt needs for X, is not installed")
def test_real_window_under_x_cleans_and_saves(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    command = ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24", sys.executable, "-c", UNDER_X]
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [*command, str(tmp_path / "session"), str(folder), str(picture)],
        env={**environment, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_MS / 1000,
        check=False,
    )
    assert done.stdout.split()[:2] == ["4", "0"], done.stderr
    with Image.open(picture) as image:
        assert np.asarray(image.convert("L")).std() > 20
    assert len(list((folder / "cleaned").rglob("*.*"))) == 4
