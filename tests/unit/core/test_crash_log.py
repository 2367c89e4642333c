import subprocess
import sys
from pathlib import Path

import pytest

from docclean.core.crash_log import CrashLog, take_crash_report
from docclean.core.paths import log_folder


def run(code: str) -> int:
    start = "from docclean.core.crash_log import CrashLog\nlog = CrashLog()\nlog.start()\n"
    return subprocess.run([sys.executable, "-c", start + code], check=False, stderr=subprocess.DEVNULL).returncode


def test_report_at_the_first_start_is_none() -> None:
    assert take_crash_report() is None


def test_report_after_a_crash_is_given_once() -> None:
    assert run("import os\nos.abort()") != 0
    report = take_crash_report()
    assert report is not None
    assert "Aborted" in report
    assert "<string>" in report
    assert take_crash_report() is None


def test_report_after_an_orderly_end_is_none() -> None:
    assert run("log.stop()") == 0
    assert not (log_folder() / "crash.log").exists()
    assert take_crash_report() is None


def test_report_of_a_run_that_was_killed_is_none() -> None:
    log_folder().mkdir(parents=True)
    (log_folder() / "crash.log").touch()
    assert take_crash_report() is None


def test_report_that_is_no_text_is_given_as_far_as_it_can_be_read() -> None:
    log_folder().mkdir(parents=True)
    (log_folder() / "crash.log").write_bytes(b"\xff fault" + b"x" * 1_000_000)
    report = take_crash_report()
    assert report is not None
    assert "fault" in report
    assert len(report) <= 100_000


def test_log_where_nothing_can_be_written_is_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("docclean.core.crash_log.log_folder", lambda: tmp_path / "file" / "log")
    log = CrashLog()
    log.start()
    log.stop()
    assert take_crash_report() is None
