"""Whether a cleaned page has color, grays or only two levels: what it needs to be stored with.

Doubt goes to the richer way: a page that keeps its grays for nothing is larger, one that loses them has lost something.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import ColorMode, PixelArray
from docclean.imaging.color import has_color
from docclean.imaging.luma import luma_of
from docclean.imaging.pictures import find_pictures
from docclean.imaging.two_levels import two_levels

_COLOR_CELLS_PER_MM = 4.0
_GRAY_CELLS_PER_MM = 3.0
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

_PAPER_FROM = 0.5
_DARKEST_PAPER = 0.5
_PALEST_TINT = 0.5
"""What is darker or more colored than this is no paper that has aged, but a cover or a picture."""

_SAME_HUE, _BRIGHTENED, _ONE_HUE = 0.5, 1.6, 0.6
_CERTAIN_COLOR, _CERTAIN_WARM, _CERTAIN_PALE_WARM = 0.07, 0.18, 0.08
_GREENEST_STAIN, _PALE = 0.03, 0.67
_AREA_CELLS = 7
_SMALLEST_COLOR_MM2 = 1.2

_GROUP_MM = 5.0
_WRONG_SHARE = 0.55
_LEAST_INK = 0.01
_MOST_WRONG_GROUPS = 3

_FloatArray = NDArray[np.float32]
_Mask = NDArray[np.bool_]


def needed_mode(cleaned: PixelArray, original: PixelArray, scale: float) -> ColorMode:
    """Choose the simplest way to store a page that keeps what it shows.

    Args:
        cleaned: The page as cleaning left it, (H, W, C), uint8.
        original: The page as it came, (H, W, C), uint8.
        scale: px per mm, see `docclean.imaging.page_scale.px_per_mm`.

    Returns:
        RGB, GRAY or BILEVEL.
    """
    if shows_color(cleaned, original, scale):
        return ColorMode.RGB
    return ColorMode.GRAY if shows_grays(cleaned, scale) else ColorMode.BILEVEL


def shows_color(cleaned: PixelArray, original: PixelArray, scale: float) -> bool:
    """Whether there is color that is neither tint of the paper nor noise: a stamp, a pen, a highlighter, a photograph.

    A place is colored when its mean over 0.75 mm differs from gray, compared with the paper; red and blue rims of black
    letters, and the noise of JPEG, cancel out on the way. It counts when the page had that hue before it was cleaned,
    or the tint that a network left of old paper would count. Yellow and brown have to be stronger than other hues,
    because stains are.

    Args:
        cleaned: The page as cleaning left it, (H, W, C), uint8.
        original: The page as it came, (H, W, C), uint8.
        scale: px per mm.

    Source:
        Ours; color differences as in ITU-R BT.601-7.
    """
    if not has_color(cleaned) or original.shape[2] == 1:
        return has_color(cleaned)
    now, before = _color_of(cleaned, scale), _color_of(original, scale)
    strength, earlier = (np.hypot(seen[0], seen[1]) for seen in (now, before))
    along = (now[0] * before[0] + now[1] * before[1]) / np.maximum(strength * earlier, 1e-6)
    strength = np.minimum(strength, _BRIGHTENED * earlier)
    colored = _is_certain(now, strength) & (along > _SAME_HUE) & _is_of_one_hue(now)
    _, _, stats, _ = cv2.connectedComponentsWithStats(colored.astype(np.uint8), connectivity=8)
    smallest = _SMALLEST_COLOR_MM2 * (scale / _cell(scale, _COLOR_CELLS_PER_MM)) ** 2
    return bool((np.asarray(stats[1:, cv2.CC_STAT_AREA]) >= smallest).any())


def shows_grays(cleaned: PixelArray, scale: float) -> bool:
    """Whether two levels would change what a page without color shows: pictures, pencil, print too fine or too pale.

    Two levels that do justice to a page have its mean darkness everywhere. Where groups of 5 mm have another one, they
    do not.
    """
    luma = luma_of(cleaned)
    if find_pictures(luma, scale):
        return True
    step = _cell(scale, _GRAY_CELLS_PER_MM)
    levels = two_levels(luma[:, :, np.newaxis], scale)[:, :, 0]
    ink, wrong = _darkness(luma, step), _darkness(levels, step)
    wrong = np.abs(wrong - ink)
    groups = max(1, round(_GROUP_MM * scale / step))
    ink, wrong = _grouped(ink, groups), _grouped(wrong, groups)
    bad = (ink > _LEAST_INK) & (wrong > _WRONG_SHARE * ink)
    return int(np.count_nonzero(bad)) > _MOST_WRONG_GROUPS


def _cell(scale: float, per_mm: float) -> int:
    return max(1, round(scale / per_mm))


def _reduced(page: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    size = max(1, page.shape[1] // step), max(1, page.shape[0] // step)
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def _darkness(luma: NDArray[np.uint8], step: int) -> _FloatArray:
    return np.asarray(1.0 - _reduced(luma, step).astype(np.float32) / 255.0, np.float32)


def _grouped(values: _FloatArray, side: int) -> _FloatArray:
    size = max(1, values.shape[1] // side), max(1, values.shape[0] // side)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _color_of(page: PixelArray, scale: float) -> _FloatArray:
    """Blue and red less luma, and luma, compared with the tint of the paper; (3, h, w)."""
    small = _reduced(page, _cell(scale, _COLOR_CELLS_PER_MM)).astype(np.float32) / 255.0
    flat = np.asarray(cv2.blur(np.clip(small / _tint(small), 0.0, 1.0), (3, 3)), np.float32)
    luma = flat @ _LUMA
    return np.stack((flat[:, :, 2] - luma, flat[:, :, 0] - luma, luma))


def _tint(page: _FloatArray) -> _FloatArray:
    """Color of the paper, (3,), its brightest channel 1; white where what is brightest is no paper."""
    luma = page @ _LUMA
    paper = np.median(page[luma >= np.quantile(luma, _PAPER_FROM)], axis=0)
    brightest = float(paper.max())
    is_paper = brightest >= _DARKEST_PAPER and brightest - float(paper.min()) < _PALEST_TINT * brightest
    return np.asarray(paper / brightest if is_paper else np.ones(3), np.float32)


def _is_of_one_hue(color: _FloatArray) -> _Mask:
    """Where color does not cancel out with what is around it, (h, w), as the rims of black letters do."""
    mean = [cv2.blur(color[part], (_AREA_CELLS, _AREA_CELLS)) for part in range(2)]
    each = cv2.blur(np.hypot(color[0], color[1]), (_AREA_CELLS, _AREA_CELLS))
    return np.asarray(np.hypot(mean[0], mean[1]) > _ONE_HUE * each, np.bool_)


def _is_certain(color: _FloatArray, strength: _FloatArray) -> _Mask:
    """Where a color is not left over from a stain or old paper, (h, w): these are yellow or brown. So are highlighters.

    Pale yellow has to fill an area, which the rims of letters on old paper, packed as JPEG, do not.
    """
    blue, red, luma = color
    is_warm = (blue < 0.0) & (red > -_GREENEST_STAIN) & (-blue >= red)
    area = cv2.blur(strength, (_AREA_CELLS, _AREA_CELLS))
    warm = np.where(luma > _PALE, area > _CERTAIN_PALE_WARM, strength > _CERTAIN_WARM)
    return np.asarray(np.where(is_warm, warm, strength > _CERTAIN_COLOR), np.bool_)
