"""Measuring a pipeline on pages whose clean twins are known. Nothing is written."""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePath

from docclean.core.cancel import CancelToken
from docclean.core.errors import DoccleanError, UsageError
from docclean.core.page import Page, PageSource, PixelArray
from docclean.core.progress import Progress, ProgressSink
from docclean.documents.discover import discover
from docclean.documents.reader import read_page
from docclean.engine.legibility import ReadText, character_error_rate
from docclean.imaging.metrics import PageScores, score

CleanPage = Callable[[Page, str, ProgressSink, CancelToken], Page]
"""A `Pipeline`, or anything called like one: page, job id, progress, cancel."""

_Key = tuple[PurePath, int]


@dataclass(frozen=True, slots=True)
class PagePair:
    """A dirty page and its clean twin.

    Attributes:
        name: Name for people: file name, with the page's number if there are several.
        dirty: The page to clean.
        clean: The page as it should be.
        problem: Why the two cannot be compared, in one sentence; empty otherwise. Then one of them may be missing.
    """

    name: str
    dirty: PageSource | None
    clean: PageSource | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PageEvaluation:
    """How well one page was cleaned.

    Attributes:
        pair: The pages.
        raw: The dirty page against the clean one; None when there is an error.
        cleaned: The result against the clean one; None when there is an error.
        seconds: Time that cleaning took, without reading, s.
        error: Why there are no scores, in one sentence; empty otherwise.
    """

    pair: PagePair
    raw: PageScores | None = None
    cleaned: PageScores | None = None
    seconds: float = 0.0
    error: str = ""


def match_pages(dirty_folder: Path, clean_folder: Path) -> tuple[PagePair, ...]:
    """Find the pages of two folders that belong together: same name but for the suffix, same page number.

    Args:
        dirty_folder: Pages to clean.
        clean_folder: The same pages as they should be.

    Returns:
        Pairs in natural order, then what has no twin, each with its problem.

    Raises:
        UsageError: A folder is missing.
        DoccleanError: Not one pair was found.
    """
    problems: list[PagePair] = []
    dirty = _pages_by_key(dirty_folder, problems)
    clean = _pages_by_key(clean_folder, problems)
    pairs = [PagePair(short_page_name(source), source, clean[key]) for key, source in dirty.items() if key in clean]
    if not pairs:
        raise DoccleanError(
            f"{dirty_folder}: no page has a twin in {clean_folder}; give both the same file name but for the suffix."
        )
    for source in (source for key, source in dirty.items() if key not in clean):
        problem = f"{source.path}: has no clean twin in {clean_folder}; add it or remove the page."
        problems.append(PagePair(short_page_name(source), source, None, problem))
    for source in (source for key, source in clean.items() if key not in dirty):
        problem = f"{source.path}: has no dirty twin in {dirty_folder}; add it or remove the page."
        problems.append(PagePair(short_page_name(source), None, source, problem))
    return (*pairs, *problems)


def evaluate_pairs(
    pairs: Sequence[PagePair],
    pipeline: CleanPage,
    *,
    progress: ProgressSink,
    cancel: CancelToken,
    read_text: ReadText | None = None,
) -> Iterator[PageEvaluation]:
    """Clean pages in memory and compare them with their twins.

    Args:
        pairs: From `match_pages`.
        pipeline: What cleans a page.
        progress: Told about every stage and tile; the job id is the pair's place in `pairs`.
        cancel: Polled before pages and by the pipeline.
        read_text: Reads the text of a page, to count the characters that come out wrong; None counts none.

    Yields:
        One row per pair, in order; a pair that cannot be compared has an error.

    Raises:
        CancelledError: `cancel` was set; the rows given so far are complete.
    """
    for number, pair in enumerate(pairs):
        cancel.raise_if_cancelled()
        try:
            row, pages = _evaluate(pair, str(number), pipeline, progress, cancel)
            yield row if read_text is None or pages is None else _with_text(row, pages, read_text)
        except DoccleanError as error:
            yield PageEvaluation(pair, error=str(error))


def mean_scores(scores: Sequence[PageScores]) -> PageScores:
    """Average every score over pages, at least one.

    The PSNR of a page that is identical with the clean one is infinite and tells nothing about the others: it is left
    out, unless all are. So is a score that a page does not have, as the color error of a page without color.
    """
    means: dict[str, float | None] = {}
    for field in fields(PageScores):
        values = [value for page in scores if (value := getattr(page, field.name)) is not None]
        finite = [value for value in values if math.isfinite(value)]
        means[field.name] = statistics.fmean(finite or values) if values else None
    return PageScores(**means)  # type: ignore[arg-type]  # only scores that every page has are not optional


def _pages_by_key(folder: Path, problems: list[PagePair]) -> dict[_Key, PageSource]:
    """Pages of a folder by name without suffix and page number; the second file of one name becomes a problem."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder; name one with page images.")
    found = discover([folder], recursive=False)
    if found.failed:
        raise UsageError(str(found.failed[0]))
    pages: dict[_Key, PageSource] = {}
    for source in found.sources:
        first = pages.setdefault((source.relative.with_suffix(""), source.page), source)
        if first is not source:
            problem = f"{source.path}: has the same name as {first.path.name}, which was taken; keep one of the two."
            problems.append(PagePair(short_page_name(source), source, None, problem))
    return pages


def short_page_name(source: PageSource) -> str:
    """Name of a page for people: file name, with the page's number if there are several."""
    return source.relative.name if source.pages == 1 else f"{source.relative.name}, page {source.page + 1}"


def _evaluate(
    pair: PagePair, job_id: str, pipeline: CleanPage, progress: ProgressSink, cancel: CancelToken
) -> tuple[PageEvaluation, tuple[PixelArray, PixelArray, PixelArray] | None]:
    """Compare one pair; gives the pixels too, dirty, result, clean, unless there is an error."""
    if pair.problem or pair.dirty is None or pair.clean is None:
        return PageEvaluation(pair, error=pair.problem), None
    progress(Progress(job_id, "read", 0, 1))
    dirty, clean = read_page(pair.dirty), read_page(pair.clean)
    if dirty.size != clean.size:
        sizes = f"{dirty.size.width} x {dirty.size.height} px, its clean twin {clean.size.width} x {clean.size.height}"
        return PageEvaluation(pair, error=f"{pair.dirty.path}: has {sizes}; scan or crop both the same way."), None
    raw = score(dirty.pixels, clean.pixels)
    started = time.monotonic()
    result = pipeline(dirty, job_id, progress, cancel)
    seconds = time.monotonic() - started
    row = PageEvaluation(pair, raw, score(result.pixels, clean.pixels), round(seconds, 3))
    return row, (dirty.pixels, result.pixels, clean.pixels)


def _with_text(
    row: PageEvaluation, pages: tuple[PixelArray, PixelArray, PixelArray], read_text: ReadText
) -> PageEvaluation:
    dirty, result, reference = (read_text(pixels) for pixels in pages)
    scored = [
        scores and replace(scores, character_errors=character_error_rate(text, reference))
        for scores, text in ((row.raw, dirty), (row.cleaned, result))
    ]
    return replace(row, raw=scored[0], cleaned=scored[1])
