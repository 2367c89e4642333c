"""Whole folders: asked for, watched, reported. The run itself belongs to the window and goes on without this dialog."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from docclean.core.files import is_folder
from docclean.core.recipe import Recipe
from docclean.engine.run_report import verify_report, write_report
from docclean.gui.background import BackgroundWork
from docclean.gui.batch_form import BatchForm
from docclean.gui.batch_plan import BatchState
from docclean.gui.batch_report import ReportModel, report_rows, summary
from docclean.gui.batch_run import BatchRun
from docclean.gui.elided_label import ElidedLabel
from docclean.gui.file_questions import FileQuestion, notice, question
from docclean.gui.primary_button import PrimaryButton
from docclean.gui.problem_line import ProblemLine
from docclean.gui.wording import counted_pages, duration, spell_count
from docclean.models.catalog import Catalog

_TICK_MS = 1000
_STEPS = 1000
_MOST_FITTED = 200
"""Rows of a report that are given the height of their sentences, which takes its time."""


class BatchDialog(QDialog):
    """Form above, progress and report below. Not modal; shows the run as it finds it."""

    def __init__(
        self, run: BatchRun, recipe: Recipe, parent: QWidget | None = None, *, catalog: Catalog | None = None
    ) -> None:
        """Show a run.

        Args:
            run: Shown and steered; it outlives the dialog.
            recipe: What to start with, unless the run was asked for something before.
            parent: The window.
            catalog: The models; None for those that are installed.
        """
        super().__init__(parent)
        self._run = run
        self._work = BackgroundWork(self)
        models = self._catalog = catalog or Catalog.installed()
        self._form = BatchForm(run.request.recipe if run.request else recipe, models, self)
        if run.request is not None:
            self._form.fill(run.request)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._shown: BatchState | None = None
        self._build()
        self._connect()
        self._show_run()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt's: the run goes on; a report that is being written is finished."""
        self._tick.stop()
        self._form.close_work()
        self._work.wait()
        super().closeEvent(event)

    def _build(self) -> None:
        self.setObjectName("batchDialog")
        self.setWindowTitle(self.tr("Clean a folder"))
        self.setModal(False)
        self.resize(760, 600)
        self._message = ProblemLine(self)
        self._below = QStackedWidget(self)
        self._below.addWidget(self._hint())
        self._below.addWidget(self._progress())
        self._below.addWidget(self._report())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(self._form)
        layout.addWidget(self._message)
        layout.addWidget(self._below, 1)
        layout.addLayout(self._buttons())

    def _hint(self) -> QWidget:
        hint = QLabel(self.tr("Every page of one folder goes, cleaned, into the other. Originals are never changed."))
        hint.setObjectName("batchHint")
        hint.setWordWrap(True)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(hint)
        layout.addStretch(1)
        return page

    def _progress(self) -> QWidget:
        page = QWidget()
        self._bar = QProgressBar(page)
        self._bar.setObjectName("batchBar")
        self._bar.setAccessibleName(self.tr("Progress of the batch"))
        self._bar.setTextVisible(False)
        self._status = QLabel(page)
        self._status.setObjectName("batchStatus")
        self._current = ElidedLabel(page)
        self._current.setObjectName("batchCurrent")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._bar)
        layout.addWidget(self._status)
        layout.addWidget(self._current)
        layout.addStretch(1)
        return page

    def _report(self) -> QWidget:
        page = QWidget()
        self._summary = QLabel(page)
        self._summary.setObjectName("batchSummary")
        self._summary.setWordWrap(True)
        self._rows = ReportModel(self)
        self._table = QTableView(page)
        self._table.setObjectName("batchTable")
        self._table.setAccessibleName(self.tr("Report of the batch"))
        self._table.setModel(self._rows)
        self._table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self._table.setTabKeyNavigation(False)
        self._table.setShowGrid(False)
        self._table.verticalHeader().hide()
        header = self._table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 88)
        header.resizeSection(1, 240)
        self._save = self._button("saveReport", self.tr("Save &report…"))
        self._folder = self._button("openFolder", self.tr("Open &folder"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._summary, 1)
        row.addWidget(self._save)
        row.addWidget(self._folder)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self._table, 1)
        return page

    def _buttons(self) -> QHBoxLayout:
        self._start = PrimaryButton(self.tr("&Start"), self)
        self._start.setObjectName("startBatch")
        self._pause = self._button("pauseBatch", self.tr("&Pause"))
        self._stop = self._button("stopBatch", self.tr("S&top"))
        close = self._button("closeBatch", self.tr("Close"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self._start, self._pause, self._stop):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _connect(self) -> None:
        self._where = FileQuestion(self, "reportQuestion")
        for signal, slot in (
            (self._run.changed, self._show_run),
            (self._form.changed, self._show_buttons),
            (self._start.clicked, self._begin),
            (self._pause.clicked, self._hold),
            (self._stop.clicked, self._run.stop),
            (self._save.clicked, self._ask_where),
            (self._folder.clicked, self._open_folder),
            (self._where.answered, self._save_report),
            (self._work.succeeded, self._on_saved),
            (self._work.failed, self._on_not_saved),
            (self._tick.timeout, self._show_progress),
        ):
            signal.connect(slot)

    @Slot()
    def _begin(self) -> None:
        """Start, or ask first where results would be replaced."""
        request = self._form.request()
        if request is None:
            return
        if not (request.overwrite and is_folder(request.output)):
            self._run.start(request, self._catalog)
            return
        box = question(
            self,
            "overwriteQuestion",
            self.tr("Replace results in “{folder}”?").format(folder=request.output),
            self.tr("Files there that have the names of results are replaced. This cannot be undone."),
            self.tr("Replace"),
        )
        box.accepted.connect(self._begin_anyway)
        box.open()

    @Slot()
    def _begin_anyway(self) -> None:
        request = self._form.request()
        if request is not None:
            self._run.start(request, self._catalog)

    @Slot()
    def _hold(self) -> None:
        if self._run.state is BatchState.PAUSED:
            self._run.resume()
        else:
            self._run.pause()

    @Slot()
    def _show_run(self) -> None:
        """Show what the run is doing; all of it only when its state is another."""
        state = self._run.state
        if state is not self._shown:
            self._shown = state
            self._form.setEnabled(not self._run.is_active)
            is_over = state is BatchState.FINISHED
            self._below.setCurrentIndex(2 if is_over else int(self._run.is_active))
            if is_over:
                self._show_report()
            if self._run.is_active:
                self._tick.start()
            else:
                self._tick.stop()
            self._show_buttons()
        self._message.say(self._run.fault)
        self._show_progress()

    def _show_report(self) -> None:
        run = self._run
        folder = run.request.source if run.request is not None else Path()
        rows = report_rows(run.plan, run.results, folder)
        self._rows.show_rows(rows)
        if len(rows) <= _MOST_FITTED:
            self._table.resizeRowsToContents()
        self._summary.setText(summary(run.counts, len(run.plan.skipped)))
        self._folder.setEnabled(run.request is not None and is_folder(run.request.output))

    @Slot()
    def _show_buttons(self) -> None:
        state, missing = self._run.state, self._form.missing()
        self._start.setEnabled(not self._run.is_active and not missing)
        self._start.setToolTip("" if self._run.is_active else missing)
        self._pause.setEnabled(state in (BatchState.RUNNING, BatchState.PAUSED))
        self._pause.setText(self.tr("&Go on") if state is BatchState.PAUSED else self.tr("&Pause"))
        self._pause.setToolTip(self.tr("Holds the pages of the main window, too."))
        self._stop.setEnabled(self._run.is_active and state is not BatchState.STOPPING)

    @Slot()
    def _show_progress(self) -> None:
        counts, state = self._run.counts, self._run.state
        if state is BatchState.SEARCHING:
            self._bar.setRange(0, 0)
            found = self.tr("Looking for pages… {found}").format(found=spell_count(counts.found))
            self._status.setText(found)
            self._current.set_text("")
            return
        self._bar.setRange(0, _STEPS)
        self._bar.setValue(round(_STEPS * counts.fraction))
        self._status.setText(" · ".join(self._words()))
        self._current.set_text(counts.current)

    def _words(self) -> list[str]:
        """How far it is, how fast, how long it will take."""
        counts, state = self._run.counts, self._run.state
        pages = counted_pages(counts.pages)
        words = [self.tr("{done} of {pages}").format(done=spell_count(counts.done), pages=pages)]
        if counts.failed:
            words.append(self.tr("{n} failed").format(n=counts.failed))
        if counts.existing:
            words.append(self.tr("{pages} had a result already").format(pages=counted_pages(counts.existing)))
        if counts.pages_per_minute:
            rate = counts.pages_per_minute
            words.append(self.tr("{rate} pages/min").format(rate=f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"))
        if state is BatchState.PAUSED:
            words.append(self.tr("held"))
        elif state is BatchState.STOPPING:
            words.append(self.tr("stopping…"))
        elif counts.waits_for_training:
            words.append(self.tr("waits for the training"))
        elif counts.seconds_left is not None:
            words.append(self.tr("{time} left").format(time=duration(counts.seconds_left)))
        return words

    @Slot()
    def _ask_where(self) -> None:
        self._where.ask_where_to_save(self.tr("Save the report"), "docclean-report.json", self.tr("Reports (*.json)"))

    @Slot(object)
    def _save_report(self, path: Path) -> None:
        self._save.setEnabled(False)
        self._work.start(partial(_written, path, self._run))

    @Slot()
    def _on_saved(self) -> None:
        self._save.setEnabled(True)

    @Slot(str)
    def _on_not_saved(self, sentence: str) -> None:
        self._save.setEnabled(True)
        notice(self, "batchNotice", sentence)

    @Slot()
    def _open_folder(self) -> None:
        request = self._run.request
        if request is not None and is_folder(request.output):
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(request.output)))


def _written(path: Path, run: BatchRun) -> Path:
    """Write a finished run's report; in a pool thread.

    Raises:
        WriteError: Something else has this name, or it cannot be written.
    """
    verify_report(path)
    write_report(path, run.report())
    return path
