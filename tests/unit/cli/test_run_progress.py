import io
import re
import sys

import pytest

from docclean.cli.run_progress import BarProgress, LineProgress, show_progress
from docclean.core.pace import Pace
from docclean.core.progress import Progress

NAMES = {"0": "a.png", "1": "b\x1b[31m.png"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_in_a_pipe_is_a_plain_line_per_page(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(NAMES, ["denoise"], "cpu") as progress:
        assert isinstance(progress, LineProgress)
        for done in range(50):
            progress(Progress("0", "denoise", done, 50))
        progress.finish("0", "done in 1.0 s")
        progress.announce_stop()
        progress.finish("1", "failed in 0.1 s")
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors == "[1/2] a.png: done in 1.0 s\n[2/2] b\\x1b[31m.png: failed in 0.1 s\n"


def test_progress_on_a_dumb_terminal_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(show_progress(NAMES, ["denoise"], "cpu"), LineProgress)


def test_progress_on_a_terminal_is_a_bar_with_page_and_device(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    with show_progress(NAMES, ["denoise", "dewatermark"], "cuda:0") as progress:
        assert isinstance(progress, BarProgress)
        progress(Progress("0", "read", 0, 1))
        progress(Progress("1", "write", 0, 1))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "page 2 of 2" in shown
    assert "cuda:0" in shown
    assert "b\\x1b[31m.png" in shown


def test_bar_moves_steadily_over_stages_and_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = BarProgress(NAMES, ["denoise", "dewatermark"], "cpu")
    places = []
    for progress in (
        Progress("0", "read", 0, 1),
        Progress("0", "denoise", 1, 2),
        Progress("0", "dewatermark", 1, 2),
        Progress("0", "write", 0, 1),
        Progress("1", "read", 0, 1),
        Progress("1", "dewatermark", 2, 2),
    ):
        bar(progress)
        places.append(bar._bar.tasks[0].completed)
    assert places == [0, 0.125, 0.375, 0.5, 0.5, 1]
    bar.finish("1", "done")
    assert bar._bar.finished


def test_bar_says_that_it_is_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = BarProgress(NAMES, ["denoise"], "cpu")
    bar.announce_stop()
    bar(Progress("0", "denoise", 1, 2))
    assert bar._bar.tasks[0].fields["pages"] == "stopping"


def test_lines_tell_the_pace_and_the_time_that_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    names = {str(page): f"{page}.png" for page in range(4)}
    pace = Pace(dict.fromkeys(names, 1.0), clock=lambda: now[0])
    with show_progress(names, ["denoise"], "cpu", pace) as progress:
        for page in range(4):
            now[0] += 90.0
            progress(Progress(str(page), "write", 0, 1))
            progress.finish(str(page), "done in 90.0 s")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[1/4] 0.png: done in 90.0 s (0.7 pages/min, 4 min 30 s left)"
    assert lines[2] == "[3/4] 2.png: done in 90.0 s (0.7 pages/min, 1 min 30 s left)"
    assert lines[3] == "[4/4] 3.png: done in 90.0 s"
