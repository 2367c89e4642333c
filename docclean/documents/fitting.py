"""What each file format can hold, and the nearest thing to a page's samples that it can."""

from dataclasses import replace

import numpy as np

from docclean.core.page import ColorMode, PixelArray, StoredSamples
from docclean.documents.cmyk import profile_space
from docclean.documents.palette import reduced_to_palette
from docclean.documents.samples import Samples, alpha_8_bits, deep_on_white, plain_pixels, shown_pixels

_BILEVEL, _GRAY, _GRAY16 = ColorMode.BILEVEL, ColorMode.GRAY, ColorMode.GRAY16
_PALETTE, _RGB, _RGB16, _CMYK = ColorMode.PALETTE, ColorMode.RGB, ColorMode.RGB16, ColorMode.CMYK

_OPAQUE_MODES: dict[str, frozenset[ColorMode]] = {
    "PNG": frozenset({_BILEVEL, _GRAY, _GRAY16, _PALETTE, _RGB, _RGB16}),
    "TIFF": frozenset(ColorMode),
    "JPEG": frozenset({_GRAY, _RGB, _CMYK}),
    "WEBP": frozenset({_RGB}),
    "JPEG2000": frozenset({_GRAY, _GRAY16, _RGB, _CMYK}),
    "BMP": frozenset({_BILEVEL, _GRAY, _PALETTE, _RGB}),
    "PPM": frozenset({_BILEVEL, _GRAY, _GRAY16, _RGB}),
    "GIF": frozenset({_PALETTE}),
    "PDF": frozenset(ColorMode),
}
_ALPHA_MODES: dict[str, frozenset[ColorMode]] = {
    "PNG": frozenset({_GRAY, _GRAY16, _PALETTE, _RGB, _RGB16}),
    "TIFF": frozenset({_GRAY, _RGB, _RGB16}),  # Pillow cannot read 16-bit grey with alpha
    "WEBP": frozenset({_RGB}),
    "JPEG2000": frozenset({_GRAY, _RGB}),
    "GIF": frozenset({_PALETTE}),
}
_PROFILE_SPACES = {_CMYK: ("CMYK",), _RGB: ("RGB",), _RGB16: ("RGB",), _PALETTE: ("RGB",)}
_GRAY_SPACES = ("GRAY", "RGB")


def fitted(samples: Samples, file_format: str) -> tuple[Samples, tuple[str, ...]]:
    """Turn samples into the nearest ones that a format can hold.

    Args:
        samples: What the page has.
        file_format: Pillow's name of a format in `docclean.documents.formats.OUTPUT_SUFFIXES`.

    Returns:
        The samples, unchanged if the format holds them, and a sentence for each thing that was lost.
    """
    notes: list[str] = []
    before = samples
    if samples.stored.alpha is not None and file_format not in _ALPHA_MODES:
        keeps_depth = samples.mode in (_GRAY16, _RGB16) and samples.mode in _OPAQUE_MODES[file_format]
        samples = deep_on_white(samples) if keeps_depth else _of_pixels(shown_pixels(samples), samples.icc_profile)
        notes.append(f"{file_format} files are written without transparency; transparent places became white.")
    if samples.mode is _GRAY16 and not _holds(samples, file_format) and _RGB16 in _ALPHA_MODES.get(file_format, ()):
        deep = np.repeat(samples.stored.data[:, :, np.newaxis], 3, axis=2)
        samples = replace(samples, stored=replace(samples.stored, mode=_RGB16, data=deep))
    if not _holds(samples, file_format):
        samples = _simpler(samples, notes, file_format)
    if not _holds(samples, file_format):
        samples = _colored(samples)
    if file_format == "GIF" and samples.mode is not _PALETTE:
        samples, lost = reduced_to_palette(shown_pixels(samples))
        notes += lost
    return _with_suitable_profile(samples, before, notes), tuple(notes)


def _holds(samples: Samples, file_format: str) -> bool:
    modes = _OPAQUE_MODES if samples.stored.alpha is None else _ALPHA_MODES
    return samples.mode in modes[file_format]


def _simpler(samples: Samples, notes: list[str], file_format: str) -> Samples:
    """Reduce samples to 8-bit grey or RGB, alpha kept."""
    if samples.mode is _CMYK:
        notes.append(f"{file_format} cannot hold CMYK inks; the result is stored as RGB.")
    if samples.mode in (_GRAY16, _RGB16):
        notes.append(f"{file_format} cannot hold 16 bits; the result is stored with 8 bits.")
    simpler = _of_pixels(plain_pixels(samples), samples.icc_profile)
    alpha = samples.stored.alpha
    return simpler if alpha is None else replace(simpler, stored=replace(simpler.stored, alpha=alpha_8_bits(alpha)))


def _colored(samples: Samples) -> Samples:
    pixels = np.broadcast_to(plain_pixels(samples), (*samples.stored.data.shape[:2], 3))
    return replace(samples, stored=StoredSamples(_RGB, np.ascontiguousarray(pixels), samples.stored.alpha))


def _of_pixels(pixels: PixelArray, icc_profile: bytes | None) -> Samples:
    if pixels.shape[2] == 1:
        return Samples(StoredSamples(_GRAY, pixels[:, :, 0]), None, icc_profile)
    return Samples(StoredSamples(_RGB, pixels), None, icc_profile)


def _with_suitable_profile(samples: Samples, before: Samples, notes: list[str]) -> Samples:
    """Drop a profile that speaks of other samples than these; what was stored with a page stays with it."""
    space = profile_space(samples.icc_profile)
    if not space or space in _PROFILE_SPACES.get(samples.mode, _GRAY_SPACES):
        return samples
    if samples.mode is before.mode:
        return samples
    if space != "CMYK":
        notes.append("The color profile was left out, because it does not fit the way the result is stored.")
    return replace(samples, icc_profile=None)
