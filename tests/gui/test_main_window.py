"""The whole window with an engine that can be held."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QSlider,
)
from pytestqt.qtbot import QtBot

from docclean.core.output_choice import OutputChoice
from docclean.core.recipe import StageSpec, Task
from docclean.core.settings import Settings
from docclean.gui.compare_layout import ViewMode
from docclean.gui.engine_thread import EngineThread
from docclean.gui.main_window import MainWindow
from docclean.gui.page_item import ItemStatus
from docclean.gui.qimage import to_pixels
from docclean.gui.recipe_change import SetStrength
from docclean.gui.saving import plan_saving
from docclean.gui.settings_dialog import SettingsDialog
from docclean.gui.window_actions import WindowActions
from tests.helpers.gui import FakeEngine, scan, waits_for
from tests.helpers.pages import image_in, read

QUIET = Settings(clean_at_once=False, notify_when_finished=False)


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """Make windows that are closed at the end."""
    made: list[tuple[MainWindow, FakeEngine]] = []

    def make(settings: Settings = QUIET, engine: FakeEngine | None = None) -> MainWindow:
        fake = engine or FakeEngine()
        window = MainWindow(settings, engine=EngineThread(open_engine=fake.open), session=tmp_path / "session")
        WindowActions(window)
        window.preview.set_enabled(False)
        window.show()
        made.append((window, fake))
        return window

    yield make
    for window, fake in made:
        fake.gate.set()
        window.settings = window.settings.changed(ask_before_closing=False)
        assert window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window: Callable[..., MainWindow], fake_engine: FakeEngine) -> MainWindow:
    window = make_window(QUIET, fake_engine)
    window.start()
    return window


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for n in range(3):
        scan(tmp_path / "in" / f"page{n}.png", n)
    return tmp_path / "in"


def drop(window: MainWindow, paths: Sequence[Path], place: QPoint | None = None) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, copy = place or window.rect().center(), Qt.DropAction.CopyAction
    held = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(where, copy, mime, *held))
    QApplication.sendEvent(window, QDropEvent(QPointF(where), copy, mime, *held))


def add(window: MainWindow, paths: Sequence[Path], qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.editing.added):
        window.editing.add(list(paths))


def clean(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.run.finished):
        window.do_primary()
    qtbot.waitUntil(lambda: not window.engine.is_busy)  # the thread takes a moment longer to come to rest


def answer(words: str) -> None:
    """Press a button of the question that is about to be asked."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        next(button for button in box.buttons() if button.text().replace("&", "") == words).click()

    QTimer.singleShot(0, press)


def test_empty_window_offers_what_to_do(window: MainWindow) -> None:
    assert window.parts.stack.currentWidget() is window.parts.empty
    assert window.parts.empty.add_button.isEnabled()
    assert not window.parts.primary.isEnabled()
    enabled = {name for name, action in window.parts.actions.items() if action.isEnabled()}
    assert {"add", "addFolder", "paste", "settings", "models", "batch", "about", "quit"} <= enabled
    assert not {"clean", "saveAll", "undo", "split", "stop", "copy"} & enabled


def test_dropped_folder_becomes_pages_and_the_first_is_seen(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.editing.added):
        drop(window, [scans])
    assert [item.name for item in window.pages.items] == ["page0.png", "page1.png", "page2.png"]
    assert window.parts.stack.currentWidget() is window.parts.view
    assert window.parts.primary.text() == "Clean 3 pages"
    qtbot.waitUntil(waits_for(lambda: window.display.is_shown))


def test_pages_are_cleaned_as_soon_as_they_are_added_where_the_user_wants_that(
    make_window: Callable[..., MainWindow], scans: Path, qtbot: QtBot
) -> None:
    window = make_window(QUIET.changed(clean_at_once=True))
    window.start()
    with qtbot.waitSignal(window.run.finished):
        drop(window, [scans])
    assert window.parts.primary.text() == "Save 3 pages"


