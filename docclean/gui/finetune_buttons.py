"""What can be done in each step of a fine-tuning, and which step it is."""

from collections.abc import Sequence
from enum import IntEnum
from functools import partial

from PySide6.QtCore import QSize, Signal, SignalInstance
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from docclean.gui.finetune_run import FinetuneRun, FinetuneState
from docclean.gui.primary_button import PrimaryButton
from docclean.training.finetune.request import FinetuneRequest


class Step(IntEnum):
    """The pages of the dialog."""

    PAGES = 0
    RUN = 1
    VERDICT = 2


class StepLine(QWidget):
    """The steps, the present one in bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        self._labels: list[QLabel] = []
        for number, words in enumerate((self.tr("Pages"), self.tr("Training"), self.tr("Verdict")), start=1):
            if self._labels:
                line = QLabel("—", self)
                line.setForegroundRole(QPalette.ColorRole.PlaceholderText)
                layout.addWidget(line)
            label = QLabel(f"{number}  {words}", self)
            self._labels.append(label)
            layout.addWidget(label)
        layout.addStretch(1)

    def show_step(self, step: Step) -> None:
        """Show which step it is."""
        for place, label in enumerate(self._labels):
            font = QFont(label.font())
            font.setBold(place == step)
            label.setFont(font)
            is_now = place == step
            label.setForegroundRole(QPalette.ColorRole.WindowText if is_now else QPalette.ColorRole.PlaceholderText)


class UnfinishedLine(QWidget):
    """Offers to go on with an interrupted run; not there when there is none.

    Attributes:
        continue_wanted: The `FinetuneRequest` of the run to go on with.
        discard_wanted: The one of the run to forget.
    """

    continue_wanted = Signal(object)
    discard_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._requests: Sequence[FinetuneRequest] = ()
        self._names = QComboBox(self)
        self._names.setObjectName("unfinishedNames")
        label = QLabel(self.tr("&Interrupted:"), self)
        label.setBuddy(self._names)
        go_on = QPushButton(self.tr("Go on with it"), self)
        go_on.setObjectName("continueUnfinished")
        discard = QPushButton(self.tr("Discard…"), self)
        discard.setObjectName("discardUnfinished")
        for button, signal in ((go_on, self.continue_wanted), (discard, self.discard_wanted)):
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._tell, signal))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label)
        layout.addWidget(self._names)
        layout.addWidget(go_on)
        layout.addWidget(discard)
        layout.addStretch(1)
        self.hide()

    def show_requests(self, requests: Sequence[FinetuneRequest]) -> None:
        """Offer other runs."""
        if list(requests) != list(self._requests):
            self._requests = list(requests)
            self._names.clear()
            self._names.addItems([request.name for request in requests])
        self.setVisible(bool(requests))

    def _tell(self, signal: SignalInstance) -> None:
        number = self._names.currentIndex()
        if 0 <= number < len(self._requests):
            signal.emit(self._requests[number])


class FinetuneButtons(QWidget):
    """The row of buttons; shows those that the state of the run has a use for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.start = self._button("startFinetune", self.tr("&Start"), is_primary=True)
        self.resume = self._button("resumeFinetune", self.tr("&Go on"), is_primary=True)
        self.use = self._button("useModel", self.tr("&Use by default"), is_primary=True)
        self.undo = self._button("useModelBefore", "")
        self.pause = self._button("pauseFinetune", self.tr("&Pause"))
        self.keep = self._button("keepFinetune", self.tr("Stop and &keep the best"))
        self.keep.setToolTip(self.tr("Ends the learning now; the best state so far is judged and becomes the model."))
        self.stop = self._button("stopFinetune", self.tr("S&top"))
        self.stop.setToolTip(self.tr("What was learned is saved, and you can go on with it later."))
        self.back = self._button("backToPages", "")
        self.close_ = self._button("closeFinetune", self.tr("Close"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in (self.start, self.resume, self.use, self.undo, self.pause, self.keep, self.stop, self.back):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_)

    def show_run(self, run: FinetuneRun, step: Step, *, is_default: bool, before: str) -> None:
        """Show what can be done.

        Args:
            run: The run.
            step: The step that is shown.
            is_default: Whether the new model is the default now.
            before: Name of the model that was the default before it; empty if it was never changed.
        """
        state, is_running = run.state, run.is_active
        is_recommended = run.outcome is not None and run.outcome.verdict.is_recommended
        for button, is_shown in (
            (self.start, step is Step.PAGES),
            (self.pause, is_running),
            (self.keep, is_running),
            (self.stop, is_running),
            (self.resume, run.can_be_resumed),
            (self.back, step is not Step.PAGES and not is_running),
            (self.use, step is Step.VERDICT and is_recommended and not is_default),
            (self.undo, step is Step.VERDICT and is_default and bool(before)),
        ):
            button.setVisible(is_shown)
        self.pause.setEnabled(state in (FinetuneState.RUNNING, FinetuneState.HELD))
        self.pause.setText(self.tr("&Go on") if state is FinetuneState.HELD else self.tr("&Pause"))
        self.keep.setEnabled(run.can_be_kept)
        self.stop.setEnabled(state is not FinetuneState.STOPPING)
        self.back.setText(self.tr("Teach &another") if step is Step.VERDICT else self.tr("&Back to the pages"))
        self.undo.setText(self.tr("Back to “{name}”").format(name=before))

    def minimumSizeHint(self) -> QSize:
        """Qt's: as high as a button, whichever are shown."""
        return QSize(0, self.close_.sizeHint().height())

    def _button(self, name: str, text: str, *, is_primary: bool = False) -> QPushButton:
        button = PrimaryButton(text, self) if is_primary else QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button
