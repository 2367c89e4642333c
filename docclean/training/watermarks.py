"""Watermarks: drawn, laid over or under the print, before or after the page was scanned.

`watermarked` returns a page with a watermark and the same page, captured the same way, without it. Words, fonts, logos
and hues are split: what `held_out` draws from, training never sees. Stamps are not watermarks: they belong to the
document (see `marks`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from docclean.core.page import PixelArray
from docclean.training import capture, textures
from docclean.training.degrade import Degraded, degrade
from docclean.training.mark_shapes import draw_logo, draw_pattern, draw_seal, draw_words
from docclean.training.textures import FloatImage

_HELD_OUT_HUES = ((0.20, 0.26), (0.78, 0.84))
_FAINTEST = 0.02
"""Least contrast of a watermark against white paper, 0..1: fainter ones nobody sees."""

_LARGEST_CONTEXT = 640
"""Longer side up to which a page is a training context, px; larger ones have marks of their own size."""

_WHOLE_ON_CONTEXTS = 0.5
"""How often a training context has a mark of its own, and not a part of a larger one."""

_REACH = 8
"""How far from a mark capturing may carry its traces, px; farther away both pages are made equal."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """A mark as a layer over a page.

    Attributes:
        opacity: (H, W), float32, 0..0.9.
        color: RGB, 0..1.
        is_under: The print lies on top of it: the mark darkens paper and leaves ink as it is.
    """

    opacity: FloatImage
    color: tuple[float, float, float]
    is_under: bool


def watermarked(
    clean: PixelArray,
    rng: np.random.Generator,
    *,
    fonts: Sequence[Path],
    held_out: bool,
    beyond: float = 0.0,
) -> Degraded:
    """Put a watermark on a page.

    Args:
        clean: (H, W, 3), uint8, RGB.
        rng: Source of randomness.
        fonts: Fonts for words; those of the other part of the split must have been taken out.
        held_out: Draw words, logos and hues that are kept for evaluation.
        beyond: How often the page is taken for a part of a sheet up to 2.6 times as high and wide, which the mark was
            made for, 0..1; pages no larger than a training context always are, every other time.

    Returns:
        The page with the mark and without it, with the mark's layers. Farther than 8 px from the mark both are equal.
    """
    shape = (clean.shape[0], clean.shape[1])
    is_whole = max(shape) > _LARGEST_CONTEXT
    if (beyond > 0 and rng.random() < beyond) if is_whole else rng.random() >= _WHOLE_ON_CONTEXTS:
        mark, kind = _part_of_large_mark(shape, rng, fonts=fonts, held_out=held_out)
    else:
        mark, kind = draw_watermark(shape, rng, fonts=fonts, held_out=held_out)
    order = rng.random()
    if order < 0.45:
        pages, when = [apply_watermark(_unit(clean), mark), _unit(clean)], "digital"
        seed, captures = int(rng.integers(2**32)), _compressed
    elif order < 0.75:
        pages, when = [apply_watermark(_unit(clean), mark), _unit(clean)], "before scanning"
        seed, captures = int(rng.integers(2**32)), _scanned
    else:
        scan = _unit(degrade(clean, rng).dirty)
        pages, when = [apply_watermark(scan, mark), scan], "after scanning"
        seed, captures = int(rng.integers(2**32)), _compressed
    dirty, truth = (captures(page, np.random.default_rng(seed)) for page in pages)
    if capture.is_gray(truth) and max(mark.color) - min(mark.color) < 0.02:
        dirty = capture.gray(dirty)
    far = cv2.dilate((mark.opacity > 0).astype(np.uint8), np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8)) == 0
    truth = np.where(far[:, :, None], dirty, truth)
    color = np.broadcast_to(capture.to_uint8(np.array(mark.color, np.float32)), clean.shape)
    kinds = (kind, when, "under print" if mark.is_under else "over print")
    return Degraded(dirty, truth, capture.to_uint8(mark.opacity), np.ascontiguousarray(color), kinds)


def draw_watermark(
    shape: tuple[int, int], rng: np.random.Generator, *, fonts: Sequence[Path], held_out: bool
) -> tuple[Watermark, str]:
    """Draw a watermark of a random kind; returns it with the kind's name."""
    kind, draw = _KINDS[int(rng.choice(len(_KINDS), p=_ODDS))]
    mask = draw(shape, rng, fonts, held_out)
    color = _color(rng, held_out=held_out)
    faintest = _FAINTEST / max(0.02, 1.0 - float(np.dot(color, (0.299, 0.587, 0.114))))
    strongest = 0.45 if kind in ("seal", "pattern") else 0.9
    drawn = rng.uniform(0.1, strongest) if rng.random() < 0.5 else np.exp(rng.uniform(np.log(0.05), np.log(strongest)))
    opacity = float(np.clip(drawn, faintest, strongest))
    if rng.random() < 0.15:
        worn = textures.fractal_noise(shape, rng, coarsest=int(rng.integers(3, 40)))
        mask = mask * np.clip(1.0 - rng.uniform(0.1, 0.6) * np.abs(worn), 0, 1)
    return Watermark(np.asarray(opacity * mask, np.float32), color, bool(rng.random() < 0.5)), kind


