"""Stored samples, and the pixels they show."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docclean.core.bands import plan_bands
from docclean.core.page import ColorMode, PixelArray, StoredSamples
from docclean.documents.cmyk import CmykColors

TO_8_BITS: NDArray[np.uint8] = ((np.arange(65_536, dtype=np.uint32) + 128) // 257).astype(np.uint8)
"""8-bit value nearest to each 16-bit one; 257 = 65535 / 255."""

_BLACK_UP_TO, _PAPER_FROM = 48, 250
"""Black of one ink is drawn as bright as this, white of no ink as dark."""

_WHITE_FROM = 128
_OPAQUE = 255
_OPAQUE_16_BITS = np.uint32(65_535)
_STEP_8_BITS = 257


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of a page with what is needed to understand them.

    Attributes:
        stored: The samples. For a palette, `data` has the indices and `alpha` what the palette says about each pixel.
        palette: (N, 4), uint8, RGBA, N at most 256; None unless the mode is PALETTE.
        icc_profile: Color profile of the samples, or None.
    """

    stored: StoredSamples
    palette: NDArray[np.uint8] | None = None
    icc_profile: bytes | None = None

    @property
    def mode(self) -> ColorMode:
        """How the samples are stored."""
        return self.stored.mode


def plain_pixels(samples: Samples) -> PixelArray:
    """Show samples as 8-bit grey or RGB, transparency left out of account.

    Returns:
        (H, W, 1) for samples without color, else (H, W, 3). May share memory with the samples.
    """
    data = samples.stored.data
    pixels: PixelArray
    match samples.mode:
        case ColorMode.GRAY16 | ColorMode.RGB16:
            pixels = TO_8_BITS[data]
        case ColorMode.PALETTE:
            pixels = _palette_colors(samples)[data]
        case ColorMode.CMYK:
            pixels = CmykColors(samples.icc_profile).to_rgb(data)
        case _:
            pixels = np.asarray(data, np.uint8)
    return pixels if pixels.ndim == 3 else pixels[:, :, np.newaxis]


def is_black_on_white(pixels: NDArray[np.uint8]) -> bool:
    """Whether all of an image, (H, W, 1 or 3), is as good as black or white: what one ink prints in two levels."""
    for rows in plan_bands(*pixels.shape[:2]):
        darkest, brightest = pixels[rows].min(axis=2), pixels[rows].max(axis=2)
        if not bool(((brightest <= _BLACK_UP_TO) | (darkest >= _PAPER_FROM)).all()):
            return False
    return True


def levels_of(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut gray, (H, W), in the middle: 0 below 128, else 255; the very same array where it holds nothing else."""
    levels = gray
    for rows in plan_bands(*gray.shape):
        cut = np.where(gray[rows] >= _WHITE_FROM, np.uint8(255), np.uint8(0))
        if levels is gray and np.array_equal(cut, gray[rows]):
            continue
        if levels is gray:
            levels = gray.copy()
        levels[rows] = cut
    return levels


def shown_pixels(samples: Samples) -> PixelArray:
    """Show samples as 8-bit grey or RGB, transparent pixels on white.

    Returns:
        (H, W, 1) for samples without color, else (H, W, 3). May share memory with the samples.
    """
    pixels = plain_pixels(samples)
    alpha = samples.stored.alpha
    if alpha is None:
        return np.ascontiguousarray(pixels)
    shown = np.empty_like(pixels, order="C")
    for rows in plan_bands(*alpha.shape):
        opacity = alpha_8_bits(alpha[rows]).astype(np.uint32)[:, :, np.newaxis]
        mixed = pixels[rows] * opacity + _OPAQUE * (_OPAQUE - opacity)
        shown[rows] = (mixed + _OPAQUE // 2) // _OPAQUE
    return shown


def deep_on_white(samples: Samples) -> Samples:
    """Put 16-bit grey or RGB with transparency on white; it keeps its depth."""
    data, alpha = samples.stored.data, samples.stored.alpha
    if alpha is None:
        return samples
    shown = np.empty_like(data, order="C")
    for rows in plan_bands(*alpha.shape):
        opacity = alpha[rows].astype(np.uint32) * np.uint32(1 if alpha.dtype == np.uint16 else _STEP_8_BITS)
        opacity = opacity if data.ndim == 2 else opacity[:, :, np.newaxis]
        mixed = data[rows] * opacity + _OPAQUE_16_BITS * (_OPAQUE_16_BITS - opacity)
        shown[rows] = (mixed + _OPAQUE_16_BITS // 2) // _OPAQUE_16_BITS
    return replace(samples, stored=replace(samples.stored, data=shown, alpha=None))


def alpha_8_bits(alpha: NDArray[Any]) -> NDArray[np.uint8]:
    """Reduce alpha to 8 bits where it has 16."""
    return TO_8_BITS[alpha] if alpha.dtype == np.uint16 else alpha.astype(np.uint8, copy=False)


def palette_alpha(indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Look up every pixel's alpha; None when the whole palette is opaque."""
    if bool(np.all(palette[:, 3] == _OPAQUE)):
        return None
    opacity: NDArray[np.uint8] = _padded(palette)[indices, 3]
    return opacity


def _palette_colors(samples: Samples) -> NDArray[np.uint8]:
    """Give the colors of all 256 indices, (256, 1) if the palette has only greys, else (256, 3)."""
    assert samples.palette is not None, "a palette page has a palette"  # noqa: S101 - tells the type checker
    is_gray = bool(np.all(samples.palette[:, :1] == samples.palette[:, 1:3]))
    return np.ascontiguousarray(_padded(samples.palette)[:, : 1 if is_gray else 3])


def _padded(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give every index a color; a damaged file may use more than its palette has. Black is what Pillow shows."""
    full = np.zeros((256, 4), np.uint8)
    full[:, 3] = _OPAQUE
    full[: len(palette)] = palette
    return full
