"""The window for whole folders: a form, then progress, then a report."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from docclean.core.job import Compression, OutputFormat, Storage
from docclean.core.recipe import PageColor, Recipe, StageSpec, Task
from docclean.gui.batch_dialog import BatchDialog
from docclean.gui.batch_plan import BatchCounts, BatchRequest, BatchState
from docclean.gui.batch_recipe import BatchRecipe
from docclean.gui.batch_report import ReportModel, ReportRow, summary
from docclean.gui.batch_run import BatchRun
from docclean.gui.engine_thread import EngineThread
from docclean.gui.folder_field import FolderField
from docclean.gui.wording import counted_pages, duration, in_the_window
from docclean.models.catalog import Catalog
from tests.helpers.gui import FakeEngine, scan, waits_for
from tests.helpers.models import catalog_of, tiny_model

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
RECIPE = Recipe(stages=(StageSpec(model="a-tiny", strength=80),))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models, "a-tiny")
    tiny_model(models, "b-tiny")
    tiny_model(models, "washer", task=Task.DEWATERMARK)
    return catalog_of(models)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for number in range(3):
        scan(tmp_path / "scans" / f"p{number}.png", number)
    return tmp_path / "scans"


@pytest.fixture
def run(engine: EngineThread) -> Iterator[BatchRun]:
    batch = BatchRun(engine)
    yield batch
    batch.close()


@pytest.fixture
def dialog(qtbot: QtBot, run: BatchRun, catalog: Catalog) -> BatchDialog:
    return opened(qtbot, run, catalog)


def opened(qtbot: QtBot, run: BatchRun, catalog: Catalog) -> BatchDialog:
    window = BatchDialog(run, RECIPE, catalog=catalog)
    qtbot.addWidget(window)
    window.show()
    return window


def line(dialog: BatchDialog, name: str) -> QLineEdit:
    found = dialog.findChild(QLineEdit, name)
    assert found is not None
    return found


def test_what_results_are_is_asked_for(dialog: BatchDialog, run: BatchRun, scans: Path, tmp_path: Path) -> None:
    line(dialog, "batchSource").setText(str(scans))
    line(dialog, "batchOutput").setText(str(tmp_path / "out"))
    form = dialog._form
    box(dialog, "batchDraws").setChecked(True)
    combo(dialog, "batchColor").setCurrentIndex(2)
    combo(dialog, "batchFormat").setCurrentIndex(combo(dialog, "batchFormat").findData(OutputFormat.PDF.value))
    form._storage.show_storage(Storage(compression=Compression.JPEG, quality=60))
    form._searchable.show_languages(("eng", "deu"))
    request = form.request()
    assert request is not None
    assert request.recipe.color is PageColor.BILEVEL
    assert request.render_dpi == 300
    assert request.storage == Storage(compression=Compression.JPEG, quality=60)
    assert request.languages == ("eng", "deu")
    combo(dialog, "batchFormat").setCurrentIndex(combo(dialog, "batchFormat").findData(OutputFormat.PNG.value))
    request = form.request()
    assert request is not None
    assert request.languages == ()  # a PNG holds no text


def combo(dialog: BatchDialog, name: str) -> QComboBox:
    found = dialog.findChild(QComboBox, name)
    assert found is not None
    return found


def box(dialog: BatchDialog, name: str) -> QCheckBox:
    found = dialog.findChild(QCheckBox, name)
    assert found is not None
    return found


def button(dialog: BatchDialog, name: str) -> QPushButton:
    found = dialog.findChild(QPushButton, name)
    assert found is not None
    return found


def words(dialog: BatchDialog, name: str) -> str:
    found = dialog.findChild(QLabel, name)
    assert found is not None
    return found.text()


def fill(dialog: BatchDialog, scans: Path) -> None:
    line(dialog, "batchSource").setText(str(scans))
    line(dialog, "batchOutput").setText(str(scans.parent / "out"))


def click(dialog: BatchDialog, name: str) -> None:
    QTest.mouseClick(button(dialog, name), Qt.MouseButton.LeftButton)


def finish(qtbot: QtBot, dialog: BatchDialog, run: BatchRun) -> None:
    with qtbot.waitSignal(run.finished, timeout=20_000):
        click(dialog, "startBatch")


def rows(dialog: BatchDialog) -> list[ReportRow]:
    found = dialog.findChild(ReportModel)
    assert found is not None
    return found.rows


def test_start_waits_for_folders_and_the_tooltip_says_so(dialog: BatchDialog, scans: Path) -> None:
    assert not button(dialog, "startBatch").isEnabled()
    assert button(dialog, "startBatch").toolTip() == "Choose the folder with the pages."
    fill(dialog, scans)
    assert button(dialog, "startBatch").isEnabled()


def test_start_without_a_task_is_not_possible(dialog: BatchDialog, scans: Path) -> None:
    fill(dialog, scans)
    box(dialog, "batch-denoise").setChecked(False)
    assert button(dialog, "startBatch").toolTip() == "Choose what to do with the pages."


def test_form_starts_with_the_recipe_given(dialog: BatchDialog, scans: Path) -> None:
    fill(dialog, scans)
    request = dialog._form.request()
    assert request == BatchRequest(scans, scans.parent / "out", RECIPE)


def test_form_gives_what_was_chosen(dialog: BatchDialog, scans: Path) -> None:
    fill(dialog, scans)
    box(dialog, "batchRecursive").setChecked(True)
    box(dialog, "batch-dewatermark").setChecked(True)
    models, strength = (
        dialog.findChild(QComboBox, "batch-denoise-model"),
        dialog.findChild(QSlider, "batch-denoise-strength"),
    )
    formats = dialog.findChild(QComboBox, "batchFormat")
    assert models is not None
    assert strength is not None
    assert formats is not None
    models.setCurrentIndex(models.findData("b-tiny"))
    strength.setValue(30)
    formats.setCurrentIndex(formats.findData("jpeg"))
    assert dialog._form.request() == BatchRequest(
        scans,
        scans.parent / "out",
        Recipe(stages=(StageSpec(model="b-tiny", strength=30), StageSpec(task=Task.DEWATERMARK, model="washer"))),
        recursive=True,
        format=OutputFormat.JPEG,
    )


def test_what_is_done_is_skipped_and_nothing_is_overwritten_unless_asked_for(dialog: BatchDialog, scans: Path) -> None:
    fill(dialog, scans)
    assert box(dialog, "batchSkip").isChecked()
    assert not box(dialog, "batchOverwrite").isChecked()
    box(dialog, "batchOverwrite").setChecked(True)
    request = dialog._form.request()
    assert request is not None
    assert (request.skip_done, request.overwrite) == (True, True)
    box(dialog, "batchSkip").setChecked(False)
    request = dialog._form.request()
    assert request is not None
    assert (request.skip_done, request.overwrite) == (False, True)


def test_run_ends_with_a_report(qtbot: QtBot, dialog: BatchDialog, run: BatchRun, scans: Path) -> None:
    (scans / "p1.png").write_bytes(b"no image")
    fill(dialog, scans)
    finish(qtbot, dialog, run)
    assert words(dialog, "batchSummary") == "2 pages done, 1 page failed."
    assert [(row.status, row.page) for row in rows(dialog)] == [("failed", "p1.png")]
    assert rows(dialog)[0].sentence.startswith("is not an image")
    assert button(dialog, "startBatch").isEnabled()


def test_second_run_says_that_there_was_nothing_to_do(
    qtbot: QtBot, dialog: BatchDialog, run: BatchRun, scans: Path
) -> None:
    fill(dialog, scans)
    finish(qtbot, dialog, run)
    finish(qtbot, dialog, run)
    assert words(dialog, "batchSummary") == "Nothing to do: 3 pages had a result already."


def test_same_folder_is_refused_with_a_sentence(qtbot: QtBot, dialog: BatchDialog, run: BatchRun, scans: Path) -> None:
    fill(dialog, scans)
    line(dialog, "batchOutput").setText(str(scans))
    click(dialog, "startBatch")
    qtbot.waitUntil(waits_for(lambda: run.state is BatchState.IDLE))
    assert "is the input folder itself" in words(dialog, "problemText")
    assert button(dialog, "startBatch").isEnabled()


def test_overwriting_is_asked_about_before_the_run(
    qtbot: QtBot, dialog: BatchDialog, run: BatchRun, scans: Path
) -> None:
    fill(dialog, scans)
    finish(qtbot, dialog, run)
    (scans.parent / "out" / "p1.png").write_bytes(b"edited")
    box(dialog, "batchOverwrite").setChecked(True)
    click(dialog, "startBatch")
    asked = dialog.findChild(QMessageBox, "overwriteQuestion")
    assert asked is not None
    assert run.state is BatchState.FINISHED
    with qtbot.waitSignal(run.finished):
        next(each for each in asked.findChildren(QPushButton) if each.text() == "Replace").click()
    assert (run.counts.done, run.counts.existing) == (1, 2)


def test_form_is_locked_and_progress_shown_while_it_runs(
    qtbot: QtBot, dialog: BatchDialog, run: BatchRun, fake_engine: FakeEngine, scans: Path
) -> None:
    fake_engine.gate.clear()
    fill(dialog, scans)
    click(dialog, "startBatch")
    qtbot.waitUntil(waits_for(lambda: bool(fake_engine.runs)))
    assert not line(dialog, "batchSource").isEnabled()
    assert words(dialog, "batchStatus") == "0 of 3 pages"
    with qtbot.waitSignal(run.finished):
        click(dialog, "stopBatch")
        fake_engine.gate.set()
    assert "3 pages not cleaned because you stopped" in words(dialog, "batchSummary")


def test_pause_becomes_go_on(
    qtbot: QtBot, dialog: BatchDialog, run: BatchRun, fake_engine: FakeEngine, scans: Path
) -> None:
    fake_engine.gate.clear()
    fill(dialog, scans)
    click(dialog, "startBatch")
    qtbot.waitUntil(waits_for(lambda: bool(fake_engine.runs)))
    click(dialog, "pauseBatch")
    assert button(dialog, "pauseBatch").text() == "&Go on"
    assert words(dialog, "batchStatus").endswith("held")
    with qtbot.waitSignal(run.finished):
        fake_engine.gate.set()
        click(dialog, "pauseBatch")


def test_dialog_opened_again_shows_the_run_as_it_is(
    qtbot: QtBot, dialog: BatchDialog, run: BatchRun, fake_engine: FakeEngine, catalog: Catalog, scans: Path
) -> None:
    fake_engine.gate.clear()
    fill(dialog, scans)
    click(dialog, "startBatch")
    qtbot.waitUntil(waits_for(lambda: bool(fake_engine.runs)))
    dialog.close()
    again = opened(qtbot, run, catalog)
    assert line(again, "batchSource").text() == str(scans)
    assert words(again, "batchStatus") == "0 of 3 pages"
    with qtbot.waitSignal(run.finished):
        fake_engine.gate.set()
    assert words(again, "batchSummary") == "3 pages done."


def test_report_is_saved_as_the_command_line_writes_it(
    qtbot: QtBot, dialog: BatchDialog, run: BatchRun, scans: Path
) -> None:
    fill(dialog, scans)
    finish(qtbot, dialog, run)
    click(dialog, "saveReport")
    asked = dialog.findChild(QFileDialog, "reportQuestion")
    assert asked is not None
    asked.fileSelected.emit(str(scans.parent / "report.json"))
    asked.reject()
    qtbot.waitUntil(waits_for((scans.parent / "report.json").is_file))
    qtbot.waitUntil(waits_for(lambda: button(dialog, "saveReport").isEnabled()))
    report = json.loads((scans.parent / "report.json").read_text(encoding="utf-8"))
    assert report["totals"] == {"pages": 3, "done": 3, "failed": 0, "cancelled": 0, "skipped": 0}


def test_report_never_replaces_a_page(qtbot: QtBot, dialog: BatchDialog, run: BatchRun, scans: Path) -> None:
    fill(dialog, scans)
    finish(qtbot, dialog, run)
    before = (scans / "p0.png").read_bytes()
    dialog._where.answered.emit(scans / "p0.png")
    qtbot.waitUntil(waits_for(lambda: dialog.findChild(QMessageBox, "batchNotice") is not None))
    assert (scans / "p0.png").read_bytes() == before
    notice = dialog.findChild(QMessageBox, "batchNotice")
    assert notice is not None
    notice.accept()


def test_open_folder_shows_the_results(
    qtbot: QtBot, dialog: BatchDialog, run: BatchRun, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_urls: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened_urls.append)
    fill(dialog, scans)
    finish(qtbot, dialog, run)
    click(dialog, "openFolder")
    assert [url.toLocalFile() for url in opened_urls] == [str(scans.parent / "out")]


def test_folder_that_is_chosen_goes_into_the_form(dialog: BatchDialog, scans: Path) -> None:
    click(dialog, "batchSourceButton")
    asked = dialog.findChild(QFileDialog, "batchSourceQuestion")
    assert asked is not None
    asked.fileSelected.emit(str(scans))
    asked.reject()
    assert line(dialog, "batchSource").text() == str(scans)


def test_folder_that_is_dropped_goes_into_the_form(dialog: BatchDialog, scans: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(scans))])
    field = dialog.findChildren(FolderField)[0]
    event = QDropEvent(
        QPointF(1, 1), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    field.dropEvent(event)
    assert field.path == scans


def test_dialog_is_not_modal(dialog: BatchDialog) -> None:
    assert not dialog.isModal()


@pytest.mark.parametrize(
    ("counts", "skipped", "sentence"),
    [
        (BatchCounts(pages=1, done=1), 0, "1 page done."),
        (BatchCounts(pages=1500, done=1240, failed=2), 0, "1,240 pages done, 2 pages failed."),
        (
            BatchCounts(pages=3, stopped=3),
            2,
            "0 pages done, 3 pages not cleaned because you stopped, left out what is no page: 2.",
        ),
    ],
)
def test_summary_is_a_sentence(counts: BatchCounts, skipped: int, sentence: str) -> None:
    assert summary(counts, skipped) == sentence


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.2, "1 s"), (45.4, "45 s"), (90, "1 min 30 s"), (1500, "25 min"), (7500, "2 h 5 min")],
)
def test_duration_is_coarser_the_longer_it_is(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_counted_pages_have_a_singular() -> None:
    assert [counted_pages(1), counted_pages(2)] == ["1 page", "2 pages"]


def test_words_of_the_command_line_are_put_into_the_window_s() -> None:
    typed = "-o /x: exists already; choose another folder, or replace it with --overwrite."
    assert in_the_window(typed) == "/x: exists already; choose another folder, or turn on “Overwrite existing results”."


def test_recipe_keeps_the_color_it_started_with(qtbot: QtBot, tmp_path: Path) -> None:
    tiny_model(tmp_path / "models")
    gray = Recipe(color=PageColor.GRAY)
    rows = BatchRecipe(gray, catalog_of(tmp_path / "models"))
    qtbot.addWidget(rows)
    assert rows.recipe().color is PageColor.GRAY
