"""Runs that are killed without warning, and taken up: the folder is that of a run that was left alone."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docclean.engine.journal_file import JOURNAL_NAME
from tests.helpers.scans import contents, dirty_page

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs are forked, which Windows cannot")

ROOT = Path(__file__).resolve().parents[2]


def pages_in(folder: Path, pages: int, documents: int = 0) -> Path:
    """Make small pages that all differ in size, the last ones in documents of five."""
    folder.mkdir()
    sizes = [(40 + number % 50, 30 + number) for number in range(pages)]
    images = [Image.new("L", size, 180 + number % 70) for number, size in enumerate(sizes)]
    single = pages - 5 * documents
    for number in range(single):
        images[number].save(folder / f"p{number:03}.png")
    for number in range(documents):
        first, *others = images[single + 5 * number :][:5]
        first.save(folder / f"book{number}.tif", save_all=True, append_images=others)
    return folder


def killed(inputs: Path, output: Path, *, kills: int, ledger: Path | None, workers: int = 1) -> dict[str, Any]:
    settings = {"inputs": str(inputs), "output": str(output), "kills": kills, "seed": 7, "workers": workers}
    settings["ledger"] = "" if ledger is None else str(ledger)
    command = [sys.executable, "-m", "tests.helpers.killed_runs", json.dumps(settings)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stderr
    outcome: dict[str, Any] = json.loads(result.stdout)
    return outcome


def times_done(output: Path) -> Counter[int]:
    connection = sqlite3.connect(output / JOURNAL_NAME)
    try:
        return Counter(times for (times,) in connection.execute("SELECT times_done FROM pages"))
    finally:
        connection.close()


def test_run_that_is_killed_twenty_times_gives_the_folder_of_one_that_was_not(tmp_path: Path) -> None:
    inputs = pages_in(tmp_path / "in", 200, documents=4)
    whole, ledger = tmp_path / "whole", tmp_path / "ledger"
    killed(inputs, whole, kills=0, ledger=tmp_path / "other")
    outcome = killed(inputs, tmp_path / "out", kills=20, ledger=ledger)
    assert outcome == {"killed": 20, "codes": [0, 0], "rewritten": [], "left": []}
    assert contents(tmp_path / "out") == contents(whole)
    assert len(contents(whole)) == 184
    assert times_done(tmp_path / "out") == {1: 200}
    cleaned = Counter(ledger.read_text(encoding="utf-8").splitlines())
    assert len(cleaned) == 200
    assert cleaned.total() <= 200 + 3 * 20  # one page restored, one that waits to be written, one being written


@pytest.mark.parametrize("workers", [1, 2])
def test_run_of_the_real_model_that_is_killed_gives_the_same_pages(tmp_path: Path, workers: int) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    for number in range(6):
        dirty_page(120 + 8 * number, 90).save(inputs / f"p{number}.png")
    killed(inputs, tmp_path / "whole", kills=0, ledger=None)
    outcome = killed(inputs, tmp_path / "out", kills=3, ledger=None, workers=workers)
    assert outcome == {"killed": 3, "codes": [0, 0], "rewritten": [], "left": []}
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert times_done(tmp_path / "out") == {1: 6}
