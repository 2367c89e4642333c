"""Cleaning the queue with an engine that can be held."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from docclean.core.output_choice import OutputChoice
from docclean.core.recipe import Recipe, StageSpec
from docclean.gui.cleaning_run import CleaningRun, RunSummary
from docclean.gui.engine_thread import EngineThread
from docclean.gui.page_item import ItemStatus, PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.saving import Saver, plan_saving
from tests.helpers.gui import FakeEngine, Heard, scan, waits_for

HALF = Recipe(stages=(StageSpec(strength=50),))


@pytest.fixture
def queue(tmp_path: Path) -> PageQueue:
    queue = PageQueue()
    queue.insert(0, [PageItem(scan(tmp_path / f"{n}.png", n), Recipe(), id=str(n)) for n in range(4)])
    return queue


@pytest.fixture
def run(engine: EngineThread, queue: PageQueue, tmp_path: Path) -> CleaningRun:
    return CleaningRun(engine, queue, tmp_path / "drafts")


def statuses(queue: PageQueue) -> list[str]:
    return [item.status.value for item in queue.items]


def held(fake_engine: FakeEngine, run: CleaningRun, queue: PageQueue, qtbot: QtBot) -> None:
    """Start a run and hold it within the first page."""
    fake_engine.gate.clear()
    run.start(queue.items)
    assert fake_engine.reached.acquire(timeout=10)
    qtbot.waitUntil(waits_for(lambda: run.current is not None))


def finish(fake_engine: FakeEngine, run: CleaningRun, qtbot: QtBot) -> RunSummary:
    with qtbot.waitSignal(run.finished) as told:
        fake_engine.gate.set()
    summary: RunSummary = told.args[0]
    return summary


def test_run_cleans_every_page(run: CleaningRun, queue: PageQueue, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(run.finished) as told:
        run.start(queue.items)
    assert told.args == [RunSummary(cleaned=4, review=0, failed=0, stopped=0)]
    assert statuses(queue) == ["done"] * 4
    assert queue.items[2].draft == tmp_path / "drafts" / "2.png"
    assert run.left_to_clean() == []
    assert not run.is_on


def test_page_in_work_shows_its_progress(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    fake_engine.tiles = 2
    held(fake_engine, run, queue, qtbot)
    assert statuses(queue) == ["cleaning", "waiting", "waiting", "waiting"]
    assert run.figures().total == 4
    finish(fake_engine, run, qtbot)


def test_stop_leaves_the_page_in_work_stopped_and_the_others_waiting(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    run.stop()
    summary = finish(fake_engine, run, qtbot)
    assert statuses(queue) == ["cancelled", "waiting", "waiting", "waiting"]
    assert summary.stopped == 1
    assert len(run.left_to_clean()) == 4


def test_skip_stops_the_page_in_work_and_goes_on(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    run.skip({"0", "2"})
    finish(fake_engine, run, qtbot)
    assert statuses(queue) == ["cancelled", "done", "cancelled", "done"]


def test_page_removed_in_mid_run_is_not_cleaned(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    queue.take({"1"})
    finish(fake_engine, run, qtbot)
    assert fake_engine.runs == ["0", "2", "3"]


def test_pages_moved_in_mid_run_are_cleaned_in_the_new_order(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    queue.arrange(["0", "3", "2", "1"])
    finish(fake_engine, run, qtbot)
    assert fake_engine.runs == ["0", "3", "2", "1"]


def test_page_with_other_settings_in_mid_run_is_cleaned_with_them(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    queue.set_recipes({"2": HALF})
    finish(fake_engine, run, qtbot)
    assert queue.items[2].cleaned_with == HALF
    assert fake_engine.runs.count("2") == 1


def test_page_whose_settings_change_while_it_is_cleaned_is_out_of_date(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    queue.set_recipes({"0": HALF})
    finish(fake_engine, run, qtbot)
    assert [item.id for item in run.left_to_clean()] == ["0"]


def test_page_that_cannot_be_read_is_told_and_the_others_go_on(
    run: CleaningRun, queue: PageQueue, qtbot: QtBot
) -> None:
    queue.items[1].source.path.write_bytes(b"no image")
    heard = Heard()
    run.failed.connect(heard)
    with qtbot.waitSignal(run.finished):
        run.start(queue.items)
    assert [item.id for item in heard.values] == ["1"]
    assert statuses(queue) == ["done", "failed", "done", "done"]


def test_pages_added_in_mid_run_join_it(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    held(fake_engine, run, queue, qtbot)
    late = PageItem(scan(tmp_path / "late.png"), Recipe(), id="late")
    queue.insert(4, [late])
    run.start([late])
    summary = finish(fake_engine, run, qtbot)
    assert summary.cleaned == 5


def test_page_started_twice_is_cleaned_once(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    run.start(queue.items)
    finish(fake_engine, run, qtbot)
    assert fake_engine.runs == ["0", "1", "2", "3"]


def test_result_survives_being_removed_and_brought_back(run: CleaningRun, queue: PageQueue, qtbot: QtBot) -> None:
    with qtbot.waitSignal(run.finished):
        run.start(queue.items)
    queue.put_back(queue.take({"1"}))
    assert queue.items[1].status is ItemStatus.DONE


def test_page_removed_while_it_is_cleaned_keeps_its_result(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    taken = queue.take({"0"})
    finish(fake_engine, run, qtbot)
    queue.put_back(taken)
    assert statuses(queue) == ["done"] * 4
    assert queue.items[0].cleaned_with == Recipe()


def test_page_removed_in_a_run_that_the_engine_gives_up_waits_again(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, engine: EngineThread, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    taken = queue.take({"0"})
    engine.engine_failed.emit("The device is gone.")
    queue.put_back(taken)
    assert statuses(queue) == ["waiting"] * 4
    fake_engine.gate.set()


def test_stop_leaves_saving_alone(
    run: CleaningRun, queue: PageQueue, engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(run.finished):
        run.start(queue.items[:1])
    fake_engine.gate.clear()
    run.start(queue.items[1:])
    assert fake_engine.reached.acquire(timeout=10)
    saver = Saver(engine)
    saver.save(plan_saving(queue, [queue.items[0]], OutputChoice(), tmp_path / "out"))
    run.stop()
    with qtbot.waitSignal(saver.saved):
        fake_engine.gate.set()
    assert (tmp_path / "out" / "0.png").is_file()


def test_stop_ends_a_pause(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, engine: EngineThread, qtbot: QtBot
) -> None:
    held(fake_engine, run, queue, qtbot)
    engine.pause()
    run.stop()
    assert not engine.is_paused
    finish(fake_engine, run, qtbot)


def test_skip_stops_a_page_that_has_begun_and_is_not_told_yet(
    run: CleaningRun, queue: PageQueue, fake_engine: FakeEngine, qtbot: QtBot
) -> None:
    fake_engine.gate.clear()
    run.start(queue.items)
    assert fake_engine.reached.acquire(timeout=10)
    run.skip({"0"})  # before the window heard that it began
    finish(fake_engine, run, qtbot)
    assert statuses(queue) == ["cancelled", "done", "done", "done"]


def test_run_ends_when_no_result_can_be_kept(engine: EngineThread, tmp_path: Path, qtbot: QtBot) -> None:
    queue = PageQueue()
    queue.insert(0, [PageItem(scan(tmp_path / f"{n}.png", n), Recipe(), id=str(n)) for n in range(40)])
    (tmp_path / "drafts").touch()
    run = CleaningRun(engine, queue, tmp_path / "drafts", queue)
    with qtbot.waitSignal(run.finished):
        run.start(queue.items)
    assert statuses(queue)[:3] == ["failed"] * 3
    assert "waiting" in statuses(queue)
