"""Procedural fields that damage is made of: noise, paper, stains, folds, shadows.

Every function returns float32 arrays of the size asked for and takes its randomness from the generator it is given, so
that a seed determines the picture. Nothing here knows about text.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.training.page_scale import magnification, span, spans

FloatImage = NDArray[np.float32]
"""(H, W) or (H, W, 3), float32, mostly 0..1."""


def fractal_noise(
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    coarsest: int = 4,
    octaves: int = 5,
    falloff: float = 0.55,
    is_slow: bool = False,
) -> FloatImage:
    """Noise with detail at several scales, about zero mean and unit standard deviation.

    Args:
        shape: (H, W), px.
        rng: Source of randomness.
        coarsest: Cells along a context's side in the coarsest octave; every further one has twice as many.
        octaves: Number of scales.
        falloff: Amplitude of an octave relative to the one before.
        is_slow: Count the cells along the page's shorter side, as for light and paper, which change slowly on a sheet.

    Source:
        Value noise summed over octaves: Perlin 1985, "An Image Synthesizer", section on 1/f noise; grid values are
        interpolated bicubically here instead of by gradients.
    """
    height, width = shape
    total = np.zeros(shape, np.float32)
    unit = min(shape) if is_slow else span(shape)
    amplitude = 1.0
    for octave in range(octaves):
        cells = [min(side, max(1, round(coarsest * 2**octave * side / unit))) for side in shape]
        grid = rng.standard_normal(cells, dtype=np.float32)
        total += amplitude * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        amplitude *= falloff
    return np.asarray((total - total.mean()) / (total.std() + 1e-6), np.float32)


def paper(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Blank paper: base color, cloudiness, grain and fibers, (H, W, 3), 0..1.3, mostly below 1."""
    value = rng.uniform(0.72, 1.0)
    warmth = rng.uniform(0.0, 1.0) ** 2
    color = value * np.array([1.0, 1.0 - 0.10 * warmth, 1.0 - 0.30 * warmth], np.float32)
    if rng.random() < 0.15:
        color = value * (1.0 - rng.uniform(0.0, 0.25, 3).astype(np.float32))
    field = 1.0 + rng.uniform(0.0, 0.05) * fractal_noise(shape, rng, coarsest=int(rng.integers(2, 7)), is_slow=True)
    if rng.random() < 0.6:
        white = rng.standard_normal(shape, dtype=np.float32)
        grain = np.asarray(cv2.GaussianBlur(white, (0, 0), rng.uniform(0.6, 2.0)), np.float32)
        field += rng.uniform(0.0, 0.035) / (grain.std() + 1e-6) * grain
    if rng.random() < 0.3:
        field *= 1.0 - rng.uniform(0.02, 0.15) * _fibers(shape, rng)
    return np.asarray(np.clip(field, 0.0, 1.3)[:, :, None] * color, np.float32)


def _fibers(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    canvas = np.zeros(shape, np.uint8)
    for _ in range(round(rng.integers(20, 200) * spans(shape))):
        start = rng.uniform(0, 1, 2) * (shape[1], shape[0])
        steps = rng.normal(0, 1, (5, 2)) * rng.uniform(2, 9)
        points = np.cumsum(np.vstack([start, steps]), axis=0)
        cv2.polylines(canvas, [points.astype(np.int32)], isClosed=False, color=255, thickness=1, lineType=cv2.LINE_AA)
    return canvas.astype(np.float32) / 255.0


def stain(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """A spill with a darker rim, (H, W), 0 = none, 1 = full."""
    height, width = shape
    center = rng.uniform(-0.1, 1.1, 2) * (width, height)
    radius = rng.uniform(0.08, 0.5) * span(shape)
    distance = _distance(shape, center) / radius + 0.25 * fractal_noise(shape, rng, coarsest=3, octaves=4)
    body = _smooth_step(1.0 - distance, 0.06)
    rim = np.exp(-(((distance - 0.97) / rng.uniform(0.02, 0.07)) ** 2))
    return np.asarray(np.clip(rng.uniform(0.2, 0.7) * body + rng.uniform(0.2, 0.8) * rim, 0, 1), np.float32)


def ring(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """The mark of a wet cup, (H, W), 0..1: a broken annulus with drips."""
    height, width = shape
    center = rng.uniform(-0.1, 1.1, 2) * (width, height)
    radius = rng.uniform(0.12, 0.45) * span(shape)
    distance = _distance(shape, center) / radius + 0.02 * fractal_noise(shape, rng, coarsest=4, octaves=4)
    width_of_ring = rng.uniform(0.02, 0.08)
    wall = np.exp(-(np.abs((distance - 1.0) / width_of_ring) ** rng.uniform(1.5, 4.0)))
    breaks = np.clip(0.6 + 0.6 * fractal_noise(shape, rng, coarsest=3, octaves=3), 0, 1)
    return np.asarray(np.clip(wall * breaks + 0.12 * _smooth_step(1.0 - distance, 0.05), 0, 1), np.float32)


def spots(shape: tuple[int, int], rng: np.random.Generator, *, count: int, largest: float) -> FloatImage:
    """Foxing or dirt: `count` soft round spots per context of up to `largest` px radius, (H, W), 0..1."""
    canvas = np.zeros(shape, np.float32)
    for _ in range(round(count * spans(shape))):
        center = (int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0])))
        radius = max(1, round(largest * rng.uniform(0.1, 1.0) ** 2))
        cv2.circle(canvas, center, radius, float(rng.uniform(0.2, 1.0)), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 1.0 + largest / 4)), np.float32)


