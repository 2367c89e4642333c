"""What the user does to the queue, and how it is undone."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage, QUndoStack
from pytestqt.qtbot import QtBot

from docclean.core.recipe import Recipe, StageSpec
from docclean.gui import page_finder
from docclean.gui.page_finder import PageFinder
from docclean.gui.page_queue import PageQueue
from docclean.gui.queue_editing import QueueEditing
from tests.helpers.gui import Heard, scan

HALF = Recipe(stages=(StageSpec(strength=50),))


@pytest.fixture
def queue(qapp: object) -> PageQueue:
    return PageQueue()


@pytest.fixture
def undo(qapp: object) -> QUndoStack:
    return QUndoStack()


@pytest.fixture
def editing(queue: PageQueue, undo: QUndoStack, tmp_path: Path) -> Iterator[QueueEditing]:
    editing = QueueEditing(
        queue, undo, recipe=lambda: HALF, excluded=lambda: [tmp_path / "in" / "cleaned"], pasted=tmp_path / "pasted"
    )
    yield editing
    editing.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a2.png", "a10.png", "sub/b.png", "cleaned/a2.png"):
        scan(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").touch()
    return tmp_path / "in"


def add(editing: QueueEditing, qtbot: QtBot, paths: list[Path], row: int = -1) -> None:
    with qtbot.waitSignal(editing.added):
        editing.add(paths, row)


def names(queue: PageQueue) -> list[str]:
    return [item.name for item in queue.items]


def test_folder_gives_its_pages_and_those_below_in_natural_order(
    editing: QueueEditing, queue: PageQueue, folder: Path, qtbot: QtBot
) -> None:
    skipped = Heard()
    editing.skipped.connect(skipped)
    add(editing, qtbot, [folder])
    assert names(queue) == ["a2.png", "a10.png", "b.png"]
    assert {item.recipe for item in queue.items} == {HALF}
    assert sorted(one.path.name for one in skipped.values[0]) == ["cleaned", "notes.txt"]


def test_files_go_before_the_row_they_were_dropped_on(
    editing: QueueEditing, queue: PageQueue, folder: Path, qtbot: QtBot
) -> None:
    add(editing, qtbot, [folder])
    late = scan(folder.parent / "late.png").path
    with qtbot.waitSignal(editing.added):
        queue.files_dropped.emit([late], 1)
    assert names(queue) == ["a2.png", "late.png", "a10.png", "b.png"]


def test_page_that_is_there_already_is_skipped_and_told(
    editing: QueueEditing, queue: PageQueue, folder: Path, qtbot: QtBot
) -> None:
    add(editing, qtbot, [folder / "a2.png"])
    with qtbot.waitSignal(editing.skipped) as told:
        editing.add([folder / "a2.png"])
    assert names(queue) == ["a2.png"]
    assert "is in the list already" in str(told.args[0][0])


def test_file_that_is_gone_is_told(editing: QueueEditing, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(editing.failed) as told:
        editing.add([tmp_path / "gone.png"])
    assert "was not found" in str(told.args[0][0])


def test_adding_is_undone(
    editing: QueueEditing, undo: QUndoStack, queue: PageQueue, folder: Path, qtbot: QtBot
) -> None:
    add(editing, qtbot, [folder])
    undo.undo()
    assert names(queue) == []


def test_files_from_the_clipboard_are_added(
    editing: QueueEditing, queue: PageQueue, folder: Path, qtbot: QtBot
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / "a2.png")), QUrl("https://example.org/x.png")])
    with qtbot.waitSignal(editing.added):
        assert editing.paste(data)
    assert names(queue) == ["a2.png"]


def test_picture_from_the_clipboard_becomes_a_page(
    editing: QueueEditing, queue: PageQueue, qtbot: QtBot, tmp_path: Path
) -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 100, 50))
    data = QMimeData()
    data.setImageData(image)
    with qtbot.waitSignal(editing.added):
        assert editing.paste(data)
    assert queue.items[0].source.path.parent == tmp_path / "pasted"


def test_clipboard_without_pages_says_so(editing: QueueEditing) -> None:
    data = QMimeData()
    data.setText("hello")
    assert not editing.paste(data)


def test_settings_that_are_the_same_make_no_step(
    editing: QueueEditing, undo: QUndoStack, queue: PageQueue, folder: Path, qtbot: QtBot
) -> None:
    add(editing, qtbot, [folder])
    steps = undo.count()
    editing.change_recipes({item.id: HALF for item in queue.items}, "strength")
    editing.arrange([item.id for item in queue.items], "sort")
    editing.remove(set())
    assert undo.count() == steps


def test_samples_are_added(editing: QueueEditing, queue: PageQueue, qtbot: QtBot) -> None:
    with qtbot.waitSignal(editing.added):
        editing.add_samples()
    assert len(queue.items) == 3


def test_search_that_is_on_ends_when_the_window_closes(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, heard = threading.Event(), Heard()

    def endless(paths: object, *, on_found: Callable[[int], None], **_others: object) -> None:
        began.set()
        while True:  # a network drive that takes its time
            time.sleep(0.005)
            on_found(0)

    monkeypatch.setattr(page_finder, "discover", endless)
    finder = PageFinder()
    finder.found.connect(heard)
    finder.find([tmp_path], -1)
    assert began.wait(10)
    finder.close()
    assert not finder.is_busy
    assert heard.values == []
