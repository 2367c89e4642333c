from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QTreeWidget, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from docclean.gui import problems_panel
from docclean.gui.problems_panel import Problem, ProblemsPanel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

CUT_OFF = "is cut off; scan it again."


@pytest.fixture
def panel(qtbot: QtBot) -> ProblemsPanel:
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    return panel


def problem(name: str, sentence: str = CUT_OFF, details: str = "") -> Problem:
    return Problem(Path("/scans") / name, sentence, details)


def rows(panel: ProblemsPanel) -> dict[str, list[str]]:
    tree = panel.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    tops = [tree.topLevelItem(index) for index in range(tree.topLevelItemCount())]
    return {top.text(0): [child_text(top, index) for index in range(top.childCount())] for top in tops if top}


def child_text(row: QTreeWidgetItem, index: int) -> str:
    child = row.child(index)
    assert child is not None
    return child.text(0)


def button(panel: ProblemsPanel, name: str) -> QToolButton:
    found = panel.findChild(QToolButton, name)
    assert isinstance(found, QToolButton)
    return found


def test_panel_without_problems_is_hidden(panel: ProblemsPanel) -> None:
    assert panel.isHidden()


def test_panel_with_a_problem_shows_it_folded(panel: ProblemsPanel) -> None:
    panel.add(problem("a.png"))
    assert panel.isVisible()
    assert panel.summary() == "1 problem"
    assert rows(panel) == {f"a.png: {CUT_OFF}": []}


def test_same_sentence_about_several_files_is_one_row_with_a_count(panel: ProblemsPanel) -> None:
    for name in ("a.png", "b.png", "c.png"):
        panel.add(problem(name))
    panel.add(problem("d.png", "is no image."))
    assert panel.summary() == "4 problems"
    assert rows(panel) == {f"3 files: {CUT_OFF}": ["a.png", "b.png", "c.png"], "d.png: is no image.": []}


def test_same_problem_twice_is_listed_once(panel: ProblemsPanel) -> None:
    panel.add(problem("a.png"))
    panel.add(problem("a.png"))
    assert panel.problems() == (problem("a.png"),)


def test_sentence_that_begins_with_the_path_is_shown_without(panel: ProblemsPanel) -> None:
    path = Path("/scans/a.png")
    panel.add(Problem(path, f"{path}: {CUT_OFF}"))
    assert rows(panel) == {f"a.png: {CUT_OFF}": []}
    assert panel.text() == f"{path}: {CUT_OFF}"


def test_copy_all_copies_files_sentences_and_details(panel: ProblemsPanel, qtbot: QtBot) -> None:
    panel.add(problem("a.png", details="one\ntwo"))
    panel.add(problem("b.png"))
    QTest.mouseClick(button(panel, "copyProblems"), Qt.MouseButton.LeftButton)
    paths = (Path("/scans/a.png"), Path("/scans/b.png"))
    assert QGuiApplication.clipboard().text() == (f"{paths[0]}: {CUT_OFF}\n    one\n    two\n{paths[1]}: {CUT_OFF}")


def test_clear_forgets_and_hides(panel: ProblemsPanel, qtbot: QtBot) -> None:
    panel.add(problem("a.png"))
    QTest.mouseClick(button(panel, "clearProblems"), Qt.MouseButton.LeftButton)
    assert panel.isHidden()
    assert panel.problems() == ()
    panel.add(problem("b.png"))
    assert rows(panel) == {f"b.png: {CUT_OFF}": []}


def test_row_opened_tells_its_problem(panel: ProblemsPanel, qtbot: QtBot) -> None:
    panel.add(problem("a.png"))
    tree = panel.findChild(QTreeWidget)
    assert isinstance(tree, QTreeWidget)
    with qtbot.waitSignal(panel.problem_chosen) as blocker:
        tree.itemActivated.emit(tree.topLevelItem(0), 0)
    assert blocker.args == [problem("a.png")]


def test_panel_is_reachable_by_keyboard(panel: ProblemsPanel) -> None:
    panel.add(problem("a.png"))
    for name in ("foldingHeader", "copyProblems", "clearProblems"):
        assert button(panel, name).focusPolicy() & Qt.FocusPolicy.TabFocus


def test_problems_added_together_are_announced_once(
    panel: ProblemsPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(problems_panel, "announce", lambda widget, text: said.append(text))
    for name in ("a.png", "b.png"):
        panel.add(problem(name))
    qtbot.waitUntil(lambda: bool(said))
    assert said == [f"2 problems. b.png: {CUT_OFF}"]


def test_announcement_reaches_screen_readers(panel: ProblemsPanel, qtbot: QtBot) -> None:
    panel.add(problem("a.png"))
    qtbot.waitUntil(lambda: panel.accessibleDescription() == f"1 problem. a.png: {CUT_OFF}")
