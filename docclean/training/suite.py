"""The evaluation suite: several ways to clean, side by side, on several kinds of pages.

What is measured lies in `engine` and `imaging`, the pages in `suite_pages`, the tables in `suite_report`.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.cancel import CancelToken
from docclean.core.errors import DoccleanError
from docclean.core.page import ColorMode, Page, PixelArray, StoredSamples
from docclean.core.progress import NullProgress
from docclean.engine.evaluation import CleanPage, mean_scores
from docclean.engine.external_cleaners import CleanPixels
from docclean.engine.legibility import ReadText, character_error_rate
from docclean.imaging.metrics import PageScores, score
from docclean.training.suite_pages import SuitePair

AS_IT_CAME = "as it came"
_MARK_REACH = 8
_MOST_READ = 12
_LEAST_TEXT = 50
"""Fewer characters than this on the clean page make no rate: one misread word would be a quarter of them."""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of pages and the ways to clean them.

    Attributes:
        key: Short name, for files and JSON.
        title: Heading for people.
        count: Number of pages.
        pair: Makes or reads page `i`; a `DoccleanError` becomes that page's error.
        cleaners: Ways to clean, by name for people, in the order of the table. `AS_IT_CAME` is measured always.
        ours: Names of those that are models of docclean; the others are baselines.
    """

    key: str
    title: str
    count: int
    pair: Callable[[int], SuitePair]
    cleaners: Mapping[str, CleanPixels]
    ours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way to clean did to one page.

    Attributes:
        scores: Against the clean page.
        seconds: Time that cleaning took, s.
        changed_far: Pixels changed farther than 8 px from any watermark; None on a page without one.
        far: Pixels there are so far from any watermark; None as above.
    """

    scores: PageScores
    seconds: float = 0.0
    changed_far: int | None = None
    far: int | None = None


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """One page of a section.

    Attributes:
        number: The page's number in its section, from 0.
        name: Name for people.
        kinds: Damage that was done.
        outcomes: By name of the way to clean; those that failed are missing.
        errors: What failed, one sentence each.
    """

    number: int
    name: str
    kinds: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionResult:
    """A section and what came of its pages, so far."""

    section: Section
    rows: Sequence[SuiteRow]

    def mean(self, name: str, kind: str = "") -> Outcome | None:
        """Average what one way did to the pages, or to those with one kind of damage; None where it did nothing."""
        chosen = [row.outcomes[name] for row in self.rows if name in row.outcomes and (not kind or kind in row.kinds)]
        if not chosen:
            return None
        marked = [outcome for outcome in chosen if outcome.far is not None]
        return Outcome(
            mean_scores([outcome.scores for outcome in chosen]),
            sum(outcome.seconds for outcome in chosen) / len(chosen),
            sum(outcome.changed_far or 0 for outcome in marked) if marked else None,
            sum(outcome.far or 0 for outcome in marked) if marked else None,
        )

    @property
    def best_baseline(self) -> str:
        """The way to clean with the lowest mean RMSE among those that are not docclean's; empty if there is none."""
        means = {n: m.scores.rmse for n in self.section.cleaners if n not in self.section.ours and (m := self.mean(n))}
        return min(means, key=means.__getitem__) if means else ""


def model_cleaner(pipeline: CleanPage, cancel: CancelToken) -> CleanPixels:
    """Let a pipeline clean bare pixels."""

    def clean(pixels: PixelArray) -> PixelArray:
        mode = ColorMode.RGB if pixels.shape[2] == 3 else ColorMode.GRAY
        page = Page(pixels, pixels, StoredSamples(mode, pixels), None, None, "PNG", {})
        return pipeline(page, "", NullProgress(), cancel).pixels

    return clean


def measure_page(section: Section, number: int, *, read_text: ReadText | None, cancel: CancelToken) -> SuiteRow:
    """Clean one page in every way and compare. At most twelve pages of a section are read as text.

    They are evenly spread; those that hold next to no text have no character error rate.

    Raises:
        CancelledError: `cancel` was set.
    """
    cancel.raise_if_cancelled()
    try:
        pair = section.pair(number)
    except DoccleanError as error:
        return SuiteRow(number, f"page {number + 1}", errors=(str(error),))
    is_read = read_text is not None and number % -(-section.count // _MOST_READ) == 0
    judge = _Judge(pair, read_text if is_read else None)
    outcomes, errors = {AS_IT_CAME: judge(pair.dirty, 0.0)}, []
    for name, clean in section.cleaners.items():
        cancel.raise_if_cancelled()
        try:
            started = time.monotonic()
            result = clean(pair.dirty)
            outcomes[name] = judge(result, time.monotonic() - started)
        except DoccleanError as error:
            errors.append(f"{pair.name}: {error}")
    return SuiteRow(number, pair.name, pair.kinds, outcomes, tuple(errors))


class _Judge:
    """Compares results with one clean page, whose text is read once and whose watermark is widened once."""

    def __init__(self, pair: SuitePair, read_text: ReadText | None) -> None:
        self._pair = pair
        self._reference = read_text(pair.clean) if read_text is not None else ""
        self._read_text = read_text if len("".join(self._reference.split())) >= _LEAST_TEXT else None
        self._far = None if pair.mark_opacity is None else far_from(pair.mark_opacity)

    def __call__(self, result: PixelArray, seconds: float) -> Outcome:
        scores = score(result, self._pair.clean)
        if self._read_text is not None:
            errors = character_error_rate(self._read_text(result), self._reference)
            scores = dataclasses.replace(scores, character_errors=errors)
        if self._far is None:
            return Outcome(scores, seconds)
        changed = (result != self._pair.dirty).any(axis=2) & self._far
        return Outcome(scores, seconds, int(np.count_nonzero(changed)), int(np.count_nonzero(self._far)))


def far_from(mark_opacity: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a page is farther than 8 px, up, down or aside, from every pixel of a watermark."""
    side = 2 * _MARK_REACH + 1
    near = cv2.dilate((mark_opacity > 0).astype(np.uint8), np.ones((side, side), np.uint8))
    return np.asarray(near == 0, np.bool_)