def test_primary_button_says_what_comes_next(
    window: MainWindow, fake_engine: FakeEngine, scans: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    add(window, [scans], qtbot)
    fake_engine.gate.clear()
    said = [window.parts.primary.text()]
    window.do_primary()
    said.append(window.parts.primary.text())
    window.do_primary()
    said.append(window.parts.primary.text())
    window.do_primary()
    with qtbot.waitSignal(window.run.finished):
        fake_engine.gate.set()
    said.append(window.parts.primary.text())
    with qtbot.waitSignal(window.saving.saved):
        window.do_primary()
    said.append(window.parts.primary.text())
    assert said == ["Clean 3 pages", "Pause", "Go on", "Save 3 pages", "Clean"]
    assert sorted(path.name for path in (scans / "cleaned").iterdir()) == [f"page{n}.png" for n in range(3)]


def test_result_is_shown_when_it_is_ready(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    qtbot.waitUntil(waits_for(lambda: window.display.result is not None))
    np.testing.assert_array_equal(window.display.result, read(scans / "page0.png").pixels // 2)


def test_setting_of_the_selected_pages_changes_them_alone_and_is_undone(
    window: MainWindow, scans: Path, qtbot: QtBot
) -> None:
    add(window, [scans], qtbot)
    ids = [item.id for item in window.pages.items]
    window.parts.queue.view.select_pages(ids[:2])
    window.parts.recipe.recipe_edited.emit(SetStrength(Task.DENOISE, 40), "strength")
    strengths = [item.recipe.stages[0].strength for item in window.pages.items]
    assert strengths == [40, 40, 100]
    window.parts.actions["undo"].trigger()
    assert [item.recipe.stages[0].strength for item in window.pages.items] == [100, 100, 100]


def test_pages_added_later_get_the_settings_chosen_last(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    window.parts.recipe.recipe_edited.emit(SetStrength(Task.DENOISE, 40), "strength")
    add(window, [scans], qtbot)
    assert {item.recipe.stages for item in window.pages.items} == {(StageSpec(strength=40),)}


def test_settings_of_one_page_go_to_all(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    window.parts.queue.view.select_pages([window.pages.items[1].id])
    window.parts.recipe.recipe_edited.emit(SetStrength(Task.DENOISE, 40), "strength")
    window.parts.recipe.apply_to_all_requested.emit()
    assert {item.recipe.stages[0].strength for item in window.pages.items} == {40}


def test_failed_page_is_listed_once_and_can_be_tried_again(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    good = (scans / "page1.png").read_bytes()
    (scans / "page1.png").write_bytes(b"no image")
    add(window, [scans], qtbot)
    clean(window, qtbot)
    assert [item.status.value for item in window.pages.items] == ["done", "failed", "done"]
    assert [problem.file.name for problem in window.parts.problems.problems()] == ["page1.png"]
    (scans / "page1.png").write_bytes(good)
    with qtbot.waitSignal(window.run.finished):
        window.parts.actions["retry"].trigger()
    assert window.pages.items[1].status is ItemStatus.DONE


def test_files_that_are_no_pages_are_listed_without_a_box(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    (scans / "notes.txt").touch()
    add(window, [scans], qtbot)
    assert [problem.file.name for problem in window.parts.problems.problems()] == ["notes.txt"]
    assert QApplication.activeModalWidget() is None


def test_copied_page_is_the_cleaned_one(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    qtbot.waitUntil(waits_for(lambda: window.display.result is not None))
    window.parts.actions["copy"].trigger()
    copied = to_pixels(QGuiApplication.clipboard().image())
    np.testing.assert_array_equal(copied[:, :, :1], read(scans / "page0.png").pixels // 2)


def test_removed_pages_come_back_with_their_results(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    window.parts.actions["selectAll"].trigger()
    window.parts.actions["remove"].trigger()
    assert window.parts.stack.currentWidget() is window.parts.empty
    window.parts.actions["undo"].trigger()
    assert [item.status.value for item in window.pages.items] == ["done"] * 3
    assert window.parts.primary.text() == "Save 3 pages"


def test_view_actions_choose_the_mode(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    for mode in ViewMode:
        window.parts.actions[mode.value].trigger()
        assert window.parts.view.mode is mode
        assert window.parts.actions[mode.value].isChecked()


def test_existing_results_are_asked_about_once(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    with qtbot.waitSignal(window.saving.saved):
        window.do_primary()
    answer("Keep both")
    with qtbot.waitSignal(window.saving.saved):
        window.parts.actions["saveAll"].trigger()
    assert len(list((scans / "cleaned").iterdir())) == 6


def test_question_that_is_refused_saves_nothing(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    with qtbot.waitSignal(window.saving.saved):
        window.do_primary()
    answer("Cancel")
    window.parts.actions["saveAll"].trigger()
    assert not window.saver.is_on
    assert len(list((scans / "cleaned").iterdir())) == 3


def test_closing_in_mid_run_asks_and_goes_on_if_told_to(
    window: MainWindow, fake_engine: FakeEngine, scans: Path, qtbot: QtBot
) -> None:
    add(window, [scans], qtbot)
    fake_engine.gate.clear()
    window.do_primary()
    assert fake_engine.reached.acquire(timeout=10)
    answer("Go on")
    event = QCloseEvent()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()
    with qtbot.waitSignal(window.run.finished):
        fake_engine.gate.set()


def test_queue_and_results_come_back_at_the_next_start(
    make_window: Callable[..., MainWindow], scans: Path, qtbot: QtBot
) -> None:
    first = make_window()
    first.start()
    add(first, [scans], qtbot)
    clean(first, qtbot)
    assert first.close()
    second = make_window()
    second.start()
    assert [item.status.value for item in second.pages.items] == ["done"] * 3
    assert second.parts.primary.text() == "Save 3 pages"


def test_queue_is_not_brought_back_where_the_user_does_not_want_that(
    make_window: Callable[..., MainWindow], scans: Path, qtbot: QtBot
) -> None:
    first = make_window()
    add(first, [scans], qtbot)
    assert first.close()
    second = make_window(QUIET.changed(restore_queue=False))
    second.start()
    assert not second.pages.items


def test_files_of_a_second_start_are_added(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.editing.added):
        window.show_files([scans / "page0.png"])
    assert len(window.pages.items) == 1


def test_every_control_that_is_seen_has_a_name(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    kinds = (QAbstractButton, QSlider, QAbstractSpinBox, QComboBox, QLineEdit, QAbstractItemView)
    controls = [control for kind in kinds for control in window.findChildren(kind) if control.isVisible()]
    inner = [c for c in controls if isinstance(c.parent(), (QComboBox, QAbstractSpinBox))]
    nameless = [
        (type(control).__name__, control.objectName())
        for control in controls
        if control not in inner
        and not (control.accessibleName() or getattr(control, "text", str)() or control.toolTip())
    ]
    assert len(controls) > 20
    assert nameless == []


def test_pages_added_during_a_pause_do_not_end_it(
    make_window: Callable[..., MainWindow], fake_engine: FakeEngine, scans: Path, qtbot: QtBot
) -> None:
    window = make_window(QUIET.changed(clean_at_once=True), fake_engine)
    fake_engine.gate.clear()
    add(window, [scans / "page0.png"], qtbot)
    assert fake_engine.reached.acquire(timeout=10)
    window.engine.pause()
    add(window, [scans], qtbot)
    assert window.engine.is_paused


def test_files_found_after_the_window_was_closed_start_nothing(
    make_window: Callable[..., MainWindow], scans: Path, qtbot: QtBot
) -> None:
    window = make_window(QUIET.changed(clean_at_once=True))
    window.editing.add([scans])
    assert window.close()
    qtbot.wait(50)
    assert not window.pages.items
    assert not window.engine.is_running


def test_page_that_comes_back_is_seen(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    window.parts.actions["selectAll"].trigger()
    window.parts.actions["remove"].trigger()
    assert window.display.item is None
    window.parts.actions["undo"].trigger()
    assert window.display.item is window.pages.items[0]


def test_space_in_the_queue_shows_the_original_as_long_as_it_is_held(
    window: MainWindow, scans: Path, qtbot: QtBot
) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    qtbot.waitUntil(waits_for(lambda: window.display.result is not None))
    before = window.parts.view.grab().toImage()
    QTest.keyPress(window.parts.queue.view, Qt.Key.Key_Space)
    held = window.parts.view.grab().toImage()
    QTest.keyRelease(window.parts.queue.view, Qt.Key.Key_Space)
    assert held != before
    assert window.parts.view.grab().toImage() == before


def test_button_pressed_twice_saves_once(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    with qtbot.waitSignal(window.saving.saved) as told:
        window.do_primary()
        window.do_primary()
    assert told.args[0].errors == ()
    assert not window.saver.is_on
    assert len(list((scans / "cleaned").iterdir())) == 3


def test_saved_as_a_name_without_suffix_asks_before_another_file_is_replaced(
    window: MainWindow, scans: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    (tmp_path / "mine.jpg").write_bytes(b"mine")
    chosen = str(tmp_path / "mine"), "JPEG (*.jpg *.jpeg)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: chosen)
    answer("Cancel")
    window.saving.save_as(window.pages.items[0], window.choice)
    assert not window.saver.is_on
    assert (tmp_path / "mine.jpg").read_bytes() == b"mine"


def test_replaced_original_is_the_one_that_is_seen_and_can_be_saved_again(
    window: MainWindow, scans: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    qtbot.waitUntil(waits_for(lambda: window.display.result is not None))
    cleaned = read(scans / "page0.png").pixels // 2
    answer("Replace the originals")
    with qtbot.waitSignal(window.saving.saved):
        window.saving.save(window.pages.items, OutputChoice(replaces_originals=True))

    def sees_cleaned() -> bool:
        seen = window.display.original
        return seen is not None and np.array_equal(seen, cleaned)

    qtbot.waitUntil(waits_for(sees_cleaned))
    with qtbot.waitSignal(window.saving.saved) as told:
        window.saving.save(window.pages.items, OutputChoice(folder=tmp_path / "out"))
    assert told.args[0].errors == ()


def test_output_folder_chosen_while_the_settings_are_open_is_kept_by_them(
    make_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    actions = window.findChild(WindowActions)
    assert actions is not None
    actions.dialogs.show_settings()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    window.parts.recipe.output_edited.emit(OutputChoice(folder=tmp_path / "out"))
    assert dialog.settings().output_folder == str(tmp_path / "out")
    dialog.close()


def test_drafts_of_pages_that_were_taken_out_are_removed_at_the_end(
    make_window: Callable[..., MainWindow], scans: Path, qtbot: QtBot
) -> None:
    window = make_window()
    add(window, [scans], qtbot)
    clean(window, qtbot)
    window.editing.remove({window.pages.items[0].id})
    assert len(list(window.store.drafts.iterdir())) == 3
    assert window.close()
    assert {path.stem for path in window.store.drafts.iterdir()} == {item.id for item in window.pages.items}


def test_results_that_will_not_come_back_are_asked_about_when_the_window_closes(
    make_window: Callable[..., MainWindow], scans: Path, qtbot: QtBot
) -> None:
    window = make_window(QUIET.changed(restore_queue=False))
    add(window, [scans], qtbot)
    clean(window, qtbot)
    answer("Go back")
    assert not window.close()


def test_keys_in_a_text_field_leave_the_pages_alone(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    field = window.findChild(QLineEdit, "output.pattern")
    assert field is not None
    window.activateWindow()
    field.setFocus()
    field.setText("name")
    for key, modifier in (
        (Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier),
    ):
        QTest.keyClick(field, key, modifier)
    assert (field.text(), QGuiApplication.clipboard().text()) == ("name", "name")
    assert len(window.pages.items) == 3


def test_page_whose_file_changed_is_offered_for_cleaning_instead_of_failing_again(
    window: MainWindow, scans: Path, qtbot: QtBot
) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    scan(scans / "page1.png", 9)
    with qtbot.waitSignal(window.saving.saved):
        window.do_primary()
    assert [item.status.value for item in window.pages.items] == ["done", "waiting", "done"]
    assert window.parts.primary.text() == "Clean 1 page"
    assert "has changed" in window.parts.problems.problems()[0].sentence


def test_file_that_is_there_already_is_told_without_words_of_the_command_line(
    window: MainWindow, scans: Path, qtbot: QtBot
) -> None:
    add(window, [scans / "page0.png"], qtbot)
    clean(window, qtbot)
    with qtbot.waitSignal(window.saving.saved):
        window.do_primary()
        (scans / "cleaned").mkdir(exist_ok=True)
    plan = plan_saving(window.pages, window.pages.items, OutputChoice(), scans / "cleaned")
    with qtbot.waitSignal(window.saving.saved):
        window.saver.save(plan)
    (problem,) = window.parts.problems.problems()
    assert "exists already" in problem.sentence
    assert "--" not in problem.sentence


def test_original_is_not_held_in_view_when_the_window_is_left(window: MainWindow, scans: Path, qtbot: QtBot) -> None:
    add(window, [scans], qtbot)
    clean(window, qtbot)
    qtbot.waitUntil(waits_for(lambda: window.display.result is not None))
    before = window.parts.view.grab().toImage()
    QTest.keyPress(window.parts.queue.view, Qt.Key.Key_Space)
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    assert window.parts.view.grab().toImage() == before


def test_page_cleaned_while_its_document_was_being_replaced_can_be_saved_afterwards(
    window: MainWindow, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    first, *others = (image_in("L", 40, 60, seed=n) for n in range(3))
    first.save(tmp_path / "c.tif", save_all=True, append_images=others)
    add(window, [tmp_path / "c.tif"], qtbot)
    with qtbot.waitSignal(window.run.finished):
        window.clean(window.pages.items[:1])
    plan = plan_saving(window.pages, window.pages.items[:1], OutputChoice(replaces_originals=True), tmp_path)
    with qtbot.waitSignal(window.run.finished):
        window.clean(window.pages.items[1:])
    with qtbot.waitSignal(window.saving.saved):
        window.saver.save(plan)
    assert [item.is_saved for item in window.pages.items] == [True, False, False]
    with qtbot.waitSignal(window.saving.saved) as told:
        window.saving.save(window.pages.items, OutputChoice(folder=tmp_path / "out"))
    assert told.args[0].errors == ()
