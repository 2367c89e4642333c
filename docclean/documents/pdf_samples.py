"""Unpacked samples of a PDF image as arrays: bits, color spaces, and the decode array."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from docclean.core.bands import plan_bands
from docclean.core.page import ColorMode, StoredSamples
from docclean.documents.cmyk import CmykColors, profile_space
from docclean.documents.samples import Samples

if TYPE_CHECKING:
    import pikepdf

_DEVICE_SPACES = {
    "/DeviceGray": 1, "/G": 1, "/CalGray": 1,
    "/DeviceRGB": 3, "/RGB": 3, "/CalRGB": 3,
    "/DeviceCMYK": 4, "/CMYK": 4,
}  # fmt: skip
_PROFILE_SPACES = {1: "GRAY", 3: "RGB", 4: "CMYK"}
_MODES = {1: ColorMode.GRAY, 3: ColorMode.RGB, 4: ColorMode.CMYK}
_DEEP_MODES = {1: ColorMode.GRAY16, 3: ColorMode.RGB16}
_INKS = 4
_DEEP_BITS = 16
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, NotImplementedError)


class InexactError(Exception):
    """The samples cannot be taken as they are; the sentence says why, and the image can still be drawn."""


@dataclass(frozen=True, slots=True)
class ColorSpace:
    """What the samples of an image mean.

    Attributes:
        channels: 1 for gray and for palettes, 3 for RGB, 4 for CMYK.
        icc_profile: Profile of the samples, or of the colors of the palette; None without a fitting one.
        palette: (N, 4), uint8, RGBA, for indices; None for other spaces.
    """

    channels: int
    icc_profile: bytes | None = None
    palette: NDArray[np.uint8] | None = None


def read_space(space: "pikepdf.Object | None") -> ColorSpace:
    """Understand a color space.

    Args:
        space: As an image XObject has it; None for a stencil.

    Raises:
        InexactError: Its colors cannot be kept as they are.

    Source:
        ISO 32000-1, sections 8.6.4 to 8.6.6. CalGray and CalRGB are taken for gray and RGB.
    """
    try:
        return _read_space(space)
    except _MALFORMED as fault:
        raise InexactError("The color space of the image is damaged.") from fault


def _read_space(space: Any) -> ColorSpace:  # noqa: ANN401 - what a PDF holds there may be anything
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    if space is None:
        return ColorSpace(1)
    is_array = isinstance(space, pikepdf.Array)
    family = str(space[0] if is_array else space)
    if family in _DEVICE_SPACES:
        return ColorSpace(_DEVICE_SPACES[family])
    if is_array and family == "/ICCBased":
        channels, profile = int(space[1].get("/N")), space[1].read_bytes()
        fits = profile_space(profile) == _PROFILE_SPACES[channels]
        return ColorSpace(channels, profile if fits else None)
    if is_array and family in ("/Indexed", "/I"):
        return _read_palette(space)
    raise InexactError(f"The colors of the image are stored as {family.lstrip('/')}; they were converted.")


def _read_palette(space: Any) -> ColorSpace:  # noqa: ANN401 - what a PDF holds there may be anything
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    base = _read_space(space[1])
    if base.palette is not None:
        raise ValueError("a palette of a palette")
    count = min(max(int(space[2]), 0), 255) + 1
    table = space[3].read_bytes() if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
    stated = table[: count * base.channels].ljust(count * base.channels, b"\0")
    colors = np.frombuffer(stated, np.uint8).reshape(count, base.channels)
    profile = base.icc_profile if base.channels == 3 else None
    if base.channels == _INKS:
        colors = CmykColors(base.icc_profile).to_rgb(colors[np.newaxis])[0]
    palette = np.full((count, 4), 255, np.uint8)
    palette[:, :3] = colors
    return ColorSpace(1, profile, palette)


def unpacked(data: bytes, size: tuple[int, int], channels: int, bits: int) -> NDArray[Any]:
    """Give every sample a number of its own.

    Args:
        data: Rows of samples, each begins with a byte of its own; what is missing at the end counts as 0.
        size: Height and width, px.
        channels: Samples of each pixel.
        bits: Of each sample: 1, 2, 4, 8 or 16.

    Returns:
        (H, W, channels), uint8, or uint16 for 16 bits. May share memory with `data`.

    Source:
        ISO 32000-1, section 8.9.5.2.
    """
    height, width = size
    row_bytes = (width * channels * bits + 7) // 8
    flat = np.frombuffer(data, np.uint8)[: height * row_bytes]
    if len(flat) < height * row_bytes:
        flat = np.concatenate((flat, np.zeros(height * row_bytes - len(flat), np.uint8)))
    rows = flat.reshape(height, row_bytes)
    if bits == _DEEP_BITS:
        return rows.view(">u2").astype(np.uint16).reshape(height, width, channels)
    if bits == 8:
        return rows.reshape(height, width, channels)
    values = np.empty((height, width * channels), np.uint8)
    for band in plan_bands(height, width * channels):
        values[band] = _split(rows[band], bits)[:, : width * channels]
    return values.reshape(height, width, channels)


def _split(rows: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    if bits == 1:
        return np.unpackbits(rows, axis=1)
    per_byte, mask = 8 // bits, np.uint8((1 << bits) - 1)
    parts = np.empty((*rows.shape, per_byte), np.uint8)
    for place in range(per_byte):
        parts[:, :, place] = (rows >> np.uint8(8 - bits * (place + 1))) & mask
    return parts.reshape(len(rows), -1)


def decoded(values: NDArray[Any], ranges: Sequence[float], bits: int) -> NDArray[Any]:
    """Do to samples of 8 or 16 bits, or less, what the decode array says.

    Args:
        values: (H, W, C), 0 to `2**bits - 1`.
        ranges: Smallest and largest value of each channel, 0..1; the usual one is 0, 1.
        bits: Of each sample.

    Returns:
        The same shape and type; the very same array for the usual ranges.

    Source:
        ISO 32000-1, section 8.9.5.2, table 90.
    """
    channels = values.shape[2]
    pairs = [(ranges[2 * each], ranges[2 * each + 1]) for each in range(channels)]
    if all(pair == (0.0, 1.0) for pair in pairs):
        return values
    largest = (1 << bits) - 1
    changed = np.empty_like(values)
    for channel, (low, high) in enumerate(pairs):
        scale = np.linspace(low, high, largest + 1) * largest
        changed[:, :, channel] = np.clip(np.rint(scale), 0, largest).astype(values.dtype)[values[:, :, channel]]
    return changed


def samples_of(values: NDArray[Any], space: ColorSpace, bits: int, notes: list[str]) -> Samples:
    """Make samples of decoded values.

    Args:
        values: (H, W, C), 0 to `2**bits - 1`.
        space: What they mean.
        bits: Of each value.
        notes: What could not be kept is added here, one sentence each.
    """
    profile = space.icc_profile
    if space.palette is not None:
        return _indexed(values[:, :, 0], space)
    if bits == 1 and space.channels == 1:
        return Samples(StoredSamples(ColorMode.BILEVEL, values[:, :, 0] * np.uint8(255)), None, profile)
    if bits == _DEEP_BITS and space.channels == _INKS:
        notes.append("The inks have 16 bits each; they were reduced to 8 bits.")
        values, bits = (values >> 8).astype(np.uint8), 8
    if bits < 8:
        values = values * np.uint8(255 // ((1 << bits) - 1))
    mode = (_DEEP_MODES if bits == _DEEP_BITS else _MODES)[space.channels]
    data = values[:, :, 0] if space.channels == 1 else values
    return Samples(StoredSamples(mode, np.ascontiguousarray(data)), None, profile)


def _indexed(indices: NDArray[Any], space: ColorSpace) -> Samples:
    """Take indices as they are, but call black and white what has only these two colors."""
    assert space.palette is not None, "indices have a palette"  # noqa: S101 - tells the type checker
    colors = space.palette[:, :3]
    if len(colors) == 2 and sorted(map(tuple, colors.tolist())) == [(0, 0, 0), (255, 255, 255)]:
        return Samples(StoredSamples(ColorMode.BILEVEL, colors[:, 0][np.minimum(indices, 1)]))
    data = np.minimum(indices, len(colors) - 1).astype(np.uint8)
    return Samples(StoredSamples(ColorMode.PALETTE, data), space.palette, space.icc_profile)