def _part_of_large_mark(
    shape: tuple[int, int], rng: np.random.Generator, *, fonts: Sequence[Path], held_out: bool
) -> tuple[Watermark, str]:
    """Cut a page's worth out of a mark that was drawn on a larger sheet: of a letter across it, one sees a bar."""
    if max(shape) > _LARGEST_CONTEXT:
        sheet = tuple(int(side * rng.uniform(1.1, 2.6)) for side in shape)
    else:
        sheet = tuple(int(side) for side in rng.integers(700, 1700, 2))
    mark, kind = draw_watermark((sheet[0], sheet[1]), rng, fonts=fonts, held_out=held_out)
    rows, columns = np.nonzero(mark.opacity[::4, ::4])
    middle = np.array(sheet) // 2
    if len(rows) and rng.random() < 0.8:
        place = int(rng.integers(0, len(rows)))
        middle = 4 * np.array([rows[place], columns[place]])
    shift = rng.integers(-shape[0] // 3, shape[0] // 3 + 1, 2)
    top, left = (
        int(np.clip(at - side // 2, 0, whole - side))
        for at, side, whole in zip(middle + shift, shape, sheet, strict=True)
    )
    part = mark.opacity[top : top + shape[0], left : left + shape[1]]
    return replace(mark, opacity=np.where(part * 255.0 < 0.5, np.float32(0), part)), kind


def apply_watermark(page: FloatImage, mark: Watermark) -> FloatImage:
    """Blend a mark with a page, (H, W, 3), float32, 0..1.

    Source:
        Over: Porter, Duff 1984, "Compositing Digital Images", section 4.3; under: the ink's transmittance multiplies
        what lies below it.
    """
    opacity, color = mark.opacity[:, :, None], np.array(mark.color, np.float32)
    if mark.is_under:
        return np.asarray(page * (1.0 - opacity * (1.0 - color)), np.float32)
    return np.asarray(page * (1.0 - opacity) + opacity * color, np.float32)


def _color(rng: np.random.Generator, *, held_out: bool) -> tuple[float, float, float]:
    if rng.random() < 0.5:
        level = float(rng.uniform(0.0, 0.85))
        return (level, level, level)
    while True:
        hue = rng.random()
        if any(low <= hue < high for low, high in _HELD_OUT_HUES) == held_out:
            break
    hsv = np.array([[[hue * 360.0, rng.uniform(0.3, 1.0), rng.uniform(0.35, 1.0)]]], np.float32)
    red, green, blue = (float(v) for v in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])
    return (red, green, blue)


def _compressed(x: FloatImage, rng: np.random.Generator) -> PixelArray:
    pixels = capture.to_uint8(x)
    return capture.jpeg(pixels, rng) if rng.random() < 0.4 else pixels


def _scanned(x: FloatImage, rng: np.random.Generator) -> PixelArray:
    """A light scan that draws the same numbers whatever is on the page."""
    size = (x.shape[0], x.shape[1])
    if rng.random() < 0.7:
        x = x * textures.paper(size, rng)
    if rng.random() < 0.4:
        x = x * textures.illumination(size, rng)[:, :, None]
    for name, effect, odds in capture.EFFECTS:
        if rng.random() < odds and name in {"blur", "sensor noise", "resampling", "low contrast"}:
            x = effect(np.asarray(x, np.float32), rng)
    return _compressed(np.asarray(x, np.float32), rng)


def _unit(pixels: PixelArray) -> FloatImage:
    return pixels.astype(np.float32) / 255.0


_Draw = Callable[[tuple[int, int], np.random.Generator, Sequence[Path], bool], FloatImage]

_KINDS: tuple[tuple[str, _Draw], ...] = (
    ("text", draw_words),
    ("logo", draw_logo),
    ("seal", draw_seal),
    ("pattern", draw_pattern),
)
_ODDS = (0.55, 0.2, 0.13, 0.12)
