"""Models side by side: the same pixels of the same page, one channel each."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from docclean.core.page import PageRegion, PageSource
from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.engine.device import cpu_device
from docclean.engine.session import EngineSession
from docclean.gui.compare_models_dialog import CompareModelsDialog, recipe_with_model
from docclean.gui.desk import PreviewAnswer, PreviewRequest
from docclean.gui.engine_thread import EngineThread
from docclean.gui.model_pane import ModelPane
from docclean.gui.qimage import to_pixels
from docclean.models.catalog import Catalog
from tests.helpers.gui import Heard, scan, waits_for
from tests.helpers.models import catalog_of, identity_network, tiny_model

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
REGION = PageRegion(10, 20, 300, 400)
IN_USE = Recipe(stages=(StageSpec(model="a-tiny"),))


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    tiny_model(tmp_path / "models", "a-tiny")
    tiny_model(tmp_path / "models", "b-same", network=identity_network())
    tiny_model(tmp_path / "models", "washer", task=Task.DEWATERMARK)
    return catalog_of(tmp_path / "models")


@pytest.fixture
def source(tmp_path: Path) -> PageSource:
    return scan(tmp_path / "page.png", size=(600, 400))


@pytest.fixture
def real_engine(catalog: Catalog, qtbot: QtBot) -> Iterator[EngineThread]:
    thread = EngineThread(open_engine=lambda _options: EngineSession(cpu_device(), catalog, threads=1))
    yield thread
    assert thread.close(10_000)


@pytest.fixture
def dialog(qtbot: QtBot, real_engine: EngineThread, source: PageSource, catalog: Catalog) -> CompareModelsDialog:
    window = CompareModelsDialog(real_engine, source, IN_USE, REGION, catalog=catalog)
    qtbot.addWidget(window)
    window.show()
    return window


def panes(dialog: CompareModelsDialog) -> list[ModelPane]:
    return list(dialog._panes.values())


def remark(pane: ModelPane) -> str:
    found = pane.findChild(QLabel, "paneRemark")
    assert found is not None
    return found.text()


def is_ready(dialog: CompareModelsDialog) -> bool:
    return all(pane.view.image_size.width() == 400 and not remark(pane).endswith("…") for pane in panes(dialog))


def test_every_model_of_the_task_is_shown_after_the_original(dialog: CompareModelsDialog, qtbot: QtBot) -> None:
    assert [pane.objectName() for pane in panes(dialog)] == ["pane-original", "pane-a-tiny", "pane-b-same"]
    qtbot.waitUntil(waits_for(lambda: is_ready(dialog)), timeout=20_000)
    original, changed, same = (to_pixels(pane.view._image) for pane in panes(dialog))
    np.testing.assert_array_equal(original, same)
    assert (original != changed).any()


def test_caption_says_how_long_a_model_took(dialog: CompareModelsDialog) -> None:
    pane = panes(dialog)[1]
    request = PreviewRequest(pane.channel, 1, dialog._source, IN_USE, REGION)
    pixels = np.zeros((300, 400, 3), np.uint8)
    dialog._on_answer(PreviewAnswer(request, REGION, pixels, is_last=True, seconds=1.26))
    assert remark(pane) == "1.3 s"


def test_answer_that_is_not_the_last_is_shown_at_once(dialog: CompareModelsDialog) -> None:
    pane = panes(dialog)[1]
    request = PreviewRequest(pane.channel, 1, dialog._source, IN_USE, REGION)
    part = REGION._replace(height=40)
    dialog._on_answer(PreviewAnswer(request, part, np.zeros((40, 400, 3), np.uint8), is_last=False))
    assert pane.view.image_size.height() == 40
    assert remark(pane) == "working…"


def test_answer_of_another_channel_or_number_is_left_alone(dialog: CompareModelsDialog) -> None:
    pane = panes(dialog)[1]
    pixels = np.zeros((7, 400, 3), np.uint8)
    for channel, number in (("main", 1), (pane.channel, 0)):
        request = PreviewRequest(channel, number, dialog._source, IN_USE, REGION)
        dialog._on_answer(PreviewAnswer(request, REGION, pixels, is_last=True))
    assert pane.view.image_size.height() != 7


def test_model_in_use_need_not_be_chosen(dialog: CompareModelsDialog) -> None:
    buttons = [pane.findChildren(QPushButton)[0] for pane in panes(dialog)]
    assert [button.text() for button in buttons[1:]] == ["In use", "Use this one"]
    assert [button.isEnabled() for button in buttons[1:]] == [False, True]
    assert not buttons[0].isVisible()


def test_choice_is_told_and_closes(dialog: CompareModelsDialog) -> None:
    heard = Heard()
    dialog.model_chosen.connect(heard)
    QTest.mouseClick(panes(dialog)[2].findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert heard.values == [(Task.DENOISE, "b-same")]
    assert not dialog.isVisible()


def test_drag_moves_all_pictures_in_step(dialog: CompareModelsDialog, qtbot: QtBot) -> None:
    dialog.resize(600, 320)
    qtbot.waitUntil(waits_for(lambda: is_ready(dialog)), timeout=20_000)
    view = panes(dialog)[0].view
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(90, 90))
    QTest.mouseMove(view, QPoint(60, 70))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(60, 70))
    assert [pane.view.offset for pane in panes(dialog)] == [QPoint(30, 20)] * 3


def test_arrow_keys_move_all_pictures(dialog: CompareModelsDialog, qtbot: QtBot) -> None:
    dialog.resize(600, 320)
    qtbot.waitUntil(waits_for(lambda: is_ready(dialog)), timeout=20_000)
    QTest.keyClick(panes(dialog)[1].view, Qt.Key.Key_Right)
    assert [pane.view.offset for pane in panes(dialog)] == [QPoint(32, 0)] * 3


def test_pictures_stay_where_there_is_something_to_see(dialog: CompareModelsDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(waits_for(lambda: is_ready(dialog)), timeout=20_000)
    dialog._move_to(QPoint(-50, 9999))
    offset, view = panes(dialog)[0].view.offset, panes(dialog)[0].view
    assert offset.x() == 0
    assert offset.y() + view.room.height() >= view.image_size.height()


def test_other_task_shows_its_models(dialog: CompareModelsDialog) -> None:
    tasks = dialog.findChild(QComboBox, "comparedTask")
    assert tasks is not None
    tasks.setCurrentIndex(tasks.findData(Task.DEWATERMARK.value))
    assert [pane.objectName() for pane in panes(dialog)] == ["pane-original", "pane-washer"]


def test_closing_drops_every_channel(dialog: CompareModelsDialog, real_engine: EngineThread) -> None:
    dialog.close()
    assert not {pane.channel for pane in panes(dialog)} & set(real_engine._desk._previews)


def test_page_that_cannot_be_read_is_one_sentence_in_every_pane(
    qtbot: QtBot, real_engine: EngineThread, catalog: Catalog, tmp_path: Path
) -> None:
    gone = PageSource(path=tmp_path / "gone.png", relative=Path("gone.png"))
    window = CompareModelsDialog(real_engine, gone, IN_USE, REGION, catalog=catalog)
    qtbot.addWidget(window)
    errors = [pane.findChild(QLabel, "paneError") for pane in panes(window)]
    qtbot.waitUntil(waits_for(lambda: all(error is not None and "was not found" in error.text() for error in errors)))
    window.close()


def test_large_region_shows_its_middle(
    qtbot: QtBot, engine: EngineThread, source: PageSource, catalog: Catalog
) -> None:
    window = CompareModelsDialog(engine, source, IN_USE, PageRegion(0, 100, 3000, 2000), catalog=catalog)
    qtbot.addWidget(window)
    assert window._region == PageRegion(988, 588, 1024, 1024)
    window.close()


def test_recipe_keeps_its_other_stages() -> None:
    washing = StageSpec(task=Task.DEWATERMARK, model="w", strength=40)
    recipe = Recipe(stages=(washing, StageSpec(model="a", strength=70)))
    assert recipe_with_model(recipe, Task.DENOISE, "b").stages == (washing, StageSpec(model="b", strength=70))


def test_recipe_without_the_task_gets_it() -> None:
    assert recipe_with_model(Recipe(stages=()), Task.DENOISE, "b").stages == (StageSpec(model="b"),)
