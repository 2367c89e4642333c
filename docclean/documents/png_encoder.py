"""A page as PNG in memory; 16-bit color included, which Pillow cannot write."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docclean.core.bands import plan_bands
from docclean.core.page import ColorMode
from docclean.documents.exif import exif_of
from docclean.documents.image_samples import image_of
from docclean.documents.samples import Samples

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_METERS_PER_INCH = 0.0254
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_CHUNK_BYTES = 1 << 20


def encode_png(samples: Samples, resolution_dpi: tuple[float, float] | None, facts: dict[str, Any]) -> bytes:
    """Encode one page without loss.

    Args:
        samples: Any that PNG can hold.
        resolution_dpi: Resolution, or None.
        facts: "origin", the page's; PNG has nothing else worth repeating.

    Returns:
        A PNG file.
    """
    exif = exif_of(origin, resolution_dpi) if (origin := facts.get("origin")) else b""
    if samples.mode is ColorMode.RGB16 or (samples.mode is ColorMode.GRAY16 and samples.stored.alpha is not None):
        return _encode_deep(samples, resolution_dpi, exif)
    # Trying harder costs little where a pixel has few bits.
    options: dict[str, Any] = {"optimize": samples.mode in (ColorMode.BILEVEL, ColorMode.PALETTE)}
    if resolution_dpi is not None:
        options["dpi"] = resolution_dpi
    if samples.icc_profile is not None:
        options["icc_profile"] = samples.icc_profile
    if exif:
        options["exif"] = exif
    if samples.palette is not None and samples.stored.alpha is not None:
        options["transparency"] = samples.palette[:, 3].tobytes()
    file = io.BytesIO()
    image_of(samples).save(file, "PNG", **options)
    return file.getvalue()


def _encode_deep(samples: Samples, resolution_dpi: tuple[float, float] | None, exif: bytes) -> bytes:
    """Write 16-bit samples.

    Source:
        W3C, PNG specification (third edition), sections 11.2 (IHDR, IDAT, IEND) and 11.3 (iCCP, pHYs,
        eXIf).
    """
    data = samples.stored.data if samples.stored.data.ndim == 3 else samples.stored.data[:, :, np.newaxis]
    if samples.stored.alpha is not None:
        data = np.dstack((data, samples.stored.alpha))
    height, width, channels = data.shape
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, _COLOR_TYPES[channels], 0, 0, 0))]
    if samples.icc_profile is not None:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(samples.icc_profile)))
    if resolution_dpi is not None:
        per_meter = [round(dpi / _METERS_PER_INCH) for dpi in resolution_dpi]
        chunks.append((b"pHYs", struct.pack(">IIB", *per_meter, 1)))
    if exif:
        chunks.append((b"eXIf", exif.removeprefix(b"Exif\0\0")))
    chunks += [(b"IDAT", part) for part in _compressed(data)]
    chunks.append((b"IEND", b""))
    return _SIGNATURE + b"".join(png_chunk(name, content) for name, content in chunks)


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Make a chunk of a PNG file.

    Args:
        name: Its type, four letters.
        content: Its data.
    """
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _compressed(data: NDArray[np.uint16]) -> Iterator[bytes]:
    """Filter and compress samples, (H, W, C), in parts of bounded size."""
    compressor = zlib.compressobj()
    pending = b""
    above = np.zeros((1, data.shape[1] * data.shape[2] * 2), np.uint8)
    for rows in plan_bands(*data.shape[:2]):
        lines = np.ascontiguousarray(data[rows], dtype=">u2").view(np.uint8).reshape(-1, above.shape[1])
        pending += compressor.compress(_filtered(lines, above, data.shape[2] * 2).tobytes())
        above = lines[-1:]
        while len(pending) > _CHUNK_BYTES:
            yield pending[:_CHUNK_BYTES]
            pending = pending[_CHUNK_BYTES:]
    yield pending + compressor.flush()


def _filtered(lines: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Filter every line by its left neighbour or by the line above, whichever leaves less.

    Args:
        lines: (N, bytes of a line).
        above: (1, bytes of a line), the line before the first one.
        step: Bytes of a pixel.

    Returns:
        (N, 1 + bytes of a line), the number of the filter first.

    Source:
        W3C, PNG specification (third edition), sections 9.2 (filter types) and 12.7 (smallest sum of differences).
    """
    left = lines.copy()
    left[:, step:] -= lines[:, :-step]
    up = lines - np.concatenate((above, lines[:-1]))
    sums = [np.abs(candidate.view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64) for candidate in (left, up)]
    takes_up = sums[1] < sums[0]
    filtered = np.empty((len(lines), 1 + lines.shape[1]), np.uint8)
    filtered[:, 0] = np.where(takes_up, 2, 1)
    filtered[:, 1:] = np.where(takes_up[:, np.newaxis], up, left)
    return filtered
