"""Pairs from dirty pages alone: the user's paper without its ink, printed anew with text whose clean page is known.

Source:
    Clean text put on scans of dirty paper, as NoisyOffice's simulated pages came about: Castro-Bleda et al. 2019, "The
    NoisyOffice Database", The Computer Journal.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.luma import gray_of
from docclean.training.dataset import CONTEXT
from docclean.training.finetune.contexts import OwnContext, enlarged, turned, window_of
from docclean.training.finetune.material import KeptPage, some_of
from docclean.training.page_layouts import is_handwriting, set_page

_TRACE = 0.88
"""What the model leaves darker than this counts as ink when paper is looked for."""

_STROKE = 64.0
"""Ink of at least this, of 255, is that of a stroke and not of a trace of dirt."""

_BLURS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.3, 1.7)
"""What is tried, px: a scanner blurs strokes by little, a camera by more."""

_FILL_RADIUS = 3
_GRAIN_SIGMA = 2.0
_MOST_GRAIN = 5.0
"""What differs from its surroundings by more than this, times the median, is dirt and not the paper's grain."""

TEXTS = 48
"""Pages that are set to be printed on the user's paper."""

_AS_IT_CAME = 0.5
"""Share of contexts that are parts of the pages as they came, held against what the model made of them, without the
traces of dirt. They keep strokes as they are: what is printed anew has not quite the user's rims and ink."""

_OWN_TEXT = 0.5
"""Share of contexts with the text of the pages themselves. It is what the model made of them, the mean of what might
have been there: learned from often, it teaches to be soft."""

_SMALLEST_TEXT, _LARGEST_TEXT = 256, 1000
_SOFTENINGS = (0.0, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.85, 1.0)
"""What is tried to give set pages rims as soft as the print of the user's, px."""

_WHITE = 250
_PRINT, _CORE = 200, 60
"""Darker than the first is print, than the second the inside of a stroke, of 255."""

