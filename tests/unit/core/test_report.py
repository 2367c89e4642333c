import importlib.metadata
import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest

import docclean
from docclean.core.paths import log_folder
from docclean.core.report import describe_memory, environment_report, library_version


def test_report_tells_what_a_bug_report_needs() -> None:
    report = environment_report(qt_version="6.11.3", device="CPU (two cores)", log_file=Path("/var/log/docclean.log"))
    lines = report.splitlines()
    assert lines[0] == f"docclean {docclean.__version__}"
    assert lines[1].startswith("Python 3.")
    assert "memory" in lines[2]
    assert lines[3:5] == ["Qt 6.11.3", "Device: CPU (two cores)"]
    assert f"numpy {importlib.metadata.version('numpy')}" in lines[5]
    assert lines[6] == f"Log: {Path('/var/log/docclean.log')}"


def test_report_without_window_device_and_log_leaves_them_out() -> None:
    lines = environment_report().splitlines()
    assert len(lines) == 5
    assert lines[-1] == "Log: none"


def test_report_shortens_the_users_folder() -> None:
    report = environment_report(log_file=log_folder() / "docclean.log")
    assert str(Path.home()) not in report
    assert f"Log: ~{os.sep}" in report


def test_report_of_a_user_without_folder_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> NoReturn:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert "Log: " in environment_report(log_file=Path("docclean.log"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked another way")
def test_memory_that_the_system_does_not_tell_is_called_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> NoReturn:
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", refuse)
    assert describe_memory() == "memory unknown"


def test_version_of_a_library_that_is_not_there_says_so() -> None:
    assert library_version("no-such-library") == "(not installed)"
