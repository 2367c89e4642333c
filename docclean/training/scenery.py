"""Invented pictures for pages that have no photographs to show."""

import cv2
import numpy as np

from docclean.core.page import PixelArray
from docclean.training import textures
from docclean.training.capture import to_uint8
from docclean.training.marks import halftone


def scenery(shape: tuple[int, int], rng: np.random.Generator) -> PixelArray:
    """An invented picture of hills under a sky with a sun, as a grey dot screen or smooth, (H, W, 3), uint8, RGB."""
    height, width = shape
    tone = np.linspace(rng.uniform(0.6, 0.95), rng.uniform(0.4, 0.8), height, dtype=np.float32)[:, None]
    picture = (
        np.repeat(np.broadcast_to(tone, shape)[:, :, None], 3, axis=2)
        + 0.04 * textures.fractal_noise(shape, rng)[:, :, None]
    )
    center = (int(rng.uniform(0.1, 0.9) * width), int(rng.uniform(0.1, 0.5) * height))
    picture = np.ascontiguousarray(picture, np.float32)
    cv2.circle(picture, center, max(1, height // 10), (1.0, 1.0, 0.95), -1, cv2.LINE_AA)
    rows = np.arange(height, dtype=np.float32)[:, None]
    for layer in range(int(rng.integers(2, 5))):
        ridge = textures.fractal_noise(shape, rng, coarsest=3)[0]
        below = rows > height * (0.45 + 0.12 * layer + 0.07 * ridge[None, :])
        color = rng.uniform(0.1, 0.7, 3).astype(np.float32)
        grain = 1.0 + 0.15 * textures.fractal_noise(shape, rng, coarsest=8)
        picture = np.where(below[:, :, None], color * grain[:, :, None], picture)
    picture = np.asarray(np.clip(picture, 0, 1), np.float32)
    return to_uint8(halftone(picture, rng) if rng.random() < 0.6 else picture)
