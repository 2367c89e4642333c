"""What copiers, scanners, fax machines and cameras do to a page, and the conversions they need.

The effects take and return a page (H, W, 3), float32, about 0..1.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.training import textures
from docclean.training.page_scale import is_whole_page
from docclean.training.textures import FloatImage

Effect = Callable[[FloatImage, np.random.Generator], FloatImage]

_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16.0


def copier_border(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """A dark stripe along one edge, where the lid was open."""
    width = int(rng.integers(3, max(4, x.shape[1] // 12)))
    darkness, turns = rng.uniform(0.02, 0.4), int(rng.integers(0, 4))
    lying = turns % 2 == 1
    mask = np.ones((x.shape[1], x.shape[0]) if lying else x.shape[:2], np.float32)
    mask[:, :width] = darkness
    turned = np.ascontiguousarray(np.rot90(mask, turns))
    return np.asarray(x * cv2.GaussianBlur(turned, (0, 0), rng.uniform(0.5, 6.0))[:, :, None], np.float32)


def punch_hole(x: FloatImage, clean: PixelArray, rng: np.random.Generator) -> FloatImage:
    """Holes of a punch near one edge, dark or with a shaded rim, where the page has no ink."""
    height, width = x.shape[:2]
    if is_whole_page(x.shape):
        radius, column, rows = _filing_holes(height, width, rng)
    else:
        radius = float(rng.uniform(0.015, 0.05) * min(height, width))
        column = rng.uniform(1.2, 3.0) * radius
        rows = None
    center_x = column if rng.random() < 0.5 else width - column
    mask = np.zeros((height, width), np.float32)
    for center_y in rng.uniform(0, height, int(rng.integers(1, 3))) if rows is None else rows:
        cv2.circle(mask, (int(center_x), int(center_y)), max(1, int(radius)), 1.0, -1, cv2.LINE_AA)
    if float(luma(clean)[mask > 0].min(initial=255.0)) < 250:
        return x
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 1.5)), np.float32)
    if rng.random() < 0.4:  # white backing: only the rim casts a shadow
        mask = np.asarray(np.abs(cv2.Sobel(mask, cv2.CV_32F, 1, 1)), np.float32)
    return np.asarray(x * (1.0 - rng.uniform(0.3, 1.0) * np.clip(mask, 0, 1)[:, :, None]), np.float32)


def _filing_holes(height: int, width: int, rng: np.random.Generator) -> tuple[float, float, NDArray[np.float64]]:
    """Radius, distance from the edge and rows of two or four holes of a whole page, px.

    Source:
        ISO 838: two holes of 6 mm, 80 mm apart, their centers 12 mm from the edge; four holes have the same distance.
    """
    mm = min(height, width) / 210.0
    rows = height / 2 + rng.uniform(-6, 6) * mm + 80 * mm * (np.array([-0.5, 0.5, -1.5, 1.5])[: rng.choice([2, 2, 4])])
    return float(rng.uniform(2.7, 3.3) * mm), float(rng.uniform(10, 14) * mm), np.asarray(rows, np.float64)


def specks(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Dust and toner: dark specks on paper, white ones in ink, of a few pixels; evenly, in clouds or in bands."""
    size = (x.shape[0], x.shape[1])
    density = np.full(size, 10 ** rng.uniform(-4.0, -1.7), np.float32)
    kind = rng.random()
    if kind < 0.2:
        density *= np.exp(rng.uniform(0.8, 2.0) * textures.fractal_noise(size, rng, coarsest=3, octaves=4))
    elif kind < 0.45:
        density += rng.uniform(0.05, 0.5) * textures.bands(size, rng)
    density = np.minimum(density, 0.5)
    grain = rng.uniform(0.0, 0.9)
    if rng.random() < 0.2:
        density *= 0.2
        grain = -1.0
    noise = rng.random(size, dtype=np.float32)
    pepper = (noise < density).astype(np.float32)
    salt = (noise > 1.0 - np.minimum(density, 0.02) * rng.uniform(0.0, 1.0)).astype(np.float32)
    pepper, salt = (_grown(m, grain, rng) for m in (pepper, salt))
    dark = rng.uniform(0.0, 0.5)
    x = x + (dark - x) * pepper[:, :, None] * (x > dark)
    return np.asarray(x + (1.0 - x) * 0.8 * salt[:, :, None], np.float32)


