"""Pages and page files made on the spot, small and different from pixel to pixel."""

import functools
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from docclean.core.job import OutputFormat, OutputSpec
from docclean.core.page import Page, PageSource
from docclean.documents.reader import read_page
from docclean.documents.writer import WrittenFile, write_page

HEIGHT, WIDTH = 21, 34


def random_samples(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def image_in(mode: str, height: int = HEIGHT, width: int = WIDTH, seed: int = 0) -> Image.Image:
    """Make an image of a Pillow mode; "P-gray" and "P-alpha" are palettes without color and with transparency."""
    samples = random_samples(height, width, 4, seed=seed)
    if mode.startswith("P"):
        return _palette_image(mode, samples, seed)
    if mode == "CMYK":
        return Image.frombytes("CMYK", (width, height), samples.tobytes())
    arrays: dict[str, NDArray[Any]] = {
        "1": samples[:, :, 0] > 127,
        "L": samples[:, :, 0],
        "LA": samples[:, :, :2],
        "I;16": samples[:, :, 0].astype(np.uint16) << 8 | samples[:, :, 1],
        "RGB": samples[:, :, :3],
        "RGBA": samples,
    }
    return Image.fromarray(np.ascontiguousarray(arrays[mode]))


def _palette_image(mode: str, samples: NDArray[np.uint8], seed: int) -> Image.Image:
    indices = Image.fromarray(samples[:, :, 0] % 20, "P")
    colors = random_samples(20, 3, seed=seed + 1)
    indices.putpalette(np.repeat(colors[:, :1], 3, axis=1).tobytes() if mode == "P-gray" else colors.tobytes())
    if mode == "P-alpha":
        indices.info["transparency"] = bytes([0, 255, 128, *[255] * 17])
    return indices


def source_of(path: Path, page: int = 0, pages: int = 1) -> PageSource:
    return PageSource(path=path, page=page, pages=pages, relative=Path(path.name))


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def read(path: Path, page: int = 0) -> Page:
    return read_page(source_of(path, page, page + 1))


def with_change(page: Page, rows: slice = slice(5, 9), columns: slice = slice(3, 17), value: int = 255) -> Page:
    """Clean a part of a page, as a stage would: in a new array."""
    pixels = page.pixels.copy()
    pixels[rows, columns] = value
    return replace(page, pixels=pixels)


def mask_of_change(page: Page) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = (page.pixels != page.original).any(axis=2)
    return changed


def write(page: Page, path: Path, source: Path, output_format: OutputFormat = OutputFormat.KEEP) -> WrittenFile:
    return write_page(page, OutputSpec(path=path, format=output_format), source_of(source))


@functools.cache  # a profile states the second in which it was made
def icc_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_for(space: str) -> bytes:
    """Make a profile that states a color space; good enough for keeping and dropping, not for converting."""
    profile = icc_profile()
    return profile[:16] + space.ljust(4).encode() + profile[20:]


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_bytes(width: int, height: int, bits: int, color_type: int, lines: bytes, extra: bytes = b"") -> bytes:
    """Assemble a PNG from lines that have their filter byte already; `extra` goes before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            extra,
            png_chunk(b"IDAT", zlib.compress(lines)),
            png_chunk(b"IEND", b""),
        )
    )


def deep_png(samples: NDArray[np.uint16], color_type: int, extra: bytes = b"") -> bytes:
    """Make a PNG with 16-bit samples, (H, W, C), each line filtered differently."""
    height, width, channels = samples.shape
    lines = samples.astype(">u2").view(np.uint8).reshape(height, -1)
    parts = []
    for number, line in enumerate(lines):
        if number % 2:
            left = np.concatenate((np.zeros(channels * 2, np.uint8), line[: -channels * 2]))
            parts.append(b"\1" + (line - left).tobytes())
        else:
            parts.append(b"\0" + line.tobytes())
    return png_bytes(width, height, 16, color_type, b"".join(parts), extra)
