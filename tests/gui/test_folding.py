import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from docclean.gui.folding import FoldingSection

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


def section(qtbot: QtBot) -> tuple[FoldingSection, QLabel]:
    content = QLabel("content")
    made = FoldingSection("For e&xperts", content)
    qtbot.addWidget(made)
    made.show()
    return made, content


def test_section_is_folded_at_first(qtbot: QtBot) -> None:
    made, content = section(qtbot)
    assert made.is_folded()
    assert not content.isVisible()


def test_section_unfolds_by_mouse_and_folds_by_keyboard(qtbot: QtBot) -> None:
    made, content = section(qtbot)
    with qtbot.waitSignal(made.folded) as blocker:
        QTest.mouseClick(made.header, Qt.MouseButton.LeftButton)
    assert blocker.args == [False]
    assert content.isVisible()
    with qtbot.waitSignal(made.folded) as blocker:
        QTest.keyClick(made.header, Qt.Key.Key_Space)
    assert blocker.args == [True]
    assert not content.isVisible()


def test_section_name_for_screen_readers_has_no_mark_for_its_key(qtbot: QtBot) -> None:
    made, _ = section(qtbot)
    assert made.header.accessibleName() == "For experts"


def test_header_unfolded_does_not_look_pressed(qtbot: QtBot) -> None:
    made, _ = section(qtbot)
    plain = made.header.grab().toImage().pixelColor(2, made.header.height() // 2)
    made.set_folded(False)
    assert made.header.grab().toImage().pixelColor(2, made.header.height() // 2) == plain
