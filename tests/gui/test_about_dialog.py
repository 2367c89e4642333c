from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QTextBrowser
from pytestqt.qtbot import QtBot

from docclean import __version__
from docclean.gui import about_dialog
from docclean.gui.about_dialog import AboutDialog

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> AboutDialog:
    dialog = AboutDialog([("General & <plain>", "CC-BY-4.0")], "docclean 0.1.0\nPython", tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def licenses(dialog: AboutDialog) -> str:
    view = dialog.findChild(QTextBrowser)
    assert isinstance(view, QTextBrowser)
    return view.toPlainText()


def click(qtbot: QtBot, dialog: AboutDialog, name: str) -> None:
    button = dialog.findChild(QPushButton, name)
    assert isinstance(button, QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_dialog_tells_version_and_licenses(dialog: AboutDialog) -> None:
    name = dialog.findChild(QLabel, "programName")
    assert isinstance(name, QLabel)
    assert name.text() == f"docclean {__version__}"
    for fact in ("Apache License 2.0", "Lesser General Public License", "General & <plain>: CC-BY-4.0", "OpenCV"):
        assert fact in licenses(dialog)


def test_dialog_without_models_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = AboutDialog([], "", tmp_path)
    qtbot.addWidget(dialog)
    assert "None is installed." in licenses(dialog)


def test_copy_takes_the_facts(qtbot: QtBot, dialog: AboutDialog) -> None:
    click(qtbot, dialog, "copyFacts")
    assert QGuiApplication.clipboard().text() == "docclean 0.1.0\nPython"


@pytest.mark.parametrize("opens", [True, False])
def test_log_folder_is_opened_or_named(
    qtbot: QtBot, dialog: AboutDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opens: bool
) -> None:
    monkeypatch.setattr(about_dialog, "open_folder", lambda folder: opens and folder == tmp_path)
    click(qtbot, dialog, "openLogFolder")
    note = dialog.findChild(QLabel, "logFolderNote")
    assert isinstance(note, QLabel)
    assert note.isVisible() != opens
    assert opens or str(tmp_path) in note.text()
