"""Samples out of a Pillow image, and a Pillow image out of samples."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from docclean.core.bands import plan_bands
from docclean.core.page import ColorMode, StoredSamples
from docclean.documents.samples import Samples, palette_alpha

_GRAY_BITS_SCALE = {"L;2": 85, "L;4": 17}


def read_samples(image: Image.Image, raw_mode: str, notes: list[str]) -> Samples:
    """Take the samples out of a decoded image.

    Args:
        image: Decoded, upright, with at most 8 bits per color unless it is grey.
        raw_mode: How Pillow found the samples in the file, e.g. "L;4"; empty when unknown.
        notes: What could not be kept is added here, one sentence each.

    Returns:
        The samples; the color profile is left to the caller.
    """
    if image.mode == "P":
        return _read_palette(image)
    reader = _READERS.get(image.mode)
    if reader is None:
        image, reader = image.convert("RGBA" if image.has_transparency_data else "RGB"), _read_colors
    return Samples(reader(image, raw_mode, notes))


def array_of(image: Image.Image) -> NDArray[np.uint8]:
    """Copy the samples of an image: (H, W) or (H, W, C), uint8, 0 and 255 for two levels.

    numpy asks Pillow for all of them at once, which takes the memory of one more page.
    """
    image.load()  # which may turn it
    shape = (image.height, image.width, *((len(image.getbands()),) if len(image.getbands()) > 1 else ()))
    raw_mode = "L" if image.mode == "1" else image.mode
    data = np.empty(shape, np.uint8)
    for rows in plan_bands(*shape[:2]):
        band = image.crop((0, rows.start, image.width, rows.stop)).tobytes("raw", raw_mode)
        data[rows] = np.frombuffer(band, np.uint8).reshape(data[rows].shape)
    return data


def _read_bilevel(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:
    if "transparency" in image.info:
        return _read_gray(image.convert("L"), raw_mode, notes)
    return StoredSamples(ColorMode.BILEVEL, array_of(image))


def _read_gray(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:  # noqa: ARG001 - all readers are called alike
    data = array_of(image)
    return StoredSamples(ColorMode.GRAY, data, _key_alpha(image, data, _GRAY_BITS_SCALE.get(raw_mode, 1)))


def _read_gray_alpha(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:  # noqa: ARG001 - all readers are called alike
    both = np.array(image.convert("LA") if image.mode == "La" else image)
    return StoredSamples(ColorMode.GRAY, np.ascontiguousarray(both[:, :, 0]), np.ascontiguousarray(both[:, :, 1]))


def _read_gray16(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:  # noqa: ARG001 - all readers are called alike
    data = np.array(image).astype(np.uint16)
    return StoredSamples(ColorMode.GRAY16, data, _key_alpha(image, data, 1))


def _read_wide_gray(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:  # noqa: ARG001 - all readers are called alike
    """Read whole numbers of 32 bits or fractions; both are kept as 16-bit grey."""
    wide = np.nan_to_num(np.array(image).astype(np.float64), posinf=65_535.0, neginf=0.0)
    white = _white_of(float(wide.max(initial=0.0)), whole=image.mode == "I")
    data = np.clip(np.rint(wide * (65_535.0 / white)), 0, 65_535).astype(np.uint16)
    if not np.array_equal(data, wide):
        notes.append("The samples have 32 bits each; they were reduced to 16 bits.")
    return StoredSamples(ColorMode.GRAY16, data)


def _white_of(largest: float, *, whole: bool) -> float:
    """Guess which number means white: 1 for fractions, else the end of the 8-bit or 16-bit range, else the largest."""
    ends = (65_535.0,) if whole else (1.0, 255.0, 65_535.0)
    return next((end for end in ends if largest <= end), largest)


def _read_colors(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:  # noqa: ARG001 - all readers are called alike
    data = array_of(image)
    if image.mode == "RGBA":
        return StoredSamples(ColorMode.RGB, np.ascontiguousarray(data[:, :, :3]), np.ascontiguousarray(data[:, :, 3]))
    return StoredSamples(ColorMode.RGB, data, _key_alpha(image, data, 1))


def _read_inks(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:
    if ";16" in raw_mode:
        notes.append("The inks have 16 bits each; they were reduced to 8 bits.")
    return StoredSamples(ColorMode.CMYK, array_of(image))


def _read_lab(image: Image.Image, raw_mode: str, notes: list[str]) -> StoredSamples:
    notes.append("The colors are stored as Lab; the result will be stored as RGB.")
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(lab, srgb, "LAB", "RGB")
    return _read_colors(transform.apply(image), raw_mode, notes)


def _read_palette(image: Image.Image) -> Samples:
    indices = array_of(image)
    entries = np.array(image.getpalette("RGB") or [0, 0, 0], dtype=np.uint8).reshape(-1, 3)[:256]
    palette = np.full((len(entries), 4), 255, np.uint8)
    palette[:, :3] = entries
    transparency = image.info.get("transparency")
    if isinstance(transparency, bytes):
        stated = np.frombuffer(transparency[: len(palette)], np.uint8)
        palette[: len(stated), 3] = stated
    elif isinstance(transparency, int) and 0 <= transparency < len(palette):
        palette[transparency, 3] = 0
    elif image.palette is not None and image.palette.mode == "RGBA":
        palette = np.array(image.getpalette("RGBA"), dtype=np.uint8).reshape(-1, 4)[:256]
    return Samples(StoredSamples(ColorMode.PALETTE, indices, palette_alpha(indices, palette)), palette)


def _key_alpha(image: Image.Image, data: NDArray[Any], scale: int) -> NDArray[Any] | None:
    """Give alpha to an image in which one color stands for "transparent"."""
    key = image.info.get("transparency")
    if key is None:
        return None
    opaque = data != np.array(key) * scale
    if opaque.ndim == 3:
        opaque = opaque.any(axis=2)
    return np.where(opaque, np.iinfo(data.dtype).max, 0).astype(data.dtype)


_READERS: dict[str, Callable[[Image.Image, str, list[str]], StoredSamples]] = {
    "1": _read_bilevel,
    "L": _read_gray,
    "LA": _read_gray_alpha,
    "La": _read_gray_alpha,
    "I;16": _read_gray16,
    "I;16L": _read_gray16,
    "I;16B": _read_gray16,
    "I;16N": _read_gray16,
    "I": _read_wide_gray,
    "F": _read_wide_gray,
    "RGB": _read_colors,
    "RGBA": _read_colors,
    "CMYK": _read_inks,
    "LAB": _read_lab,
}


def image_of(samples: Samples) -> Image.Image:
    """Make a Pillow image of samples; 16-bit color and 16-bit grey with alpha have none.

    Returns:
        Mode "1", "L", "LA", "I;16", "P", "RGB", "RGBA" or "CMYK".
    """
    stored = samples.stored
    if samples.mode is ColorMode.CMYK:
        height, width = stored.data.shape[:2]
        return Image.frombuffer("CMYK", (width, height), np.ascontiguousarray(stored.data), "raw", "CMYK", 0, 1)
    if samples.palette is not None:
        image = Image.fromarray(stored.data, "P")
        image.putpalette(samples.palette[:, :3].tobytes())
        return image
    if samples.mode is ColorMode.BILEVEL:
        return Image.fromarray(stored.data).convert("1", dither=Image.Dither.NONE)
    data = stored.data if stored.alpha is None else np.dstack((stored.data, stored.alpha))
    return Image.fromarray(data)
