"""Parts of the fine-tuning dialog by themselves: names, the list of what is found, curves, pictures."""

import string
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QSize
from pytestqt.qtbot import QtBot

from docclean.core.page import PageSource
from docclean.gui.finetune_curves import CurveView
from docclean.gui.finetune_names import name_fault, propose_name
from docclean.gui.finetune_pictures import PictureRow, inkiest
from docclean.gui.finetune_run import FinetuneFigures
from docclean.gui.pair_check import PagesWanted, PairCheck, PairRow, PairState
from docclean.gui.theme import dark_palette, light_palette
from docclean.training.finetune.request import CheckNews, Mode
from tests.helpers.finetuning import FakePages, blots
from tests.helpers.gui import waits_for

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@given(st.text(max_size=200), st.sets(st.text(string.ascii_lowercase + "-12", max_size=12)))
def test_proposed_name_is_always_possible_and_free(folder: str, taken: set[str]) -> None:
    name = propose_name(Path(folder.replace("\0", "") or "x"), {*taken, "my-pages-1"})
    assert name_fault(name, {*taken, "my-pages-1"}) == ""


def test_proposed_name_takes_the_next_free_number() -> None:
    assert propose_name(Path("/home/Old Letters"), {"old-letters-1", "old-letters-3"}) == "old-letters-2"
    assert propose_name(Path("pairs.csv"), ()) == "pairs-1"
    assert propose_name(None, ()) == "my-pages-1"


def test_name_in_use_is_refused_where_disks_ignore_case() -> None:
    assert "exists already" in name_fault("mine", {"Mine"})


@pytest.fixture
def rows(tmp_path: Path) -> list[PairRow]:
    sources = [PageSource(path=tmp_path / f"{n}.png", relative=Path(f"{n}.png")) for n in range(6)]
    return [PairRow(source.path.stem, source, source) for source in sources]


@pytest.fixture
def pages(rows: list[PairRow]) -> FakePages:
    return FakePages(rows)


@pytest.fixture
def check(pages: FakePages, qtbot: QtBot) -> Iterator[PairCheck]:
    made = PairCheck(pages)
    yield made
    pages.gate.set()
    made.close()


def wanted(name: str = "dirty") -> PagesWanted:
    return PagesWanted(Mode.PAIRS, Path(name), Path("clean"))


def states(check: PairCheck) -> list[PairState]:
    return [row.state for row in check.rows]


def test_check_tells_time_and_size_from_what_it_read(check: PairCheck, pages: FakePages, qtbot: QtBot) -> None:
    pages.troubles = {"3": "is blank."}
    check.look(wanted())
    qtbot.waitUntil(waits_for(lambda: not check.is_busy))
    assert states(check).count(PairState.FITS) == check.usable == 5
    assert check.seconds_to_read is not None
    assert check.pixels_to_judge == 2400


def test_check_of_other_pages_forgets_the_first_ones(check: PairCheck, pages: FakePages, qtbot: QtBot) -> None:
    pages.gate.clear()
    check.look(wanted())
    qtbot.waitUntil(waits_for(lambda: len(check.rows) == 6))
    check.look(wanted("other"))
    pages.rows = pages.rows[:2]
    pages.gate.set()
    qtbot.waitUntil(waits_for(lambda: not check.is_busy))
    assert states(check) == [PairState.FITS] * 2
    assert [each.dirty.name for each in pages.wanted] == ["dirty", "other"]


def test_check_of_the_same_pages_does_nothing(check: PairCheck, pages: FakePages, qtbot: QtBot) -> None:
    check.look(wanted())
    qtbot.waitUntil(waits_for(lambda: not check.is_busy))
    check.look(wanted())
    assert not check.is_busy
    assert len(pages.wanted) == 1


def test_check_runs_in_another_thread_and_never_in_the_window_s(qtbot: QtBot, rows: list[PairRow]) -> None:
    threads: list[int] = []

    class Reader:
        def find(self, wanted: PagesWanted) -> Sequence[PairRow]:
            threads.append(threading.get_ident())
            return rows

        def look_at(self, row: PairRow, wanted: PagesWanted) -> PairRow:
            threads.append(threading.get_ident())
            return replace(row, state=PairState.FITS)

    check = PairCheck(Reader())
    check.look(wanted())
    qtbot.waitUntil(waits_for(lambda: not check.is_busy))
    check.close()
    assert len(threads) == 7
    assert threading.get_ident() not in threads


def test_fault_of_the_program_becomes_a_sentence(check: PairCheck, pages: FakePages, qtbot: QtBot) -> None:
    pages.fault = ZeroDivisionError()
    check.look(wanted())
    qtbot.waitUntil(waits_for(lambda: not check.is_busy))
    assert check.fault == "This failed because of a fault of the program; see its log file."


def news(step: int, rmse: float, loss: float | None = None) -> CheckNews:
    return CheckNews(step, loss, rmse, is_best=False, seconds=0.0)


def test_curves_show_losses_errors_and_the_best(qtbot: QtBot) -> None:
    view = CurveView()
    qtbot.addWidget(view)
    figures = FinetuneFigures(steps=10, losses=[(1, 0.5), (2, float("nan")), (3, 0.0), (4, 0.25)])
    figures.checks = [news(0, 0.08), news(2, 0.05, 0.4), news(4, 0.06, 0.3)]
    view.show_figures(figures)
    drawn = {name: list(getattr(view, name).getOriginalDataset()[0]) for name in ("_loss", "_mean", "_error", "_best")}
    assert drawn == {"_loss": [1, 4], "_mean": [2, 4], "_error": [0, 2, 4], "_best": [2]}
    assert view._words.text() == "Error on held-out pages: 0.0500 at step 2, before training 0.0800."


def test_curves_say_when_nothing_is_better_yet(qtbot: QtBot) -> None:
    view = CurveView()
    qtbot.addWidget(view)
    view.show_figures(FinetuneFigures(checks=[news(0, 0.08), news(2, 0.09)]))
    assert "Nothing was better yet" in view._words.text()


def test_curves_follow_the_theme(qtbot: QtBot) -> None:
    view = CurveView()
    qtbot.addWidget(view)
    view.resize(300, 200)
    ground = []
    for palette in (light_palette(), dark_palette()):
        view.setPalette(palette)
        ground.append(view._plot.grab().toImage().pixelColor(298, 2).lightness() > 128)
    assert ground == [True, False]


def test_pictures_that_are_missing_are_not_shown_and_all_move_together(qtbot: QtBot) -> None:
    row = PictureRow({"a": "A", "b": "B", "c": "C"})
    qtbot.addWidget(row)
    row.resize(400, 200)
    row.show()
    row.show_pixels({"a": blots(1, (600, 800)), "c": blots(2, (600, 800))})
    assert row.showing() == ["a", "c"]
    row._views["a"].dragged.emit(QPoint(50, 60))
    assert [row._views[key].offset for key in ("a", "c")] == [QPoint(50, 60)] * 2
    row._views["c"].dragged.emit(QPoint(9999, -5))
    assert row._views["a"].offset == QPoint(800 - min(row._views[k].room.width() for k in ("a", "c")), 0)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.integers(1, 50))
def test_inkiest_part_lies_on_the_page_and_holds_the_ink(height: int, width: int, rows: int, columns: int) -> None:
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[height // 2, width // 2] = 0
    corner = inkiest(pixels, QSize(columns, rows))
    assert corner.y() <= height // 2 < corner.y() + min(rows, height)
    assert corner.x() <= width // 2 < corner.x() + min(columns, width)
    assert corner.x() + min(columns, width) <= width
    assert corner.y() + min(rows, height) <= height
