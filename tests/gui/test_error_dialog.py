from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from docclean.gui import error_dialog
from docclean.gui.error_dialog import ErrorDialog

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> ErrorDialog:
    dialog = ErrorDialog("Something went wrong.", "Traceback\nValueError: 3", tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def click(qtbot: QtBot, dialog: ErrorDialog, name: str) -> None:
    button = dialog.findChild(QPushButton, name)
    assert isinstance(button, QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def shown(dialog: ErrorDialog, name: str) -> str:
    label = dialog.findChild(QLabel, name)
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def test_dialog_shows_the_sentence_and_folds_the_details(dialog: ErrorDialog) -> None:
    assert shown(dialog, "errorSentence") == "Something went wrong."
    assert shown(dialog, "errorCount") == ""
    details = dialog.findChild(QPlainTextEdit)
    assert isinstance(details, QPlainTextEdit)
    assert not details.isVisible()


def test_copy_takes_sentence_and_details(qtbot: QtBot, dialog: ErrorDialog) -> None:
    click(qtbot, dialog, "copyDetails")
    assert QGuiApplication.clipboard().text() == "Something went wrong.\nTraceback\nValueError: 3"


def test_more_mistakes_are_counted_and_their_details_kept(dialog: ErrorDialog) -> None:
    dialog.count_another("KeyError: 1")
    dialog.count_another("KeyError: 2")
    assert shown(dialog, "errorCount") == "It went wrong 3 times."
    assert "KeyError: 1" in dialog.details()
    assert "KeyError: 2" in dialog.details()


def test_very_many_mistakes_do_not_fill_the_memory(dialog: ErrorDialog) -> None:
    for number in range(100):
        dialog.count_another(f"KeyError: {number}")
    assert shown(dialog, "errorCount") == "It went wrong 101 times."
    assert "KeyError: 99" not in dialog.details()


def test_escape_closes(qtbot: QtBot, dialog: ErrorDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_log_folder_is_opened(
    qtbot: QtBot, dialog: ErrorDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_dialog, "open_folder", lambda folder: folder == tmp_path)
    click(qtbot, dialog, "openLogFolder")
    assert shown(dialog, "errorCount") == ""


def test_log_folder_that_cannot_be_opened_is_named(
    qtbot: QtBot, dialog: ErrorDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_dialog, "open_folder", lambda folder: False)
    click(qtbot, dialog, "openLogFolder")
    assert str(tmp_path) in shown(dialog, "errorCount")
