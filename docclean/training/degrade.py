"""Damage for clean pages: what time, cups, copiers and cameras do to a sheet of paper.

`degrade` takes a clean crop and returns the dirty twin. Ink and marks that belong to the document stay in the truth;
paper, light, dirt and the scanner do not. Order and strength are random; a seed determines the result.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from docclean.core.page import PixelArray
from docclean.training import textures
from docclean.training.textures import FloatImage

INK_LEVEL = 0.85
"""A clean pixel darker than this (grey, 0..1) counts as ink."""

Effect = Callable[[FloatImage, np.random.Generator], FloatImage]


@dataclass(frozen=True, slots=True)
class Degraded:
    """A training pair.

    Attributes:
        dirty: (H, W, 3), uint8, RGB.
        clean: (H, W, 3), uint8, RGB: the truth.
    """

    dirty: PixelArray
    clean: PixelArray


def degrade(
    clean: PixelArray,
    rng: np.random.Generator,
    *,
    backside: PixelArray | None = None,
    sheet: FloatImage | None = None,
) -> Degraded:
    """Damage a clean crop.

    Args:
        clean: (H, W, 3), uint8, RGB.
        rng: Source of randomness.
        backside: Another crop of the same size, whose ink shows through; None for opaque paper.
        sheet: Real paper, (H, W, 3), float32, 0..1, to print on instead of procedural paper.

    Returns:
        The pair. The truth equals `clean`, except that a fax's truth is two-level and a grey scan's truth is grey.
    """
    if rng.random() < 0.4:
        clean = _gray(clean)
    if rng.random() < 0.06:
        return _fax(clean, rng)
    x = clean.astype(np.float32) / 255.0
    x = _fade_ink(x, rng)
    if backside is not None:
        x = _bleed_through(x, backside, rng)
    x = x * _exposed(_dirty_paper(x.shape[:2], rng, sheet) * _light(x.shape[:2], rng), rng)
    x = _edges(x, rng)
    effects: list[Effect] = [e for e, odds in _CAPTURE if rng.random() < odds]
    for position in rng.permutation(len(effects)):
        x = effects[position](x, rng)
    dirty = _to_uint8(x)
    if _is_gray(clean):
        dirty = _gray(dirty)
    if rng.random() < 0.5:
        dirty = _jpeg(dirty, rng)
    return Degraded(dirty, clean)


def _fade_ink(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Ink is never quite black, and old ink is pale in places."""
    strength = rng.uniform(0.72, 1.0) if rng.random() < 0.8 else rng.uniform(0.4, 0.75)
    field = np.full(x.shape[:2], strength, np.float32)
    if rng.random() < 0.3:
        noise = textures.fractal_noise(x.shape[:2], rng, coarsest=int(rng.integers(4, 40)), octaves=4)
        field *= np.clip(1.0 - rng.uniform(0.0, 0.25) * np.abs(noise), 0.3, 1.0)
    return np.asarray(1.0 - (1.0 - x) * field[:, :, None], np.float32)


def _bleed_through(x: FloatImage, backside: PixelArray, rng: np.random.Generator) -> FloatImage:
    other = cv2.GaussianBlur(backside[:, ::-1], (0, 0), rng.uniform(1.2, 4.0)).astype(np.float32) / 255.0
    tint = np.array([1.0, 0.95, 0.85], np.float32) if rng.random() < 0.5 else np.ones(3, np.float32)
    return np.asarray(x * (1.0 - rng.uniform(0.05, 0.3) * (1.0 - other) * tint), np.float32)


def _dirty_paper(shape: tuple[int, ...], rng: np.random.Generator, sheet: FloatImage | None) -> FloatImage:
    size = (shape[0], shape[1])
    field = textures.paper(size, rng) if sheet is None else sheet
    if rng.random() < 0.3:
        field = field * textures.folds(size, rng)[:, :, None]
    if rng.random() < 0.25:
        field = field * textures.crumple(size, rng)[:, :, None]
    for draw, odds in ((textures.stain, 0.25), (textures.ring, 0.2)):
        while rng.random() < odds:
            color = np.array([0.2, 0.4, 0.7], np.float32) * rng.uniform(0.3, 1.0, 3).astype(np.float32)
            field = field * (1.0 - rng.uniform(0.1, 0.9) * draw(size, rng)[:, :, None] * color)
    if rng.random() < 0.2:
        brown = np.array([0.25, 0.4, 0.6], np.float32)
        foxing = textures.spots(size, rng, count=int(rng.integers(3, 60)), largest=rng.uniform(2, 25))
        field = field * (1.0 - rng.uniform(0.1, 0.7) * foxing[:, :, None] * brown)
    return np.asarray(field, np.float32)


def _light(shape: tuple[int, ...], rng: np.random.Generator) -> FloatImage:
    size = (shape[0], shape[1])
    light = np.ones((*size, 1), np.float32)
    if rng.random() < 0.5:
        light = light * textures.illumination(size, rng)[:, :, None]
    if rng.random() < 0.25:
        cast = textures.shadow(size, rng)[:, :, None]
        color = 1.0 - rng.uniform(0.0, 0.08, 3).astype(np.float32)
        light = light * np.where(cast < 0.999, cast ** (1.0 / color), cast)
    return np.asarray(light, np.float32)


