"""Set docclean up on first use, then run it.

    python3 run.py clean scans -o cleaned    clean pages; any other docclean command works the same way
    python3 run.py test                      run every check and every test; further arguments go to pytest alone
    python3 run.py                           open the window

The first start makes `.venv` beside this file and installs docclean with the versions of constraints.txt; later starts
only compare a stamp. DOCCLEAN_TORCH=cpu or cuda chooses the build of PyTorch; otherwise it follows the machine.

Needs the standard library only, and stays readable for an old Python, so that it can say what is missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, NamedTuple  # noqa: UP035 - an old Python must get as far as its sentence

OLDEST_PYTHON = (3, 11)
EXTRAS = ("", "train", "dev")
"""What can be installed, each with everything of the one before."""
EXTRA_OF_COMMAND = {"degrade": "train", "train": "train", "test": "dev"}
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
QT_LIBRARIES = ("libglib2.0-0", "libgl1", "libegl1", "libxkbcommon0", "libfontconfig1", "libdbus-1-3")
QT_PROBE = "from PySide6 import QtTest, QtWidgets; QtWidgets.QApplication([])"
GATES = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "lint-imports": (
        "-c",
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))",
    ),
}


class SetupError(Exception):
    """Set-up cannot go on; one sentence for the user."""


class Place(NamedTuple):
    """The checkout and the files that set-up keeps in it."""

    root: Path

    @property
    def venv(self) -> Path:
        """The environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's Python."""
        return self.venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    @property
    def stamp(self) -> Path:
        """Written last: what the finished environment holds."""
        return self.venv / "docclean-stamp.json"

    @property
    def log(self) -> Path:
        """Everything that pip said during the last set-up."""
        return self.venv / "setup.log"

    @property
    def lock(self) -> Path:
        """Held by the one process that sets up."""
        return self.root / ".venv.lock"

    @property
    def unfinished(self) -> Path:
        """There while pip works; a start that finds it makes the environment anew."""
        return self.root / ".venv.unfinished"


class Stamp(NamedTuple):
    """What an environment was made for."""

    fingerprint: str
    extra: str
    torch: str


