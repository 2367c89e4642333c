"""The small hint in the status bar: a training is on, how far it is; a click shows it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from docclean.gui.finetune_run import FinetuneRun, FinetuneState
from docclean.gui.wording import duration
from docclean.training.finetune.request import Stage


class TrainingHint(QToolButton):
    """There only while a run is on, and after its end until somebody has looked.

    Attributes:
        wanted: The user wants to see the run.
    """

    wanted = Signal()

    def __init__(self, run: FinetuneRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._has_news = False
        self.setObjectName("trainingHint")
        self.setAutoRaise(True)
        self.clicked.connect(self._on_clicked)
        run.changed.connect(self._show)
        run.progressed.connect(self._show)
        run.finished.connect(self._on_finished)
        self._show()

    def was_seen(self) -> None:
        """The run is being looked at."""
        self._has_news = False
        self._show()

    @Slot()
    def _on_clicked(self) -> None:
        self._has_news = False
        self.wanted.emit()

    @Slot()
    def _on_finished(self) -> None:
        self._has_news = True
        self._show()

    @Slot()
    def _show(self) -> None:
        self.setVisible(self._run.is_active or self._has_news)
        self.setText(self._words())
        self.setToolTip(self.tr("Show the training"))

    def _words(self) -> str:
        figures, state = self._run.figures, self._run.state
        ended = {
            FinetuneState.FINISHED: self.tr("The new model is ready"),
            FinetuneState.FAILED: self.tr("The training failed"),
            FinetuneState.STOPPED: self.tr("The training was stopped"),
            FinetuneState.HELD: self.tr("The training is held"),
            FinetuneState.WAITING: self.tr("The training waits for the pages"),
        }
        if state in ended:
            return ended[state]
        words = self.tr("Training a model")
        if figures.stage is Stage.TRAINING and figures.fraction is not None:
            words = f"{words}: {figures.fraction:.0%}".replace("%", " %")
            if figures.seconds_left is not None:
                words += self.tr(", {time} left").format(time=duration(figures.seconds_left))
        return words
