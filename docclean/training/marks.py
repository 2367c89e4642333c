"""Marks that belong to a document and stay in the truth: stamps, pens, highlighter, pictures, colored areas."""

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.training import textures

_STAMP_COLORS = ((190, 30, 40), (40, 60, 170), (120, 40, 130), (20, 110, 60), (30, 30, 30))
_PEN_COLORS = ((25, 45, 160), (200, 30, 35), (20, 120, 50), (15, 15, 20), (90, 90, 95), (230, 110, 20), (120, 30, 140))
_HIGHLIGHTER_COLORS = ((255, 245, 60), (130, 245, 110), (255, 150, 200), (255, 190, 80), (120, 220, 250))


def add_marks(page: PixelArray, rng: np.random.Generator, *, photo: PixelArray | None = None) -> PixelArray:
    """Draw marks on a clean crop.

    Args:
        page: (H, W, 3), uint8, RGB; not changed.
        rng: Source of randomness.
        photo: A picture of at least the same size to paste a part of, or None.

    Returns:
        A new crop, (H, W, 3), uint8, RGB.
    """
    x = page.astype(np.float32) / 255.0
    if rng.random() < 0.2:
        x = x * _area(x.shape[:2], rng)
    if photo is not None:
        x = _paste_photo(x, photo.astype(np.float32) / 255.0, rng)
    if rng.random() < 0.35:
        x = _multiply(x, _stamp(x.shape[:2], rng), _STAMP_COLORS, rng.uniform(0.5, 0.95), rng)
    if rng.random() < 0.4:
        x = _multiply(x, _pen(x.shape[:2], rng), _PEN_COLORS, rng.uniform(0.7, 1.0), rng)
    if rng.random() < 0.25:
        x = _multiply(x, _highlight(x.shape[:2], rng), _HIGHLIGHTER_COLORS, rng.uniform(0.6, 1.0), rng)
    return np.asarray(np.clip(x * 255.0 + 0.5, 0, 255), np.uint8)


def _multiply(
    x: textures.FloatImage,
    mask: textures.FloatImage,
    colors: tuple[tuple[int, int, int], ...],
    opacity: float,
    rng: np.random.Generator,
) -> textures.FloatImage:
    base = np.asarray(colors[int(rng.integers(0, len(colors)))], np.float32) / 255.0
    color = np.clip(base + rng.normal(0, 0.06, 3), 0, 1).astype(np.float32)
    return np.asarray(x * (1.0 - opacity * mask[:, :, None] * (1.0 - color)), np.float32)


def _area(shape: tuple[int, ...], rng: np.random.Generator) -> textures.FloatImage:
    """A printed field with sharp edges under the text, (H, W, 3): a form's box, a heading's band, a chart's ground."""
    height, width = shape
    field = np.ones((height, width, 3), np.float32)
    sides = (rng.uniform(0.08, 0.7, 2) * (height, width)).astype(int)
    if rng.random() < 0.3:
        sides[1] = width
    top, left = (int(rng.integers(0, side - part + 1)) for side, part in zip(shape, sides, strict=True))
    level = rng.uniform(0.3, 0.92)
    color = np.full(3, level) if rng.random() < 0.4 else level + (1.0 - level) * rng.random(3)
    field[top : top + sides[0], left : left + sides[1]] = color
    return field


