"""Programs that stand in for those that may be installed, first on the path."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

JBIG2 = """
import sys
from pathlib import Path
import numpy as np
from tests.helpers.jbig2_files import jbig2_file
_, size, data = Path(sys.argv[1]).read_bytes().split(b"\\n", 2)
width, height = map(int, size.split())
rows = np.frombuffer(data, np.uint8).reshape(height, -1)
white = np.unpackbits(rows, axis=1)[:, :width] == 0
sys.stdout.buffer.write(jbig2_file(white))
"""
"""Does what `jbig2 page.pbm` does."""


def put_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, **programs: str) -> None:
    """Let nothing but these programs, written in Python, be found."""
    if os.name == "nt":
        pytest.skip("a script is no program on Windows")
    folder.mkdir(exist_ok=True)
    for name, code in programs.items():
        path = folder / name
        path.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
