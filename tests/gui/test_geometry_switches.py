"""The switches for what is put straight: in the recipe panel, by keyboard, for mixed pages, and in a batch."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from docclean.core.job import JobStatus, PageResult
from docclean.core.presets import Presets
from docclean.core.recipe import Geometry, Recipe
from docclean.gui.batch_recipe import BatchRecipe
from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.queue_commands import ChangeRecipes
from docclean.gui.recipe_change import SetGeometry
from docclean.gui.recipe_panel import RecipePanel
from docclean.models.catalog import Catalog
from tests.helpers.gui import Heard, scan

NAMES = tuple(Geometry.model_fields)
CROPPED = Recipe(geometry=Geometry(crop=True))


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> RecipePanel:
    panel = RecipePanel(Presets(tmp_path / "presets.json"))
    qtbot.addWidget(panel)
    return panel


def box(parent: QWidget, name: str) -> QCheckBox:
    found = parent.findChild(QCheckBox, name)
    assert found is not None
    return found


def pictured(item: PageItem) -> Path | None:
    return item.pictured_draft


def thumbnail_of(item: PageItem) -> QImage | None:
    return item.thumbnail


@pytest.mark.parametrize("name", NAMES)
def test_switch_is_told_by_keyboard_and_changes_one_field(panel: RecipePanel, name: str) -> None:
    panel.show_recipes([Recipe()])
    switch, heard = box(panel, f"geometry.{name}"), Heard()
    panel.recipe_edited.connect(heard)
    assert switch.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert switch.toolTip()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    ((change, control),) = heard.values
    assert change == SetGeometry(name, True)
    assert control == f"geometry.{name}"
    assert change.apply(Recipe()).geometry == Geometry(**{name: True})
    assert change.apply(Recipe()).stages == Recipe().stages


def test_pages_that_differ_show_neither(panel: RecipePanel) -> None:
    panel.show_recipes([Recipe(), CROPPED])
    switch, heard = box(panel, "geometry.crop"), Heard()
    assert switch.checkState() is Qt.CheckState.PartiallyChecked
    panel.recipe_edited.connect(heard)
    switch.click()
    assert heard.values[0][0] == SetGeometry("crop", True)
    panel.show_recipes([CROPPED])
    assert switch.checkState() is Qt.CheckState.Checked
    assert box(panel, "geometry.deskew").checkState() is Qt.CheckState.Unchecked
    panel.show_recipes([])
    assert not switch.isEnabled()


def test_batch_starts_with_the_geometry_of_the_recipe(qtbot: QtBot) -> None:
    batch = BatchRecipe(CROPPED, Catalog.installed())
    qtbot.addWidget(batch)
    assert batch.recipe().geometry == Geometry(crop=True)
    box(batch, "batch-geometry.deskew").click()
    box(batch, "batch-geometry.crop").click()
    assert batch.recipe().geometry == Geometry(deskew=True)


def test_undoing_a_crop_makes_the_page_wait_with_its_old_picture(qtbot: QtBot, tmp_path: Path) -> None:
    queue = PageQueue()
    item = PageItem(scan(tmp_path / "a.png"), Recipe(), id="a")
    queue.insert(0, [item])
    command = ChangeRecipes(queue, {"a": CROPPED}, "geometry.crop")
    command.redo()
    queue.set_thumbnail("a", QImage(4, 4, QImage.Format.Format_RGB888))
    queue.set_result(PageResult(job_id="a", status=JobStatus.DONE, output=tmp_path / "draft.png"))
    assert thumbnail_of(item) is None  # a new one is made, of what is left of the page
    assert pictured(item) == tmp_path / "draft.png"
    queue.set_thumbnail("a", QImage(4, 4, QImage.Format.Format_RGB888))
    command.undo()
    assert item.recipe == Recipe()
    assert not item.is_current
    assert pictured(item) is None
    assert thumbnail_of(item) is None
    assert item.straightening == Recipe(stages=(), geometry=CROPPED.geometry)