def _grown(mask: FloatImage, grain: float, rng: np.random.Generator) -> FloatImage:
    """Specks of one pixel as they are, softened, or grown to a few pixels."""
    if grain < 0.0:
        side = int(rng.integers(2, 4))
        grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
        return np.asarray(cv2.GaussianBlur(grown, (0, 0), 0.4), np.float32)
    if grain > 0.35:
        peak = 2.0 * np.pi * grain**2
        return np.asarray(np.clip(peak * cv2.GaussianBlur(mask, (0, 0), grain), 0.0, 1.0), np.float32)
    return mask


def _dirt(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Few larger crumbs, hairs of dirt and copier spots."""
    dirt = textures.spots((x.shape[0], x.shape[1]), rng, count=int(rng.integers(1, 40)), largest=rng.uniform(1.0, 5.0))
    return np.asarray(x * (1.0 - rng.uniform(0.2, 1.0) * dirt[:, :, None]), np.float32)


def _streaks(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    return np.asarray(x * textures.streaks((x.shape[0], x.shape[1]), rng)[:, :, None], np.float32)


def _rollers(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Wide soft stripes that dirty rollers leave, darker or, rarely, lighter."""
    stripes = textures.bands((x.shape[0], x.shape[1]), rng)[:, :, None]
    if rng.random() < 0.15:
        return np.asarray(x + rng.uniform(0.05, 0.4) * stripes * (1.0 - x), np.float32)
    return np.asarray(x * (1.0 - rng.uniform(0.1, 0.6) * stripes), np.float32)


def _blur(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    return np.asarray(cv2.GaussianBlur(x, (0, 0), rng.uniform(0.3, 1.3)), np.float32)


def _resample(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    height, width = x.shape[:2]
    factor = rng.uniform(0.55, 0.95)
    smaller = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(x, smaller, interpolation=cv2.INTER_AREA)
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


EFFECTS: tuple[tuple[str, Effect, float], ...] = (
    ("specks", specks, 0.4),
    ("dirt", _dirt, 0.2),
    ("streaks", _streaks, 0.16),
    ("rollers", _rollers, 0.1),
    ("blur", _blur, 0.35),
    ("resampling", _resample, 0.2),
    ("sensor noise", _sensor_noise, 0.55),
    ("low contrast", _low_contrast, 0.35),
)
"""Name, effect, and how often it takes part."""


def fax(clean: PixelArray, rng: np.random.Generator) -> tuple[PixelArray, PixelArray]:
    """A two-level scan with toner specks or dithered paper, and its truth, two-level too and cut at the same level.

    Source:
        Ordered dithering: Bayer 1973, "An optimum method for two-level rendition of continuous-tone pictures".
    """
    x = luma(clean) / np.float32(255.0)
    size = (x.shape[0], x.shape[1])
    level = rng.uniform(0.4, 0.75)
    truth = (x > level).astype(np.float32)
    noisy = x + rng.uniform(0.0, 0.12) * textures.fractal_noise(size, rng, coarsest=64, octaves=4)
    threshold: FloatImage | float = level
    if rng.random() < 0.2:
        tile = np.tile(_BAYER, (-(-size[0] // 4), -(-size[1] // 4)))[: size[0], : size[1]]
        noisy = noisy * (1.0 - rng.uniform(0.05, 0.3) * textures.illumination(size, rng))
        threshold = np.asarray(0.1 + 0.85 * tile, np.float32)
    dirty = (noisy > threshold).astype(np.float32)[:, :, None]
    if rng.random() < 0.8:
        dirty = (specks(dirty, rng) > 0.5).astype(np.float32)
    pair = [np.repeat(to_uint8(a.reshape(*size, 1)), 3, axis=2) for a in (dirty, truth)]
    return pair[0], pair[1]


def jpeg(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Compress and expand, at a quality of 30 to 95."""
    quality = int(rng.integers(30, 96))
    _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def luma(pixels: PixelArray) -> NDArray[np.float32]:
    """Luma of a page, (H, W, 3) uint8 RGB -> (H, W), float32, 0..255. Source: ITU-R BT.601-7, section 2.5.1."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def gray(pixels: PixelArray) -> PixelArray:
    """The page without color, still (H, W, 3)."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def is_gray(pixels: PixelArray) -> bool:
    """Whether the three channels are equal everywhere."""
    return bool(np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 1], pixels[..., 2]))


def to_uint8(x: FloatImage) -> PixelArray:
    """0..1 -> 0..255, rounded and clipped."""
    return np.asarray(np.clip(x * 255.0 + 0.5, 0.0, 255.0), np.uint8)
