"""`docclean watch` in a process of its own: real changes, real signals."""

import inspect
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from docclean.cli import main
from docclean.cli.watch_command import watch_command
from tests.helpers.scans import contents, dirty_page

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a single process there cannot be told to end")

ENDLESS = """
import sys, time
import docclean.cli.watch as watch
from docclean.cli.main import main
from docclean.engine.device import cpu_device

class Endless:
    stages, models, device = (), (), cpu_device()
    def __init__(self, *arguments): pass
    def pipeline(self, recipe): return self
    def __call__(self, page, job_id, progress, cancel):
        print("working", flush=True)
        while True:
            cancel.raise_if_cancelled()
            time.sleep(0.01)

watch.EngineSession = Endless
sys.exit(main())
"""


class Watch:
    """A process that watches `in`."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]") -> None:
        self.source, self.out, self.process = folder / "in", folder / "out", process

    def line(self, beginning: str) -> str:
        """Wait for a line of the results that begins so; no other one may come before."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(beginning), (line, self.errors() if not line else "")
        return line

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def wait_until_ready(self) -> None:
        assert self.process.stderr is not None
        while not (line := self.process.stderr.readline()).startswith("ready"):
            assert line

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait()


@contextmanager
def watching(folder: Path, *options: str | Path, code: str = "", **environment: str) -> Iterator[Watch]:
    start = ["-c", code] if code else ["-m", "docclean"]
    command = [sys.executable, *start, "watch", folder / "in", folder / "out", "--settle", "0.3", *options]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen([*map(str, command)], env=os.environ | environment, **streams) as process:
        try:
            yield Watch(folder, process)
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_service_takes_what_arrives_and_ends_with_0_when_told(folder: Path) -> None:
    dirty_page().save(folder / "page.png")
    whole = (folder / "page.png").read_bytes()
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(folder / "notify"))
    options = ("--give-up", "0.3", "--json-lines", folder / "log.jsonl")
    with manager, watching(folder, *options, NOTIFY_SOCKET=str(folder / "notify")) as watch:
        watch.wait_until_ready()
        assert manager.recv(100) == b"READY=1"
        (folder / "page.png").rename(watch.source / "renamed.png")
        assert "1 page in" in watch.line(f"{watch.source / 'renamed.png'}: ")
        with (watch.source / "slow.png").open("wb") as file:
            file.write(whole[:100])
            file.flush()
            (watch.source / "quick.png").write_bytes(whole)
            watch.line(f"{watch.source / 'quick.png'}: ")  # while the other one is open, though it began earlier
            file.write(whole[100:])
        watch.line(f"{watch.source / 'slow.png'}: ")
        (watch.source / "bad.png").write_bytes(b"this is no picture")
        (watch.source / "last.png").write_bytes(whole)
        watch.line(f"{watch.source / 'last.png'}: ")
        while not (watch.source / "failed" / "bad.png.reason.txt").exists():
            assert watch.process.poll() is None
        assert watch.end() == 0
        assert watch.line("5 files: 4 cleaned, 1 failed.")
        assert manager.recv(100) == b"STOPPING=1"
        assert f"failed: {watch.source / 'bad.png'}: " in watch.errors()
    assert contents(folder / "out").keys() == {"renamed.png", "slow.png", "quick.png", "last.png"}
    logged = events(folder / "log.jsonl")
    kinds = [event["event"] for event in logged]
    assert (kinds[0], kinds[-1], kinds.count("done"), kinds.count("failed")) == ("ready", "stopped", 4, 1)
    (failed,) = [event for event in logged if event["event"] == "failed"]
    assert failed["path"] == str(folder / "in" / "bad.png")
    assert failed["moved_to"] == str(folder / "in" / "failed" / "bad.png")
    once = subprocess.run(
        [sys.executable, "-m", "docclean", "watch", folder / "in", folder / "out", "--once", "--settle", "0"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (once.returncode, once.stdout) == (0, "4 files: 0 cleaned, 4 done before.\n")


@pytest.mark.parametrize(
    ("name", "options", "code"), [("SIGTERM", (), 0), ("SIGINT", (), 0), ("SIGTERM", ("--once",), 130)]
)
def test_watch_that_is_told_to_end_in_mid_page_ends_at_once_and_leaves_no_half_file(
    name: str, options: tuple[str, ...], code: int, folder: Path
) -> None:
    dirty_page().save(folder / "in" / "page.png")
    source = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + ENDLESS
    with watching(folder, *options, code=source) as watch:
        watch.line("working")
        assert watch.end(getattr(signal, name)) == code
        assert watch.line("1 file: 0 cleaned, 1 left for the next time.")
        assert "Traceback" not in watch.errors()
    assert contents(folder / "out") == {}
    assert contents(folder / "in").keys() == {"page.png"}


def test_polling_watch_finds_what_arrives(folder: Path) -> None:
    with watching(folder, "--polling", "0.3", "--json-lines", "-") as watch:
        watch.wait_until_ready()
        assert json.loads(watch.line("{"))["event"] == "ready"
        dirty_page().save(watch.source / "page.png")
        assert json.loads(watch.line("{"))["outputs"] == [str(watch.out / "page.png")]
        assert watch.end() == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("in", "in"), "is the watched folder itself"),
        (("missing", "out"), "connect the network drive"),
        (("in", "out", "--failed", "out"), "--failed"),
        (("in", "out", "--failed", "x", "--leave-failed"), "give one of the two"),
        (("in", "out", "--format", "bmp"), "--format bmp"),
        (("in", "out", "--json-lines", "x.png"), "--json-lines x.png"),
        (("in", "out", "--model", "nothing"), "nothing"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(
    options: tuple[str, ...],
    sentence: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    assert main.main(["watch", *options, "--once"]) == 2
    assert sentence in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == {"in"}


def test_watch_has_every_option_of_clean_about_what_is_done_with_pages() -> None:
    clean, watch = (inspect.signature(command).parameters for command in (main.clean, watch_command))
    others = {"inputs", "output", "overwrite", "recursive"}  # named or explained otherwise
    others |= {"resume", "retry_failed", "verify", "report", "shown_report"}  # about a run that ends
    others |= {"workers", "engine", "address"}  # how a run is spread; a watch works on one file after the other
    assert {name for name in clean if name not in others} <= watch.keys()
    for name in clean.keys() - others:
        assert clean[name].annotation == watch[name].annotation, name
        assert clean[name].default == watch[name].default, name
