"""What looks through the whole queue is called at once while it is small, and now and then while it is large."""

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from docclean.gui.calling_soon import CallingSoon
from tests.helpers.gui import waits_for


@pytest.mark.parametrize(("pages", "calls"), [(10, 5), (10_000, 0)])
def test_call_asked_for_five_times_is_made_at_once_in_a_small_queue_alone(
    qapp: QObject, pages: int, calls: int
) -> None:
    owner, made = QObject(), list[int]()
    soon = CallingSoon(lambda: made.append(1), lambda: pages, owner)
    for _ in range(5):
        soon.ask()
    assert len(made) == calls
    soon.stop()


def test_call_in_a_large_queue_is_made_once_in_a_moment(qtbot: QtBot) -> None:
    owner, made = QObject(), list[int]()
    soon = CallingSoon(lambda: made.append(1), lambda: 10_000, owner)
    for _ in range(5):
        soon.ask()
    qtbot.waitUntil(waits_for(lambda: bool(made)))
    assert len(made) == 1