def folds(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Shading of folded paper, (H, W), about 1: a bright and a dark flank along each crease."""
    shade = np.ones(shape, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        across = _signed_distance(shape, rng)
        flank = rng.uniform(2, 40)
        depth = rng.uniform(0.02, 0.22)
        wave = across / flank
        shade += depth * wave * np.exp(0.5 - 0.5 * wave**2) * rng.choice([-1.0, 1.0])
        shade -= rng.uniform(0.0, 0.3) * np.exp(-((across / rng.uniform(0.7, 2.0)) ** 2))
        shade += rng.uniform(-0.06, 0.06) * np.sign(across)
    return np.asarray(np.clip(shade, 0.3, 1.3), np.float32)


def crumple(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Shading of crumpled paper, (H, W), about 1: facets, plates between creases, or crinkles at every scale."""
    kind = rng.random()
    if kind < 0.5:
        return _facets(shape, rng)
    height = np.zeros(shape, np.float32)
    if kind < 0.75:
        for _ in range(round(rng.integers(8, 28) * np.sqrt(spans(shape)))):
            height += rng.uniform(-1, 1) * np.abs(_signed_distance(shape, rng))
        strongest = 0.10
    else:
        for octave in range(4):
            noise = fractal_noise(shape, rng, coarsest=int(rng.integers(3, 8)) * 2**octave, octaves=1)
            height -= 0.5**octave * np.abs(noise)
        strongest = 0.20
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1)
    angle = rng.uniform(0, 2 * np.pi)
    light = np.cos(angle) * slope_x + np.sin(angle) * slope_y
    light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.6, 2.5))
    light = (light - light.mean()) / (light.std() + 1e-6)
    return np.asarray(np.clip(1.0 + rng.uniform(0.02, strongest) * light, 0.3, 1.3), np.float32)


