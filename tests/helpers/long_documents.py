"""Documents with many pages, and very large sheets: quick to make, small on the disk, no two pages alike."""

import io
from collections.abc import Iterator
from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image, ImageDraw

A4_INCHES = (8.27, 11.69)
A0_INCHES = (33.11, 46.81)
_PAPER, _INK = 214, 40
_BLOCK = 512
_DIFFERENT = 4
_SPECKS = 4000
_MARKER_START = 2
"""Behind the two bytes with which a JPEG file begins."""


def pixels_of(inches: tuple[float, float], dpi: int) -> tuple[int, int]:
    """Give a sheet's width and height, px."""
    return round(inches[0] * dpi), round(inches[1] * dpi)


def dirty_sheet(size: tuple[int, int], seed: int) -> Image.Image:
    """Draw lines of words on grey paper with a shadow and grain; mode L."""
    width, height = size
    block = np.random.default_rng(seed).integers(_PAPER - 6, _PAPER + 7, (_BLOCK, _BLOCK), dtype=np.uint8)
    paper = np.tile(block, (height // _BLOCK + 1, width // _BLOCK + 1))[:height, :width]
    image = Image.fromarray(paper - np.linspace(0, 30, width).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    line = max(12, height // 90)
    for row, top in enumerate(range(line * 4, height - line * 4, line * 2)):
        words = f"Sheet {seed} line {row} " + "the quick brown fox jumps over the lazy dog " * 3
        draw.text((width // 10, top), words, fill=_INK, font_size=line)
    return image


def jpeg_pages(pages: int, dpi: int) -> Iterator[bytes]:
    """Give A4 pages as JPEG: few different pictures, but each page has a comment of its own."""
    made: list[bytes] = []
    for number in range(pages):
        if number < _DIFFERENT:
            buffer = io.BytesIO()
            dirty_sheet(pixels_of(A4_INCHES, dpi), number).save(buffer, "JPEG", quality=50, dpi=(dpi, dpi))
            made.append(buffer.getvalue())
        data, comment = made[number % _DIFFERENT], f"page {number}".encode()
        marker = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        yield data[:_MARKER_START] + marker + data[_MARKER_START:]


def write_long_pdf(path: Path, pages: int, dpi: int) -> None:
    """Write A4 pages in grey."""
    with path.open("wb") as file:
        img2pdf.convert(list(jpeg_pages(pages, dpi)), outputstream=file, rotation=img2pdf.Rotation.none)


def write_long_tiff(path: Path, pages: int, dpi: int) -> None:
    """Write A4 pages in two levels, packed as Group 4."""
    sheets = [
        dirty_sheet(pixels_of(A4_INCHES, dpi), seed).point(lambda level: 255 * (level > 128)) for seed in range(2)
    ]

    def numbered() -> Iterator[Image.Image]:
        for number in range(pages):
            sheet = sheets[number % len(sheets)].convert("1")
            ImageDraw.Draw(sheet).text((dpi // 2, dpi // 4), f"- {number} -", fill=0)
            yield sheet

    first, *_ = numbered()
    others = numbered()
    next(others)
    first.save(path, compression="group4", dpi=(dpi, dpi), save_all=True, append_images=others)


def write_large_sheet(path: Path, dpi: int, *, is_two_level: bool) -> None:
    """Write one A0 sheet as a PDF: a drawing in two levels, with specks, or a sheet in grey."""
    Image.MAX_IMAGE_PIXELS = None
    size = pixels_of(A0_INCHES, dpi)
    image = dirty_sheet(size, 0)
    if is_two_level:
        image = image.point(lambda level: 255 * (level > 128)).convert("1")
        draw = ImageDraw.Draw(image)
        for place in np.random.default_rng(0).integers(0, size, (_SPECKS, 2)).tolist():
            draw.point(tuple(place), fill=0)
    buffer = io.BytesIO()
    if is_two_level:
        image.save(buffer, "TIFF", compression="group4", dpi=(dpi, dpi))
    else:
        image.save(buffer, "JPEG", quality=50, dpi=(dpi, dpi))
    path.write_bytes(img2pdf.convert(buffer.getvalue(), rotation=img2pdf.Rotation.none))
