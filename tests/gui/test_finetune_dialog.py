"""The window in which a model learns the user's pages: form, run, verdict; the run outlives it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMessageBox, QPushButton, QRadioButton, QTableView
from pytestqt.qtbot import QtBot

from docclean.core.errors import TrainingError
from docclean.core.recipe import Task
from docclean.gui.crop_view import CropView
from docclean.gui.engine_thread import EngineThread
from docclean.gui.finetune_dialog import FinetuneDialog
from docclean.gui.finetune_run import FinetuneRun, FinetuneState
from docclean.gui.finetune_unfinished import UnfinishedRuns
from docclean.gui.pair_check import PairCheck, PairRow, PairState
from docclean.models.catalog import Catalog
from docclean.training.config import Regularizer
from docclean.training.finetune.request import FinetuneRequest, Mode
from tests.helpers.finetuning import FakePages, FakeTrainer, outcome_of, verdict
from tests.helpers.gui import FakeEngine, Heard, draft_jobs, scan, waits_for
from tests.helpers.models import catalog_of, tiny_model

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    tiny_model(folder, "base-1")
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("Letters", "Clean"):
        for number in range(3):
            scan(tmp_path / name / f"p{number}.png", number)
    return tmp_path / "Letters", tmp_path / "Clean"


class Desktop:
    """A dialog and all that it needs; it can be closed and opened again."""

    def __init__(self, qtbot: QtBot, models: Path, folders: tuple[Path, Path]) -> None:
        self.qtbot, self.models, self.folders = qtbot, models, folders
        self.trainer = FakeTrainer(outcome_of("letters-1"))
        self.fake = FakeEngine()
        self.engine = EngineThread(open_engine=self.fake.open, train=self.trainer)
        self.run = FinetuneRun(self.engine)
        pages = [scan(folders[0] / f"p{n}.png", n) for n in range(3)]
        twins = [scan(folders[1] / f"p{n}.png", n + 7) for n in range(3)]
        self.pages = FakePages([PairRow(d.path.stem, d, c) for d, c in zip(pages, twins, strict=True)])
        self.check = PairCheck(self.pages)
        self.left: list[FinetuneRequest] = []
        self.discarded: list[str] = []
        self.unfinished = UnfinishedRuns(find=lambda: list(self.left), discard=self.discarded.append)
        self.dialog = self.opened()

    def opened(self) -> FinetuneDialog:
        dialog = FinetuneDialog(self.run, self.check, self.unfinished, catalog_of(self.models))
        self.qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    def reopen(self) -> None:
        assert self.dialog.close()
        assert not self.dialog.isVisible()
        self.dialog = self.opened()

    def fill(self) -> None:
        self.line("finetuneDirty").setText(str(self.folders[0]))
        self.line("finetuneClean").setText(str(self.folders[1]))
        self.qtbot.waitUntil(waits_for(self.button("startFinetune").isEnabled))

    def begin(self) -> None:
        """Start, and wait until it trains."""
        self.fill()
        self.trainer.gate.clear()
        self.click("startFinetune")
        assert self.trainer.reached.acquire(timeout=10)
        self.qtbot.waitUntil(waits_for(lambda: self.run.can_be_kept))

    def finish(self) -> None:
        self.fill()
        with self.qtbot.waitSignal(self.run.finished):
            self.click("startFinetune")

    def line(self, name: str) -> QLineEdit:
        found = self.dialog.findChild(QLineEdit, name)
        assert found is not None
        return found

    def button(self, name: str) -> QPushButton:
        found = self.dialog.findChild(QPushButton, name)
        assert found is not None
        return found

    def words(self, name: str) -> str:
        found = self.dialog.findChild(QLabel, name)
        assert found is not None
        return found.text()

    def click(self, name: str) -> None:
        button = self.button(name)
        assert button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def shown_buttons(self) -> set[str]:
        return {b.objectName() for b in self.dialog._buttons.findChildren(QPushButton) if b.isVisible()}

    def close(self) -> None:
        self.dialog.close()
        self.trainer.gate.set()
        self.fake.gate.set()
        self.pages.gate.set()
        self.check.close()
        self.unfinished.close()
        assert self.engine.close(10_000)


@pytest.fixture
def desktop(qtbot: QtBot, models: Path, folders: tuple[Path, Path]) -> Iterator[Desktop]:
    everything = Desktop(qtbot, models, folders)
    yield everything
    everything.close()


def request_of(desktop: Desktop) -> FinetuneRequest:
    request = desktop.dialog._form.request()
    assert request is not None
    return request


def cells(desktop: Desktop, column: int) -> list[str]:
    table = desktop.dialog.findChild(QTableView, "pairTable")
    assert table is not None
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_start_waits_for_folders_and_says_what_is_missing(desktop: Desktop) -> None:
    assert not desktop.button("startFinetune").isEnabled()
    assert desktop.words("finetuneEstimate") == "Choose the folder with the dirty pages."
    desktop.line("finetuneDirty").setText(str(desktop.folders[0]))
    assert desktop.words("finetuneEstimate") == "Choose the folder with the clean twins."
    desktop.fill()
    assert desktop.words("finetuneEstimate").startswith("Learning takes 10 min")
    desktop.qtbot.waitUntil(waits_for(lambda: "Judging after it takes" in desktop.words("finetuneEstimate")))
    assert "Reading the pages before it takes about" in desktop.words("finetuneEstimate")


def test_request_is_what_the_form_says(desktop: Desktop) -> None:
    desktop.fill()
    minutes, penalty = (
        desktop.dialog.findChild(QComboBox, "finetuneMinutes"),
        desktop.dialog.findChild(QComboBox, "finetuneRegularizer"),
    )
    assert minutes is not None
    assert penalty is not None
    minutes.setCurrentIndex(minutes.findData(30))
    penalty.setCurrentIndex(penalty.findData("contractive"))
    dirty, clean = desktop.folders
    assert request_of(desktop) == FinetuneRequest(
        dirty=dirty, clean=clean, name="letters-1", minutes=30, regularizer=Regularizer.CONTRACTIVE
    )
    assert "takes twice as long" in desktop.words("regularizerWords")


@pytest.mark.parametrize(("mode", "has_clean"), [(Mode.OWN_PAPER, False), (Mode.TWO_SCANS, True)])
def test_other_modes_ask_for_what_they_need(desktop: Desktop, mode: Mode, has_clean: bool) -> None:
    radio = desktop.dialog.findChild(QRadioButton, mode.value)
    assert radio is not None
    radio.setChecked(True)
    assert desktop.line("finetuneClean").isVisible() == has_clean
    desktop.line("finetuneDirty").setText(str(desktop.folders[0]))
    desktop.line("finetuneClean").setText(str(desktop.folders[1]))
    request = request_of(desktop)
    assert (request.mode, request.clean) == (mode, desktop.folders[1] if has_clean else None)


def test_pairs_in_one_folder_are_told_apart_by_the_ends_of_their_names(desktop: Desktop) -> None:
    place = desktop.dialog.findChild(QComboBox, "finetunePlace")
    assert place is not None
    place.setCurrentIndex(1)
    desktop.line("finetuneDirty").setText(str(desktop.folders[0]))
    desktop.line("finetuneDirtySuffix").setText("-scan")
    desktop.line("finetuneCleanSuffix").setText("-scan")
    assert desktop.dialog._form.request() is None
    assert desktop.words("finetuneEstimate") == "Type two different ends of names."
    desktop.line("finetuneCleanSuffix").setText("-print")
    request = request_of(desktop)
    assert (request.clean, request.dirty_suffix, request.clean_suffix) == (None, "-scan", "-print")


def test_pairs_in_a_table_need_no_folder(desktop: Desktop, tmp_path: Path) -> None:
    place = desktop.dialog.findChild(QComboBox, "finetunePlace")
    assert place is not None
    place.setCurrentIndex(2)
    assert desktop.words("finetuneEstimate") == "Choose the table that names the pairs."
    (tmp_path / "My pairs.csv").write_text("a,b\n")
    desktop.line("finetuneTable").setText(str(tmp_path / "My pairs.csv"))
    request = request_of(desktop)
    assert (request.table, request.clean, request.name) == (tmp_path / "My pairs.csv", None, "my-pairs-1")


@pytest.mark.parametrize(
    ("name", "word"),
    [("", "small letters"), ("Büro", "small letters"), ("base-1", "exists already"), ("nul", "systems")],
)
def test_name_that_cannot_be_is_refused_while_it_is_typed(desktop: Desktop, name: str, word: str) -> None:
    desktop.fill()
    desktop.line("finetuneName").setText(name)
    assert not desktop.button("startFinetune").isEnabled()
    assert word in desktop.button("startFinetune").toolTip()
    desktop.line("finetuneName").setText("mine-2")
    assert desktop.button("startFinetune").isEnabled()


def test_name_is_proposed_from_the_folder_until_the_user_types_one(desktop: Desktop, tmp_path: Path) -> None:
    desktop.line("finetuneDirty").setText(str(tmp_path / "Büro Scans"))
    assert desktop.line("finetuneName").text() == "buro-scans-1"
    desktop.line("finetuneName").setText("mine")
    desktop.fill()
    assert desktop.line("finetuneName").text() == "mine"


def test_two_dropped_folders_become_dirty_and_clean(desktop: Desktop) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder)) for folder in desktop.folders])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desktop.dialog.dropEvent(QDropEvent(QPointF(400, 600), action, mime, buttons, keys))
    assert request_of(desktop).dirty == desktop.folders[0]
    assert request_of(desktop).clean == desktop.folders[1]


def test_troubles_of_pairs_are_listed_and_left_out(desktop: Desktop) -> None:
    desktop.pages.troubles = {"p1": "the two pages show different text."}
    desktop.fill()
    desktop.qtbot.waitUntil(waits_for(lambda: not desktop.check.is_busy))
    assert cells(desktop, 3) == ["fits", "the two pages show different text.", "fits"]
    assert desktop.words("pairSummary") == "3 pairs found. Left out: 1."
    assert desktop.button("startFinetune").isEnabled()


def test_pictures_of_both_pages_come_into_the_list(desktop: Desktop) -> None:
    desktop.fill()
    table = desktop.dialog.findChild(QTableView, "pairTable")
    assert table is not None

    def pictures() -> int:
        model, role = table.model(), Qt.ItemDataRole.DecorationRole
        return sum(model.index(row, column).data(role) is not None for row in range(3) for column in range(2))

    desktop.qtbot.waitUntil(waits_for(lambda: pictures() == 6))


def test_start_is_not_possible_when_no_pair_can_be_used(desktop: Desktop) -> None:
    desktop.pages.troubles = dict.fromkeys(("p0", "p1", "p2"), "is blank.")
    desktop.line("finetuneDirty").setText(str(desktop.folders[0]))
    desktop.line("finetuneClean").setText(str(desktop.folders[1]))
    desktop.qtbot.waitUntil(
        waits_for(
            lambda: (
                desktop.words("finetuneEstimate")
                == "Two pages at least are needed: one to learn from, one to check with."
            )
        )
    )
    assert not desktop.button("startFinetune").isEnabled()


def test_folder_that_cannot_be_read_is_told(desktop: Desktop) -> None:
    desktop.pages.fault = TrainingError("Letters: holds no page; name another folder.")
    desktop.line("finetuneDirty").setText(str(desktop.folders[0]))
    desktop.line("finetuneClean").setText(str(desktop.folders[1]))
    desktop.qtbot.waitUntil(
        waits_for(lambda: desktop.words("finetuneEstimate") == "Letters: holds no page; name another folder.")
    )


def test_looking_at_pairs_ends_when_the_training_begins(desktop: Desktop) -> None:
    desktop.pages.gate.clear()
    desktop.begin()
    desktop.pages.gate.set()
    desktop.check.close()
    assert all(row.state is PairState.FOUND for row in desktop.check.rows)


def test_run_is_shown_with_curve_picture_remarks_and_time(desktop: Desktop) -> None:
    desktop.trainer.held_before = 3
    desktop.fill()
    desktop.click("startFinetune")
    desktop.qtbot.waitUntil(waits_for(lambda: len(desktop.run.figures.checks) == 3))
    desktop.run.pause()
    desktop.qtbot.waitUntil(waits_for(lambda: "held" in desktop.words("finetuneStatus")))
    assert desktop.words("finetuneRemarks") == "left-out.png: has no twin; it is left out."
    views = [view for view in desktop.dialog._progress.findChildren(CropView) if not view.image_size.isEmpty()]
    assert len(views) == 3
    xs, ys = desktop.dialog._progress._curves._error.getOriginalDataset()
    assert (list(xs), len(ys)) == ([0, 1, 2], 3)
    assert "before training" in desktop.words("curveWords")


def test_form_survives_closing_and_opening_the_dialog(desktop: Desktop) -> None:
    desktop.fill()
    desktop.line("finetuneName").setText("mine-7")
    asked = request_of(desktop)
    desktop.reopen()
    assert request_of(desktop) == asked
    desktop.qtbot.waitUntil(waits_for(desktop.button("startFinetune").isEnabled))


def test_run_survives_closing_and_opening_the_dialog(desktop: Desktop) -> None:
    desktop.begin()
    desktop.reopen()
    assert desktop.run.is_active
    assert {"pauseFinetune", "stopFinetune", "keepFinetune"} <= desktop.shown_buttons()
    assert "Learning" in desktop.words("finetuneStatus")
    with desktop.qtbot.waitSignal(desktop.run.finished):
        desktop.trainer.gate.set()
    assert "useModel" in desktop.shown_buttons()


def test_escape_closes_the_dialog_and_the_run_goes_on(desktop: Desktop) -> None:
    desktop.begin()
    QTest.keyClick(desktop.dialog, Qt.Key.Key_Escape)
    assert not desktop.dialog.isVisible()
    with desktop.qtbot.waitSignal(desktop.run.finished):
        desktop.trainer.gate.set()
    desktop.dialog = desktop.opened()
    assert "less error" in desktop.words("verdictHead")


def test_pause_holds_and_goes_on(desktop: Desktop) -> None:
    desktop.begin()
    desktop.click("pauseFinetune")
    assert desktop.run.state is FinetuneState.HELD
    assert desktop.button("pauseFinetune").text() == "&Go on"
    desktop.trainer.gate.set()
    step = desktop.run.figures.step
    desktop.qtbot.wait(100)
    assert desktop.run.figures.step == step
    with desktop.qtbot.waitSignal(desktop.run.finished):
        desktop.click("pauseFinetune")
    assert desktop.run.outcome is not None


def test_stop_and_keep_ends_with_a_verdict(desktop: Desktop) -> None:
    desktop.begin()
    with desktop.qtbot.waitSignal(desktop.run.kept):
        desktop.click("keepFinetune")
    assert desktop.run.figures.step < desktop.trainer.steps
    assert "less error" in desktop.words("verdictHead")


def test_stopped_run_can_be_gone_on_with(desktop: Desktop) -> None:
    desktop.begin()
    asked = desktop.trainer.orders[0].request
    with desktop.qtbot.waitSignal(desktop.run.finished):
        desktop.click("stopFinetune")
    assert desktop.run.state is FinetuneState.STOPPED
    desktop.trainer.gate.set()
    with desktop.qtbot.waitSignal(desktop.run.kept):
        desktop.click("resumeFinetune")
    assert [(order.request, order.is_resumed) for order in desktop.trainer.orders] == [(asked, False), (asked, True)]


def test_curve_of_a_resumed_run_has_every_step_once(desktop: Desktop) -> None:
    desktop.trainer.held_before = 3
    desktop.fill()
    desktop.click("startFinetune")
    desktop.qtbot.waitUntil(waits_for(lambda: len(desktop.run.figures.checks) == 3))
    with desktop.qtbot.waitSignal(desktop.run.finished):
        desktop.click("stopFinetune")
    desktop.trainer.held_before = 0
    desktop.trainer.gate.set()
    with desktop.qtbot.waitSignal(desktop.run.kept):
        desktop.click("resumeFinetune")
    figures = desktop.run.figures
    assert [check.step for check in figures.checks] == [0, 1, 2, 3, 4]
    steps = [step for step, _ in figures.losses]
    assert steps == sorted(set(steps))


def test_interrupted_run_of_an_earlier_start_is_offered(desktop: Desktop, tmp_path: Path) -> None:
    old = FinetuneRequest(dirty=tmp_path / "gone", clean=tmp_path, name="old-letters-1")
    desktop.left = [old]
    desktop.reopen()
    desktop.qtbot.waitUntil(waits_for(desktop.button("continueUnfinished").isVisible))
    with desktop.qtbot.waitSignal(desktop.run.kept):
        desktop.click("continueUnfinished")
    assert desktop.trainer.orders[0].request == old
    assert desktop.trainer.orders[0].is_resumed


def test_name_of_an_interrupted_run_is_not_free(desktop: Desktop) -> None:
    desktop.left = [FinetuneRequest(dirty=desktop.folders[0], clean=desktop.folders[1], name="letters-1")]
    desktop.reopen()
    desktop.qtbot.waitUntil(waits_for(desktop.button("continueUnfinished").isVisible))
    desktop.fill()
    assert request_of(desktop).name == "letters-2"


def test_interrupted_run_is_discarded_after_a_question(desktop: Desktop) -> None:
    desktop.left = [FinetuneRequest(dirty=desktop.folders[0], clean=desktop.folders[1], name="letters-1")]
    desktop.reopen()
    desktop.qtbot.waitUntil(waits_for(desktop.button("discardUnfinished").isVisible))
    desktop.click("discardUnfinished")
    box = desktop.dialog.findChild(QMessageBox, "discardQuestion")
    assert box is not None
    assert not desktop.discarded
    desktop.left = []
    box.accepted.emit()
    box.close()
    desktop.qtbot.waitUntil(waits_for(lambda: not desktop.button("continueUnfinished").isVisible()))
    assert desktop.discarded == ["letters-1"]


def test_fault_is_shown_and_leads_back_to_the_pages(desktop: Desktop) -> None:
    desktop.trainer.fault = TrainingError("Fine-tuning needs two different sheets.")
    desktop.finish()
    assert desktop.run.state is FinetuneState.FAILED
    texts = [label.text() for label in desktop.dialog.findChildren(QLabel, "problemText") if label.isVisible()]
    assert texts == ["Fine-tuning needs two different sheets."]
    desktop.click("backToPages")
    assert desktop.shown_buttons() == {"startFinetune", "closeFinetune"}
    assert request_of(desktop).dirty == desktop.folders[0]


def test_recommended_model_becomes_the_default_and_one_click_goes_back(desktop: Desktop) -> None:
    wanted = Heard()
    desktop.dialog.default_wanted.connect(wanted)
    desktop.finish()
    tiny_model(desktop.models, "letters-1")
    desktop.click("useModel")
    desktop.dialog.take_catalog(Catalog(desktop.models, desktop.models / "none", {Task.DENOISE: "letters-1"}))
    assert "useModel" not in desktop.shown_buttons()
    desktop.click("useModelBefore")
    assert wanted.values == [(Task.DENOISE, "letters-1"), (Task.DENOISE, "base-1")]


@pytest.mark.parametrize(("is_better", "has_forgotten"), [(False, False), (True, True)])
def test_model_that_is_not_recommended_is_not_offered_and_says_so(
    desktop: Desktop, is_better: bool, has_forgotten: bool
) -> None:
    desktop.trainer.outcome = outcome_of("letters-1", verdict(is_better=is_better, has_forgotten=has_forgotten))
    desktop.finish()
    assert desktop.shown_buttons() == {"backToPages", "closeFinetune"}
    said = desktop.words("verdictHead")
    assert ("does not beat" in said) is not is_better
    assert ("not recommended" in said) is has_forgotten
    assert "the default stays as it is" in desktop.words("verdictAdvice")


def test_verdict_shows_pictures_of_the_chosen_page_and_figures(desktop: Desktop) -> None:
    desktop.finish()
    pages = desktop.dialog.findChild(QComboBox, "verdictPages")
    assert pages is not None
    assert [pages.itemText(number) for number in range(pages.count())] == ["page-3.png", "page-7.png"]
    row = desktop.dialog._verdict._pictures
    assert len(row.showing()) == 5
    before = row._views["new"].grab().toImage()
    pages.setCurrentIndex(1)
    assert row._views["new"].grab().toImage() != before
    figures = {label.text() for label in desktop.dialog._verdict.findChildren(QLabel)}
    assert {"0.0800", "0.0600", "25.0 dB"} <= figures


def test_another_model_can_be_taught_afterwards(desktop: Desktop) -> None:
    desktop.finish()
    tiny_model(desktop.models, "letters-1")
    desktop.dialog.take_catalog(catalog_of(desktop.models))
    desktop.click("backToPages")
    desktop.qtbot.waitUntil(waits_for(desktop.button("startFinetune").isEnabled))
    assert request_of(desktop).name == "letters-2"


def test_run_waits_for_pages_and_says_so(desktop: Desktop, tmp_path: Path) -> None:
    desktop.fake.gate.clear()
    desktop.engine.submit(draft_jobs(tmp_path, 1))
    assert desktop.fake.reached.acquire(timeout=10)
    desktop.fill()
    desktop.click("startFinetune")
    assert "when the pages that are being cleaned are done" in desktop.words("finetuneStatus")
    with desktop.qtbot.waitSignal(desktop.run.finished):
        desktop.fake.gate.set()
    assert desktop.run.state is FinetuneState.FINISHED
