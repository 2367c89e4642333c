"""The small marks of a page, and how many of them cleaning left there.

A page can lose every decimal point and keep its PSNR. So the marks that are easily taken for dirt are counted one by
one: dots, commas and dot leaders; hairline rules; pale print.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.imaging.luma import GrayArray

_INK_BELOW = 0.85
_DARK_BELOW = 0.5
_PALEST = 0.75
_SMALL = 0.5
_LARGEST_PALE = 10.0
_RULE_LENGTH = 2.0
_SHORTEST_RULE = 16
_RULE_PIECE = 64
_PAPER_RADIUS = 5

_Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class MarkCount:
    """Small marks of a clean page, and those of them that a result still shows.

    Attributes:
        found: Marks on the clean page.
        kept: Marks that survive.
    """

    found: int
    kept: int

    @property
    def share(self) -> float | None:
        """Share of the marks that survive, 0 to 1; None for a page without small marks."""
        return self.kept / self.found if self.found else None


def count_small_marks(result: GrayArray, clean: GrayArray) -> MarkCount:
    """Find the small marks of the clean page and count those that survive.

    Ink is what is darker than 0.85, in connected groups (8 neighbors). Letters tell the size of the page's text: the
    median height of all ink that lies in groups of a letter's shape. Small marks are

    - groups no larger than half of that in height and width: dots, commas, decimal points, dot leaders;
    - rules at most 2 px thick, upright or level, that run freely for at least twice the height of letters: serifs in a
      row do not. They are cut where they cross and into pieces of at most 64 px, so that a rule with gaps counts by
      what is left of it;
    - pale groups of any size up to ten times the text: no pixel darker than 0.5.

    Fainter groups than 0.75 at their darkest are the rims of other things and do not count.

    A mark survives when at least half of its pixels keep at least half of their contrast. Contrast is the difference
    from the paper around (the brightest within 5 px, noise averaged), on each page for itself, so that a mark under a
    stain is not taken for a visible one. A pixel may have moved by 1 px, as in `ink_lost`.

    Args:
        result: Luma of the page to judge.
        clean: Luma of the clean page, of the same size.

    Returns:
        The numbers; dots in photographs count as well, and slanted rules do not.

    Source:
        Ours.
    """
    ink = (clean < _INK_BELOW).astype(np.uint8)
    labels, stats = _groups(ink)
    if len(stats) == 1:
        return MarkCount(0, 0)
    height = _text_height(stats)
    survives = _keeps_contrast(result, clean)
    counts = [_tally(labels, survives, _small_or_pale(labels, stats, clean, height))]
    for pieces in _rules(ink, height):
        labels, stats = _groups(pieces)
        counts.append(_tally(labels, survives, np.ones(len(stats), np.bool_)))
    return MarkCount(sum(count.found for count in counts), sum(count.kept for count in counts))


def _groups(ink: NDArray[np.uint8]) -> tuple[_Labels, NDArray[np.int32]]:
    """Connected groups: (H, W) of labels, 0 where there is no ink, and OpenCV's statistics by label."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _text_height(stats: NDArray[np.int32]) -> float:
    """Median height of ink in groups that may be letters or words, px; of all groups where none may."""
    width, height, area = (stats[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    page = stats[0, cv2.CC_STAT_HEIGHT]
    is_text = (height >= 3) & (height <= max(12, page // 10)) & (width < 8 * height) & (height < 8 * width)
    if is_text.any():
        height, area = height[is_text], area[is_text]
    order = np.argsort(height)
    total = np.cumsum(area[order])
    return float(height[order][np.searchsorted(total, total[-1] / 2)])


def _small_or_pale(
    labels: _Labels, stats: NDArray[np.int32], clean: GrayArray, text_height: float
) -> NDArray[np.bool_]:
    """Which groups of ink are small marks or pale print, by label."""
    size = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    has_dark = np.bincount(labels[clean < _DARK_BELOW], minlength=len(stats)) > 0
    is_visible = np.bincount(labels[clean < _PALEST], minlength=len(stats)) > 0
    is_small = size <= max(2.0, _SMALL * text_height)
    is_pale = ~has_dark & (size <= _LARGEST_PALE * text_height)
    return np.asarray(is_visible & (is_small | is_pale), np.bool_)


def _rules(ink: NDArray[np.uint8], text_height: float) -> list[NDArray[np.uint8]]:
    """Level and upright hairlines that are too long to be small, cut into pieces: two masks."""
    length = max(_SHORTEST_RULE, round(_RULE_LENGTH * text_height)) | 1  # opening with an even side moves what it keeps
    level = _hairlines(ink, length)
    upright = _hairlines(np.ascontiguousarray(ink.T), length).T
    return [level, np.ascontiguousarray(upright)]


def _hairlines(ink: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """Level runs of at least `length` px, none of it in a column of ink that is thicker than 2 px."""
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((3, 1), np.uint8))
    thin = np.where(np.asarray(thick) > 0, 0, ink).astype(np.uint8)
    runs = np.asarray(cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((1, length), np.uint8)), np.uint8)
    runs[:, ::_RULE_PIECE] = 0
    return runs


def _keeps_contrast(result: GrayArray, clean: GrayArray) -> NDArray[np.bool_]:
    """Where a result has, within 1 px, at least half of the clean page's contrast with the paper around."""
    darkest = cv2.erode(result, np.ones((3, 3), np.uint8))
    return np.asarray(_paper(result) - darkest >= 0.5 * (_paper(clean) - clean), np.bool_)


def _paper(page: GrayArray) -> GrayArray:
    side = 2 * _PAPER_RADIUS + 1
    return np.asarray(cv2.dilate(cv2.blur(page, (3, 3)), np.ones((side, side), np.uint8)), np.float32)


def _tally(labels: _Labels, survives: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> MarkCount:
    """How many wanted groups there are, and how many have half of their pixels left; label 0 is never wanted."""
    pixels = np.bincount(labels.ravel(), minlength=len(wanted))
    left = np.bincount(labels[survives], minlength=len(wanted))
    wanted = wanted.copy()
    wanted[0] = False
    return MarkCount(int(np.count_nonzero(wanted)), int(np.count_nonzero(wanted & (2 * left >= pixels))))
