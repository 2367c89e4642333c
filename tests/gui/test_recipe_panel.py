from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from docclean.core.job import OutputFormat
from docclean.core.output_choice import OutputChoice
from docclean.core.page import PageSource
from docclean.core.presets import BUILTIN, Preset, Presets
from docclean.core.recipe import PageColor, Recipe, StageSpec, Task
from docclean.gui.folding import FoldingSection
from docclean.gui.preset_list_dialog import PresetListDialog
from docclean.gui.preset_name_dialog import PresetNameDialog
from docclean.gui.recipe_change import SetModel, SetStrength, SwitchStage, UseRecipe
from docclean.gui.recipe_panel import RecipePanel
from docclean.models.catalog import Catalog, ModelEntry

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the platform of tests has no windows

CLEAN = Recipe()
GENTLE = Recipe(stages=(StageSpec(strength=60),))
MARK = Recipe(stages=(StageSpec(task=Task.DEWATERMARK, strength=80),))
BOTH = Recipe(stages=(*MARK.stages, *GENTLE.stages))

W = TypeVar("W", bound=QWidget)


@pytest.fixture(scope="module")
def models() -> tuple[ModelEntry, ...]:
    shipped = Catalog.installed().all()
    own = shipped[1].manifest if shipped[1].manifest.task is Task.DENOISE else shipped[0].manifest
    mine = own.model_copy(update={"id": "mine", "name": {"en": "My <pages>"}, "task": Task.DENOISE})
    return (*shipped, ModelEntry(mine, Path("/models/mine"), is_builtin=False))


@pytest.fixture
def presets(tmp_path: Path) -> Presets:
    return Presets(tmp_path / "presets.json")


@pytest.fixture
def panel(qtbot: QtBot, presets: Presets, models: tuple[ModelEntry, ...]) -> RecipePanel:
    panel = RecipePanel(presets)
    panel.set_models(models)
    panel.resize(280, 800)
    qtbot.addWidget(panel)
    return panel


def part(panel: QWidget, kind: type[W], name: str) -> W:
    found = panel.findChild(kind, name)
    assert found is not None
    return found


def checked(panel: RecipePanel, name: str) -> Qt.CheckState:
    return part(panel, QCheckBox, f"{name}.switch").checkState()


# Changes


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (SwitchStage(StageSpec(), is_on=True), MARK, Recipe(stages=(*MARK.stages, StageSpec()))),
        (SwitchStage(MARK.stages[0], is_on=True), GENTLE, BOTH),
        (SwitchStage(StageSpec(), is_on=True), GENTLE, GENTLE),
        (SwitchStage(StageSpec(), is_on=False), BOTH, MARK),
        (SwitchStage(StageSpec(), is_on=False), MARK, MARK),
        (SetStrength(Task.DENOISE, 60), CLEAN, GENTLE),
        (SetStrength(Task.DENOISE, 60), MARK, MARK),
        (SetModel(Task.DENOISE, "x"), CLEAN, Recipe(stages=(StageSpec(model="x"),))),
        (UseRecipe(BOTH), CLEAN, BOTH),
    ],
)
def test_change_is_made_where_it_belongs(
    change: SwitchStage | SetStrength | SetModel | UseRecipe, before: Recipe, after: Recipe
) -> None:
    assert change.apply(before) == after


# Showing


def test_show_recipes_one_kind_is_shown(panel: RecipePanel) -> None:
    panel.show_recipes([GENTLE, GENTLE])
    on, off = Qt.CheckState.Checked, Qt.CheckState.Unchecked
    assert (checked(panel, "denoise"), checked(panel, "dewatermark")) == (on, off)


def test_show_recipes_strength_is_shown_in_both_controls(panel: RecipePanel) -> None:
    panel.show_recipes([GENTLE])
    slider, number = part(panel, QSlider, "denoise.slider"), part(panel, QSpinBox, "denoise.strength")
    assert (slider.value(), number.value()) == (60, 60)


