"""Places of a cleaned page that somebody should look at: strokes that are gone, and colors that turned grey.

This is a second opinion that no network has a part in. It cannot know a speck from a full stop, so it looks for what
dirt seldom is: sharp, dark or colored strokes at least as large as a letter's, with paper around them. A page without
doubts may still have lost something small; a page with doubts may have lost nothing but dirt.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray

_SHEET_PX = 2480
"""Shorter side of A4 at 300 dpi: sizes below are px of such a sheet, and scale with the page."""

_PAPER_REACH = 120
_SMALLEST_STROKE = 14
_SMALLEST_AREA = 90
_LARGEST_STROKE = 500
_PLACE = 60
_INK_BELOW = 0.55
_GONE_ABOVE = 0.85
_COLORED_FROM = 0.4
_GRAY_BELOW = 0.12
_SHARE = 0.6
_MOST = 99

_Mask = NDArray[np.uint8]


def count_doubts(before: PixelArray, after: PixelArray) -> int:
    """Count the places where a page lost strokes or their color; at most 99.

    Args:
        before: The page as it came, (H, W, 1 or 3), uint8.
        after: The same page cleaned, same height and width.

    Returns:
        Number of places; strokes closer than about 5 mm on A4 are one place.
    """
    if before is after or not before.size:
        return 0
    scale = min(before.shape[:2]) / _SHEET_PX
    ink, color = _strokes(before, scale)
    lightness, saturation = _lightness_and_saturation(after.astype(np.float32) / 255.0)
    lost = _gone(ink, (lightness > _GONE_ABOVE) & (saturation < _GRAY_BELOW), scale)
    lost |= _gone(color, saturation < _GRAY_BELOW, scale)
    reach = max(1, round(_PLACE * scale))
    places = cv2.dilate(lost, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) if lost.any() else lost
    return min(_MOST, cv2.connectedComponents(places)[0] - 1)


def _strokes(page: PixelArray, scale: float) -> tuple[_Mask, _Mask]:
    """Dark pixels and colored pixels, compared with the brightest paper near them; (H, W), 0 or 1."""
    step = max(1, round(4 * scale))
    small = np.ascontiguousarray(page[::step, ::step])
    reach = max(1, round(_PAPER_REACH * scale / step / 2))
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    paper = cv2.blur(cv2.morphologyEx(cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, kernel), (reach, reach))
    paper = cv2.resize(paper, page.shape[1::-1]).reshape(page.shape)
    flat = np.asarray(np.clip(page.astype(np.float32) / np.maximum(paper, 30), 0.0, 1.0), np.float32)
    lightness, saturation = _lightness_and_saturation(flat)
    return (lightness < _INK_BELOW).astype(np.uint8), (saturation > _COLORED_FROM).astype(np.uint8)


def _lightness_and_saturation(page: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Brightest channel, and its distance from the darkest; (H, W), 0..1. Color is not darkness here."""
    brightest = page.max(axis=2)
    return brightest, brightest - page.min(axis=2)


def _gone(mask: _Mask, gone: NDArray[np.bool_], scale: float) -> _Mask:
    """The strokes of a mask most of whose pixels are gone; (H, W), 0 or 1."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes = np.asarray(stats, np.int32)
    sides = np.maximum(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT])
    is_stroke = (
        (sides >= _SMALLEST_STROKE * scale)
        & (sides <= _LARGEST_STROKE * scale)
        & (boxes[:, cv2.CC_STAT_AREA] >= max(4.0, _SMALLEST_AREA * scale * scale))
        & _is_inside(boxes, mask.shape)
    )
    missing = np.bincount(labels[gone], minlength=count)
    is_lost = is_stroke & (missing >= _SHARE * boxes[:, cv2.CC_STAT_AREA])
    is_lost[0] = False
    return np.asarray(is_lost[labels], np.uint8)


def _is_inside(boxes: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether a group keeps off the page's edge, where scanners leave shadows."""
    right = boxes[:, cv2.CC_STAT_LEFT] + boxes[:, cv2.CC_STAT_WIDTH]
    bottom = boxes[:, cv2.CC_STAT_TOP] + boxes[:, cv2.CC_STAT_HEIGHT]
    starts_inside = (boxes[:, cv2.CC_STAT_LEFT] > 0) & (boxes[:, cv2.CC_STAT_TOP] > 0)
    return np.asarray(starts_inside & (right < shape[1]) & (bottom < shape[0]), np.bool_)
