"""One folding panel for everything that could not be done, in place of a stack of boxes."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from docclean.gui.announce import announce
from docclean.gui.elided_label import ElidedLabel
from docclean.gui.folding import FoldingSection
from docclean.gui.icon_label import IconLabel
from docclean.gui.icons import icon

_LIST_HEIGHT = 136


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong with one file.

    Attributes:
        file: The file.
        sentence: What is wrong and what to do; the file's path in front, as errors have it, is left out where it shows.
        details: What may be copied for a bug report; empty for nothing.
    """

    file: Path
    sentence: str
    details: str = ""

    @property
    def plain_sentence(self) -> str:
        """The sentence without the file's path in front."""
        return self.sentence.removeprefix(f"{self.file}: ")


class ProblemsPanel(QFrame):
    """Lists problems; the same sentence about several files is one row with a count. Hidden while there are none.

    Attributes:
        problem_chosen: Emitted with the `Problem` whose row the user opened, to show that page.
    """

    problem_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problems: dict[Problem, None] = {}
        self._rows: dict[str, QTreeWidgetItem] = {}
        self.setObjectName("problemsPanel")
        self.setAccessibleName(self.tr("Problems"))
        self._list = self._make_list()
        self._section = FoldingSection("", self._list)
        self._section.folded.connect(self._show_latest)
        self._latest = ElidedLabel(self)
        self._latest.setObjectName("latestProblem")
        self._announcing = QTimer(self, singleShot=True, interval=0)  # several problems at once are said once
        self._announcing.timeout.connect(self._announce)
        self._lay_out()
        self.hide()

    def add(self, problem: Problem) -> None:
        """List a problem; the same one twice is listed once."""
        if problem in self._problems:
            return
        self._problems[problem] = None
        self._put_into_list(problem)
        self._section.set_title(self.summary())
        self._show_latest()
        self.show()
        self._announcing.start()

    @Slot()
    def clear(self) -> None:
        """Forget all problems and hide."""
        self._problems.clear()
        self._rows.clear()
        self._list.clear()
        self._announcing.stop()
        self._section.set_folded(True)
        self.hide()

    def problems(self) -> tuple[Problem, ...]:
        """All problems, the oldest first."""
        return tuple(self._problems)

    def summary(self) -> str:
        """How many problems there are, in words."""
        count = len(self._problems)
        return self.tr("1 problem") if count == 1 else self.tr("%n problems", "", count)

    def text(self) -> str:
        """All problems as text, a line each, with their details indented under them."""
        lines = []
        for problem in self._problems:
            lines.append(f"{problem.file}: {problem.plain_sentence}")
            lines += [f"    {line}" for line in problem.details.splitlines()]
        return "\n".join(lines)

    @Slot()
    def copy_all(self) -> None:
        """Put the text of all problems on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def _lay_out(self) -> None:
        copy = self._button("copyProblems", self.tr("&Copy all"), "copy")
        copy.clicked.connect(self.copy_all)
        clear = self._button("clearProblems", self.tr("C&lear"), "remove")
        clear.clicked.connect(self.clear)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(IconLabel("review", 16, parent=self))
        top.addWidget(self._section.header)
        top.addWidget(self._latest, stretch=1)
        top.addWidget(copy)
        top.addWidget(clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 4)
        layout.setSpacing(4)
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(QPalette.ColorRole.Mid)
        layout.addWidget(line)
        layout.addLayout(top)
        layout.addWidget(self._section)
        QWidget.setTabOrder(self._section.header, self._list)
        QWidget.setTabOrder(self._list, copy)
        QWidget.setTabOrder(copy, clear)

    def _button(self, name: str, text: str, picture: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setIcon(icon(picture))
        button.setAutoRaise(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _make_list(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setObjectName("problemsList")
        tree.setAccessibleName(self.tr("Problems"))
        tree.setHeaderHidden(True)
        tree.setFixedHeight(_LIST_HEIGHT)
        tree.setUniformRowHeights(True)
        tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        tree.itemActivated.connect(self._choose)
        return tree

    def _put_into_list(self, problem: Problem) -> None:
        sentence = problem.plain_sentence
        row = self._rows.get(sentence)
        if row is None:
            row = self._rows[sentence] = self._row(f"{problem.file.name}: {sentence}", problem)
            self._list.addTopLevelItem(row)
            return
        if row.childCount() == 0:
            first: Problem = row.data(0, Qt.ItemDataRole.UserRole)
            row.addChild(self._row(first.file.name, first))
        row.addChild(self._row(problem.file.name, problem))
        row.setText(0, self.tr("%n files: %1", "", row.childCount()).replace("%1", sentence))
        row.setToolTip(0, sentence)

    def _row(self, text: str, problem: Problem) -> QTreeWidgetItem:
        row = QTreeWidgetItem([text])
        row.setToolTip(0, f"{problem.file}\n{problem.plain_sentence}")
        row.setData(0, Qt.ItemDataRole.UserRole, problem)
        return row

    @Slot(QTreeWidgetItem)
    def _choose(self, row: QTreeWidgetItem) -> None:
        if row.childCount() == 0:
            self.problem_chosen.emit(row.data(0, Qt.ItemDataRole.UserRole))

    @Slot()
    def _show_latest(self) -> None:
        latest = next(reversed(self._problems), None)
        is_shown = latest is not None and self._section.is_folded()
        self._latest.set_text(f"{latest.file.name}: {latest.plain_sentence}" if latest and is_shown else "")

    @Slot()
    def _announce(self) -> None:
        latest = next(reversed(self._problems), None)
        if latest is not None:
            announce(self, f"{self.summary()}. {latest.file.name}: {latest.plain_sentence}")
