"""What happens to print: it fades, breaks, roughens, is copied, and shows through from the back of the sheet.

Every function takes a page (H, W, 3), float32, 0..1, and returns a new one of the same shape.
"""

import cv2
import numpy as np

from docclean.core.page import PixelArray
from docclean.training import textures
from docclean.training.textures import FloatImage


def faded(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Ink is never quite black, and old ink is pale in places."""
    strength = rng.uniform(0.72, 1.0) if rng.random() < 0.75 else rng.uniform(0.35, 0.75)
    field = np.full(x.shape[:2], strength, np.float32)
    if rng.random() < 0.3:
        noise = textures.fractal_noise(_size(x), rng, coarsest=int(rng.integers(4, 40)), octaves=4)
        field *= np.clip(1.0 - rng.uniform(0.0, 0.25) * np.abs(noise), 0.3, 1.0)
    return np.asarray(1.0 - (1.0 - x) * field[:, :, None], np.float32)


def broken(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Ink that did not take: small gaps in the strokes, paler where the plate or the ribbon was worn."""
    fine = cv2.GaussianBlur(rng.standard_normal(_size(x), dtype=np.float32), (0, 0), rng.uniform(0.5, 1.4))
    gaps = np.clip((fine / (fine.std() + 1e-6) - rng.uniform(1.0, 2.2)) * 2.0, 0.0, 1.0)
    worn = np.clip(0.5 + textures.fractal_noise(_size(x), rng, coarsest=3, octaves=3), 0.0, 1.0)
    missing = rng.uniform(0.3, 0.85) * gaps * worn
    if rng.random() < 0.3:  # a printer's head or ribbon that skips rows
        rows = (rng.random((x.shape[0], 1)) < rng.uniform(0.02, 0.15)).astype(np.float32)
        missing = np.maximum(missing, rng.uniform(0.3, 0.9) * rows)
    return np.asarray(1.0 - (1.0 - x) * (1.0 - missing[:, :, None]), np.float32)


def rough(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Ink of uneven tone, as every scan of print shows at 100 %."""
    noise = rng.standard_normal(_size(x), dtype=np.float32)
    if rng.random() < 0.5:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.4, 1.2)), np.float32)
    noise *= rng.uniform(0.01, 0.12) / (noise.std() + 1e-6)
    return np.asarray(x + noise[:, :, None] * (1.0 - x), np.float32)


def copied(x: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Strokes that a copier made fatter or thinner: blurred, then hardened about another level."""
    soft = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.5, 1.0))
    level, width = rng.uniform(0.4, 0.7), rng.uniform(0.1, 0.3)
    return np.asarray(1.0 / (1.0 + np.exp(-(soft - level) / (0.35 * width))), np.float32)


def bleed_through(x: FloatImage, backside: PixelArray, rng: np.random.Generator) -> FloatImage:
    """Let the ink of the back show: mirrored, blurred, paler than print, tinted by the paper or not.

    Args:
        x: The front.
        backside: The back as it reads from its own side, (H, W, 3), uint8, RGB.
        rng: Source of randomness.
    """
    other = cv2.GaussianBlur(backside[:, ::-1], (0, 0), rng.uniform(1.0, 4.0)).astype(np.float32) / 255.0
    tint = np.array([1.0, 0.95, 0.85], np.float32) if rng.random() < 0.5 else np.ones(3, np.float32)
    return np.asarray(x * (1.0 - rng.uniform(0.05, 0.4) * (1.0 - other) * tint), np.float32)


def _size(x: FloatImage) -> tuple[int, int]:
    return x.shape[0], x.shape[1]
