"""A stand-in takes the place of OCRmyPDF's process; the real one is asked where it is installed."""

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.job import OutputFormat, OutputSpec, PageJob
from docclean.core.progress import NullProgress
from docclean.core.recipe import Recipe
from docclean.engine import searchable
from docclean.engine.searchable import Recognition, RecognitionError, add_text
from tests.helpers.models import Heard
from tests.helpers.pages import source_of
from tests.helpers.recognition import images_of, needs_recognition, printed_pdf, text_of

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")

Pretend = Callable[[str], None]

_START = "import json, os, subprocess, sys, time, shutil\nrequest = json.loads(sys.stdin.readline())\n"
_COPY = "shutil.copy(request['source'], request['target'])\nprint(json.dumps({'ok': True}), flush=True)\n"


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Let a few lines of Python take the place of OCRmyPDF."""
    return lambda script: monkeypatch.setattr(searchable, "_COMMAND", ("-c", _START + script))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return printed_pdf(tmp_path / "in.pdf", "one", "two")


def ignore(_done: float, _total: float) -> None:
    pass


def job_for(source: Path, target: Path, *languages: str) -> PageJob:
    output = OutputSpec(path=target, format=OutputFormat.PDF, languages=languages)
    return PageJob(id="7", source=source_of(source), recipe=Recipe(), output=output)


def test_result_and_progress_come_from_the_process(pretend: Pretend, source: Path, tmp_path: Path) -> None:
    pretend("print(json.dumps({'done': 1.5, 'total': 2}), flush=True)\n" + _COPY)
    heard: list[tuple[float, float]] = []
    add_text(source, tmp_path / "out.pdf", ["eng"], lambda *pages: heard.append(pages), CancelToken())
    assert heard[-1] == (1.5, 2.0)
    assert images_of(tmp_path / "out.pdf") == images_of(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.pdf", "out.pdf"]


def test_process_gets_languages_and_a_folder_beside_the_result(
    pretend: Pretend, source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pretend("print(json.dumps({'log': [20, repr([request['languages'], os.environ['TMPDIR']])]}))\n" + _COPY)
    with caplog.at_level(logging.INFO):
        add_text(source, tmp_path / "out.pdf", ["eng", "deu"], ignore, CancelToken())
    assert "['eng', 'deu']" in caplog.text
    assert f"{tmp_path}{os.sep}." in caplog.text


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("print(json.dumps({'failed': 'no engine'}), flush=True)", "no engine"),
        ("sys.exit('gone')", "ended before it was done"),
        ("open(request['target'], 'wb').write(b'no PDF')\nprint(json.dumps({'ok': True}))", "cannot be used"),
    ],
)
def test_failure_is_a_sentence_and_leaves_nothing(
    script: str, sentence: str, pretend: Pretend, source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pretend(script)
    with pytest.raises(RecognitionError, match=sentence):
        add_text(source, tmp_path / "out.pdf", ["eng"], ignore, CancelToken())
    assert [path.name for path in tmp_path.iterdir()] == ["in.pdf"]


def test_complaints_of_a_process_that_ended_are_logged(
    pretend: Pretend, source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pretend("sys.exit('gone for good')")
    with pytest.raises(RecognitionError):
        add_text(source, tmp_path / "out.pdf", ["eng"], ignore, CancelToken())
    assert "gone for good" in caplog.text


@posix_only
def test_cancelled_run_leaves_no_process_and_no_file(pretend: Pretend, source: Path, tmp_path: Path) -> None:
    """The process has one of its own, as Tesseract would be, which would sleep for a minute."""
    numbers = tmp_path / "numbers"
    pretend(
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(numbers)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "print(json.dumps({'done': 1, 'total': 2}), flush=True)\ntime.sleep(60)"
    )
    cancel = CancelToken()

    def stop(done: float, _total: float) -> None:
        if done:
            cancel.cancel()

    with pytest.raises(CancelledError):
        add_text(source, tmp_path / "out.pdf", ["eng"], stop, cancel)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.pdf", "numbers"]
    for number in numbers.read_text().split():
        assert not is_running(int(number))


def is_running(number: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    for _ in range(100):
        try:
            os.kill(number, 0)
            state = Path(f"/proc/{number}/stat")
            if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return False
        except (ProcessLookupError, FileNotFoundError):
            return False
        time.sleep(0.02)
    return True


def test_failed_recognition_keeps_the_result_and_warns(pretend: Pretend, source: Path, tmp_path: Path) -> None:
    pretend("print(json.dumps({'failed': 'no engine'}), flush=True)")
    recognition = Recognition(job_for(source, tmp_path / "out.pdf", "eng"), NullProgress(), CancelToken())
    assert recognition.rework is not None
    recognition.rework(source, tmp_path / "made.pdf")
    assert not (tmp_path / "made.pdf").exists()
    assert recognition.warnings == ("The result has no added text, because it could not be recognized: no engine.",)


def test_recognition_is_told_under_the_jobs_name(pretend: Pretend, source: Path, tmp_path: Path) -> None:
    pretend("print(json.dumps({'done': 1.5, 'total': 2}), flush=True)\n" + _COPY)
    heard = Heard()
    recognition = Recognition(job_for(source, tmp_path / "out.pdf", "eng"), heard, CancelToken())
    assert recognition.rework is not None
    recognition.rework(source, tmp_path / "made.pdf")
    assert {(told.job_id, told.stage, told.done, told.total) for told in heard} == {
        ("7", "text", 0, 1),
        ("7", "text", 1, 2),
    }


def test_without_languages_nothing_is_reworked(source: Path, tmp_path: Path) -> None:
    assert Recognition(job_for(source, tmp_path / "out.pdf"), NullProgress(), CancelToken()).rework is None


@needs_recognition
def test_pages_without_text_get_some_and_the_others_keep_theirs(source: Path, tmp_path: Path) -> None:
    printed = printed_pdf(tmp_path / "in.pdf", "the quick brown fox\njumps over it", "another page\nwith words")
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    heard: list[tuple[float, float]] = []
    add_text(printed, first, ["eng"], lambda *pages: heard.append(pages), CancelToken())
    assert text_of(first) == ["the quick brown fox jumps over it", "another page with words"]
    assert heard[-1] == (2.0, 2.0)
    assert images_of(first) == images_of(printed)
    add_text(first, second, ["eng"], ignore, CancelToken())
    assert text_of(second) == text_of(first)
    with pikepdf.open(second) as pdf:
        assert pdf.check_pdf_syntax() == []


@pytest.mark.parametrize("password", ["", "secret"])
def test_encrypted_pdf_is_a_sentence(password: str, pretend: Pretend, source: Path, tmp_path: Path) -> None:
    pretend(_COPY)
    with pikepdf.open(source) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="secret", user=password))
    with pytest.raises(RecognitionError, match="no text can be added to encrypted files"):
        add_text(tmp_path / "locked.pdf", tmp_path / "out.pdf", ["eng"], ignore, CancelToken())
    assert not (tmp_path / "out.pdf").exists()


@needs_recognition
def test_unreadable_pdf_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "in.pdf").write_bytes(b"%PDF-1.5\nnothing")
    with pytest.raises(RecognitionError):
        add_text(tmp_path / "in.pdf", tmp_path / "out.pdf", ["eng"], ignore, CancelToken())
    assert [path.name for path in tmp_path.iterdir()] == ["in.pdf"]
