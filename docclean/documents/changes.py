"""Samples after cleaning: what was not touched stays as it was stored, bit for bit."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.bands import plan_bands
from docclean.core.page import ColorMode, Page, PixelArray, StoredSamples
from docclean.documents.cmyk import CmykColors, profile_space
from docclean.documents.palette import repaint
from docclean.documents.samples import Samples, alpha_8_bits, levels_of, plain_pixels

_LUMA = np.array([0.299, 0.587, 0.114])
_STEP_16_BITS = 257
"""One 8-bit step in 16-bit samples: 65535 / 255."""


def changed_samples(page: Page) -> tuple[Samples, tuple[str, ...]]:
    """Bring what cleaning did to `page.pixels` into the samples that the file had.

    Args:
        page: A page whose pixels have the height and width that were read; a grey one may have gained color.

    Returns:
        The samples to write, in the mode that `page.stored_as` says, else in the mode they were stored in (RGB where
        grey gained color, and where a palette has no room for the colors), and a sentence for each thing that could
        not be kept.
    """
    if page.stored_as not in (None, page.stored.mode):
        return _simplified(page)
    return _samples_alike(page)


def _samples_alike(page: Page) -> tuple[Samples, tuple[str, ...]]:
    """Bring the change into samples of the mode in which the file had them."""
    samples = Samples(page.stored, page.encoding.get("palette"), page.icc_profile)
    if page.pixels.shape[:2] != page.stored.data.shape[:2]:
        raise ValueError(f"a page of {page.stored.data.shape[:2]} px cannot have {page.pixels.shape[:2]} px")
    if page.is_untouched:
        return samples, ()
    if page.pixels.shape[2] > page.original.shape[2]:
        return _colored(page, samples), ()
    if samples.mode is ColorMode.PALETTE:
        colors = _moved(plain_pixels(samples), page, samples.stored.alpha)
        return repaint(samples, colors, _changed(page))
    return Samples(_changed_in_mode(page, samples), None, page.icc_profile), ()


def _simplified(page: Page) -> tuple[Samples, tuple[str, ...]]:
    """Store a page without color as gray, or one of two levels as such; a profile of colors goes with the colors."""
    if page.stored_as is ColorMode.BILEVEL:
        return Samples(StoredSamples(ColorMode.BILEVEL, levels_of(page.pixels[:, :, 0]))), ()
    alpha = page.stored.alpha
    profile = page.icc_profile if profile_space(page.icc_profile) == "GRAY" else None
    if alpha is None and page.stored_as is ColorMode.GRAY:
        return Samples(StoredSamples(ColorMode.GRAY, _luma(page.pixels)), None, profile), ()
    samples, notes = _samples_alike(page)
    if page.stored_as is ColorMode.GRAY16 and samples.mode is ColorMode.RGB16:
        return Samples(StoredSamples(ColorMode.GRAY16, _deep_luma(samples.stored.data), alpha), None, profile), notes
    shares = None if alpha is None else alpha_8_bits(alpha)
    return Samples(StoredSamples(ColorMode.GRAY, _luma(plain_pixels(samples)), shares), None, profile), notes


def _luma(pixels: PixelArray) -> NDArray[np.uint8]:
    """Luma, (H, W); what is gray stays what it is."""
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[:, :, 0])
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)


def _deep_luma(data: NDArray[Any]) -> NDArray[np.uint16]:
    """Luma of 16-bit RGB, (H, W).

    Source:
        ITU-R BT.601-7, section 2.5.1.
    """
    height, width = data.shape[:2]
    luma = np.empty((height, width), np.uint16)
    for rows in plan_bands(height, width):
        luma[rows] = np.rint(data[rows] @ _LUMA)
    return luma


def _changed_in_mode(page: Page, samples: Samples) -> StoredSamples:
    data, alpha = samples.stored.data, samples.stored.alpha
    match samples.mode:
        case ColorMode.BILEVEL:
            data = levels_of(page.pixels[:, :, 0])
        case ColorMode.CMYK:
            data = _remixed(page, samples)
        case ColorMode.GRAY | ColorMode.GRAY16:
            data = _moved(data[:, :, np.newaxis], page, alpha)[:, :, 0]
        case _:
            data = _moved(data, page, alpha)
    return StoredSamples(samples.mode, np.ascontiguousarray(data), alpha)


def _colored(page: Page, samples: Samples) -> Samples:
    """Give a page without color the colors that it gained."""
    alpha = None if samples.stored.alpha is None else alpha_8_bits(samples.stored.alpha)
    gray = np.repeat(plain_pixels(samples), 3, axis=2)
    profile = page.icc_profile if profile_space(page.icc_profile) == "RGB" else None
    return Samples(StoredSamples(ColorMode.RGB, _moved(gray, page, alpha), alpha), None, profile)


def _moved(samples: NDArray[Any], page: Page, alpha: NDArray[Any] | None) -> NDArray[Any]:
    """Move samples, (H, W, C), 8 or 16 bits, as far as cleaning moved the pixels.

    Under transparency a pixel shows only its opaque share, so that the sample has to move further; where a pixel is
    fully transparent it does not move.
    """
    if alpha is None and samples.dtype == np.uint8:
        return np.broadcast_to(page.pixels, samples.shape)
    largest = int(np.iinfo(samples.dtype).max)
    step = _STEP_16_BITS if samples.dtype == np.uint16 else 1
    moved = samples.copy()
    for rows, change in _differences(page):
        distance = change.astype(np.float32) * step
        if alpha is not None:
            opacity = alpha[rows][:, :, np.newaxis].astype(np.float32) / np.iinfo(alpha.dtype).max
            distance = np.divide(distance, opacity, out=np.zeros_like(distance), where=opacity > 0)
        moved[rows] = np.clip(np.rint(samples[rows] + distance), 0, largest)
    return moved


def _differences(page: Page) -> Iterator[tuple[slice, NDArray[np.int16]]]:
    for rows in plan_bands(*page.size):
        yield rows, page.pixels[rows].astype(np.int16) - page.original[rows]


def _changed(page: Page) -> NDArray[np.bool_]:
    changed = np.empty(page.pixels.shape[:2], np.bool_)
    for rows in plan_bands(*page.size):
        changed[rows] = (page.pixels[rows] != page.original[rows]).any(axis=2)
    return changed


def _remixed(page: Page, samples: Samples) -> NDArray[np.uint8]:
    """Mix new inks for the pixels that changed; the others keep theirs."""
    colors = CmykColors(samples.icc_profile)
    changed = _changed(page)
    pixels: PixelArray = np.broadcast_to(page.pixels, (*changed.shape, 3))
    inks = samples.stored.data.copy()
    for rows in plan_bands(*page.size):
        inks[rows][changed[rows]] = colors.to_inks(pixels[rows][changed[rows]])
    return inks