def test_show_recipes_mixed_stage_is_partly_checked(panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN, BOTH])
    assert checked(panel, "dewatermark") is Qt.CheckState.PartiallyChecked


def test_show_recipes_mixed_strength_says_several(panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN, GENTLE])
    assert part(panel, QSpinBox, "denoise.strength").text() == "several"


def test_show_recipes_mixed_models_say_several(panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN, Recipe(stages=(StageSpec(model="mine"),))])
    model = part(panel, QComboBox, "denoise.model")
    assert (model.currentIndex(), model.placeholderText()) == (-1, "several models")


def test_show_recipes_default_model_by_its_name_is_the_default(panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN, Recipe(stages=(StageSpec(model="denoise-standard-8"),))])
    assert part(panel, QComboBox, "denoise.model").currentText() == "Standard denoiser (default)"


def test_show_recipes_model_that_is_gone_is_named(panel: RecipePanel) -> None:
    panel.show_recipes([Recipe(stages=(StageSpec(model="lost"),))])
    assert part(panel, QComboBox, "denoise.model").placeholderText() == "lost is not installed"


@pytest.mark.parametrize("recipes", [[], [CLEAN], [CLEAN, BOTH], [MARK, GENTLE, BOTH]])
def test_show_recipes_tells_nothing(qtbot: QtBot, panel: RecipePanel, recipes: list[Recipe]) -> None:
    with qtbot.assertNotEmitted(panel.recipe_edited):
        panel.show_recipes(recipes)


def test_show_recipes_none_disables_the_switches(panel: RecipePanel) -> None:
    panel.show_recipes([])
    assert not part(panel, QCheckBox, "denoise.switch").isEnabled()


def test_models_tell_what_they_are_for_and_their_limits(panel: RecipePanel) -> None:
    tip = part(panel, QComboBox, "denoise.model").itemData(0, Qt.ItemDataRole.ToolTipRole)
    assert "Good for:" in tip
    assert "Limits:" in tip


def test_watermark_notice_is_there(panel: RecipePanel) -> None:
    words = [label.text() for label in panel.findChildren(QLabel)]
    assert "Only where you have the right to." in words


# Touching


def test_click_on_a_switch_tells_that_change(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN])
    with qtbot.waitSignal(panel.recipe_edited) as told:
        part(panel, QCheckBox, "dewatermark.switch").click()
    assert told.args == [SwitchStage(StageSpec(task=Task.DEWATERMARK), is_on=True), "dewatermark.switch"]


def test_click_on_a_mixed_switch_switches_on(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN, BOTH])
    with qtbot.waitSignal(panel.recipe_edited) as told:
        part(panel, QCheckBox, "dewatermark.switch").click()
    assert [told.args[0].apply(recipe) for recipe in (CLEAN, BOTH)] == [
        Recipe(stages=(*MARK.stages, *CLEAN.stages)),
        BOTH,
    ]


def test_switch_off_and_on_keeps_the_strength(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show_recipes([GENTLE])
    switch = part(panel, QCheckBox, "denoise.switch")
    switch.click()
    panel.show_recipes([Recipe(stages=())])
    with qtbot.waitSignal(panel.recipe_edited) as told:
        switch.click()
    assert told.args[0].apply(Recipe(stages=())) == GENTLE


@pytest.mark.parametrize(("kind", "name"), [(QSlider, "denoise.slider"), (QSpinBox, "denoise.strength")])
def test_strength_touched_tells_that_change(
    qtbot: QtBot, panel: RecipePanel, kind: type[QSlider | QSpinBox], name: str
) -> None:
    panel.show_recipes([CLEAN])
    with qtbot.waitSignal(panel.recipe_edited) as told:
        part(panel, kind, name).setValue(35)
    assert told.args == [SetStrength(Task.DENOISE, 35), "denoise.strength"]


def test_mixed_strength_touched_is_one_value(panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN, GENTLE])
    part(panel, QSlider, "denoise.slider").setValue(35)
    assert part(panel, QSpinBox, "denoise.strength").text() == "35 %"


