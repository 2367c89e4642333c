import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from docclean.gui import single_instance
from docclean.gui.single_instance import SingleInstance, bring_to_front

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def name(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("s") / "window")


@pytest.fixture
def first(qapp: QApplication, name: str) -> Iterator[SingleInstance]:
    instance = SingleInstance(name)
    assert instance.claim()
    yield instance
    instance.release()


def start(name: str, *files: str, folder: Path = ROOT, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.second_start", name, *files],
        stdout=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        text=True,
    )


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_second_process_hands_its_files_to_the_first_and_ends(name: str, tmp_path: Path) -> None:
    first = start(name)
    assert line_of(first) == "listening\n"
    second = start(name, "scan ü.png", "/somewhere/b.tif", folder=tmp_path)
    output, _ = second.communicate(timeout=60)
    assert (second.returncode, output) == (0, "")
    output, _ = first.communicate(timeout=60)
    assert first.returncode == 3
    assert json.loads(output) == [str(tmp_path / "scan ü.png"), "/somewhere/b.tif"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows leaves no socket behind")
def test_process_after_one_that_died_is_the_first_again(name: str, qtbot: QtBot) -> None:
    died = start(name, DIE_AT_ONCE="1", PYTHONFAULTHANDLER="")
    assert line_of(died) == "listening\n"
    died.communicate(timeout=60)
    assert died.returncode != 0
    assert Path(name).exists()
    instance = SingleInstance(name)
    assert instance.claim()
    instance.release()


def test_second_start_without_files_asks_for_the_window(qtbot: QtBot, first: SingleInstance, name: str) -> None:
    with qtbot.waitSignal(first.files_received, timeout=30_000) as blocker:
        second = start(name)
    assert blocker.args == [()]
    second.communicate(timeout=60)
    assert second.returncode == 0


def test_many_odd_names_arrive_as_they_are(qtbot: QtBot, first: SingleInstance, name: str) -> None:
    names = [f"/scans/{number} 漢字 🙂\n.png" for number in range(3000)] + [os.fsdecode(b"/caf\xe9")]
    with qtbot.waitSignal(first.files_received, timeout=30_000) as blocker:
        send(qtbot, name, single_instance._message([Path(each) for each in names]))
    assert blocker.args == [tuple(Path(each) for each in names)]


def send(qtbot: QtBot, name: str, message: bytes) -> QLocalSocket:
    """Send without waiting for the answer; the server is in this thread."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    assert socket.waitForConnected(5_000)
    socket.write(message)
    socket.flush()
    return socket


@pytest.mark.parametrize("message", [b"hello\n\n", b'{"a": 1}\n\n', b"null\n\n", b"\xff\n\n"])
def test_message_of_another_kind_is_ignored(qtbot: QtBot, first: SingleInstance, name: str, message: bytes) -> None:
    with qtbot.assertNotEmitted(first.files_received):
        socket = send(qtbot, name, message)
        qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=10_000)
    assert bytes(socket.readAll().data()) == b""


def test_message_with_odd_entries_gives_the_others(qtbot: QtBot, first: SingleInstance, name: str) -> None:
    with qtbot.waitSignal(first.files_received, timeout=10_000) as blocker:
        send(qtbot, name, b'[3, "a\\u0000b", "", "/scan.png"]\n\n')
    assert blocker.args == [(Path("/scan.png"),)]


def test_message_too_long_is_cut_off(
    qtbot: QtBot, first: SingleInstance, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_LONGEST_MESSAGE_BYTES", 1000)
    with qtbot.assertNotEmitted(first.files_received):
        socket = send(qtbot, name, b'["' + b"a" * 2000)
        qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=10_000)


def test_visitor_who_says_nothing_is_sent_away(
    qtbot: QtBot, first: SingleInstance, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_SILENCE_MS", 50)
    socket = send(qtbot, name, b"")
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=10_000)


def test_visitors_leave_nothing_behind(qtbot: QtBot, first: SingleInstance, name: str) -> None:
    with qtbot.waitSignal(first.files_received, timeout=10_000):
        socket = send(qtbot, name, b"\n")
    qtbot.waitUntil(lambda: not first.findChildren(single_instance._Visitor), timeout=10_000)
    assert socket.state() is QLocalSocket.LocalSocketState.UnconnectedState


def test_release_lets_the_next_one_be_first(qapp: QApplication, name: str) -> None:
    for _ in range(2):
        instance = SingleInstance(name)
        assert instance.claim()
        instance.release()


def test_name_by_default_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = single_instance._default_name()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(tmp_path))
    assert sys.platform == "darwin" or single_instance._default_name() != here


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_window_brought_to_front_is_no_longer_minimized(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.showMinimized()
    bring_to_front(window)
    assert window.isVisible()
    assert not window.isMinimized()
