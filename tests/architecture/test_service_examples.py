"""The examples of services in `packaging` start what docclean has."""

import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typer

from docclean.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "packaging" / "systemd").rglob("*.service"))
TASK = ROOT / "packaging" / "windows" / "docclean-watch.xml"


def known_options() -> set[str]:
    watch = typer.main.get_command(app).commands["watch"]  # type: ignore[attr-defined]  # the app is a group of commands
    return {name for parameter in watch.params for name in parameter.opts}


def options_in(text: str) -> set[str]:
    return set(re.findall(r"(?<!\S)--[a-z-]+", text))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.parent.name)
def test_unit_starts_a_watch_with_options_that_there_are(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    (start,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert start.split()[1:5] == ["docclean", "watch", "${IN}", "${OUT}"]
    (examples,) = re.findall(r"^# +OPTIONS=(.*)$", text, re.MULTILINE)
    assert options_in(examples)
    assert options_in(examples) <= known_options()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.parent.name)
def test_unit_is_one_that_systemd_understands(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    copy = tmp_path / unit.name.replace("@", "@scans")
    shutil.copy(unit, copy)
    command = [analyze, "--system", "--man=no", "--recursive-errors=no", "verify", str(copy)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if "Failed to initialize manager" in result.stderr:
        pytest.skip("systemd cannot look at units here")
    assert copy.name not in result.stderr


def test_task_starts_a_watch_with_options_that_there_are_and_never_times_out() -> None:
    space = {"task": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = ET.parse(TASK).getroot()  # noqa: S314 - our own file
    arguments = task.findtext("task:Actions/task:Exec/task:Arguments", namespaces=space)
    assert arguments is not None
    words = shlex.split(arguments, posix=False)
    assert words[0] == "watch"
    assert options_in(arguments)
    assert options_in(arguments) <= known_options()
    assert task.findtext("task:Settings/task:ExecutionTimeLimit", namespaces=space) == "PT0S"
