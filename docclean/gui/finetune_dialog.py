"""Teaching a model the user's own pages: asked for, watched, judged. The run goes on without this dialog."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QPalette
from PySide6.QtWidgets import QDialog, QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from docclean.core.files import is_folder
from docclean.core.recipe import Task
from docclean.gui.cleaning_speed import CleaningSpeed
from docclean.gui.file_questions import question
from docclean.gui.finetune_buttons import FinetuneButtons, Step, StepLine, UnfinishedLine
from docclean.gui.finetune_form import FinetuneForm
from docclean.gui.finetune_pairs import PairTable
from docclean.gui.finetune_progress import FinetuneProgress
from docclean.gui.finetune_run import FinetuneRun, FinetuneState
from docclean.gui.finetune_unfinished import UnfinishedRuns
from docclean.gui.finetune_verdict import VerdictView
from docclean.gui.page_queue import local_files
from docclean.gui.pair_check import FEWEST_PAGES, PairCheck
from docclean.gui.problem_line import ProblemLine
from docclean.gui.shown_names import model_name
from docclean.gui.wording import duration
from docclean.models.catalog import Catalog

if TYPE_CHECKING:
    from docclean.training.finetune.request import FinetuneRequest

_TYPING_MS = 400


class FinetuneDialog(QDialog):
    """Pages, then the run, then the verdict. Not modal; shows the run as it finds it.

    Attributes:
        default_wanted: The user wants this model where none is named: `Task`, id.
    """

    default_wanted = Signal(object, str)

    def __init__(
        self,
        run: FinetuneRun,
        check: PairCheck,
        unfinished: UnfinishedRuns,
        catalog: Catalog,
        parent: QWidget | None = None,
    ) -> None:
        """Show a run.

        Args:
            run: Shown and steered; it outlives the dialog, as the next two do.
            check: What was found in the folders.
            unfinished: Runs that can be gone on with.
            catalog: The models, with the user's own defaults.
            parent: The window.
        """
        super().__init__(parent)
        self._run, self._check, self._unfinished, self._catalog = run, check, unfinished, catalog
        self._speed = CleaningSpeed(run.engine, self)
        self._form = FinetuneForm(catalog, self._taken(), self)
        self._table = PairTable(check, self)
        self._progress = FinetuneProgress(run, self)
        self._verdict = VerdictView(self)
        self._looking = QTimer(self)  # a path that is being typed names other folders on the way
        self._looking.setSingleShot(True)
        self._looking.setInterval(_TYPING_MS)
        self._build()
        wish = run.wish or run.request
        if wish is not None:
            self._form.fill(wish)
        self._connect()
        unfinished.look()
        self._look()
        self._show_run()

    def take_catalog(self, catalog: Catalog) -> None:
        """Models came or went, or another one is the default."""
        self._catalog = catalog
        self._form.take_names(self._taken())
        self._show_run()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt's: one folder or two may be dropped on the pages."""
        paths = local_files(event.mimeData())
        if self._step() is Step.PAGES and 1 <= len(paths) <= 2 and all(is_folder(path) for path in paths):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Qt's."""
        event.acceptProposedAction()
        self._form.take_folders(local_files(event.mimeData()))

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt's: closed, by Escape too. The run goes on, looking at pairs does not; a minimized window goes on."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._run.wish = self._form.request() or self._run.wish
            self._check.stop()
            self._speed.forget()
            self._table.close_pictures()

    def _build(self) -> None:
        self.setObjectName("finetuneDialog")
        self.setWindowTitle(self.tr("Teach a model my pages"))
        self.setModal(False)
        self.setAcceptDrops(True)
        self.resize(920, 640)
        self._steps = StepLine(self)
        self._problem = ProblemLine(self)
        self._resumable = UnfinishedLine(self)
        self._estimate = self._quiet("finetuneEstimate")
        self._waiting = self._quiet("finetuneWaiting")
        self._waiting.setText(
            self.tr("Pages that you clean meanwhile wait until the training is over or stopped; saving does not.")
        )
        self._advice = self._quiet("verdictAdvice")
        self._buttons = FinetuneButtons(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._first_page())
        self._pages.addWidget(_page(self._progress, self._waiting))
        self._pages.addWidget(_page(self._verdict, self._advice))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self._steps)
        layout.addWidget(self._problem)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._buttons)

    def _first_page(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self._form)
        split.addWidget(self._table)
        split.setSizes([392, 488])
        split.setStretchFactor(1, 1)
        return _page(self._resumable, split, self._estimate)

    def _quiet(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setWordWrap(True)
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        return label

    def _connect(self) -> None:
        run, buttons = self._run, self._buttons
        for signal, slot in (
            (run.changed, self._show_run),
            (run.finished, self._unfinished.look),
            (self._check.changed, self._show_pages),
            (self._check.row_changed, self._show_pages),
            (self._speed.changed, self._show_pages),
            (self._unfinished.changed, self._show_unfinished),
            (self._form.changed, self._show_pages),
            (self._form.pages_changed, self._looking.start),
            (self._looking.timeout, self._look),
            (self._resumable.continue_wanted, self._go_on_with),
            (self._resumable.discard_wanted, self._ask_to_discard),
            (buttons.start.clicked, self._begin),
            (buttons.pause.clicked, self._hold),
            (buttons.keep.clicked, run.keep),
            (buttons.stop.clicked, run.stop),
            (buttons.resume.clicked, self._go_on),
            (buttons.back.clicked, run.forget),
            (buttons.use.clicked, self._use),
            (buttons.undo.clicked, self._use_the_one_before),
            (buttons.close_.clicked, self.close),
        ):
            signal.connect(slot)

    def _step(self) -> Step:
        match self._run.state:
            case FinetuneState.IDLE:
                return Step.PAGES
            case FinetuneState.FINISHED:
                return Step.VERDICT
            case _:
                return Step.RUN

    @Slot()
    def _look(self) -> None:
        """Look at the pages, but not while the engine reads them itself."""
        self._looking.stop()
        self._table.show_mode(self._form.mode)
        if not self._run.is_active:
            self._check.look(self._form.pages())

    @Slot()
    def _begin(self) -> None:
        request = self._form.request()
        if request is not None and self._check.usable >= FEWEST_PAGES and not self._looking.isActive():
            self._check.stop()
            self._run.start(request)

    @Slot()
    def _hold(self) -> None:
        if self._run.state is FinetuneState.HELD:
            self._run.resume()
        else:
            self._run.pause()

    @Slot()
    def _go_on(self) -> None:
        if self._run.request is not None and self._run.can_be_resumed:
            self._run.start(self._run.request, is_resumed=True)

    @Slot(object)
    def _go_on_with(self, request: "FinetuneRequest") -> None:
        self._check.stop()
        self._form.fill(request)
        self._run.start(request, is_resumed=True)

    @Slot(object)
    def _ask_to_discard(self, request: "FinetuneRequest") -> None:
        box = question(
            self,
            "discardQuestion",
            self.tr("Discard the run “{name}”?").format(name=request.name),
            self.tr("What it has learned is deleted. This cannot be undone; your pages are not touched."),
            self.tr("Discard"),
        )
        box.accepted.connect(partial(self._unfinished.discard, request.name))
        box.open()

    @Slot()
    def _use(self) -> None:
        outcome = self._run.outcome
        if outcome is not None and outcome.verdict.is_recommended:
            self._run.default_before = self._catalog.default_for(Task.DENOISE).manifest.id
            self.default_wanted.emit(Task.DENOISE, outcome.manifest.id)

    @Slot()
    def _use_the_one_before(self) -> None:
        self.default_wanted.emit(Task.DENOISE, self._run.default_before)

    @Slot()
    def _show_run(self) -> None:
        step = self._step()
        if step is Step.VERDICT and self._run.outcome is not None:
            self._verdict.show_outcome(self._run.outcome)
        self._pages.setCurrentIndex(step.value)
        self._steps.show_step(step)
        self._problem.say(self._run.fault)
        self._waiting.setVisible(self._run.is_active)
        self._advice.setText(self._advice_words())
        self._advice.setVisible(bool(self._advice.text()))
        self._buttons.show_run(self._run, step, is_default=self._is_default(), before=self._name_before())
        if step is Step.PAGES:
            self._look()
        self._show_pages()
        self._show_unfinished()

    @Slot()
    def _show_pages(self) -> None:
        missing = self._form.missing() or self._check.fault
        has_enough = self._check.usable >= FEWEST_PAGES
        if not missing and not has_enough and not self._check.is_busy and not self._looking.isActive():
            missing = self.tr("Two pages at least are needed: one to learn from, one to check with.")
        can_start = not missing and has_enough and not self._looking.isActive()
        self._buttons.start.setEnabled(can_start)
        self._buttons.start.setToolTip(missing)
        self._estimate.setText(self._estimate_words() if can_start else missing)
        read = next((row.dirty for row in self._check.rows if row.dirty is not None and row.pixels), None)
        if can_start and read is not None and self._step() is Step.PAGES:
            self._speed.measure(read)

    def _estimate_words(self) -> str:
        """How long it will take: what the user has chosen, and what comes on top as far as it was measured."""
        request, reading, judging = self._form.request(), self._check.seconds_to_read, self._seconds_to_judge()
        if request is None:
            return ""
        words = [self.tr("Learning takes {time}.").format(time=duration(60.0 * request.minutes))]
        if reading is not None:
            words.append(self.tr("Reading the pages before it takes about {time}.").format(time=duration(reading)))
        if judging is not None:
            words.append(self.tr("Judging after it takes {time} or more.").format(time=duration(judging)))
        else:
            words.append(self.tr("Judging comes after it."))
        return " ".join(words)

    def _seconds_to_judge(self) -> float | None:
        """Both models clean the pages that are held out."""
        pixels, speed = self._check.pixels_to_judge, self._speed.seconds_per_pixel
        return None if pixels is None or speed is None else 2.0 * pixels * speed

    def _advice_words(self) -> str:
        outcome = self._run.outcome
        if outcome is None:
            return ""
        if not outcome.verdict.is_recommended:
            return self.tr("It is among your models, where it can be tried or removed; the default stays as it is.")
        if self._is_default():
            return self.tr("It is used now wherever no other model is chosen.")
        return self.tr("It is among your models. Nothing else changes before you want it.")

    @Slot()
    def _show_unfinished(self) -> None:
        own = self._run.request.name if self._run.request is not None and self._run.is_active else ""
        self._form.take_names(self._taken())
        self._resumable.show_requests([request for request in self._unfinished.requests if request.name != own])

    def _taken(self) -> set[str]:
        """Names of models, and of runs that will give one."""
        models = {entry.manifest.id for entry in self._catalog.all()} | {
            broken.folder.name for broken in self._catalog.broken
        }
        return models | {request.name for request in self._unfinished.requests}

    def _is_default(self) -> bool:
        outcome = self._run.outcome
        return outcome is not None and self._catalog.default_for(Task.DENOISE).manifest.id == outcome.manifest.id

    def _name_before(self) -> str:
        before = {entry.manifest.id: model_name(entry.manifest) for entry in self._catalog.all()}
        return before.get(self._run.default_before, "")


def _page(*widgets: QWidget) -> QWidget:
    """Put widgets under one another; what has room to grow takes it."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for widget in widgets:
        is_line = isinstance(widget, QLabel | UnfinishedLine)
        layout.addWidget(widget, 0 if is_line else 1)
    return page
