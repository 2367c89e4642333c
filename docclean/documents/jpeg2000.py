"""A page as JPEG 2000 in memory, and the boxes of a .jp2 file for resolution and color profile, which Pillow skips."""

import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from docclean.core.page import ColorMode, StoredSamples
from docclean.documents.image_samples import image_of
from docclean.documents.samples import Samples

_METERS_PER_INCH = 0.0254
_HEADER, _COLOR, _RESOLUTION, _CAPTURE = b"jp2h", b"colr", b"res ", b"resc"
_PROFILE_METHODS = (2, 3)
_LARGEST_SHORT = 65_535
_QUALITY, _LOSSLESS_QUALITY = 90, 100
_LARGER, _MUCH_LARGER = 1.1, 1.3
"""Encoders differ by some hundredths in what they need without loss."""

_QUALITIES = (1, 10, 20, 30, 50, 70, 80, 85, 90, 95, 98, 99)
_PSNR_DB = (24.0, 27.6, 30.6, 33.6, 35.6, 37.7, 39.4, 40.7, 43.1, 47.3, 52.5, 54.0)
"""Medians over JPEG files of twelve scanned and cleaned pages; the two ends are guesses."""


def encode_jpeg2000(
    samples: Samples,
    resolution_dpi: tuple[float, float] | None,
    facts: dict[str, Any],
    *,
    quality: int | None = None,
) -> bytes:
    """Encode without loss if the input was, else at the input's number of bytes, or at a quality.

    Args:
        samples: 8-bit grey, RGB (both with or without alpha) or CMYK, or 16-bit grey.
        resolution_dpi: Resolution, or None.
        facts: What `read_encoding` said about the input; and "as_read", its `StoredSamples`, from which it is told
            whether data without loss was cut short, which counts as lossy.
        quality: 1..100, about as good as JPEG of that quality, 100 without loss; None for the input's way, or 90 where
            the input was something else.

    Returns:
        A .jp2 file, or a bare codestream if the input was one; that can hold neither resolution nor profile.
    """
    is_lossy = bool(facts.get("irreversible")) if quality is None else quality < _LOSSLESS_QUALITY
    data = _encoded(samples, facts, quality, is_lossy=is_lossy)
    has_grown = quality is None and not is_lossy and len(data) > _LARGER * facts.get("size_bytes", len(data))
    if has_grown and _was_cut_short(facts, samples.mode):
        data = _encoded(samples, facts, None, is_lossy=True)
    return data if facts.get("codestream") else _with_boxes(data, resolution_dpi, samples.icc_profile)


def _encoded(samples: Samples, facts: dict[str, Any], quality: int | None, *, is_lossy: bool) -> bytes:
    options: dict[str, Any] = {"mct": int(samples.mode is ColorMode.RGB), "no_jp2": bool(facts.get("codestream"))}
    if is_lossy and quality is None and "size_bytes" in facts:
        ratio = samples.stored.data.nbytes / facts["size_bytes"]
        options |= {"irreversible": True, "quality_mode": "rates", "quality_layers": [max(1.0, ratio)]}
    elif is_lossy:
        decibels = _psnr_at(_QUALITY if quality is None else quality)
        options |= {"irreversible": True, "quality_mode": "dB", "quality_layers": [decibels]}
    file = io.BytesIO()
    image_of(samples).save(file, "JPEG2000", **options)
    return file.getvalue()


def _was_cut_short(facts: dict[str, Any], mode: ColorMode) -> bool:
    """Whether an input lost something though its transformation loses nothing: all of it takes much more room."""
    stored = facts.get("as_read")
    if not isinstance(stored, StoredSamples) or stored.mode is not mode:
        return False
    return len(_encoded(Samples(stored), {}, None, is_lossy=False)) > _MUCH_LARGER * float(facts["size_bytes"])


def _psnr_at(quality: int) -> float:
    """Peak signal to noise, dB, of a scanned page as JPEG of a quality, 1..99; see `_PSNR_DB`."""
    return float(np.interp(quality, _QUALITIES, _PSNR_DB))


def read_profile(data: bytes) -> bytes | None:
    """Find the color profile of a .jp2 file; None when it has none or the boxes are damaged.

    Source:
        ISO/IEC 15444-1, I.5.3.3 (color specification box).
    """
    for name, content in _boxes(data):
        if name == _HEADER:
            for inner_name, inner in _boxes(content):
                if inner_name == _COLOR and len(inner) > 3 and inner[0] in _PROFILE_METHODS:
                    return inner[3:]
    return None


def _with_boxes(data: bytes, resolution_dpi: tuple[float, float] | None, icc_profile: bytes | None) -> bytes:
    parts = []
    for name, content in _boxes(data):
        parts.append(_box(name, _header(content, resolution_dpi, icc_profile) if name == _HEADER else content))
    return b"".join(parts)


def _header(content: bytes, resolution_dpi: tuple[float, float] | None, icc_profile: bytes | None) -> bytes:
    parts = []
    for name, inner in _boxes(content):
        if name == _COLOR and icc_profile is not None:
            parts.append(_box(_COLOR, b"\2\0\0" + icc_profile))
        else:
            parts.append(_box(name, inner))
    if resolution_dpi is not None:
        parts.append(_box(_RESOLUTION, _box(_CAPTURE, _resolution(resolution_dpi))))
    return b"".join(parts)


def _resolution(resolution_dpi: tuple[float, float]) -> bytes:
    """Write points per metre as fractions, vertical first.

    Source:
        ISO/IEC 15444-1, I.5.3.7.1 (capture resolution box).
    """
    fractions, exponents = [], []
    for dpi in (resolution_dpi[1], resolution_dpi[0]):
        exponent, per_meter = 0, dpi / _METERS_PER_INCH
        while per_meter > _LARGEST_SHORT:
            exponent, per_meter = exponent + 1, per_meter / 10
        denominator = max(1, int(_LARGEST_SHORT // max(per_meter, 1.0)))
        fractions += [min(_LARGEST_SHORT, round(per_meter * denominator)), denominator]
        exponents.append(exponent)
    return struct.pack(">HHHHBB", *fractions, *exponents)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Split a file or a box into (name, content) of the boxes in it; stops where they are damaged."""
    position = 0
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if length == 1 and position + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = len(data) if length == 0 else position + length
        if end < start or end > len(data):
            return
        yield name, data[start:end]
        position = end
