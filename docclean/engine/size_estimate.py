"""How large results will be, guessed before the run from parts of a few pages; costs a second or two, never fails."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.job import PageJob
from docclean.core.page import ColorMode, Page, PixelArray, StoredSamples
from docclean.documents.encoders import encode_page, stays_as_read
from docclean.documents.formats import FORMAT_NAMES
from docclean.documents.page_extent import pixels_of
from docclean.documents.reader import read_page
from docclean.documents.writer import is_surgery
from docclean.engine.coloring import colored

logger = logging.getLogger(__name__)

_SAMPLES = 5
_BUDGET_S = 1.0
_MOST_PIXELS = 40_000_000
"""A larger page takes longer to read than an estimate may take."""

_PART_PIXELS = 1_000_000
_BANDS = 6
_ROW_UNIT = 16
"""Rows of a block that JPEG packs at once, with halved color."""

_PAPER_STEP, _PAPER_REACH = 8, 15
_WHITE_FROM = 0.82
_KB, _MB = 1_000, 1_000_000


@dataclass(frozen=True, slots=True)
class SizeEstimate:
    """What results will take on the disk.

    Attributes:
        now_bytes: What the inputs take, or the part of them that is cleaned.
        result_bytes: What the results will take, about.
        samples: Number of pages that were looked at.
    """

    now_bytes: int
    result_bytes: int
    samples: int

    def __str__(self) -> str:
        return f"about {_rounded(self.result_bytes)}, now {_rounded(self.now_bytes)}"


def estimate_size(
    jobs: Sequence[PageJob], *, budget_s: float = _BUDGET_S, clock: Callable[[], float] = time.monotonic
) -> SizeEstimate | None:
    """Guess how large the results of a run will be.

    A few pages are read, cleaned in a simple way (their paper is made white), and parts of them are packed as the jobs
    want it. What networks do to a page is not known yet; see the tests for how far off that is.

    Args:
        jobs: The pages to clean.
        budget_s: When this time is over no further page is looked at, s.
        clock: Tells the time, s.

    Returns:
        The estimate; None where no page could be looked at.
    """
    end = clock() + budget_s
    before, after, count = 0.0, 0.0, 0
    for number in _spread(len(jobs)):
        if count and clock() > end:
            break
        try:
            sample = _sample(jobs[number])
        except Exception as fault:  # noqa: BLE001 - whatever is wrong with a page, the run tells
            logger.debug("page %s was not estimated: %s", jobs[number].source, fault)
            continue
        if sample is not None:
            before, after, count = before + sample[0], after + sample[1], count + 1
    if not count:
        return None
    now, result = _scaled(jobs, before / count, after / before)
    return SizeEstimate(round(now), round(result), count)


def _spread(total: int) -> list[int]:
    """Numbers from 0 to `total`, spread evenly, the middle first."""
    count = min(_SAMPLES, total)
    numbers = [int((2 * each + 1) * total / (2 * count)) for each in range(count)]
    return sorted(numbers, key=lambda number: abs(number - total / 2))


def _sample(job: PageJob) -> tuple[float, float] | None:
    """Bytes of a page in its file and in the result; None for a page that is too large to look at."""
    if not 0 < pixels_of(job.source) <= _MOST_PIXELS:
        return None
    page = read_page(job.source)
    share = max(1.0, float(page.encoding["size_bytes"]))
    file_format = FORMAT_NAMES.get(job.output.format, page.file_format)
    if page.is_kept:
        return share, share
    part, scale = _part_of(page)
    if page.stored.mode is not ColorMode.BILEVEL:
        part = replace(part, pixels=_whitened(part.pixels))
    cleaned = colored(part, job.recipe.color)
    if stays_as_read(cleaned, file_format, job.output.storage):
        return share, share
    part_share = {"size_bytes": round(share / scale)}
    cleaned = replace(cleaned, encoding=cleaned.encoding | part_share, origin={}, icc_profile=None)
    data, _ = encode_page(cleaned, file_format, job.output.storage)
    frame, _ = encode_page(_corner(cleaned), file_format, job.output.storage)
    return share, len(frame) + scale * max(0, len(data) - len(frame))


def _part_of(page: Page) -> tuple[Page, float]:
    """Bands from top to bottom, for pages that are large; and how many times that the page is."""
    height, width = page.size
    rows = max(_ROW_UNIT, _PART_PIXELS // max(1, width * _BANDS) // _ROW_UNIT * _ROW_UNIT)
    if rows * _BANDS >= height:
        return page, 1.0
    tops = [round(band * (height - rows) / (_BANDS - 1)) // _ROW_UNIT * _ROW_UNIT for band in range(_BANDS)]
    return _cut(page, np.concatenate([np.arange(top, top + rows) for top in tops])), height / (rows * _BANDS)


def _corner(page: Page) -> Page:
    return _cut(page, np.arange(min(_ROW_UNIT, page.size.height)), _ROW_UNIT)


def _cut(page: Page, rows: NDArray[np.intp], columns: int | None = None) -> Page:
    alpha = None if page.stored.alpha is None else page.stored.alpha[rows, :columns]
    return replace(
        page,
        pixels=np.ascontiguousarray(page.pixels[rows, :columns]),
        original=np.ascontiguousarray(page.original[rows, :columns]),
        stored=StoredSamples(page.stored.mode, np.ascontiguousarray(page.stored.data[rows, :columns]), alpha),
    )


def _whitened(pixels: PixelArray) -> PixelArray:
    """Make paper white: what is brightest around, and what is hardly darker; take away what is a pixel small."""
    small = cv2.resize(pixels, None, fx=1 / _PAPER_STEP, fy=1 / _PAPER_STEP, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(small, np.ones((_PAPER_REACH, _PAPER_REACH), np.uint8)), (_PAPER_REACH,) * 2)
    paper = cv2.resize(paper, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR).reshape(pixels.shape)
    white = np.maximum(paper.astype(np.float32) * _WHITE_FROM, 1.0)
    flat = np.asarray(np.clip(pixels * (255.0 / white), 0, 255), np.uint8)
    return np.asarray(cv2.medianBlur(flat, 3), np.uint8).reshape(pixels.shape)


def _scaled(jobs: Sequence[PageJob], share: float, ratio: float) -> tuple[float, float]:
    """Bytes now and then, from the mean share of a page and how that grows; a PDF keeps what is no image."""
    counts: Counter[Path] = Counter(job.source.path for job in jobs)
    firsts = {job.source.path: job for job in reversed(jobs)}
    now = result = 0.0
    for path, count in counts.items():
        job = firsts[path]
        try:
            size = float(path.stat().st_size)
        except OSError:
            continue
        if not is_surgery(job.source, job.output):
            size *= min(1.0, count / job.source.pages)
            now, result = now + size, result + size * ratio
            continue
        images = min(size, share * count)
        now, result = now + size, result + size - images + images * ratio
    return now, result


def _rounded(size: int) -> str:
    """Two digits, for people: "41 MB", "4.2 MB", "350 KB"."""
    for unit, name in ((_MB, "MB"), (_KB, "KB")):
        if size >= unit:
            amount = size / unit
            return f"{amount:.1f} {name}" if amount < 10 else f"{amount:.0f} {name}"
    return f"{size} bytes"
