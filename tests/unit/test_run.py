import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import run
from run import Place, SetupError

CPU = "torch==2.13.0+cpu"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\ntorch==2.13.0\n", encoding="utf-8")
    return Place(tmp_path)


class FakePip:
    """Notes what is to be installed and fails where a test wants it to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.fails: Callable[[tuple[str, ...]], bool] = lambda _: False

    def __call__(self, place: Place, *arguments: str) -> tuple[int, str]:
        self.calls.append(arguments)
        if self.fails(arguments):
            return 1, "WARNING: noise\nERROR: No matching distribution found\n\n[notice] update pip\n"
        return 0, ""


class FakeVenv:
    """Makes the files of an environment, without one."""

    def __init__(self) -> None:
        self.anew: list[bool] = []

    def __call__(self, place: Place, *, anew: bool) -> None:
        self.anew.append(anew)
        place.python.parent.mkdir(parents=True, exist_ok=True)
        place.python.touch()
        (place.venv / "pyvenv.cfg").write_text(f"version = {run.python_version()}.1\n", encoding="utf-8")


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> FakePip:
    fake = FakePip()
    monkeypatch.setattr(run, "pip", fake)
    monkeypatch.setattr(run, "has_nvidia", lambda: False)
    monkeypatch.setattr(run, "check_qt", lambda place: None)
    return fake


@pytest.fixture
def venv(monkeypatch: pytest.MonkeyPatch) -> FakeVenv:
    fake = FakeVenv()
    monkeypatch.setattr(run, "make_venv", fake)
    install_torch = run.install_torch
    monkeypatch.setattr(run, "install_torch", lambda place, build, _: install_torch(place, build, "linux"))
    return fake


# Arguments


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(run, "prepare", lambda place, extra, torch: calls.append(("prepare", extra, torch)))

    def note(what: str, code: int) -> Callable[[Place, list[str]], int]:
        def called(place: Place, arguments: list[str]) -> int:
            calls.append((what, arguments))
            return code

        return called

    monkeypatch.setattr(run, "run_tests", note("test", 3))
    monkeypatch.setattr(run, "start_docclean", note("docclean", 4))
    monkeypatch.delenv("DOCCLEAN_TORCH", raising=False)
    return calls


@pytest.mark.parametrize(
    ("arguments", "extra", "what"),
    [
        (["clean", "in", "-o", "out"], "", ("docclean", ["clean", "in", "-o", "out"])),
        (["train", "--help"], "train", ("docclean", ["train", "--help"])),
        (["test"], "dev", ("test", [])),
        (["test", "-k", "tiles"], "dev", ("test", ["-k", "tiles"])),
        ([], "", ("docclean", ["gui"])),
        (["--version"], "", ("docclean", ["--version"])),
    ],
)
def test_main_with_arguments_prepares_and_hands_over(
    arguments: list[str], extra: str, what: tuple[str, list[str]], started: list[Any]
) -> None:
    assert run.main(arguments) == (3 if what[0] == "test" else 4)
    assert started == [("prepare", extra, "auto"), what]


def test_main_fault_is_one_sentence_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCCLEAN_TORCH", "tpu")
    assert run.main(["clean"]) == 1
    assert capsys.readouterr().err == 'run.py: DOCCLEAN_TORCH is "tpu"; it can be cpu, cuda or auto.\n'


def test_main_interrupted_says_so(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "prepare", interrupt)
    assert run.main(["clean"]) == 130


def test_check_python_too_old_names_both_versions() -> None:
    run.check_python((3, 11))
    with pytest.raises(SetupError, match=r"This is Python 3\.9; docclean needs 3\.11 or newer"):
        run.check_python((3, 9))


def test_run_py_is_readable_for_an_old_python() -> None:
    assert ast.parse(Path(run.__file__).read_text(encoding="utf-8"), feature_version=(3, 7)).body


# The stamp


def test_prepare_first_time_installs_and_second_time_touches_nothing(
    place: Place, pip: FakePip, venv: FakeVenv
) -> None:
    run.prepare(place, "", "auto")
    assert pip.calls == [(CPU,), ("-e", ".", "-c", "constraints.txt")]
    run.prepare(place, "", "auto")
    assert len(pip.calls) == 2
    assert venv.anew == [False]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_prepare_after_a_change_of_versions_installs_again(
    name: str, place: Place, pip: FakePip, venv: FakeVenv
) -> None:
    run.prepare(place, "", "auto")
    with (place.root / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    run.prepare(place, "", "auto")
    assert len(pip.calls) == 4
    assert venv.anew == [False, False]


def test_prepare_for_tests_after_cleaning_adds_the_extra_and_keeps_it(
    place: Place, pip: FakePip, venv: FakeVenv
) -> None:
    run.prepare(place, "", "auto")
    run.prepare(place, "dev", "auto")
    assert pip.calls[-1] == ("-e", ".[dev]", "-c", "constraints.txt")
    run.prepare(place, "train", "auto")
    assert len(pip.calls) == 4
    (place.root / "constraints.txt").write_text("torch==2.14.0\n", encoding="utf-8")
    run.prepare(place, "", "auto")
    assert pip.calls[-1] == ("-e", ".[dev]", "-c", "constraints.txt")


def test_prepare_with_another_build_of_torch_starts_anew(place: Place, pip: FakePip, venv: FakeVenv) -> None:
    run.prepare(place, "", "auto")
    run.prepare(place, "", "cpu")
    assert venv.anew == [False]
    run.prepare(place, "", "cuda")
    assert venv.anew == [False, True]
    assert ("torch==2.13.0",) in pip.calls


def test_prepare_in_a_moved_checkout_installs_again(
    place: Place, pip: FakePip, venv: FakeVenv, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run.prepare(place, "", "auto")
    moved = Place(place.root.rename(tmp_path_factory.mktemp("elsewhere") / "docclean"))
    run.prepare(moved, "", "auto")
    assert len(pip.calls) == 4


def test_prepare_after_an_interruption_starts_anew(place: Place, pip: FakePip, venv: FakeVenv) -> None:
    def interrupt(arguments: tuple[str, ...]) -> bool:
        raise KeyboardInterrupt

    pip.fails = interrupt
    with pytest.raises(KeyboardInterrupt):
        run.prepare(place, "", "auto")
    assert not place.stamp.exists()
    assert place.unfinished.exists()
    pip.fails = lambda _: False
    run.prepare(place, "", "auto")
    assert venv.anew == [False, True]
    assert not place.unfinished.exists()


def test_prepare_after_a_failure_keeps_what_is_installed(place: Place, pip: FakePip, venv: FakeVenv) -> None:
    pip.fails = lambda arguments: "-e" in arguments
    with pytest.raises(SetupError):
        run.prepare(place, "", "auto")
    pip.fails = lambda _: False
    run.prepare(place, "", "auto")
    assert venv.anew == [False, False]
    assert place.stamp.exists()


def test_prepare_with_a_venv_of_another_python_starts_anew(place: Place, pip: FakePip, venv: FakeVenv) -> None:
    place.venv.mkdir()
    (place.venv / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.8.1\n", encoding="utf-8")
    run.prepare(place, "", "auto")
    assert venv.anew == [True]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"fingerprint": "x", "extra": "all", "torch": "cpu"}'])
def test_read_stamp_unintelligible_counts_as_none(content: str, place: Place) -> None:
    place.venv.mkdir()
    place.stamp.write_text(content, encoding="utf-8")
    assert run.read_stamp(place) is None


def test_is_ready_with_a_stamp_but_no_python_is_false(place: Place) -> None:
    place.venv.mkdir()
    stamp = {"fingerprint": run.fingerprint(place), "extra": "", "torch": "cpu"}
    place.stamp.write_text(json.dumps(stamp), encoding="utf-8")
    assert not run.is_ready(place, "", "auto")


# Torch


@pytest.mark.parametrize(
    ("choice", "platform", "has_nvidia", "build"),
    [
        ("auto", "linux", False, "cpu"),
        ("auto", "linux", True, "cuda"),
        ("auto", "darwin", False, "cpu"),
        ("auto", "win32", True, "cpu"),
        ("cpu", "linux", True, "cpu"),
        ("cuda", "linux", False, "cuda"),
    ],
)
def test_resolve_torch_chooses(choice: str, platform: str, has_nvidia: bool, build: str) -> None:
    assert run.resolve_torch(choice, platform, has_nvidia=has_nvidia) == build


def test_install_torch_cpu_not_found_tries_pytorchs_own_index(place: Place, pip: FakePip) -> None:
    pip.fails = lambda arguments: "--index-url" not in arguments
    run.install_torch(place, "cpu", "linux")
    assert pip.calls == [(CPU,), ("--no-deps", "--index-url", run.CPU_WHEELS, CPU)]


def test_install_torch_cpu_nowhere_says_the_size_and_takes_pypis(
    place: Place, pip: FakePip, capsys: pytest.CaptureFixture[str]
) -> None:
    pip.fails = lambda arguments: CPU in arguments
    run.install_torch(place, "cpu", "linux")
    assert pip.calls[-1] == ("torch==2.13.0",)
    assert "several GB" in capsys.readouterr().out


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_install_torch_elsewhere_leaves_it_to_the_main_install(platform: str, place: Place, pip: FakePip) -> None:
    run.install_torch(place, "cpu", platform)
    run.install_torch(place, "cuda", platform)
    assert pip.calls == []


def test_pinned_version_missing_says_so(place: Place) -> None:
    assert run.pinned(place, "torch") == "2.13.0"
    with pytest.raises(SetupError, match="pins no scipy"):
        run.pinned(place, "scipy")


def test_constraints_of_this_checkout_pin_torch_without_a_build() -> None:
    assert "+" not in run.pinned(Place(Path(run.__file__).parent), "torch")


# Faults


def test_install_without_network_names_log_and_reason(place: Place, pip: FakePip) -> None:
    pip.fails = lambda _: True
    with pytest.raises(SetupError) as caught:
        run.install(place, "numpy")
    sentence = str(caught.value)
    assert str(place.log) in sentence
    assert sentence.endswith("pip said: ERROR: No matching distribution found")


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("", "nothing"),
        ("one\ntwo\n\nthree\nfour\nWARNING: noise\n", "two / three / four"),
        (
            "Looking\n      ERROR: No matching distribution\n  \u2570\u2500> See above\nnote: nested",
            "ERROR: No matching distribution",
        ),
    ],
)
def test_tail_prefers_the_errors(output: str, told: str) -> None:
    assert run.tail(output) == told


def test_pip_output_goes_to_the_log_and_the_exit_status_comes_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.venv.mkdir()
    monkeypatch.setattr(Place, "python", property(lambda self: Path(sys.executable)))
    code, output = run.pip(place, "--no-index", "docclean-does-not-exist")
    assert code != 0
    assert "docclean-does-not-exist" in output
    assert output in place.log.read_text(encoding="utf-8")


def test_make_venv_without_ensurepip_names_the_package(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SetupError, match="apt install python3-venv"):
        run.make_venv(place, anew=False)


def test_make_venv_that_fails_gives_the_reason(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, stdout="", stderr="Error: disk full\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(SetupError, match=r"could not make \.venv: Error: disk full"):
        run.make_venv(place, anew=True)


def test_prepare_in_a_folder_that_cannot_be_written_says_so(
    place: Place, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any) -> int:
        raise PermissionError(13, "Permission denied", str(place.lock))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SetupError, match=r"could not write its files: .*Permission denied"):
        run.prepare(place, "", "auto")


@pytest.mark.skipif(sys.platform != "linux", reason="apt is a Linux tool")
def test_check_qt_without_rights_gives_the_command(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "probe_qt", lambda place: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError, match=r"sudo apt-get install -y --no-install-recommends libglib2\.0-0 libgl1"):
        run.check_qt(place)


@pytest.mark.skipif(sys.platform != "linux", reason="apt is a Linux tool")
def test_check_qt_as_root_on_debian_installs_the_libraries(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    probes = iter([False, True])
    commands: list[list[str]] = []
    monkeypatch.setattr(run, "probe_qt", lambda place: next(probes))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda command, **options: commands.append(command))
    run.check_qt(place)
    assert commands[0] == ["apt-get", "update"]
    assert commands[1][-len(run.QT_LIBRARIES) :] == list(run.QT_LIBRARIES)


# The lock


def test_locked_place_refuses_a_second_holder_until_it_is_free(place: Place) -> None:
    with run.locked(place.lock):
        descriptor = os.open(place.lock, os.O_RDWR)
        try:
            assert not run.take_lock(descriptor)
        finally:
            os.close(descriptor)
    with run.locked(place.lock):  # the file is still there; only the lock counts
        assert place.lock.exists()


def test_prepare_finished_by_another_start_meanwhile_installs_nothing(
    place: Place, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(run, "is_ready", lambda *arguments: next(answers))
    run.prepare(place, "", "auto")
    assert pip.calls == []


# The gates


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    seen: dict[str, Any] = {"gates": [], "failing": (), "pytest": []}

    def gate(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        seen["gates"].append(tuple(command[1:]))
        return subprocess.CompletedProcess(command, int("mypy" in seen["failing"] and "mypy" in command))

    def tests(command: list[str], **options: Any) -> int:
        seen["pytest"].append((command[1:], options["env"]["QT_QPA_PLATFORM"]))
        return 1 if "pytest" in seen["failing"] else 0

    monkeypatch.setattr(subprocess, "run", gate)
    monkeypatch.setattr(run, "wait_for", tests)
    return seen


def test_run_tests_runs_every_gate_then_pytest_without_a_screen(place: Place, programs: dict[str, Any]) -> None:
    assert run.run_tests(place, []) == 0
    assert programs["gates"] == list(run.GATES.values())
    assert programs["pytest"] == [(["-m", "pytest"], "offscreen")]


def test_run_tests_with_arguments_runs_pytest_alone(place: Place, programs: dict[str, Any]) -> None:
    assert run.run_tests(place, ["-k", "tiles"]) == 0
    assert programs["gates"] == []
    assert programs["pytest"] == [(["-m", "pytest", "-k", "tiles"], "offscreen")]


@pytest.mark.parametrize("failing", [("mypy",), ("pytest",), ("mypy", "pytest")])
def test_run_tests_with_a_failure_still_runs_everything_and_fails(
    failing: tuple[str, ...], place: Place, programs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    programs["failing"] = failing
    assert run.run_tests(place, []) == 1
    assert len(programs["gates"]) == len(run.GATES)
    assert len(programs["pytest"]) == 1
    assert ("failed before the tests: mypy" in capsys.readouterr().err) == ("mypy" in failing)


def test_wait_for_gives_the_exit_status() -> None:
    assert run.wait_for([sys.executable, "-c", "raise SystemExit(7)"]) == 7