def _stamp(shape: tuple[int, ...], rng: np.random.Generator) -> textures.FloatImage:
    size = (shape[0], shape[1])
    canvas = np.zeros(size, np.uint8)
    center = rng.uniform(0.1, 0.9, 2) * (size[1], size[0])
    radius = rng.uniform(0.1, 0.3) * size[0]
    thick = max(1, round(radius * rng.uniform(0.02, 0.08)))
    middle = (int(center[0]), int(center[1]))
    if rng.random() < 0.5:
        cv2.circle(canvas, middle, int(radius), 255, thick, cv2.LINE_AA)
        cv2.circle(canvas, middle, int(radius * 0.7), 255, max(1, thick // 2), cv2.LINE_AA)
    else:
        corner = (middle[0] + int(radius * 1.5), middle[1] + int(radius * 0.7))
        cv2.rectangle(canvas, (2 * middle[0] - corner[0], 2 * middle[1] - corner[1]), corner, 255, thick, cv2.LINE_AA)
    for row in (-0.35, 0.05, 0.45):
        word = "".join(chr(int(c)) for c in rng.integers(48, 91, int(rng.integers(3, 9))))
        scale = radius / 22 / len(word) * 2
        at = (middle[0] - int(radius * 0.55), middle[1] + int(row * radius))
        cv2.putText(canvas, word, at, int(rng.integers(0, 5)), scale, 255, max(1, thick // 2), cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), rng.uniform(-30, 30), 1.0)
    mask = cv2.warpAffine(canvas, turn, size[::-1]).astype(np.float32) / 255.0
    worn = np.clip(1.0 - rng.uniform(0, 0.6) * np.abs(textures.fractal_noise(size, rng, coarsest=20)), 0, 1)
    return np.asarray(cv2.GaussianBlur(mask * worn, (0, 0), 0.6), np.float32)


def _pen(shape: tuple[int, ...], rng: np.random.Generator) -> textures.FloatImage:
    canvas = np.zeros((shape[0], shape[1]), np.uint8)
    thick = int(rng.integers(1, 6))
    for _ in range(int(rng.integers(1, 6))):
        time = np.linspace(0, rng.uniform(3, 25), int(rng.integers(60, 200)))
        start = rng.uniform(0, 1, 2) * (shape[1], shape[0])
        swing = rng.uniform(4, 40, 2)
        x = start[0] + time * rng.uniform(-12, 25) + swing[0] * np.sin(time * rng.uniform(0.5, 3) + rng.uniform(0, 6))
        y = start[1] + time * rng.uniform(-3, 3) + swing[1] * np.cos(time * rng.uniform(0.5, 3))
        points: NDArray[np.int32] = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(canvas, [points], isClosed=False, color=255, thickness=thick, lineType=cv2.LINE_AA)
    return canvas.astype(np.float32) / 255.0


def _highlight(shape: tuple[int, ...], rng: np.random.Generator) -> textures.FloatImage:
    canvas = np.zeros((shape[0], shape[1]), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(0, 1, 2) * (shape[1], shape[0])
        length, thick = rng.uniform(40, 400), int(rng.integers(8, 50))
        end = (int(x + length), int(y + rng.normal(0, 4)))
        cv2.line(canvas, (int(x), int(y)), end, 255, thick, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(canvas.astype(np.float32) / 255.0, (0, 0), rng.uniform(0.5, 2)), np.float32)


def _paste_photo(x: textures.FloatImage, photo: textures.FloatImage, rng: np.random.Generator) -> textures.FloatImage:
    height, width = x.shape[:2]
    box = (rng.uniform(0.25, 0.9, 2) * (height, width)).astype(int)
    top, left = (int(rng.integers(0, limit - side + 1)) for limit, side in zip((height, width), box, strict=True))
    part = photo[top : top + box[0], left : left + box[1]]
    if rng.random() < 0.4:
        part = halftone(part, rng)
    x = x.copy()
    x[top : top + box[0], left : left + box[1]] = part
    return x


def halftone(part: textures.FloatImage, rng: np.random.Generator) -> textures.FloatImage:
    """Print a picture as a dot screen, grey. Source: amplitude-modulated screening, a rotated cosine threshold."""
    gray = part.mean(axis=2)
    angle, period = rng.uniform(0, np.pi / 2), rng.uniform(3.0, 8.0)
    y, x = np.mgrid[: gray.shape[0], : gray.shape[1]].astype(np.float32)
    u = (np.cos(angle) * x + np.sin(angle) * y) * (2 * np.pi / period)
    v = (-np.sin(angle) * x + np.cos(angle) * y) * (2 * np.pi / period)
    screen = 0.5 + 0.25 * (np.cos(u) + np.cos(v))
    dots = np.clip((gray - screen) * 6.0 + 0.5, 0, 1)
    return np.asarray(np.repeat(dots[:, :, None], 3, axis=2), np.float32)