def test_model_chosen_tells_that_change(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN])
    model = part(panel, QComboBox, "denoise.model")
    with qtbot.waitSignal(panel.recipe_edited) as told:
        model.activated.emit(model.findData("mine"))
    assert told.args == [SetModel(Task.DENOISE, "mine"), "denoise.model"]


def test_wheel_over_a_slider_without_focus_changes_nothing(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show_recipes([GENTLE])
    slider = part(panel, QSlider, "denoise.slider")
    none, place = Qt.KeyboardModifier.NoModifier, QPointF(5, 5)
    wheel = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(slider, wheel)
    assert slider.value() == 60


@pytest.mark.parametrize(("recipes", "button"), [([CLEAN], "applyToAll"), ([CLEAN, GENTLE], "applyToSelected")])
def test_apply_button_asks(qtbot: QtBot, panel: RecipePanel, recipes: list[Recipe], button: str) -> None:
    panel.show_recipes(recipes)
    signals = {"applyToAll": panel.apply_to_all_requested, "applyToSelected": panel.apply_to_selected_requested}
    with qtbot.waitSignal(signals[button]):
        part(panel, QPushButton, button).click()


# Presets


def test_preset_shown_is_that_of_the_pages(panel: RecipePanel) -> None:
    panel.show_recipes([GENTLE, GENTLE])
    assert part(panel, QComboBox, "preset.choice").currentText() == "Gentle"


@pytest.mark.parametrize(
    ("recipes", "words"), [([BOTH], "own settings"), ([CLEAN, GENTLE], "several settings"), ([], "")]
)
def test_preset_of_other_settings_says_so(panel: RecipePanel, recipes: list[Recipe], words: str) -> None:
    panel.show_recipes(recipes)
    choice = part(panel, QComboBox, "preset.choice")
    assert (choice.currentIndex(), choice.placeholderText()) == (-1, words)


def test_preset_chosen_tells_its_recipe(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN])
    choice = part(panel, QComboBox, "preset.choice")
    with qtbot.waitSignal(panel.recipe_edited) as told:
        choice.activated.emit(choice.findData("Gentle"))
    assert told.args == [UseRecipe(GENTLE), "preset"]


def test_preset_with_an_output_tells_that_too(qtbot: QtBot, panel: RecipePanel, presets: Presets) -> None:
    output = OutputChoice(format=OutputFormat.TIFF)
    presets.save(Preset(name="Archive", recipe=CLEAN, output=output))
    panel._presets.reload()
    panel.show_recipes([CLEAN])
    choice = part(panel, QComboBox, "preset.choice")
    with qtbot.waitSignal(panel.output_edited) as told:
        choice.activated.emit(choice.findData("Archive"))
    assert told.args == [output]


def test_preset_saved_holds_recipe_and_output(panel: RecipePanel, presets: Presets) -> None:
    panel.show_recipes([BOTH])
    panel.show_output(OutputChoice(pattern="{n}"))
    panel._presets.save("Mine")
    assert presets.get("Mine") == Preset(name="Mine", recipe=BOTH, output=OutputChoice(pattern="{n}"))


def test_preset_saved_is_shown(panel: RecipePanel) -> None:
    panel.show_recipes([BOTH])
    panel._presets.save("Mine")
    assert part(panel, QComboBox, "preset.choice").currentText() == "Mine"


def test_preset_file_that_is_broken_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "presets.json").write_text("broken")
    panel = RecipePanel(Presets(tmp_path / "presets.json"))
    qtbot.addWidget(panel)
    assert "is damaged" in part(panel, QLabel, "preset.fault").text()


@pytest.mark.parametrize(
    ("name", "hint", "is_enabled"),
    [("New", "", True), ("Gentle", "comes with docclean", False), ("mine", "will be replaced", True), (" ", "", False)],
)
def test_preset_name_is_checked_while_typing(
    qtbot: QtBot, presets: Presets, name: str, hint: str, is_enabled: bool
) -> None:
    presets.save(Preset(name="Mine", recipe=CLEAN))
    dialog = PresetNameDialog(presets, "Save preset")
    qtbot.addWidget(dialog)
    part(dialog, QLineEdit, "name").setText(name)
    button = dialog._buttons.buttons()[0]
    assert hint in part(dialog, QLabel, "hint").text()
    assert button.isEnabled() is is_enabled


