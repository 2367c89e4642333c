import io
import sys

import pytest

from docclean.cli.console import (
    LiveTraining,
    QuietTraining,
    complain,
    counted,
    printable,
    say,
    show_training,
    use_forgiving_streams,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße 漢字 🦊", "Grüße 漢字 🦊"),
        ("two\nlines", "two\nlines"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\rb\x07", "a\\rb\\x07"),
        ("broken\udcff", "broken\\udcff"),
    ],
)
def test_printable_escapes_what_a_terminal_would_obey(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_say_and_complain_use_their_streams(capsys: pytest.CaptureFixture[str]) -> None:
    say("two\nresults")
    complain("fault \x1b of a\nb.png")
    assert capsys.readouterr() == ("two\nresults\n", "fault \\x1b of a\\nb.png\n")


def test_forgiving_stream_escapes_what_its_encoding_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", newline="\n"))
    use_forgiving_streams()
    say("漢")
    sys.stdout.flush()
    assert raw.getvalue() == b"\\u6f22\n"


@pytest.mark.parametrize(("number", "text"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages")])
def test_counted_uses_the_plural(number: int, text: str) -> None:
    assert counted(number, "page") == text


def test_training_in_a_pipe_says_results_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with show_training(100) as view:
        assert isinstance(view, QuietTraining)
        view.step(1, 0.5)
        view.line("step 50 of 100")
    assert capsys.readouterr() == ("step 50 of 100\n", "")


def test_training_on_a_dumb_terminal_says_results_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(show_training(100), QuietTraining)


def test_training_on_a_terminal_tells_step_loss_speed_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that goes on at step 40: the steps before it are no speed. Results go where results go."""
    terminal, now = Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("docclean.cli.console.time.monotonic", lambda: now[0])
    with show_training(100) as view:
        assert isinstance(view, LiveTraining)
        for done in range(41, 51):
            now[0] += 2.0
            view.step(done, 0.125)
        view._bar.refresh()
        shown = terminal.getvalue()
        view.line("a result")
        view.step(51, 0.5)
    assert "step 50 of 100" in shown
    assert "loss 0.1250" in shown
    assert "0.50 steps/s" in shown
    assert "0:01:40" in shown
    assert capsys.readouterr().out == "a result\n"
