"""Clean long documents and a very large sheet, each in a process of its own; print memory and pages per minute.

    python -m tests.benchmarks.documents [--pages 500] [--model] [--only pdf|tiff|sheet|grey-sheet]

A stand-in takes the place of the model, because memory does not depend on what a network answers; with --model the
built-in one runs, which takes hours for 500 pages on two cores. The limit is that of `docclean`'s users: 1.5 GB.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.helpers.long_documents import write_large_sheet, write_long_pdf, write_long_tiff
from tests.helpers.measured_run import measured_clean

PAGE_DPI, SHEET_DPI = 300, 600
LIMIT_MB = 1500


def cases(pages: int) -> dict[str, tuple[int, str, Callable[[Path], None]]]:
    """Give for each case its pages, the ending of its file, and what writes that file."""
    return {
        "pdf": (pages, ".pdf", lambda path: write_long_pdf(path, pages, PAGE_DPI)),
        "tiff": (pages, ".tif", lambda path: write_long_tiff(path, pages, PAGE_DPI)),
        "sheet": (1, ".pdf", lambda path: write_large_sheet(path, SHEET_DPI, is_two_level=True)),
        "grey-sheet": (1, ".pdf", lambda path: write_large_sheet(path, SHEET_DPI, is_two_level=False)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=500, help="pages of the long documents")
    parser.add_argument("--model", action="store_true", help="run the built-in model")
    parser.add_argument("--only", choices=cases(1), action="append", help="measure this alone; repeatable")
    options = parser.parse_args()
    print(f"{'case':12} {'pages':>6} {'in, MB':>8} {'out, MB':>8} {'peak, MB':>9} {'pages/min':>10}")
    for name, (pages, suffix, write) in cases(options.pages).items():
        if options.only and name not in options.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            source, output = Path(folder) / f"in{suffix}", Path(folder) / f"out{suffix}"
            write(source)
            run = measured_clean(source, output, is_quick=not options.model)
            sizes = [path.stat().st_size / 1e6 if path.exists() else 0.0 for path in (source, output)]
        verdict = "" if run.code == 0 and run.peak_mb < LIMIT_MB else f"  exit code {run.code}, limit {LIMIT_MB} MB"
        rate = pages * 60 / run.seconds
        print(
            f"{name:12} {pages:6} {sizes[0]:8.1f} {sizes[1]:8.1f} {run.peak_mb:9.0f} {rate:10.1f}{verdict}", flush=True
        )


if __name__ == "__main__":
    main()