def test_ask_name_accepted_saves(qtbot: QtBot, panel: RecipePanel, presets: Presets) -> None:
    panel.show_recipes([BOTH])
    panel._presets.ask_name()
    dialog = part(panel, PresetNameDialog, "presetName")
    part(dialog, QLineEdit, "name").setText("Mine")
    dialog.accept()
    assert presets.get("Mine") is not None


@pytest.fixture
def list_dialog(qtbot: QtBot, presets: Presets) -> PresetListDialog:
    presets.save(Preset(name="Mine", recipe=CLEAN))
    dialog = PresetListDialog(presets)
    qtbot.addWidget(dialog)
    return dialog


def test_preset_list_built_in_one_cannot_be_removed(list_dialog: PresetListDialog) -> None:
    list_dialog._list.setCurrentRow(0)
    assert not part(list_dialog, QPushButton, "remove").isEnabled()


def test_preset_list_removed_one_can_be_put_back(list_dialog: PresetListDialog, presets: Presets) -> None:
    list_dialog._list.setCurrentRow(len(BUILTIN))
    part(list_dialog, QPushButton, "remove").click()
    is_gone = presets.get("Mine") is None
    part(list_dialog, QPushButton, "restore").click()
    assert (is_gone, presets.get("Mine") is not None) == (True, True)


def test_preset_list_rename_gives_the_name(list_dialog: PresetListDialog, presets: Presets) -> None:
    list_dialog._list.setCurrentRow(len(BUILTIN))
    part(list_dialog, QPushButton, "rename").click()
    naming = part(list_dialog, PresetNameDialog, "presetName")
    part(naming, QLineEdit, "name").setText("Yours")
    naming.accept()
    assert presets.all()[-1].name == "Yours"