_MOST_LOOKED_AT = 16
_USUAL_X_HEIGHT_PT = 5.5
_POINTS_PER_INCH = 72.0
_DPI = (75.0, 400.0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A dirty page taken apart.

    Attributes:
        paper: (H, W, 3), uint8: the page with its ink filled in.
        text: (H, W, 3), uint8: its ink on white, as far as the model could tell.
        ink: How dark the ink is against the paper around, 0..1.
        blur: Standard deviation of the blur of the print, px.
    """

    paper: PixelArray
    text: PixelArray
    ink: float
    blur: float


def take_apart(dirty: PixelArray, restored: PixelArray) -> Sheet:
    """Part a dirty page into paper and text.

    Args:
        dirty: (H, W, 3), uint8, RGB.
        restored: The page as the base model restores it, of the same shape.

    Source:
        Filling: Telea 2004, "An Image Inpainting Technique Based on the Fast Marching Method", as in OpenCV; the
        paper's grain, which it smooths away, is laid over it again from next to it.
    """
    clean = gray_of(restored)
    mask = cv2.dilate((clean < _TRACE).astype(np.uint8), np.ones((5, 5), np.uint8))
    filled = np.asarray(cv2.inpaint(dirty, mask, _FILL_RADIUS, cv2.INPAINT_TELEA), np.uint8)
    paper = _grained(dirty, filled, mask.astype(bool))
    text = _whitened(restored)
    ink, blur = fitted_print(dirty, paper, text)
    return Sheet(paper, text, ink, blur)


def fitted_print(dirty: PixelArray, paper: PixelArray, text: PixelArray) -> tuple[float, float]:
    """Find with which ink and which blur `printed` gives back the page that paper and text were taken from.

    For a given blur the ink is the least-squares solution; of some blurs the one with the smallest error is taken.

    Args:
        dirty: (H, W, 3), uint8, RGB.
        paper: Its paper, of the same shape.
        text: Its text, of the same shape.

    Returns:
        How dark the ink is, 0.2..1, and the standard deviation of the blur, px; 1 and 0 for a page without text.
    """
    light, missing = gray_of(paper), gray_of(paper) - gray_of(dirty)
    cover = 1.0 - gray_of(text)
    near = cv2.dilate((cover > 0).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if not near.any():
        return 1.0, 0.0
    found: list[tuple[float, float, float]] = []
    for blur in _BLURS:
        full = (light * _blurred(cover, blur))[near]
        ink = float(np.clip((full * missing[near]).sum() / max(float((full * full).sum()), 1e-6), 0.2, 1.0))
        found.append((float(np.square(missing[near] - ink * full).mean()), ink, blur))
    _, ink, blur = min(found)
    return ink, blur


def _blurred(cover: NDArray[np.float32], blur: float) -> NDArray[np.float32]:
    if blur <= 0:
        return cover
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), blur), np.float32).reshape(cover.shape)


def _grained(dirty: PixelArray, filled: PixelArray, mask: NDArray[np.bool_]) -> PixelArray:
    """Give filled places the grain of paper a little way off."""
    grain = dirty.astype(np.float32) - cv2.GaussianBlur(dirty, (0, 0), _GRAIN_SIGMA).astype(np.float32)
    far = cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)  # next to ink, grain is its edge
    if far.all():
        return filled
    strength = np.abs(grain).max(axis=2)
    is_grain = ~far & (strength <= _MOST_GRAIN * np.median(strength[~far]) + 1.0)  # specks and edges of stains are not
    result = filled.astype(np.float32)
    rows, columns = np.nonzero(mask)
    for down, right in _ways():
        above, beside = (rows - down) % mask.shape[0], (columns - right) % mask.shape[1]
        usable = is_grain[above, beside]
        result[rows[usable], columns[usable]] += grain[above[usable], beside[usable]]
        rows, columns = rows[~usable], columns[~usable]
    return np.asarray(np.clip(result + 0.5, 0, 255), np.uint8)


def _ways() -> Iterator[tuple[int, int]]:
    """Where to look for grain: all around, then further away."""
    for number, distance in enumerate((17, 29, 41, 61, 89, 131)):
        for turn in range(8):
            angle = (turn + 0.5 * (number % 2)) * math.pi / 4.0
            yield round(distance * math.sin(angle)), round(distance * math.cos(angle))


def _whitened(restored: PixelArray) -> PixelArray:
    """Strokes with their soft rims as they are, and what is nearly white beside them wholly so.

    A trace of dirt must not become truth; neither must a stroke without its rim, or the model learns to cut it off.
    """
    ink = 255.0 - restored.astype(np.float32)
    strokes = cv2.dilate((ink.max(axis=2) > _STROKE).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    ink *= np.where(strokes[:, :, None], 1.0, np.clip((ink - 22.0) / 20.0, 0.0, 1.0))
    return np.asarray(255.5 - ink, np.uint8)


def printed(paper: PixelArray, text: PixelArray, ink: float, *, blur: float) -> PixelArray:
    """Print text on paper.

    Args:
        paper: (H, W, 3), uint8.
        text: (H, W, 3), uint8, on white.
        ink: How dark the ink is, 0..1.
        blur: Standard deviation of the blur of the print, px; 0 for none.

    Returns:
        (H, W, 3), uint8: the ink takes away a part of the paper's light, as on real paper.
    """
    cover = _blurred(1.0 - text.astype(np.float32) / 255.0, blur)
    return np.asarray(paper.astype(np.float32) * (1.0 - ink * cover) + 0.5, np.uint8)


def set_texts(
    sheets: Sequence[KeptPage], fonts: Sequence[Path], *, seed: int, told: Callable[[int, int], None]
) -> list[PixelArray]:
    """Set pages whose letters are as high, and whose strokes have rims as soft, as the print of the user's pages.

    Args:
        sheets: As in `PaperContexts`.
        fonts: Fonts to set them with.
        seed: Determines the pages.
        told: Told after every page how many are set, and of how many; may raise to stop.

    Returns:
        `TEXTS` pages, each (H, W, 3), uint8, on white.
    """
    prints = [np.asarray(sheet.clean) for sheet in some_of(sheets, _MOST_LOOKED_AT)]
    softness = float(np.median([rim_share(text) for text in prints]))
    dpis = [_dpi_of(text) for text in prints]
    hands = [font for font in fonts if is_handwriting(font)]
    texts = []
    for number in range(TEXTS):
        rng = np.random.default_rng([seed, 8, number])
        place = int(rng.integers(0, len(prints)))
        height, width = (min(max(side, _SMALLEST_TEXT), _LARGEST_TEXT) for side in prints[place].shape[:2])
        dpi = float(np.clip(dpis[place] * rng.uniform(0.85, 1.2), *_DPI))
        font = fonts[int(rng.integers(0, len(fonts)))]
        texts.append(_softened(set_page(font, rng, dpi=dpi, size=(height, width), hands=hands), softness))
        told(number + 1, TEXTS)
    return texts


def rim_share(text: PixelArray) -> float:
    """How much of the print is rim: the share of pixels between ink and paper, 0..1; 0 on a page without print."""
    darkest = text.min(axis=2)
    print_area = int((darkest < _PRINT).sum())
    return float(((darkest < _PRINT) & (darkest > _CORE)).sum() / print_area) if print_area else 0.0


def _softened(text: PixelArray, softness: float) -> PixelArray:
    """Blur a page until its rims are as soft as wanted."""
    blurred = text
    for sigma in _SOFTENINGS:
        blurred = text if sigma == 0 else np.asarray(cv2.GaussianBlur(text, (0, 0), sigma), np.uint8)
        if rim_share(blurred) >= softness:
            break
    return blurred


def _dpi_of(text: PixelArray) -> float:
    """Resolution at which usual print would have letters as high as those of a page."""
    return float(np.clip(letter_height(text) / _USUAL_X_HEIGHT_PT * _POINTS_PER_INCH, *_DPI))


class PaperContexts:
    """Parts of the user's pages as they came, and of their paper with text on it: set pages, or the user's, moved.

    Args:
        sheets: Kept pages whose `dirty` is paper alone and whose `clean` is text alone, and `scan` the page as it came.
        texts: Set pages, on white.
        doubled_up_to: As in `InputSpec`.
    """

    def __init__(self, sheets: Sequence[KeptPage], texts: Sequence[PixelArray], *, doubled_up_to: int) -> None:
        self._sheets, self._texts, self._doubled_up_to = tuple(sheets), tuple(texts), doubled_up_to

    def draw(self, rng: np.random.Generator) -> OwnContext:
        """See `OwnContexts`."""
        sheet = self._sheets[int(rng.integers(0, len(self._sheets)))]
        factor = 2 if sheet.dirty.shape[0] * sheet.dirty.shape[1] <= self._doubled_up_to else 1
        side = CONTEXT // factor
        if sheet.scan is not None and rng.random() < _AS_IT_CAME:
            scan, clean = turned(window_of([sheet.scan, sheet.clean], side, rng), rng)
            dirty, text = (np.ascontiguousarray(enlarged(a, factor)) for a in (scan, clean))
            return OwnContext(dirty, text, np.ones((CONTEXT, CONTEXT), np.bool_))
        if rng.random() < _OWN_TEXT:
            source = self._sheets[int(rng.integers(0, len(self._sheets)))].clean
        else:
            source = self._texts[int(rng.integers(0, len(self._texts)))]
        (paper,) = turned(window_of([sheet.dirty], side, rng), rng)
        (text,) = window_of([source], side, rng)
        ink = float(np.clip(sheet.record.ink + rng.uniform(-0.06, 0.06), 0.2, 1.0))
        dirty = printed(paper, text, ink, blur=sheet.record.blur * rng.uniform(0.8, 1.2))
        dirty, text = (np.ascontiguousarray(enlarged(a, factor)) for a in (dirty, text))
        return OwnContext(dirty, text, _beside_print(text))


def _beside_print(text: PixelArray) -> NDArray[np.bool_]:
    """Where a printed page teaches what paper is: not on strokes, whose rims and ink are ours and not the user's."""
    print_there = (text.min(axis=2) < _WHITE).astype(np.uint8)
    return np.asarray(cv2.dilate(print_there, np.ones((3, 3), np.uint8)) == 0, np.bool_)


def set_on(sheet: KeptPage, fonts: Sequence[Path], rng: np.random.Generator) -> tuple[PixelArray, PixelArray]:
    """Set a page and print it on a kept sheet.

    Args:
        sheet: As in `PaperContexts`.
        fonts: Fonts to set it with.
        rng: Source of randomness.

    Returns:
        Dirty and clean page, each (H, W, 3), uint8.
    """
    size = (sheet.dirty.shape[0], sheet.dirty.shape[1])
    dpi = _dpi_of(np.asarray(sheet.clean))
    font = fonts[int(rng.integers(0, len(fonts)))]
    hands = [each for each in fonts if is_handwriting(each)]
    text = set_page(font, rng, dpi=dpi, size=size, hands=hands)
    return printed(np.asarray(sheet.dirty), text, sheet.record.ink, blur=sheet.record.blur), text


def letter_height(text: PixelArray) -> float:
    """Median height of what hangs together on a page of text, px: about that of an x; 12 on a page without."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats((text.min(axis=2) < 128).astype(np.uint8), connectivity=8)
    heights = boxes[1:, cv2.CC_STAT_HEIGHT]
    letters = heights[(heights >= 4) & (heights <= 200)]
    return float(np.median(letters)) if len(letters) else 12.0
