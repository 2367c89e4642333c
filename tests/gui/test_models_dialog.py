"""Models: read about, imported, exported, renamed, removed, made the default."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from docclean.core.paths import user_models_folder
from docclean.core.recipe import Task
from docclean.gui.file_questions import FileQuestion
from docclean.gui.model_card import ModelCard
from docclean.gui.model_list import ModelList, id_of
from docclean.gui.models_dialog import ModelsDialog
from docclean.models.archive import export_model_archive
from docclean.models.catalog import DEFAULTS, Catalog, ModelEntry
from docclean.models.library import rename
from docclean.models.manifest import Metric, write_manifest
from tests.helpers.gui import Heard, waits_for
from tests.helpers.models import tiny_model

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
STANDARD = DEFAULTS[Task.DENOISE]
FIGURES = [
    {
        "set": "check-up pages",
        "command": "docclean finetune",
        "values": {"parent_psnr_db": 26.0, "new_psnr_db": 26.1, "parent_clean_rmse": 0.01, "new_clean_rmse": 0.011},
    }
]


@pytest.fixture
def own() -> Path:
    return tiny_model(user_models_folder(), "mine").folder


@pytest.fixture
def damaged() -> Path:
    folder = user_models_folder() / "broken"
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text("schema =", encoding="utf-8")
    return folder


@pytest.fixture
def dialog(qtbot: QtBot, own: Path) -> Iterator[ModelsDialog]:
    yield from shown(qtbot)


def shown(qtbot: QtBot, defaults: Mapping[Task, str] | None = None) -> Iterator[ModelsDialog]:
    window = ModelsDialog(defaults)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


def button(dialog: ModelsDialog, name: str) -> QPushButton:
    found = dialog.findChild(QPushButton, name)
    assert found is not None
    return found


def child(dialog: ModelsDialog, kind: type[QWidget], name: str) -> QWidget:
    found = dialog.findChild(kind, name)
    assert found is not None
    return found


def ids(dialog: ModelsDialog) -> list[str]:
    models = child(dialog, ModelList, "modelList")
    assert isinstance(models, ModelList)
    found = [models.item(row).data(Qt.ItemDataRole.UserRole) for row in range(models.count())]
    return [id_of(model) for model in found if model is not None]


def card(dialog: ModelsDialog) -> str:
    found = child(dialog, ModelCard, "modelCard")
    assert isinstance(found, ModelCard)
    return found.toPlainText()


def answer(box: QWidget, text: str) -> None:
    found = next(each for each in box.findChildren(QPushButton) if each.text().replace("&", "") == text)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def test_models_are_listed_built_in_ones_first(dialog: ModelsDialog) -> None:
    assert ids(dialog) == [STANDARD, "mine", DEFAULTS[Task.DEWATERMARK]]


def test_card_says_what_a_model_is_for_and_how_it_was_measured(dialog: ModelsDialog) -> None:
    text = card(dialog)
    manifest = Catalog.installed().get(STANDARD).manifest
    measured = manifest.metrics[0].values
    for words in (
        "What it is bad at",
        "Real pairs (18 pages)",
        f"{measured['cleaned_rmse']:.3f}",
        "NoisyOffice",
        "CC-BY-4.0",
        f"{sum(part.bytes for part in manifest.files) / 1e6:.1f} MB",
        STANDARD,
    ):
        assert words in text


def test_words_of_a_stranger_s_model_are_shown_as_they_are(qtbot: QtBot, own: Path) -> None:
    path = own / "model.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"tests"', '"<b>bold</b> & <img src=x>"'), encoding="utf-8"
    )
    for dialog in shown(qtbot):
        dialog.reload("mine")
        assert "<b>bold</b> & <img src=x>" in card(dialog)


def test_builtin_model_can_be_neither_renamed_nor_removed_and_the_tooltip_says_why(dialog: ModelsDialog) -> None:
    dialog.reload(STANDARD)
    for name in ("renameModel", "removeModel"):
        assert not button(dialog, name).isEnabled()
        assert "Came with docclean" in button(dialog, name).toolTip()
    assert button(dialog, "defaultModel").toolTip() == "This is the default already."


def test_own_model_can_be_all(dialog: ModelsDialog) -> None:
    dialog.reload("mine")
    names = ("importModel", "exportModel", "renameModel", "removeModel", "defaultModel")
    assert [button(dialog, name).isEnabled() for name in names] == [True] * 5


def test_damaged_model_is_listed_with_its_sentence_and_can_be_removed(qtbot: QtBot, damaged: Path) -> None:
    for dialog in shown(qtbot):
        dialog.reload("broken")
        assert "not valid TOML" in card(dialog)
        assert not button(dialog, "exportModel").isEnabled()
        QTest.mouseClick(button(dialog, "removeModel"), Qt.MouseButton.LeftButton)
        answer(child(dialog, QMessageBox, "removeQuestion"), "Remove")
        assert "broken" not in ids(dialog)
        assert not damaged.exists()


def test_model_whose_file_is_cut_off_says_so(qtbot: QtBot, own: Path) -> None:
    (own / "restore.onnx").write_bytes(b"")
    for dialog in shown(qtbot):
        dialog.reload("mine")
        assert "restore.onnx: damaged" in card(dialog)


def test_import_installs_and_selects_the_model(qtbot: QtBot, dialog: ModelsDialog, tmp_path: Path) -> None:
    path = export_model_archive(tiny_model(tmp_path / "made", "new"), tmp_path / "new.docclean-model")
    QTest.mouseClick(button(dialog, "importModel"), Qt.MouseButton.LeftButton)
    box = child(dialog, QFileDialog, "importQuestion")
    assert isinstance(box, QFileDialog)
    with qtbot.waitSignal(dialog.models_changed):
        box.fileSelected.emit(str(path))
        box.reject()
    assert "new" in ids(dialog)
    assert "Id" in card(dialog)
    assert "new" in card(dialog)


def test_import_of_what_is_no_model_is_one_sentence(qtbot: QtBot, dialog: ModelsDialog, tmp_path: Path) -> None:
    (tmp_path / "x.docclean-model").write_bytes(b"no zip at all, but long enough")
    dialog.findChildren(FileQuestion)[0].answered.emit(tmp_path / "x.docclean-model")
    qtbot.waitUntil(waits_for(lambda: dialog.findChild(QMessageBox, "modelNotice") is not None))
    box = child(dialog, QMessageBox, "modelNotice")
    assert isinstance(box, QMessageBox)
    assert "is not a model that docclean exported" in box.text()
    box.accept()


def test_export_writes_an_archive(qtbot: QtBot, dialog: ModelsDialog, tmp_path: Path) -> None:
    dialog.reload("mine")
    QTest.mouseClick(button(dialog, "exportModel"), Qt.MouseButton.LeftButton)
    box = child(dialog, QFileDialog, "exportQuestion")
    assert isinstance(box, QFileDialog)
    assert box.selectedFiles()[0].endswith("mine.docclean-model")
    box.fileSelected.emit(str(tmp_path / "mine.docclean-model"))
    box.reject()
    qtbot.waitUntil(waits_for((tmp_path / "mine.docclean-model").is_file))
    qtbot.waitUntil(waits_for(lambda: button(dialog, "exportModel").isEnabled()))


def test_rename_changes_the_list(qtbot: QtBot, dialog: ModelsDialog) -> None:
    dialog.reload("mine")
    QTest.mouseClick(button(dialog, "renameModel"), Qt.MouseButton.LeftButton)
    box = child(dialog, QInputDialog, "renameQuestion")
    field = box.findChild(QLineEdit)
    assert field is not None
    field.setText("Our ledgers")
    with qtbot.waitSignal(dialog.models_changed):
        answer(box, "OK")
    assert card(dialog).startswith("Our ledgers")


def test_removal_asks_once_and_cancel_keeps_the_model(qtbot: QtBot, dialog: ModelsDialog, own: Path) -> None:
    dialog.reload("mine")
    QTest.mouseClick(button(dialog, "removeModel"), Qt.MouseButton.LeftButton)
    box = child(dialog, QMessageBox, "removeQuestion")
    assert isinstance(box, QMessageBox)
    assert "cannot be undone" in box.informativeText()
    answer(box, "Cancel")
    assert own.is_dir()


def test_removal_of_the_default_gives_the_task_its_old_one(qtbot: QtBot, own: Path) -> None:
    for dialog in shown(qtbot, {Task.DENOISE: "mine"}):
        dialog.reload("mine")
        heard = Heard()
        dialog.default_changed.connect(heard)
        button(dialog, "removeModel").click()
        answer(child(dialog, QMessageBox, "removeQuestion"), "Remove")
        assert heard.values == [(Task.DENOISE, STANDARD)]
        assert not own.exists()


def test_default_is_told_and_marked(qtbot: QtBot, dialog: ModelsDialog) -> None:
    heard = Heard()
    dialog.default_changed.connect(heard)
    dialog.reload("mine")
    QTest.mouseClick(button(dialog, "defaultModel"), Qt.MouseButton.LeftButton)
    assert heard.values == [(Task.DENOISE, "mine")]
    assert "default" in card(dialog).splitlines()[1]
    assert not button(dialog, "defaultModel").isEnabled()


def fine_tuned(name: str, *verdict: str, parent: str = STANDARD, recommended: bool = True) -> ModelEntry:
    entry = tiny_model(user_models_folder(), name)
    metrics = tuple(Metric.model_validate(values) for values in FIGURES)
    judged = {"parent": parent, "recommended": recommended, "verdict": verdict, "metrics": metrics}
    write_manifest(entry.folder, entry.manifest.model_copy(update=judged))
    return entry


def test_model_that_is_not_recommended_cannot_be_the_default_and_says_why(qtbot: QtBot) -> None:
    fine_tuned("worse", "It <b>got</b> worse.", "Not recommended, <i>because</i>.", recommended=False)
    for dialog in shown(qtbot):
        dialog.reload("worse")
        assert not button(dialog, "defaultModel").isEnabled()
        tooltip = QTextDocument()
        tooltip.setHtml(button(dialog, "defaultModel").toolTip())
        assert tooltip.toPlainText() == "Tiny: not recommended, <i>because</i>."
        text = card(dialog)
        assert "not recommended" in text.splitlines()[1]
        for words in (f"Compared with {STANDARD}", "It <b>got</b> worse.", "Not recommended, <i>because</i>."):
            assert words in text
        row = child(dialog, ModelList, "modelList")
        assert isinstance(row, ModelList)
        current = row.currentItem()
        assert current is not None
        assert current.text().endswith("your own · not recommended")


def test_figures_of_the_check_up_stand_beside_the_parent_s(qtbot: QtBot) -> None:
    fine_tuned("better")
    for dialog in shown(qtbot):
        dialog.reload("better")
        lines = card(dialog).splitlines()
        start = lines.index("Measured: check-up pages")
        assert [line for line in lines[start + 1 : lines.index("Trained on")] if line] == [
            "its parent",
            "this model",
            "Signal to noise (dB, more is better)",
            "26.0",
            "26.1",
            "Difference made to clean pages (0 to 1, less is better)",
            "0.010",
            "0.011",
        ]


def test_default_goes_back_to_its_parent_in_one_click(qtbot: QtBot) -> None:
    fine_tuned("better", "It got better.")
    for dialog in shown(qtbot):
        heard = Heard()
        dialog.default_changed.connect(heard)
        dialog.reload("better")
        back = button(dialog, "backToParent")
        assert not back.isVisible()
        QTest.mouseClick(button(dialog, "defaultModel"), Qt.MouseButton.LeftButton)
        assert back.isVisible()
        assert back.text() == "&Back to “Standard denoiser”"
        QTest.mouseClick(back, Qt.MouseButton.LeftButton)
        assert heard.values == [(Task.DENOISE, "better"), (Task.DENOISE, STANDARD)]
        assert not back.isVisible()
        assert button(dialog, "defaultModel").isEnabled()


@pytest.mark.parametrize("parent", ["gone", ""])
def test_default_without_its_parent_offers_no_way_back(qtbot: QtBot, parent: str) -> None:
    fine_tuned("better", parent=parent)
    for dialog in shown(qtbot, {Task.DENOISE: "better"}):
        dialog.reload("better")
        assert "default" in card(dialog).splitlines()[1]
        assert not button(dialog, "backToParent").isVisible()


def test_way_back_to_a_long_name_fits(qtbot: QtBot) -> None:
    parent = tiny_model(user_models_folder(), "parent")
    rename(ModelEntry(parent.manifest, parent.folder, is_builtin=False), "Ledgers & <b>letters</b> " + "x" * 50)
    fine_tuned("better", parent="parent")
    for dialog in shown(qtbot, {Task.DENOISE: "better"}):
        dialog.reload("better")
        back = button(dialog, "backToParent")
        assert "Ledgers && " in back.text()
        assert "…" in back.text()
        assert "&lt;b&gt;letters" in back.toolTip()
        assert dialog.width() <= 920


def test_dialog_is_not_modal(dialog: ModelsDialog) -> None:
    assert not dialog.isModal()


def test_dialog_without_any_model_is_empty_and_offers_import(qtbot: QtBot, tmp_path: Path) -> None:
    window = ModelsDialog(open_catalog=lambda _defaults: Catalog(tmp_path, tmp_path))
    qtbot.addWidget(window)
    assert ids(window) == []
    assert button(window, "importModel").isEnabled()
    assert not button(window, "exportModel").isEnabled()