def main(arguments: list[str]) -> int:
    """Set up if needed, then do what `arguments` ask; the exit status."""
    place = Place(Path(__file__).resolve().parent)
    try:
        check_python(sys.version_info[:2])
        prepare(place, EXTRA_OF_COMMAND.get("".join(arguments[:1]), ""), os.environ.get("DOCCLEAN_TORCH") or "auto")
        if arguments[:1] == ["test"]:
            return run_tests(place, arguments[1:])
        return start_docclean(place, arguments or ["gui"])
    except SetupError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("run.py: stopped. The next start repairs what is unfinished.", file=sys.stderr)
        return 130


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that docclean does not run on."""
    if version < OLDEST_PYTHON:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, OLDEST_PYTHON))
        raise SetupError(f"This is Python {found}; docclean needs {needed} or newer. Start run.py with that one.")


def prepare(place: Place, extra: str, torch_choice: str) -> None:
    """Make sure that the environment is there, complete and current. Touches nothing when it is."""
    if torch_choice not in ("auto", "cpu", "cuda"):
        raise SetupError(f'DOCCLEAN_TORCH is "{torch_choice}"; it can be cpu, cuda or auto.')
    if is_ready(place, extra, torch_choice):
        return
    try:
        with locked(place.lock):
            if not is_ready(place, extra, torch_choice):  # another start may have done it meanwhile
                set_up(place, extra, torch_choice)
    except OSError as error:
        raise SetupError(f"Set-up could not write its files: {error}") from error


def is_ready(place: Place, extra: str, torch_choice: str) -> bool:
    """Whether the stamp covers what is asked for."""
    stamp = read_stamp(place)
    return (
        stamp is not None
        and stamp.fingerprint == fingerprint(place)
        and EXTRAS.index(stamp.extra) >= EXTRAS.index(extra)
        and torch_choice in ("auto", stamp.torch)
        and place.python.exists()
    )


def read_stamp(place: Place) -> Stamp | None:
    """Read the stamp; None when there is none that this version understands."""
    try:
        stamp = Stamp(**json.loads(place.stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return stamp if stamp.extra in EXTRAS else None


def fingerprint(place: Place) -> str:
    """Hash what an environment depends on: the pins, Python's version and the place, whose path is written into it."""
    parts = [(place.root / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    parts.append(f"{python_version()} {sys.platform} {place.root}".encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def python_version() -> str:
    """Give the running Python's version as in "3.11"."""
    return ".".join(map(str, sys.version_info[:2]))


def set_up(place: Place, extra: str, torch_choice: str) -> None:
    """Make or update the environment; the stamp comes last."""
    before = read_stamp(place)
    if before is not None:  # an environment never loses what it had
        extra = max(extra, before.extra, key=EXTRAS.index)
    torch = resolve_torch(torch_choice, sys.platform, has_nvidia=has_nvidia())
    anew = place.unfinished.exists() or is_foreign(place) or (before is not None and before.torch != torch)
    place.stamp.unlink(missing_ok=True)
    place.unfinished.touch()
    try:
        make_venv(place, anew=anew)
        install_torch(place, torch, sys.platform)
        say("Installing docclean and its libraries.")
        install(place, "-e", f".[{extra}]" if extra else ".", "-c", "constraints.txt")
        if extra == "dev":
            check_qt(place)
    except SetupError:
        place.unfinished.unlink()  # pip gave up in good order: what is installed can stay
        raise
    stamp = Stamp(fingerprint(place), extra, torch)
    place.stamp.write_text(json.dumps(stamp._asdict()), encoding="utf-8")
    place.unfinished.unlink()


def is_foreign(place: Place) -> bool:
    """Whether the environment belongs to another version of Python."""
    try:
        lines = (place.venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    versions = [line.partition("=")[2].strip() for line in lines if line.startswith("version")]
    return not any(version.startswith(python_version() + ".") for version in versions)


def make_venv(place: Place, *, anew: bool) -> None:
    """Make the environment unless a working one is there."""
    probe = [str(place.python), "-m", "pip", "--version"]
    works = place.python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0
    if works and not anew:
        place.log.write_text("", encoding="utf-8")
        return
    say("Setting docclean up in .venv: once, a few minutes, 1.3 to 1.7 GB on disk.")
    missing = "Python's venv module is incomplete here: apt install python3-venv, then start again."
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(missing)
    command = [sys.executable, "-m", "venv", *(["--clear"] if anew else []), str(place.venv)]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if made.returncode != 0:
        output = made.stdout + made.stderr
        raise SetupError(missing if "ensurepip" in output else f"Python could not make .venv: {tail(output)}")
    place.log.write_text("", encoding="utf-8")


def resolve_torch(choice: str, platform: str, *, has_nvidia: bool) -> str:
    """Which build of torch to install: "cpu" or "cuda"."""
    if choice != "auto":
        return choice
    return "cuda" if has_nvidia and platform == "linux" else "cpu"


def has_nvidia() -> bool:
    """Whether an NVIDIA driver is installed."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def install_torch(place: Place, build: str, platform: str) -> None:
    """Install the pinned torch. On Linux PyPI's own is the CUDA build, which is of no use without such a card."""
    version = pinned(place, "torch")
    if platform != "linux":
        if build == "cuda":
            say("PyPI has no CUDA build of PyTorch for this system; installing the one it has.")
        return  # comes with the other libraries
    if build == "cpu":
        say(f"Installing PyTorch {version}, CPU build.")
        for source in ((), ("--no-deps", "--index-url", CPU_WHEELS)):
            if pip(place, *source, f"torch=={version}+cpu")[0] == 0:
                return
        say("The CPU build of PyTorch cannot be found; taking the CUDA build: several GB to download and on disk.")
    else:
        say(f"Installing PyTorch {version}, CUDA build: several GB to download and on disk.")
    install(place, f"torch=={version}")


def pinned(place: Place, name: str) -> str:
    """Look up a version in constraints.txt."""
    for line in (place.root / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}=="):
            return line.partition("==")[2].split(";")[0].strip()
    raise SetupError(f"constraints.txt pins no {name}; restore that file.")


def install(place: Place, *arguments: str) -> None:
    """Install with pip, or say in one sentence why not."""
    code, output = pip(place, *arguments)
    if code != 0:
        raise SetupError(
            f"pip could not install docclean's libraries (is there a network connection?). The full log is "
            f"{place.log}; the next start tries again. pip said: {tail(output)}"
        )


def pip(place: Place, *arguments: str) -> tuple[int, str]:
    """Run `pip install`, show its current line on a terminal and append all of them to the log."""
    command = [str(place.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    columns = shutil.get_terminal_size().columns - 1 if sys.stdout.isatty() else 0
    lines = []
    process = subprocess.Popen(
        command,
        cwd=place.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=sys.platform == "win32",  # elsewhere pip holds the lock too, should this process be killed
    )
    with process, place.log.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n")
        for line in process.stdout or ():
            lines.append(line)
            log.write(line)
            if columns > 0:
                print("\r" + line.strip()[:columns].ljust(columns), end="", flush=True)
    if columns > 0:
        print("\r" + " " * columns, end="\r", flush=True)
    return process.returncode, "".join(lines)


def tail(output: str) -> str:
    """Give the last lines that tell something, on one line: the errors where there are any."""
    lines = [line.strip(" |\u2502\u2570\u2500>") for line in output.splitlines()]  # pip frames a nested pip's output
    telling = [line for line in lines if line and not line.startswith(("WARNING", "[notice]"))]
    errors = [line for line in telling if line.lower().startswith("error")]
    return " / ".join((errors or telling)[-3:]) or "nothing"


def check_qt(place: Place) -> None:
    """Make sure that Qt, which the tests use, finds the system's libraries; install them where that is possible."""
    if probe_qt(place):
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *QT_LIBRARIES]
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing system libraries that Qt needs: {' '.join(command)}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["apt-get", "update"], command):
            subprocess.run(step, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if probe_qt(place):
            return
    remedy = (
        f"sudo {' '.join(command)}"
        if sys.platform == "linux"
        else "see https://doc.qt.io/qt-6/supported-platforms.html"
    )
    raise SetupError(f"Qt cannot start here: a library of the system is missing. On Debian or Ubuntu: {remedy}")


def probe_qt(place: Place) -> bool:
    """Whether Qt starts without a screen."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [str(place.python), "-c", QT_PROBE]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def run_tests(place: Place, arguments: list[str]) -> int:
    """Run every gate and then pytest, whose summary comes last; with arguments, run pytest alone."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    failed = []
    for name, command in () if arguments else GATES.items():
        say(f"== {name}")
        gate = subprocess.run([str(place.python), *command], cwd=place.root, env=environment, check=False)
        if gate.returncode != 0:
            failed.append(name)
    say("== pytest")
    code = wait_for([str(place.python), "-m", "pytest", *arguments], cwd=place.root, env=environment)
    if failed:
        print(f"run.py: failed before the tests: {', '.join(failed)}", file=sys.stderr)
    return code or int(bool(failed))


def start_docclean(place: Place, arguments: list[str]) -> int:
    """Hand over to docclean. `-P` keeps the files of the current folder from being taken for modules."""
    command = [str(place.python), "-P", "-m", "docclean", *arguments]
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted: this process becomes docclean
    return wait_for(command)


def wait_for(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> int:
    """Run a program to its end. Ctrl-C reaches it as well, and it decides what that means."""
    with subprocess.Popen(command, cwd=cwd, env=env) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock; the system lifts it when its holders end, however they end."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not take_lock(descriptor):
            say("Another start of run.py is setting up .venv; waiting for it.")
            while not take_lock(descriptor):
                time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


def take_lock(descriptor: int) -> bool:
    """Try to lock an open file, without waiting."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    else:
        import fcntl  # noqa: PLC0415 - does not exist on Windows

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - the function takes no keyword
    return True


def say(sentence: str) -> None:
    """Tell the user what goes on."""
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
