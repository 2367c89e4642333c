"""What pages cost in comparison with each other, for estimates of the time that is left."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

from docclean.core.job import PageJob
from docclean.documents.page_area import page_area

_MOST_LOOKED_AT = 2000
"""Of a large folder only so many files are opened, spread evenly over it."""

_USUAL_PIXELS = 8_700_000
"""A4 at 300 dpi: a page of which nothing is known, as in PDF files."""


def page_costs(jobs: Sequence[PageJob]) -> dict[str, float]:
    """Estimate the pixels of each page, by job id.

    The head of a file tells its pixels. Files beyond the first few thousand are judged by their size, as those of the
    same kind are.

    Args:
        jobs: Pages.
    """
    sources = {job.source.path: job.source for job in jobs}
    step = -(-len(sources) // _MOST_LOOKED_AT) or 1
    areas: dict[Path, float] = {}
    shares: dict[str, list[float]] = {}
    for path in list(sources)[::step]:
        area = page_area(path)
        size = _size_of(path) / sources[path].pages
        if area and size:
            areas[path] = area
            shares.setdefault(path.suffix.lower(), []).append(area / size)
    per_byte = {suffix: median(ratios) for suffix, ratios in shares.items()}
    for path, source in sources.items():
        if path not in areas:
            areas[path] = per_byte.get(path.suffix.lower(), 0.0) * _size_of(path) / source.pages or _USUAL_PIXELS
    return {job.id: areas[job.source.path] for job in jobs}


def _size_of(path: Path) -> int:
    with suppress(OSError):
        return os.stat(path).st_size  # noqa: PTH116 - a name may be no name
    return 0
