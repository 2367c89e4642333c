"""Pictures of the evaluation suite: the same part of a page before, after, and as it should be, at 100 %."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from docclean.core.errors import DoccleanError
from docclean.core.files import atomic_write
from docclean.core.page import PixelArray
from docclean.training.suite import SectionResult, SuiteRow

_SIDE = 480
_STRIDE = 120
_PAGES = 6
_GAP = 6
_GAP_LEVEL = 128


def write_pictures(result: SectionResult, folder: Path) -> tuple[str, ...]:
    """Draw pages of a section, from the one that docclean cleans best to the worst.

    The pages are made and cleaned once more, so that none has to be kept.

    Args:
        result: A section; without a model of docclean in it there are no pictures.
        folder: Where the files go; must exist.

    Returns:
        Their names.

    Raises:
        WriteError: The folder cannot be written.
    """
    names = []
    for rank, row in enumerate(_spread(result), 1):
        for strip in _strip(result, row.number):
            path = folder / f"{result.section.key}-{rank}.png"
            coded = cv2.imencode(".png", cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))[1]
            with atomic_write(path) as out:
                out.write(coded.tobytes())
            names.append(path.name)
    return tuple(names)


def _spread(result: SectionResult) -> list[SuiteRow]:
    """At most six rows, evenly spread from the best to the worst."""
    for name in result.section.ours[:1]:
        done = [row for row in result.rows if name in row.outcomes]
        done.sort(key=lambda row: row.outcomes[name].scores.rmse)
        places = np.unique(np.linspace(0, len(done) - 1, min(_PAGES, len(done))).round().astype(int))
        return [done[place] for place in places]
    return []


def _strip(result: SectionResult, number: int) -> Iterator[PixelArray]:
    """Dirty, best baseline, ours, clean, side by side; nothing if one of them fails this time."""
    section = result.section
    pair = section.pair(number)
    try:
        baseline = [section.cleaners[result.best_baseline](pair.dirty)] if result.best_baseline else []
        ours = section.cleaners[section.ours[0]](pair.dirty)
    except DoccleanError:
        return
    top, left = _worst_part(ours, pair.clean)
    parts = [
        _colored(page[top : top + _SIDE, left : left + _SIDE]) for page in (pair.dirty, *baseline, ours, pair.clean)
    ]
    gap = np.full((parts[0].shape[0], _GAP, 3), _GAP_LEVEL, np.uint8)
    yield np.ascontiguousarray(np.hstack([x for part in parts for x in (part, gap)][:-1]))


def _worst_part(result: PixelArray, clean: PixelArray) -> tuple[int, int]:
    """Top and left of the part of a page where a result is farthest from the clean page."""
    error = np.abs(_colored(result).astype(np.float32) - _colored(clean)).mean(axis=2)
    sums = cv2.integral(error)
    height, width = error.shape
    tops, lefts = ((*range(0, max(0, side - _SIDE), _STRIDE), max(0, side - _SIDE)) for side in (height, width))

    def total(place: tuple[int, int]) -> float:
        top, left = place
        bottom, right = min(height, top + _SIDE), min(width, left + _SIDE)
        return float(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    return max(((top, left) for top in tops for left in lefts), key=total)


def _colored(pixels: PixelArray) -> PixelArray:
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)
