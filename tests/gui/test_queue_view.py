import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDropEvent, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from docclean.core.errors import ReadError
from docclean.core.progress import Progress
from docclean.gui.page_item import ItemStatus, PageItem
from docclean.gui.page_queue import ROWS_MIME, PageQueue
from docclean.gui.queue_commands import moved
from docclean.gui.queue_view import QueueView
from tests.helpers.queue import document, every_state, page, with_result

Show = Callable[..., QueueView]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def make(*items: PageItem) -> QueueView:
        queue = PageQueue()
        queue.insert(0, items)
        view = QueueView(queue)
        queue.setParent(view)
        qtbot.addWidget(view)
        view.resize(260, 600)
        view.show()
        return view

    return make


def queue_of(view: QueueView) -> PageQueue:
    queue = view.model()
    assert isinstance(queue, PageQueue)
    return queue


def shown_rows(view: QueueView) -> list[int]:
    return [row for row in range(view.model().rowCount()) if not view.isRowHidden(row)]


def place_of(view: QueueView, row: int, share: float = 0.5) -> QPoint:
    box = view.visualRect(view.model().index(row, 0))
    return QPoint(box.center().x(), round(box.top() + box.height() * share))


def drop(view: QueueView, place: QPoint, mime: QMimeData) -> QDropEvent:
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, mime, button, keys)
    view.dropEvent(event)
    return event


# Selection


