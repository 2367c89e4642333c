"""Turning and cutting a page with all it consists of: pixels, samples as stored, transparency, palette."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docclean.core.page import ColorMode, Outline, Page, PageRegion, StoredSamples
from docclean.documents.palette import reduced_to_palette
from docclean.documents.samples import Samples, plain_pixels, shown_pixels
from docclean.imaging.turning import Affine, turned

_WHITE_ABOVE = 128
"""Half ink is ink: a hairline that comes to lie between two rows stays whole."""


def turned_page(page: Page, turn: Affine, degrees: float, hidden: Sequence[Outline] = ()) -> Page:
    """Turn a page about its middle; it keeps its size and the way its samples are stored.

    Two-level pages are interpolated and cut at half ink, so that edges stay as smooth as two levels can show. Pages
    with a palette are interpolated in color and get a palette again; where transparency varies there, full color.

    Args:
        page: A page as it was read.
        turn: Where its places come to lie.
        degrees: By how much that turns it, counterclockwise.
        hidden: Outlines of what paper is painted over later, whose color does not count for the corners that come in.
    """
    samples = Samples(page.stored, page.encoding.get("palette"), page.icc_profile)
    result, notes = _turned_samples(samples, turn, hidden)
    pixels = shown_pixels(result)
    _freeze(pixels, result.stored)
    encoding = {key: value for key, value in page.encoding.items() if key != "palette"}
    if result.palette is not None:
        encoding["palette"] = result.palette
    return replace(
        page,
        pixels=pixels,
        original=pixels,
        stored=result.stored,
        encoding=encoding,
        warnings=(*page.warnings, *notes),
        turned_deg=degrees,
    )


def cropped_page(page: Page, region: PageRegion) -> Page:
    """Cut a region out of a page that was read, and perhaps turned."""
    stored = page.stored
    alpha = None if stored.alpha is None else np.ascontiguousarray(stored.alpha[region.slices])
    stored = StoredSamples(stored.mode, np.ascontiguousarray(stored.data[region.slices]), alpha)
    pixels = np.ascontiguousarray(page.original[region.slices])
    _freeze(pixels, stored)
    return replace(page, pixels=pixels, original=pixels, stored=stored, cropped=region)


def _turned_samples(samples: Samples, turn: Affine, hidden: Sequence[Outline]) -> tuple[Samples, tuple[str, ...]]:
    stored = samples.stored
    if samples.mode is ColorMode.PALETTE:
        colors, alpha = _turned_data(plain_pixels(samples), stored.alpha, turn, hidden)
        colors = np.broadcast_to(colors, (*colors.shape[:2], 3))
        if alpha is None:
            return reduced_to_palette(colors)
        return Samples(StoredSamples(ColorMode.RGB, np.ascontiguousarray(colors), alpha)), ()
    data, alpha = _turned_data(stored.data, stored.alpha, turn, hidden)
    if samples.mode is ColorMode.BILEVEL:
        data = np.where(data > _WHITE_ABOVE, np.uint8(255), np.uint8(0))
    return replace(samples, stored=StoredSamples(samples.mode, data, alpha)), ()


def _turned_data(
    data: NDArray[Any], alpha: NDArray[Any] | None, turn: Affine, hidden: Sequence[Outline]
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Turn colors and transparency; colors weigh as much as they are opaque, so that none leaks out from below."""
    if alpha is None:
        return turned(data, turn, hidden), None
    turned_alpha = turned(alpha, turn, hidden)
    if alpha.min() == alpha.max():
        return turned(data, turn, hidden), turned_alpha
    planes = data if data.ndim == 3 else data[:, :, np.newaxis]
    result = np.empty_like(planes, order="C")
    weight = turned(alpha.astype(np.float32), turn, hidden)
    for plane in range(planes.shape[2]):
        plain = turned(np.ascontiguousarray(planes[:, :, plane]), turn, hidden)
        weighted = turned(planes[:, :, plane].astype(np.float32) * alpha, turn, hidden)
        mixed = np.divide(weighted, weight, out=plain.astype(np.float32), where=weight > 0.5)
        result[:, :, plane] = np.clip(np.rint(mixed), 0, np.iinfo(data.dtype).max)
    return result.reshape(data.shape), turned_alpha


def _freeze(pixels: NDArray[Any], stored: StoredSamples) -> None:
    """Pixels as read are never written to; see `read_page`."""
    for array in (pixels, stored.data, stored.alpha):
        if array is not None:
            array.flags.writeable = False