def test_preset_list_import_of_a_broken_file_is_told(list_dialog: PresetListDialog, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("broken")
    list_dialog.import_file(str(tmp_path / "x.json"))
    assert "is damaged" in part(list_dialog, QLabel, "message").text()


# Output


def test_output_example_is_live(qtbot: QtBot, panel: RecipePanel) -> None:
    pattern = part(panel, QLineEdit, "output.pattern")
    pattern.clear()
    QTest.keyClicks(pattern, "new {stem}")
    assert part(panel, QLabel, "output.example").text() == "scan.jpg → new scan.jpg"


def test_output_example_follows_the_format(panel: RecipePanel) -> None:
    panel.show_output(OutputChoice(format=OutputFormat.PNG))
    assert part(panel, QLabel, "output.example").text() == "scan.jpg → scan.png"


def test_output_example_is_the_page_that_is_shown(panel: RecipePanel) -> None:
    panel.output.show_pages(3, PageSource(path=Path("/in/a.tif"), pages=3, relative=Path("sub/a.tif")))
    assert part(panel, QLabel, "output.example").text() == "a.tif → a.tif"


def test_output_pattern_that_gives_no_name_is_told_and_not_used(qtbot: QtBot, panel: RecipePanel) -> None:
    pattern = part(panel, QLineEdit, "output.pattern")
    pattern.setText("")
    with qtbot.assertNotEmitted(panel.output_edited):
        QTest.keyClicks(pattern, "/")
    assert "cannot hold /" in part(panel, QLabel, "output.example").text()


@pytest.mark.parametrize("typed", ["Clean", "~nobody-at-all/x", "\0"])
def test_output_folder_that_cannot_be_is_told_and_not_used(qtbot: QtBot, panel: RecipePanel, typed: str) -> None:
    folder = part(panel, QLineEdit, "output.folder")
    folder.setText(typed)
    with qtbot.assertNotEmitted(panel.output_edited):
        folder.editingFinished.emit()
    assert "whole path" in part(panel, QLabel, "output.folderFault").text()


def test_output_folder_that_is_a_file_is_told(panel: RecipePanel, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    panel.output.use_folder(str(tmp_path / "file"))
    assert part(panel, QLabel, "output.folderFault").text() == "file is a file; name a folder."


def test_output_folder_in_the_home_is_shown_short(qtbot: QtBot, panel: RecipePanel) -> None:
    with qtbot.waitSignal(panel.output_edited) as told:
        panel.output.use_folder(str(Path.home() / "Clean"))
    assert told.args == [OutputChoice(folder=Path.home() / "Clean")]
    assert part(panel, QLineEdit, "output.folder").text() == str(Path("~/Clean"))


def test_output_replacing_is_off_by_default(panel: RecipePanel) -> None:
    assert not part(panel, QRadioButton, "output.replace").isChecked()


def test_output_replacing_warns(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show()
    with qtbot.waitSignal(panel.output_edited) as told:
        part(panel, QRadioButton, "output.replace").click()
    assert told.args[0].replaces_originals
    assert part(panel, QLabel, "output.warning").isVisible()


def test_show_output_tells_nothing(qtbot: QtBot, panel: RecipePanel) -> None:
    with qtbot.assertNotEmitted(panel.output_edited):
        panel.show_output(OutputChoice(format=OutputFormat.PNG, replaces_originals=True))


@pytest.mark.parametrize(
    ("choice", "pages", "words"),
    [
        (OutputChoice(folder=Path("/clean")), 24, "24 pages to {folder}, the same format"),
        (OutputChoice(folder=Path("/clean"), format=OutputFormat.PNG), 1, "1 page to {folder}, as PNG"),
        (OutputChoice(), 2, "2 pages to a folder of your choice, the same format"),
        (OutputChoice(replaces_originals=True), 2, "2 pages in place of the originals, the same format"),
        (OutputChoice(), 0, ""),
    ],
)
def test_output_summary_says_what_will_be_written(
    panel: RecipePanel, choice: OutputChoice, pages: int, words: str
) -> None:
    panel.show_output(choice)
    panel.output.show_pages(pages)
    assert part(panel, QLabel, "output.summary").text() == words.format(folder=Path("/clean"))


def test_output_section_folds(panel: RecipePanel) -> None:
    panel.show()
    part(panel, FoldingSection, "outputSection").set_folded(True)
    assert not panel.output.isVisible()


def test_controls_all_have_a_name_for_screen_readers(panel: RecipePanel) -> None:
    kinds = (QComboBox, QSlider, QSpinBox, QCheckBox, QRadioButton, QPushButton)
    controls = [control for kind in kinds for control in panel.findChildren(kind)]
    buddies = {label.buddy() for label in panel.findChildren(QLabel)}
    nameless = [
        control.objectName()
        for control in controls
        if not control.accessibleName() and not getattr(control, "text", str)() and control not in buddies
    ]
    assert nameless == []


# Color


def test_color_chosen_is_told_and_keeps_the_stages(qtbot: QtBot, panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN])
    color = part(panel, QComboBox, "color")
    with qtbot.waitSignal(panel.recipe_edited) as told:
        color.setCurrentIndex(1)
        color.activated.emit(1)
    assert told.args[0].apply(CLEAN) == CLEAN.model_copy(update={"color": PageColor.GRAY})


def test_pages_of_several_colors_show_none(panel: RecipePanel) -> None:
    panel.show_recipes([CLEAN, CLEAN.model_copy(update={"color": PageColor.GRAY})])
    assert part(panel, QComboBox, "color").currentIndex() == -1


def test_stage_switched_off_keeps_the_color() -> None:
    gray = CLEAN.model_copy(update={"color": PageColor.GRAY})
    assert SwitchStage(StageSpec(), is_on=False).apply(gray) == Recipe(stages=(), color=PageColor.GRAY)
    assert SetStrength(Task.DENOISE, 30).apply(gray).color is PageColor.GRAY
