from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QUndoStack
from PySide6.QtTest import QAbstractItemModelTester

from docclean.core.page import PageSource
from docclean.core.recipe import Recipe, StageSpec
from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.queue_commands import AddPages, ArrangePages, ChangeRecipes, RemovePages, moved

STRENGTHS = [Recipe(stages=(StageSpec(strength=s),)) for s in (10, 20, 30)]


def page(name: str) -> PageItem:
    return PageItem(PageSource(path=Path(f"/{name}.png"), relative=Path(f"{name}.png")), Recipe(), id=name)


@pytest.fixture
def queue() -> PageQueue:
    queue = PageQueue()
    queue.insert(0, [page(name) for name in "abcd"])
    return queue


@pytest.fixture
def stack(qapp: object) -> QUndoStack:
    return QUndoStack()


def order(queue: PageQueue) -> str:
    return "".join(item.id for item in queue.items)


def test_model_keeps_qt_s_contract(queue: PageQueue, stack: QUndoStack) -> None:
    tester = QAbstractItemModelTester(queue, QAbstractItemModelTester.FailureReportingMode.Fatal)
    stack.push(AddPages(queue, [page("x"), page("y")], 2))
    stack.push(RemovePages(queue, {"a", "x", "d"}))
    stack.push(ArrangePages(queue, list("cby")))
    for _ in range(3):
        stack.undo()
    assert tester.model() is queue
    assert order(queue) == "abcd"


def test_pages_added_go_before_the_row(queue: PageQueue, stack: QUndoStack) -> None:
    stack.push(AddPages(queue, [page("x"), page("y")], 1))
    assert order(queue) == "axybcd"
    stack.undo()
    assert order(queue) == "abcd"
    stack.redo()
    assert order(queue) == "axybcd"


@given(st.sets(st.sampled_from("abcd")))
def test_pages_removed_come_back_where_they_were(ids: set[str]) -> None:
    queue, stack = PageQueue(), QUndoStack()
    queue.insert(0, [page(name) for name in "abcd"])
    before = list(queue.items)
    stack.push(RemovePages(queue, ids))
    assert order(queue) == "".join(name for name in "abcd" if name not in ids)
    stack.undo()
    assert list(queue.items) == before


@given(st.sets(st.sampled_from("abcd")), st.integers(0, 4))
def test_pages_moved_are_together_and_none_is_lost(ids: set[str], row: int) -> None:
    after = moved("abcd", ids, row)
    assert sorted(after) == list("abcd")
    together = [name for name in "abcd" if name in ids]
    if together:
        start = after.index(together[0])
        assert after[start : start + len(together)] == together
        assert start == sum(name not in ids for name in "abcd"[:row])


def test_slider_moved_far_is_undone_in_one_step(queue: PageQueue, stack: QUndoStack) -> None:
    for recipe in STRENGTHS:
        stack.push(ChangeRecipes(queue, {"a": recipe, "b": recipe}, "strength"))
    assert stack.count() == 1
    assert queue.items[1].recipe == STRENGTHS[2]
    stack.undo()
    assert [item.recipe for item in queue.items] == [Recipe()] * 4


def test_other_control_is_a_step_of_its_own(queue: PageQueue, stack: QUndoStack) -> None:
    stack.push(ChangeRecipes(queue, {"a": STRENGTHS[0]}, "strength"))
    stack.push(ChangeRecipes(queue, {"a": STRENGTHS[1]}, "model"))
    stack.push(ChangeRecipes(queue, {"b": STRENGTHS[1]}, "model"))
    assert stack.count() == 3


def test_change_while_a_page_is_gone_does_no_harm(queue: PageQueue, stack: QUndoStack) -> None:
    stack.push(ChangeRecipes(queue, {"a": STRENGTHS[0]}, "strength"))
    queue.take({"a"})
    stack.undo()
    assert order(queue) == "bcd"