def _exposed(field: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Lit paper as a scanner or camera exposes it: its brighter part comes out light, whatever the lamp."""
    bright = float(np.percentile(field[::8, ::8], 85))
    return np.asarray(field * max(1.0, (1.0 - 0.4 * rng.uniform(0.0, 1.0) ** 2) / max(bright, 0.05)), np.float32)


def _edges(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Dark copier borders and punch holes; rare, and only at the rim."""
    if rng.random() < 0.06:
        width = int(rng.integers(3, max(4, x.shape[1] // 12)))
        mask = np.ones(x.shape[:2], np.float32)
        mask[:, :width] = rng.uniform(0.02, 0.4)
        turned = np.ascontiguousarray(np.rot90(mask, int(rng.integers(0, 4))))
        if turned.shape == x.shape[:2]:
            x = x * cv2.GaussianBlur(turned, (0, 0), rng.uniform(0.5, 6.0))[:, :, None]
    return np.asarray(x, np.float32)


def _specks(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Dust and toner: dark specks on paper, white ones in ink, in clumps of very few pixels."""
    density = 10 ** rng.uniform(-4.0, -1.7)
    noise = rng.random(x.shape[:2], dtype=np.float32)
    size = rng.uniform(0.0, 0.9)
    pepper = (noise < density).astype(np.float32)
    salt = (noise > 1.0 - density * rng.uniform(0.0, 1.0)).astype(np.float32)
    if size > 0.35:
        peak = 2.0 * np.pi * size**2
        pepper, salt = (np.clip(peak * cv2.GaussianBlur(m, (0, 0), size), 0.0, 1.0) for m in (pepper, salt))
    dark = rng.uniform(0.0, 0.5)
    x = x + (dark - x) * pepper[:, :, None] * (x > dark)
    return np.asarray(x + (1.0 - x) * 0.8 * salt[:, :, None], np.float32)


def _dirt(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Few larger crumbs, hairs of dirt and copier spots."""
    dirt = textures.spots(x.shape[:2], rng, count=int(rng.integers(1, 40)), largest=rng.uniform(1.0, 5.0))
    return np.asarray(x * (1.0 - rng.uniform(0.2, 0.9) * dirt[:, :, None]), np.float32)


def _streaks(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    return np.asarray(x * textures.streaks((x.shape[0], x.shape[1]), rng)[:, :, None], np.float32)


def _blur(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    return np.asarray(cv2.GaussianBlur(x, (0, 0), rng.uniform(0.3, 1.3)), np.float32)


def _resample(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    height, width = x.shape[:2]
    factor = rng.uniform(0.55, 0.95)
    small = cv2.resize(x, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _sensor_noise(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    channels = 3 if rng.random() < 0.5 else 1
    noise = rng.standard_normal((*x.shape[:2], channels), dtype=np.float32)
    if rng.random() < 0.4:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7).reshape(noise.shape) * 2.0
    amount = 10 ** rng.uniform(-2.4, -1.1)
    return np.asarray(x + amount * noise * np.sqrt(np.clip(x, 0.05, 1.0)), np.float32)


def _low_contrast(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    black, white = rng.uniform(0.0, 0.2), rng.uniform(0.8, 1.0)
    return np.asarray(black + (white - black) * np.clip(x, 0.0, 1.2) ** rng.uniform(0.75, 1.3), np.float32)


_CAPTURE: tuple[tuple[Effect, float], ...] = (
    (_specks, 0.3),
    (_dirt, 0.2),
    (_streaks, 0.12),
    (_blur, 0.35),
    (_resample, 0.2),
    (_sensor_noise, 0.55),
    (_low_contrast, 0.35),
)


def _fax(clean: PixelArray, rng: np.random.Generator) -> Degraded:
    """A two-level scan with toner specks: the truth is two-level too, cut at the same level."""
    x = cv2.cvtColor(clean, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    level = rng.uniform(0.4, 0.75)
    truth = (x > level).astype(np.float32)
    noisy = x + rng.uniform(0.0, 0.12) * textures.fractal_noise((x.shape[0], x.shape[1]), rng, coarsest=64, octaves=4)
    dirty = (noisy > level).astype(np.float32)[:, :, None]
    if rng.random() < 0.8:
        dirty = (_specks(dirty, rng) > 0.5).astype(np.float32)
    pair = [np.repeat(_to_uint8(a.reshape(*x.shape, 1)), 3, axis=2) for a in (dirty, truth)]
    return Degraded(pair[0], pair[1])


def _jpeg(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    quality = int(rng.integers(30, 96))
    _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _gray(pixels: PixelArray) -> PixelArray:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def _is_gray(pixels: PixelArray) -> bool:
    return bool(np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 1], pixels[..., 2]))


def _to_uint8(x: FloatImage) -> PixelArray:
    return np.asarray(np.clip(x * 255.0 + 0.5, 0.0, 255.0), np.uint8)