def _facets(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Paper that was balled up: flat facets of different tilt, and thin dark and bright creases where they meet.

    Source:
        Cells around random points: Worley 1996, "A Cellular Texture Basis Function"; bent by noise here.
    """
    height, width = shape
    shade, lines = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for count, weight in ((int(rng.integers(4, 25)), 1.0), (int(rng.integers(20, 120)), rng.uniform(0.2, 0.7))):
        points = (rng.uniform(0, 1, (round(count * spans(shape)), 2)) * (width, height)).astype(np.int32)
        seeds = np.full(shape, 255, np.uint8)
        seeds[points[:, 1], points[:, 0]] = 0
        _, cells = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        shift = (
            rng.uniform(2, 14)
            * magnification(shape)
            * np.stack([fractal_noise(shape, rng, coarsest=6, octaves=4) for _ in range(2)])
        )
        y, x = np.mgrid[:height, :width].astype(np.float32)
        bent = cv2.remap(cells.astype(np.float32), x + shift[0], y + shift[1], cv2.INTER_NEAREST)
        cells = np.asarray(bent, np.int32)
        tilt = rng.normal(0, 1, (3, int(cells.max()) + 1)).astype(np.float32)
        shade += weight * (tilt[0][cells] + 1.5 * (tilt[1][cells] * x / width + tilt[2][cells] * y / height))
        edge = np.zeros(shape, np.float32)
        edge[:, 1:] += cells[:, 1:] != cells[:, :-1]
        edge[1:] += cells[1:] != cells[:-1]
        strength = fractal_noise(shape, rng, coarsest=5, octaves=2) + rng.uniform(-1, 1)
        lines += weight * strength * cv2.GaussianBlur(np.clip(edge, 0, 1), (0, 0), rng.uniform(0.5, 1.3))
    shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), rng.uniform(0.5, 6.0)), np.float32)
    shade = (shade - shade.mean()) / (shade.std() + 1e-6)
    field = 1.0 + rng.uniform(0.01, 0.09) * shade - rng.uniform(0.1, 0.6) * lines
    return np.asarray(np.clip(field, 0.3, 1.3), np.float32)


def finger_mark(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Smudges of a finger, (H, W), 0..1: curved ridges inside a soft oval, broken by noise."""
    marks = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        center = rng.uniform(0, 1, 2) * (shape[1], shape[0])
        length = rng.uniform(0.06, 0.2) * span(shape)
        oval = np.clip(1.3 - _distance(shape, center) / length, 0, 1)
        whorl = _distance(shape, center + rng.normal(0, 1, 2) * length)
        warp = 3.0 * fractal_noise(shape, rng, coarsest=5, octaves=2)
        ridges = 0.5 + 0.5 * np.sin((whorl + warp) * (2 * np.pi / rng.uniform(4, 10)))
        marks += np.clip(oval, 0, 0.6) * (0.4 + 0.6 * ridges)
    worn = np.clip(0.6 + 0.5 * fractal_noise(shape, rng, coarsest=6, octaves=4), 0, 1)
    return np.asarray(np.clip(marks * worn, 0, 1), np.float32)


def illumination(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Uneven light, (H, W), 0..1: a gradient with soft clouds."""
    across = _signed_distance(shape, rng) / max(shape)
    field = (
        1.0
        + rng.uniform(-0.5, 0.5) * across
        + rng.uniform(0.0, 0.06) * fractal_noise(shape, rng, coarsest=2, octaves=2, is_slow=True)
    )
    return np.asarray(np.clip(field / field.max(), 0.25, 1.0), np.float32)


def shadow(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """A cast shadow, (H, W), 0..1: a wavy half-plane or a blob, with a hard or a soft edge."""
    edge: FloatImage
    if rng.random() < 0.6:
        edge = np.asarray(_signed_distance(shape, rng) / min(shape), np.float32)
    else:
        center = rng.uniform(-0.2, 1.2, 2) * (shape[1], shape[0])
        edge = np.asarray(1.0 - _distance(shape, center) / (rng.uniform(0.2, 0.8) * min(shape)), np.float32)
    edge = np.asarray(
        edge + rng.uniform(0.0, 0.15) * fractal_noise(shape, rng, coarsest=2, octaves=3, is_slow=True), np.float32
    )
    softness = float(rng.choice([0.004, 0.02, 0.08, 0.25]))
    return np.asarray(1.0 - rng.uniform(0.1, 0.6) * _smooth_step(edge, softness), np.float32)


def streaks(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Scanner or copier streaks, (H, W), about 1: straight lines along one axis, lighter or darker."""
    side = max(shape)
    profile = np.ones(side, np.float32)
    for _ in range(int(rng.integers(1, 8))):
        center, half = rng.uniform(0, side), rng.uniform(0.3, 3.0)
        line = np.exp(-(((np.arange(side) - center) / half) ** 2))
        profile *= (1.0 + rng.uniform(-0.6, 0.15) * line).astype(np.float32)
    along = np.clip(0.7 + 0.5 * fractal_noise((side, side), rng, coarsest=2, octaves=2), 0.0, 1.0)
    lines = 1.0 + (np.broadcast_to(profile, (side, side)) - 1.0) * along
    turned = lines if rng.random() < 0.7 else lines.T
    return np.ascontiguousarray(turned[: shape[0], : shape[1]], np.float32)


def bands(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Soft parallel bands along one axis, uneven along their length, (H, W), 0 between them to 1 in their middle."""
    height, width = shape if rng.random() < 0.5 else shape[::-1]
    places = np.arange(width, dtype=np.float32)
    field = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(1, 6))):
        center, half = rng.uniform(0, width), float(np.exp(rng.uniform(np.log(3), np.log(45))))
        along = np.clip(0.6 + 0.5 * fractal_noise((height, 1), rng, coarsest=8, octaves=4), 0, 1)
        field = np.maximum(field, along * np.exp(-(((places - center) / half) ** 2)))
    return np.ascontiguousarray(field if (height, width) == shape else field.T, np.float32)


def _distance(shape: tuple[int, int], center: NDArray[np.float64]) -> FloatImage:
    x, y = np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32)[:, None]
    return np.asarray(np.hypot(x - center[0], y - center[1]), np.float32)


def _signed_distance(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """Distance in px from a random line through the picture, negative on one side."""
    angle = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.05) if rng.random() < 0.4 else rng.uniform(0, np.pi)
    point = rng.uniform(0, 1, 2) * (shape[1], shape[0])
    x, y = np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32)[:, None]
    return np.asarray(np.cos(angle) * (x - point[0]) + np.sin(angle) * (y - point[1]), np.float32)


def _smooth_step(value: FloatImage | NDArray[np.float64], softness: float) -> FloatImage:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value / softness, -30, 30))), np.float32)