def test_current_item_changed_selected_page_is_told(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    with qtbot.waitSignal(view.current_item_changed) as told:
        view.select_pages(["b.png#0"])
    assert told.args == [queue_of(view).get("b.png#0")]


def test_current_item_changed_last_page_removed_tells_none(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"))
    view.select_pages(["a.png#0"])
    with qtbot.waitSignal(view.current_item_changed) as told:
        queue_of(view).take({"a.png#0"})
    assert told.args == [None]


def test_select_pages_several_are_selected_in_order(show: Show) -> None:
    view = show(page("a.png"), page("b.png"), page("c.png"))
    view.select_pages(["c.png#0", "a.png#0"])
    assert view.selected_ids() == ["a.png#0", "c.png#0"]


def test_selected_ids_folded_document_stands_for_all_its_pages(show: Show) -> None:
    view = show(*document("book.tif", 3), page("b.png"))
    view.set_folded(0, is_folded=True)
    view.select_pages(["book.tif#0"])
    assert view.selected_ids() == ["book.tif#0", "book.tif#1", "book.tif#2"]


def test_selection_changed_is_told_once_for_a_removal_in_many_places(qtbot: QtBot, show: Show) -> None:
    view = show(*(page(f"{number}.png") for number in range(40)))
    view.selectAll()
    qtbot.wait(1)
    told: list[list[str]] = []
    view.selection_changed.connect(told.append)
    queue_of(view).take({f"{number}.png#0" for number in range(0, 40, 2)})
    qtbot.waitUntil(lambda: bool(told))
    assert told == [[f"{number}.png#0" for number in range(1, 40, 2)]]


def test_selection_survives_another_order(show: Show) -> None:
    view = show(page("a.png"), page("b.png"), page("c.png"))
    view.select_pages(["a.png#0"])
    queue_of(view).arrange(["c.png#0", "b.png#0", "a.png#0"])
    assert view.selected_ids() == ["a.png#0"]


# Keys


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_key_asks_to_remove_the_selected_pages(qtbot: QtBot, show: Show, key: Qt.Key) -> None:
    view = show(page("a.png"), page("b.png"))
    view.select_pages(["b.png#0"])
    with qtbot.waitSignal(view.remove_requested) as asked:
        QTest.keyClick(view, key)
    assert asked.args == [["b.png#0"]]


def test_delete_key_without_a_selection_asks_nothing(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"))
    with qtbot.assertNotEmitted(view.remove_requested):
        QTest.keyClick(view, Qt.Key.Key_Delete)


def test_enter_key_asks_to_retry_the_failed_pages_only(qtbot: QtBot, show: Show) -> None:
    view = show(with_result(page("a.png"), ItemStatus.FAILED), page("b.png"))
    view.select_pages(["a.png#0", "b.png#0"])
    with qtbot.waitSignal(view.retry_requested) as asked:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert asked.args == [["a.png#0"]]


def test_enter_key_on_a_clean_page_asks_nothing(qtbot: QtBot, show: Show) -> None:
    view = show(with_result(page("a.png"), ItemStatus.DONE))
    view.select_pages(["a.png#0"])
    with qtbot.assertNotEmitted(view.retry_requested):
        QTest.keyClick(view, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("key", "expected"),
    [(Qt.Key.Key_Up, ["b.png#0", "a.png#0", "c.png#0"]), (Qt.Key.Key_Down, ["a.png#0", "c.png#0", "b.png#0"])],
)
def test_alt_arrow_moves_by_one_row(qtbot: QtBot, show: Show, key: Qt.Key, expected: list[str]) -> None:
    view = show(page("a.png"), page("b.png"), page("c.png"))
    view.select_pages(["b.png#0"])
    with qtbot.waitSignal(view.move_requested) as asked:
        QTest.keyClick(view, key, Qt.KeyboardModifier.AltModifier)
    assert moved(["a.png#0", "b.png#0", "c.png#0"], *asked.args) == expected


def test_alt_arrow_at_the_end_asks_nothing(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    view.select_pages(["b.png#0"])
    with qtbot.assertNotEmitted(view.move_requested):
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)


def test_alt_arrow_passes_over_a_folded_document_as_a_whole(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), *document("book.tif", 3))
    view.set_folded(1, is_folded=True)
    view.select_pages(["a.png#0"])
    with qtbot.waitSignal(view.move_requested) as asked:
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert asked.args == [["a.png#0"], 4]


def test_space_key_is_left_to_the_window(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    view.select_pages(["a.png#0"])
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.selected_ids() == ["a.png#0"]


def test_typed_letters_jump_to_a_name(qtbot: QtBot, show: Show) -> None:
    view = show(page("apple.png"), page("pear.png"), page("Plum.png"))
    view.select_pages(["apple.png#0"])
    QTest.keyClicks(view, "pl")
    assert view.selected_ids() == ["Plum.png#0"]


def test_typed_letter_again_jumps_to_the_next_name(qtbot: QtBot, show: Show) -> None:
    view = show(page("pear.png"), page("apple.png"), page("plum.png"))
    view.select_pages(["apple.png#0"])
    QTest.keyClicks(view, "pp")
    assert view.selected_ids() == ["pear.png#0"]


def test_typed_letters_pass_over_folded_pages(qtbot: QtBot, show: Show) -> None:
    view = show(*document("book.tif", 3), page("boat.png"))
    view.set_folded(0, is_folded=True)
    view.select_pages(["book.tif#0"])
    QTest.keyClicks(view, "b")
    assert view.selected_ids() == ["boat.png#0"]


def test_typed_letters_in_an_empty_queue_do_nothing(qtbot: QtBot, show: Show) -> None:
    view = show()
    QTest.keyClicks(view, "b")
    assert view.selected_ids() == []


# Folding


def test_left_and_right_key_fold_and_unfold(qtbot: QtBot, show: Show) -> None:
    view = show(*document("book.tif", 3), page("b.png"))
    view.select_pages(["book.tif#0"])
    QTest.keyClick(view, Qt.Key.Key_Left)
    folded = shown_rows(view)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert (folded, shown_rows(view)) == ([0, 3], [0, 1, 2, 3])


def test_left_key_on_a_later_page_goes_to_the_document(qtbot: QtBot, show: Show) -> None:
    view = show(*document("book.tif", 3))
    view.select_pages(["book.tif#2"])
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.currentIndex().row() == 0


@pytest.mark.parametrize("events", [["mouseClick"], ["mouseClick", "mouseDClick"]])
def test_click_on_the_arrow_folds(qtbot: QtBot, show: Show, events: list[str]) -> None:
    view = show(*document("book.tif", 3))
    place = QPoint(8, place_of(view, 0).y())
    for event in events:  # a double click begins with a click
        getattr(qtbot, event)(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shown_rows(view) == [0]


def test_left_key_on_a_single_page_does_nothing(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    view.select_pages(["b.png#0"])
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert shown_rows(view) == [0, 1]


def changed_in_many_ways(queue: PageQueue) -> None:
    queue.insert(0, [page("new.png")])
    queue.put_back(queue.take({"book.tif#0", "b.png#0"}))
    queue.arrange([item.id for item in reversed(queue.items)])
    queue.arrange([item.id for item in reversed(queue.items)])


def test_folding_survives_changes_of_the_queue(qtbot: QtBot, show: Show) -> None:
    view = show(*document("book.tif", 3), page("b.png"))
    view.set_folded(0, is_folded=True)
    changed_in_many_ways(queue_of(view))
    qtbot.waitUntil(lambda: shown_rows(view) == [0, 1, 4])


def test_folded_document_whose_first_page_goes_shows_its_next(qtbot: QtBot, show: Show) -> None:
    view = show(*document("book.tif", 3))
    view.set_folded(0, is_folded=True)
    queue_of(view).take({"book.tif#0"})
    qtbot.waitUntil(lambda: shown_rows(view) == [0])


def test_select_pages_folded_page_unfolds(show: Show) -> None:
    view = show(*document("book.tif", 3))
    view.set_folded(0, is_folded=True)
    view.select_pages(["book.tif#2"])
    assert shown_rows(view) == [0, 1, 2]


# Sight


def test_sight_changed_tells_the_rows_that_fit(qtbot: QtBot, show: Show) -> None:
    view = show(*(page(f"{number}.png") for number in range(200)))
    with qtbot.waitSignal(view.sight_changed) as told:
        pass
    assert [item.name for item in told.args[0]] == [f"{number}.png" for number in range(9)]


def test_items_in_sight_passes_over_folded_pages(show: Show) -> None:
    view = show(*document("book.tif", 500), page("b.png"))
    view.set_folded(0, is_folded=True)
    assert [item.name for item in view.items_in_sight()] == ["book.tif", "b.png"]


def test_items_in_sight_empty_queue_is_nothing(show: Show) -> None:
    assert show().items_in_sight() == []


# Menu, drag and drop


def test_context_menu_is_asked_for_the_selected_pages(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    view.select_pages(["b.png#0"])
    with qtbot.waitSignal(view.menu_requested) as asked:
        view.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(50, 60)))
    assert asked.args == [QPoint(50, 60), ["b.png#0"]]


@pytest.mark.parametrize(("row", "share", "expected"), [(1, 0.2, 1), (1, 0.8, 2), (0, 0.1, 0)])
def test_drop_row_is_the_nearer_edge(show: Show, row: int, share: float, expected: int) -> None:
    view = show(page("a.png"), page("b.png"), page("c.png"))
    assert view.drop_row_at(place_of(view, row, share)) == expected


def test_drop_row_below_the_last_page_is_the_end(show: Show) -> None:
    assert show(page("a.png"), page("b.png")).drop_row_at(QPoint(50, 500)) == 2


def test_drop_row_below_a_folded_document_is_behind_all_its_pages(show: Show) -> None:
    view = show(*document("book.tif", 3), page("b.png"))
    view.set_folded(0, is_folded=True)
    assert view.drop_row_at(place_of(view, 0, 0.9)) == 3


def test_drop_of_pages_is_told_with_its_row(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    mime = QMimeData()
    mime.setData(ROWS_MIME, json.dumps(["b.png#0"]).encode())
    with qtbot.waitSignal(queue_of(view).pages_dropped) as told:
        drop(view, place_of(view, 0, 0.1), mime)
    assert told.args == [["b.png#0"], 0]


def test_drop_of_files_is_told_with_its_row(qtbot: QtBot, show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/in/new page.png"), QUrl("https://example.org/x.png")])
    with qtbot.waitSignal(queue_of(view).files_dropped) as told:
        drop(view, place_of(view, 1, 0.1), mime)
    assert told.args == [[Path("/in/new page.png")], 1]


def test_drop_of_pages_never_asks_to_remove_the_rows(show: Show) -> None:
    view = show(page("a.png"), page("b.png"))
    view.select_pages(["a.png#0"])
    assert drop(view, QPoint(50, 500), view.dragged()).dropAction() is Qt.DropAction.CopyAction


def test_dragged_files_are_made_of_cleaned_pages_when_asked_for(show: Show) -> None:
    view = show(with_result(page("a.png"), ItemStatus.DONE), page("b.png"))
    exported: list[list[str]] = []

    def export(items: Any) -> list[Path]:
        exported.append([item.id for item in items])
        return [Path("/clean/a.png")]

    view.export_for_drag = export
    view.select_pages(["a.png#0", "b.png#0"])
    mime = view.dragged()
    before = list(exported)
    assert (before, mime.urls(), exported) == ([], [QUrl.fromLocalFile("/clean/a.png")], [["a.png#0"]])


def test_dragged_pages_that_are_not_clean_carry_no_files(show: Show) -> None:
    view = show(page("a.png"))
    view.export_for_drag = lambda items: []
    view.select_pages(["a.png#0"])
    assert view.dragged().formats() == [ROWS_MIME]


def test_dragged_files_that_cannot_be_made_are_told(show: Show) -> None:
    def export(items: Any) -> list[Path]:
        raise ReadError(Path("/drafts/a.png"), "was not found.")

    view = show(with_result(page("a.png"), ItemStatus.DONE))
    view.export_for_drag = export
    view.select_pages(["a.png#0"])
    mime = view.dragged()
    assert (mime.urls(), mime.fault) == ([], "/drafts/a.png: was not found.")


def test_drag_enter_with_text_only_is_refused(show: Show) -> None:
    mime = QMimeData()
    mime.setText("no file")
    view = show()
    assert not view.model().canDropMimeData(mime, Qt.DropAction.CopyAction, -1, 0, view.rootIndex())


# Painting and size


def painted_rows(qtbot: QtBot, view: QueueView) -> list[int]:
    """Wait until the view has painted what it had to, and watch which rows it paints from now on."""
    qtbot.waitExposed(view)
    qtbot.wait(60)
    painted: list[int] = []

    def paint(painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        painted.append(index.row())

    view.itemDelegate().paint = paint  # type: ignore[method-assign, assignment]  # watches what Qt calls
    return painted


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_view_every_state_can_be_painted(show: Show, direction: Qt.LayoutDirection) -> None:
    view = show(*every_state())
    view.setLayoutDirection(direction)
    view.resize(260, 2000)
    view.set_folded(9, is_folded=True)
    assert not view.grab().isNull()


def test_view_empty_queue_says_what_to_do(show: Show) -> None:
    empty, blank = show().grab().toImage(), QPixmap(260, 600)
    blank.fill(Qt.GlobalColor.white)
    assert empty != blank.toImage()


def test_progress_in_ten_thousand_pages_repaints_one_row(qtbot: QtBot, show: Show) -> None:
    view = show(*(page(f"{number}.png") for number in range(10_000)))
    queue = queue_of(view)
    queue.set_status(["5.png#0"], ItemStatus.CLEANING)
    painted = painted_rows(qtbot, view)
    queue.set_progress(Progress("5.png#0", "denoise", 1, 2))
    qtbot.waitUntil(lambda: set(painted) == {5})


def test_progress_of_a_folded_page_repaints_its_document(qtbot: QtBot, show: Show) -> None:
    view = show(*document("book.tif", 50))
    view.set_folded(0, is_folded=True)
    queue = queue_of(view)
    queue.set_status(["book.tif#30"], ItemStatus.CLEANING)
    painted = painted_rows(qtbot, view)
    queue.set_progress(Progress("book.tif#30", "denoise", 1, 2))
    qtbot.waitUntil(lambda: set(painted) == {0})
