import io
import re
import sys

import pytest

from docclean.cli.finetune_progress import LiveFinetuning, PlainFinetuning, duration, show_finetuning
from docclean.training.finetune.request import Stage, StepNews


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal_of(monkeypatch: pytest.MonkeyPatch, kind: str = "xterm-256color") -> Terminal:
    """Make standard error a terminal."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setenv("COLUMNS", "100")
    return found


def shown_on(terminal: Terminal) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_duration_is_read_at_a_glance(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_pipe_gets_each_stage_once(capsys: pytest.CaptureFixture[str]) -> None:
    with show_finetuning() as view:
        assert isinstance(view, PlainFinetuning)
        for done in range(3):
            view.stage(Stage.READING, done, 2)
        view.remark("left out")
        view.stage(Stage.TRAINING, 0, 5)
        view.step(StepNews(1, 5, 0.5, None))
        view.line("result")
        view.announce_stop()
    assert capsys.readouterr() == ("result\n", "reading pages\nleft out\ntraining\n")


def test_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal_of(monkeypatch, "dumb")
    assert isinstance(show_finetuning(), PlainFinetuning)


def test_terminal_shows_stage_step_loss_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = terminal_of(monkeypatch)
    with show_finetuning() as view:
        assert isinstance(view, LiveFinetuning)
        view.stage(Stage.READING, 1, 12)
        view.line("reading is over")
        view.step(StepNews(3, 200, 0.25, 83.0))
        view.remark("memory ran short")
        view.step(StepNews(4, 200, 0.2, None))
        view.line("a check")
        view.announce_stop()
        view.step(StepNews(5, 200, 0.15, 80.0))
    shown = shown_on(terminal)
    for words in ("reading pages 1 of 12", "training step 3 of 200 loss 0.2500 1 min 23 s left", "step 4 of 200"):
        assert words in shown
    assert "stopping step 5 of 200" in shown
    assert "memory ran short" in shown
    assert capsys.readouterr().out == "reading is over\na check\n"
