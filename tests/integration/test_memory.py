"""Memory does not grow with the number of pages; the measure at full size is `tests/benchmarks/documents.py`."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.long_documents import A4_INCHES, pixels_of, write_long_pdf, write_long_tiff
from tests.helpers.measured_run import measured_clean

DPI = 110
FEW, MANY = 4, 16
SLACK_MB = 6
"""Less than the pixels of half of the pages that are added, so keeping them would be found out."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process its memory this way")
@pytest.mark.parametrize(("suffix", "write"), [(".pdf", write_long_pdf), (".tif", write_long_tiff)])
def test_many_pages_take_no_more_memory_than_few(
    suffix: str, write: Callable[[Path, int, int], None], tmp_path: Path
) -> None:
    width, height = pixels_of(A4_INCHES, DPI)
    assert (MANY - FEW) * width * height / 1e6 > 2 * SLACK_MB
    peaks = []
    for pages in (FEW, MANY):
        source, output = tmp_path / f"{pages}{suffix}", tmp_path / f"{pages}-out{suffix}"
        write(source, pages, DPI)
        run = measured_clean(source, output, is_quick=True)
        assert run.code == 0
        assert output.stat().st_size > 0
        peaks.append(run.peak_mb)
    assert peaks[1] < peaks[0] + SLACK_MB
