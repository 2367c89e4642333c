"""The command line in a process of its own: exit codes, streams, and real signals."""

import os
import signal
import stat
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.scans import contents, dirty_page, report_of

RUN = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from docclean.cli.main import main; sys.exit(main())"
)


def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "docclean", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, **options)


def test_process_ends_with_0_and_plain_lines(scans: Path, tmp_path: Path) -> None:
    result = run("clean", scans / "p10.png", "-o", tmp_path / "out")
    assert result.returncode == 0
    assert result.stdout == f"1 page: 1 cleaned. The results are in {tmp_path / 'out'}\n"
    assert result.stderr.splitlines()[1].startswith(f"[1/1] {scans / 'p10.png'}: done in ")
    assert "\x1b" not in result.stdout + result.stderr


def test_process_with_a_page_that_failed_ends_with_1(scans: Path, tmp_path: Path) -> None:
    (scans / "empty.png").touch()
    result = run("clean", scans / "empty.png", scans / "p10.png", "-o", tmp_path / "out")
    assert result.returncode == 1
    assert f"failed: {scans / 'empty.png'}: is empty" in result.stderr


@pytest.mark.parametrize("option", [("--model", "nothing"), ("--device", "cuda:99"), ("--task", "wash")])
def test_process_with_wrong_usage_ends_with_2_and_one_sentence(
    option: tuple[str, str], scans: Path, tmp_path: Path
) -> None:
    result = run("clean", scans, "-o", tmp_path / "out", *option)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a single process there cannot be sent Ctrl-C")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_process_told_to_end_keeps_what_is_done_and_ends_with_130(name: str, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    for number in range(400):
        dirty_page(400, 300).save(tmp_path / "scans" / f"{number}.png")
    arguments = ["clean", tmp_path / "scans", "-o", tmp_path / "out", "--json", tmp_path / "r.json", "--workers", "1"]
    with subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        while "[1/400]" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(getattr(signal, name))
        errors, output = process.stderr.read(), process.stdout.read()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "not finished because you stopped it" in output
    report = report_of(tmp_path / "r.json")
    statuses = [page["status"] for page in report["pages"]]
    done = statuses.count("done")
    assert done >= 1
    assert statuses == ["done"] * done + ["cancelled"] * (400 - done)
    assert contents(tmp_path / "out").keys() == {f"{number}.png" for number in range(done)}


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is closed otherwise on Windows")
@pytest.mark.parametrize("has_terminal", [False, True])
def test_process_whose_terminal_is_gone_still_reports(has_terminal: bool, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    for number in range(200):
        dirty_page(400, 300).save(tmp_path / "scans" / f"{number}.png")
    command = ["clean", str(tmp_path / "scans"), "-o", str(tmp_path / "out"), "--json", str(tmp_path / "r.json")]
    ours, theirs = os.openpty() if has_terminal else os.pipe()
    with subprocess.Popen([sys.executable, "-m", "docclean", *command], stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        while not list((tmp_path / "out").glob("*.png")):
            os.read(ours, 1000)
        os.close(ours)
        if has_terminal:
            process.send_signal(signal.SIGHUP)
    statuses = [page["status"] for page in report_of(tmp_path / "r.json")["pages"]]
    assert process.returncode == (130 if has_terminal else 0)
    assert statuses.count("done") == len(contents(tmp_path / "out"))
    assert set(statuses) == ({"done", "cancelled"} if has_terminal else {"done"})


def test_process_keeps_what_libraries_log_off_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "eight.tif"
    dirty_page(mode="RGB").save(path)
    samples_per_pixel = struct.pack("<HHI", 277, 3, 1)
    path.write_bytes(path.read_bytes().replace(samples_per_pixel + b"\3", samples_per_pixel + b"\x08"))
    result = run("clean", path, "-o", tmp_path / "out")
    assert (result.returncode, result.stdout) == (1, "1 page: 0 cleaned, 1 failed (eight.tif).\n")
    lines = result.stderr.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith(f"[1/1] {path}: failed")
    assert lines[2].startswith(f"failed: {path}: is ")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_process_whose_messages_go_to_a_full_disk_still_works_and_reports(
    stream: str, scans: Path, tmp_path: Path
) -> None:
    command = ["clean", str(scans / "p10.png"), "-o", str(tmp_path / "out"), "--json", str(tmp_path / "r.json")]
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    try:
        os.mknod(tmp_path / "full", stat.S_IFCHR | 0o666, os.makedev(1, 7))  # as /dev/full of Linux
        full = (tmp_path / "full").open("wb")
    except (AttributeError, OSError):
        pytest.skip("no device can be made here")
    with full:
        process = subprocess.run(
            [sys.executable, "-m", "docclean", *command], check=False, **(streams | {stream: full})
        )
    assert [page["status"] for page in report_of(tmp_path / "r.json")["pages"]] == ["done"]
    assert process.returncode == (0 if stream == "stderr" else 1)
    if stream == "stdout":
        last = process.stderr.decode().splitlines()[-1]
        assert last.startswith("standard output: cannot be written because the disk is full")
