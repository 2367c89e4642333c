"""A process of its own that runs a command of docclean and then tells the most memory that it ever took.

    python -m tests.helpers.measured_run [--quick] clean INPUT -o OUTPUT

With --quick a stand-in takes the place of every model. The last line of standard output is JSON.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from docclean.cli.main import main
from tests.helpers.quick_models import SpeckBackend, use_backend

_STATUS = Path("/proc/self/status")
_LIMIT_S = 6 * 3600


class Measured(NamedTuple):
    """What came of a run.

    Attributes:
        code: Exit code of the command.
        peak_mb: The most resident memory of the process, MB.
        seconds: Wall time of the command, without that of starting Python.
    """

    code: int
    peak_mb: float
    seconds: float


def measured_clean(source: Path, output: Path, *options: str, is_quick: bool) -> Measured:
    """Run `docclean clean` in a process of its own."""
    quick = ["--quick"] if is_quick else []
    command = [sys.executable, "-m", "tests.helpers.measured_run", *quick, "clean", str(source), "-o", str(output)]
    done = subprocess.run([*command, *options], check=True, capture_output=True, text=True, timeout=_LIMIT_S)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _peak_mb() -> float:
    """Give the high-water mark of resident memory; other systems than Linux count differently."""
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM")]
        return int(peak) * 1024 / 1e6
    per_unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * per_unit / 1e6


def _run(arguments: list[str]) -> None:
    patch = pytest.MonkeyPatch()
    if arguments[0] == "--quick":
        use_backend(patch, SpeckBackend())
        arguments = arguments[1:]
    started = time.monotonic()
    code = main(arguments)
    measured = Measured(code, round(_peak_mb(), 1), round(time.monotonic() - started, 3))
    print(json.dumps(measured._asdict()))  # noqa: T201 - this is what the process is for


if __name__ == "__main__":
    _run(sys.argv[1:])
