"""Transparency of PDF images: soft masks, stencil masks and color keys, shown on white as on paper."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docclean.core.page import ColorMode, StoredSamples
from docclean.documents.pdf_image_data import ImageData, read_image_data
from docclean.documents.pdf_samples import InexactError
from docclean.documents.samples import Samples, deep_on_white, shown_pixels

_OTHER_SIZE = "The image has a mask of another size; both were drawn together."
_MATTE = "The image was mixed with a color beforehand; it was drawn together with its mask."
_KEYED = "The image has a color that is left out; it was drawn."


def read_alpha(
    data: ImageData, values: NDArray[Any] | None, read: Callable[[ImageData], Samples]
) -> NDArray[Any] | None:
    """Read how opaque each pixel is.

    Args:
        data: An image.
        values: Its samples before the decode array, (H, W, C); None if nobody has them.
        read: Reads a mask as an image of its own.

    Returns:
        (H, W), uint8 or uint16, 0 = transparent; None if all of the image is opaque.

    Raises:
        InexactError: The mask does not fit pixel for pixel.
        ImageDataError: The mask is damaged.

    Source:
        ISO 32000-1, sections 8.9.6 (masked images) and 11.6.5.3 (soft-mask images).
    """
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    soft, mask = data.image.get("/SMask"), data.image.get("/Mask")
    if isinstance(soft, pikepdf.Stream):
        if "/Matte" in soft:
            raise InexactError(_MATTE)
        return _read_mask(soft, data, read)
    if isinstance(mask, pikepdf.Stream):
        return np.iinfo(np.uint8).max - _read_mask(mask, data, read)  # a stencil: black lets through
    if isinstance(mask, pikepdf.Array):
        return _keyed(mask, values)
    return None


def mask_size(data: ImageData) -> tuple[int, int] | None:
    """Height and width of an image's mask, px; None if it has none or the mask is broken."""
    for key in ("/SMask", "/Mask"):
        mask = data.image.get(key)
        try:
            return int(mask["/Height"]), int(mask["/Width"])  # type: ignore[index]  # what is no mask raises
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            continue
    return None


def shown_on_white(samples: Samples, alpha: NDArray[Any] | None) -> Samples:
    """Put samples with transparency on white; they keep their mode and depth where white can be had in it."""
    if alpha is None or bool(np.all(alpha == np.iinfo(alpha.dtype).max)):
        return samples
    veiled = replace(samples, stored=replace(samples.stored, alpha=alpha))
    match samples.mode:
        case ColorMode.GRAY16 | ColorMode.RGB16:
            return deep_on_white(veiled)
        case ColorMode.BILEVEL:
            whole = np.iinfo(alpha.dtype).max
            if bool(np.all((alpha == 0) | (alpha == whole))):
                white = np.where(alpha == 0, np.uint8(255), samples.stored.data)
                return replace(samples, stored=replace(samples.stored, data=white))
    pixels = shown_pixels(veiled)
    if pixels.shape[2] == 1:
        return Samples(StoredSamples(ColorMode.GRAY, np.ascontiguousarray(pixels[:, :, 0])), None, None)
    profile = samples.icc_profile if samples.mode in (ColorMode.RGB, ColorMode.PALETTE) else None
    return Samples(StoredSamples(ColorMode.RGB, pixels), None, profile)


def _read_mask(mask: Any, data: ImageData, read: Callable[[ImageData], Samples]) -> NDArray[Any]:  # noqa: ANN401 - an image XObject
    stated = read_image_data(mask)
    if stated.size != data.size:
        raise InexactError(_OTHER_SIZE)
    stored = read(stated).stored
    if stored.data.ndim != 2:
        raise InexactError(_OTHER_SIZE)
    return stored.data


def _keyed(ranges: Any, values: NDArray[Any] | None) -> NDArray[np.uint8]:  # noqa: ANN401 - an array of numbers
    if values is None or len(ranges) < 2 * values.shape[2]:
        raise InexactError(_KEYED)
    is_key = np.ones(values.shape[:2], np.bool_)
    for channel in range(values.shape[2]):
        low, high = int(ranges[2 * channel]), int(ranges[2 * channel + 1])
        is_key &= (values[:, :, channel] >= low) & (values[:, :, channel] <= high)
    return np.where(is_key, 0, 255).astype(np.uint8)
