"""Where things are in the window: tool bar, queue, page, settings, problems, status."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QLabel,
    QMainWindow,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from docclean.core.presets import Presets
from docclean.gui.actions import fill_menu_bar, make_actions
from docclean.gui.compare_view import CompareView
from docclean.gui.empty_page import EmptyPage
from docclean.gui.page_queue import PageQueue
from docclean.gui.primary_button import PrimaryButton
from docclean.gui.problems_panel import ProblemsPanel
from docclean.gui.queue_panel import QueuePanel
from docclean.gui.recipe_panel import RecipePanel
from docclean.gui.run_display import StatusLine

_SIDE_PX = 264
_LEAST_SIDE_PX = 200


class WindowLayout:
    """Makes the widgets of the main window and puts them in their places. No work is done here.

    Attributes:
        actions: Every action, by name.
        primary: The button that does what comes next.
        queue: The pages.
        view: The page that is looked at.
        stack: The empty state, or the view.
        splitter: Queue, page and settings.
    """

    def __init__(self, window: QMainWindow, queue: PageQueue, presets: Presets) -> None:
        self.actions: dict[str, QAction] = make_actions(window)
        fill_menu_bar(window.menuBar(), self.actions)
        self.primary = PrimaryButton()
        self.primary.setObjectName("primary")
        self.zoom_label = QLabel("100 %")
        self.tools = self._make_tool_bar(window)
        self.queue = QueuePanel(queue)
        self.view = CompareView()
        self.empty = EmptyPage()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.view)
        self.recipe = RecipePanel(presets)
        self.problems = ProblemsPanel()
        self.status = StatusLine()
        self.splitter = self._make_splitter()
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.splitter, stretch=1)
        column.addWidget(self.problems)
        window.setCentralWidget(middle)
        window.statusBar().addWidget(self.status, 1)
        window.statusBar().setSizeGripEnabled(False)

    def _make_tool_bar(self, window: QMainWindow) -> QToolBar:
        bar = QToolBar(window.tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        bar.addAction(self.actions["add"])
        add = bar.widgetForAction(self.actions["add"])
        if isinstance(add, QToolButton):
            add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            add.setText(window.tr("Add"))
        bar.addWidget(self.primary)
        for name in ("pause", "skip", "stop"):
            bar.addAction(self.actions[name])
        bar.addSeparator()
        bar.addAction(self.actions["undo"])
        bar.addAction(self.actions["redo"])
        bar.addWidget(_spring())
        for name in ("split", "side-by-side", "result", "original", "changes"):
            bar.addAction(self.actions[name])
        bar.addSeparator()
        for name in ("fit", "zoomOut"):
            bar.addAction(self.actions[name])
        self.zoom_label.setMinimumWidth(56)
        self.zoom_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zoom_label.setAccessibleName(window.tr("Zoom"))
        bar.addWidget(self.zoom_label)
        bar.addAction(self.actions["zoomIn"])
        bar.addSeparator()
        bar.addAction(self.actions["saveAll"])
        window.addToolBar(bar)
        return bar

    def _make_splitter(self) -> QSplitter:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("splitter")
        splitter.setChildrenCollapsible(False)
        for widget in (self.queue, self.stack, self.recipe):
            splitter.addWidget(widget)
        self.queue.setMinimumWidth(_LEAST_SIDE_PX)
        self.recipe.setMinimumWidth(max(_LEAST_SIDE_PX + 24, self.recipe.least_width()))
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_SIDE_PX, 1280 - 2 * _SIDE_PX - 16, _SIDE_PX + 16])
        return splitter


def _spring() -> QWidget:
    spring = QWidget()
    spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return spring
