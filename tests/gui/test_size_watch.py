import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from docclean.core.job import Compression, OutputFormat, PageJob, Storage
from docclean.core.output_choice import OutputChoice
from docclean.gui.output_panel import OutputPanel
from docclean.gui.size_watch import SizeWatch, jobs_of
from tests.helpers.gui import Heard
from tests.helpers.queue import document

PDF = OutputChoice(format=OutputFormat.PDF, storage=Storage(compression=Compression.JPEG, quality=50))


class Guesses:
    """Takes a page for a thousand bytes; `gate`, when cleared, holds it."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.asked: list[int] = []
        self.threads: set[int] = set()

    def __call__(self, jobs: Sequence[PageJob]) -> tuple[int, int]:
        self.asked.append(len(jobs))
        self.threads.add(threading.get_ident())
        assert self.gate.wait(20)
        return len(jobs) * 1000, 5000


@pytest.fixture
def guesses() -> Guesses:
    return Guesses()


@pytest.fixture
def watch(qtbot: QtBot, guesses: Guesses) -> Iterator[SizeWatch]:
    watch = SizeWatch(estimate=guesses)
    watch._timer.setInterval(1)
    yield watch
    guesses.gate.set()
    watch.close()


def test_guess_is_made_beside_the_windows_thread(watch: SizeWatch, guesses: Guesses, qtbot: QtBot) -> None:
    with qtbot.waitSignal(watch.estimated) as told:
        watch.watch(document("a.pdf", 3), PDF)
    assert told.args == [(3000, 5000)]
    assert threading.get_ident() not in guesses.threads


def test_the_same_is_guessed_once(watch: SizeWatch, guesses: Guesses, qtbot: QtBot) -> None:
    items = document("a.pdf", 3)
    with qtbot.waitSignal(watch.estimated):
        watch.watch(items, PDF)
    watch.watch(items, PDF)
    assert not watch._timer.isActive()
    assert guesses.asked == [3]


def test_what_changed_meanwhile_is_guessed_next_and_the_older_guess_is_not_told(
    watch: SizeWatch, guesses: Guesses, qtbot: QtBot
) -> None:
    heard = Heard()
    watch.estimated.connect(heard)
    guesses.gate.clear()
    watch.watch(document("a.pdf", 3), PDF)
    qtbot.waitUntil(lambda: guesses.asked == [3])
    watch.watch(document("a.pdf", 2), PDF)
    watch._begin()  # too early
    guesses.gate.set()
    qtbot.waitUntil(lambda: bool(heard.values))
    assert heard.values == [(2000, 5000)]
    assert guesses.asked == [3, 2]


def test_empty_queue_has_no_size(watch: SizeWatch, qtbot: QtBot) -> None:
    with qtbot.waitSignal(watch.estimated):
        watch.watch(document("a.pdf", 3), PDF)
    with qtbot.waitSignal(watch.estimated) as told:
        watch.watch([], PDF)
    assert told.args == [None]


def test_jobs_are_stored_as_the_choice_says() -> None:
    items = document("a.pdf", 2)
    jobs = jobs_of([(item.source, item.recipe) for item in items], PDF)
    assert [job.source.page for job in jobs] == [0, 1]
    assert {job.output.format for job in jobs} == {OutputFormat.PDF}
    assert {job.output.storage for job in jobs} == {PDF.storage}
    replacing = PDF.model_copy(update={"replaces_originals": True})
    assert jobs_of([(items[0].source, items[0].recipe)], replacing)[0].output.format is OutputFormat.KEEP


def test_panel_shows_the_guess(qtbot: QtBot, tmp_path: Path) -> None:
    panel = OutputPanel()
    qtbot.addWidget(panel)
    panel.show_estimate((41_000_000, 52_000_000))
    assert panel.estimate_words() == "About 41.0 MB, now 52.0 MB"
    panel.show_estimate(None)
    assert panel.estimate_words() == ""
