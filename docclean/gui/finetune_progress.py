"""A running fine-tuning: how far it is, its curves, and what the model makes of a held-out page by now."""

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Slot
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QSplitter, QVBoxLayout, QWidget

from docclean.gui.elided_label import ElidedLabel
from docclean.gui.finetune_curves import CurveView
from docclean.gui.finetune_pictures import PictureRow
from docclean.gui.finetune_run import FinetuneRun, FinetuneState
from docclean.gui.wording import duration, spell_count
from docclean.training.finetune.request import Stage

_STEPS = 1000
_REDRAW_MS = 250
_MOST_REMARKS = 3
_PICTURES = ("dirty", "now", "truth")


class FinetuneProgress(QWidget):
    """Follows a run; draws four times a second at most."""

    def __init__(self, run: FinetuneRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._bar = QProgressBar(self)
        self._bar.setObjectName("finetuneBar")
        self._bar.setAccessibleName(self.tr("Progress of the training"))
        self._bar.setTextVisible(False)
        self._status = QLabel(self)
        self._status.setObjectName("finetuneStatus")
        self._status.setWordWrap(True)
        self._curves = CurveView(self)
        captions = {
            "dirty": self.tr("As it came"),
            "now": self.tr("As the model cleans it now"),
            "truth": self.tr("As it should be"),
        }
        self._pictures = PictureRow(captions, self, is_column=True)
        self._caption = ElidedLabel(self)
        self._caption.setObjectName("finetunePage")
        self._remarks = QLabel(self)
        self._remarks.setObjectName("finetuneRemarks")
        self._remarks.setWordWrap(True)
        self._remarks.setTextFormat(Qt.TextFormat.PlainText)
        self._remarks.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._arrange()
        self._timer.timeout.connect(self._draw)
        run.progressed.connect(self._soon)
        run.changed.connect(self._draw)
        run.pictured.connect(self._show_picture)
        self._draw()
        self._show_picture()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt's: nothing was drawn while nobody could see it."""
        super().showEvent(event)
        self._draw()
        self._show_picture()

    def _arrange(self) -> None:
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._pictures, 1)
        column.addWidget(self._caption)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(16)
        split.addWidget(self._curves)
        split.addWidget(right)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([520, 352])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._status)
        layout.addWidget(self._bar)
        layout.addWidget(split, 1)
        layout.addWidget(self._remarks)

    @Slot()
    def _soon(self) -> None:
        if not self._timer.isActive() and self.isVisible():
            self._timer.start()

    @Slot()
    def _draw(self) -> None:
        figures = self._run.figures
        self._status.setText(status_words(self._run))
        fraction = figures.fraction
        is_unknown = fraction is None and self._run.is_active
        self._bar.setRange(0, 0 if is_unknown else _STEPS)
        if not is_unknown:
            self._bar.setValue(round(_STEPS * min(1.0, fraction or 0.0)))
        self._curves.show_figures(figures)
        remarks = list(dict.fromkeys(figures.remarks))
        self._remarks.setText("\n".join(remarks[-_MOST_REMARKS:]))
        self._remarks.setToolTip("\n".join(remarks))
        self._remarks.setVisible(bool(remarks))

    @Slot()
    def _show_picture(self) -> None:
        picture = self._run.figures.picture
        if picture is None:
            self._pictures.show_pixels({})
            self._caption.set_text(self.tr("A held-out page will be shown here."))
            return
        self._pictures.show_pixels({key: getattr(picture, key) for key in _PICTURES})
        words = self.tr("{page}, held out, after step {step}")
        self._caption.set_text(words.format(page=picture.name, step=spell_count(picture.step)))


def status_words(run: FinetuneRun) -> str:
    """Say in a line what a run is doing, how far it is, and how long it will take."""
    figures, state = run.figures, run.state
    before_and_after = {
        FinetuneState.WAITING: _text("Begins when the pages that are being cleaned are done…"),
        FinetuneState.STOPPED: _text("Stopped; what was learned is saved, and the run can be gone on with."),
        FinetuneState.FAILED: _text("The training ended before there was a model."),
    }
    if state in before_and_after:
        return before_and_after[state]
    words = [_stage_words(figures.stage, figures.done, figures.total)]
    if figures.stage is Stage.TRAINING and figures.steps:
        step, steps = spell_count(figures.step), spell_count(figures.steps)
        words.append(_text("step {step} of {steps}").format(step=step, steps=steps))
    match state:
        case FinetuneState.HELD:
            words.append(_text("held"))
        case FinetuneState.STOPPING:
            words.append(_text("stopping; what was learned is saved…"))
        case FinetuneState.KEEPING:
            words.append(_text("the best state is taken…"))
        case FinetuneState.RUNNING if figures.seconds_left is not None and figures.stage is Stage.TRAINING:
            words.append(_text("{time} of training left").format(time=duration(figures.seconds_left)))
        case _:
            pass
    return " · ".join(words)


def _stage_words(stage: Stage | None, done: int, total: int) -> str:
    names = {
        None: _text("Starting…"),
        Stage.READING: _text("Reading pages"),
        Stage.ALIGNING: _text("Laying pages over their twins"),
        Stage.PREPARING: _text("Preparing"),
        Stage.TRAINING: _text("Learning"),
        Stage.JUDGING: _text("Judging the new model"),
    }
    if total and stage not in (None, Stage.TRAINING):
        return _text("{what}, {done} of {total}").format(what=names[stage], done=spell_count(done), total=total)
    return names[stage]


def _text(words: str) -> str:
    return QCoreApplication.translate("FinetuneProgress", words)
