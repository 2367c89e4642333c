"""Fine-tuning in the main window: the run, what it reads, and the hint in the status bar. Outlives the dialog."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from docclean.gui.desktop import KeepAwake, notify
from docclean.gui.finetune_run import FinetuneRun, FinetuneState
from docclean.gui.finetune_unfinished import UnfinishedRuns
from docclean.gui.pair_check import PairCheck
from docclean.gui.shown_names import model_name
from docclean.gui.training_hint import TrainingHint
from docclean.gui.training_pages import TrainingPages

if TYPE_CHECKING:
    from docclean.gui.main_window import MainWindow
    from docclean.training.finetune.project import Outcome


class WindowTraining(QObject):
    """Made when the first dialog is opened; owned by the window.

    Attributes:
        run: The run.
        check: What is found in the folders.
        unfinished: Runs that were interrupted.
        hint: Shows the run while the dialog is closed.
        models_changed: There is a new model.
    """

    models_changed = Signal()

    def __init__(self, window: "MainWindow", show: Callable[[], None], parent: QObject | None = None) -> None:
        """Start with no run.

        Args:
            window: The main window.
            show: Opens the dialog.
            parent: Qt's.
        """
        super().__init__(parent)
        self._window = window
        self.run = FinetuneRun(window.engine, self)
        self.check = PairCheck(TrainingPages(), self)
        self.unfinished = UnfinishedRuns(self)
        self._awake = KeepAwake(self)
        self.hint = TrainingHint(self.run)
        window.statusBar().addPermanentWidget(self.hint)
        self.hint.wanted.connect(show)
        self.run.changed.connect(self._follow)
        self.run.finished.connect(self._on_finished)
        self.run.kept.connect(self._on_kept)
        window.closed.connect(self._close)

    @Slot()
    def _follow(self) -> None:
        is_at_work = self.run.is_active and self.run.state is not FinetuneState.HELD
        self._awake.hold(is_on=is_at_work and self._window.settings.keep_awake)

    @Slot(object)
    def _on_kept(self, outcome: "Outcome") -> None:
        self.models_changed.emit()
        words = self.tr("The new model “{name}” is ready.").format(name=model_name(outcome.manifest))
        self._window.say(words)
        if self._window.settings.notify_when_finished:
            notify(self._window, "docclean", words)

    @Slot()
    def _on_finished(self) -> None:
        if self.run.fault:
            self._window.news.add_problem(self.run.fault)

    @Slot()
    def _close(self) -> None:
        self._awake.hold(is_on=False)
        self.check.close()
        self.unfinished.close()
