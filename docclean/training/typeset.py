"""Clean crops that we set ourselves: parts of whole pages, and paragraphs, tables and forms in letters of any size.

Text is drawn with fonts found on the machine. The words are invented (syllables, amounts, dates): what the network
learns is strokes, not language.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.training.page_layouts import set_part
from docclean.training.words import invented_word, scripts_of

Color = tuple[int, int, int]

_PAGE_SHARE = 0.4
"""How many crops are cut out of a page with a structure; the others are filled from edge to edge."""


def find_fonts(folders: Sequence[Path]) -> list[Path]:
    """List the TrueType and OpenType fonts below some folders, and fonts that are named themselves, by name.

    Raises:
        TrainingError: There is none.
    """
    found = {p for folder in folders for pattern in ("*.ttf", "*.otf") for p in folder.rglob(pattern)}
    found |= {path for path in folders if path.suffix.lower() in (".ttf", ".otf") and path.is_file()}
    fonts = sorted(found, key=lambda p: (p.name, p))
    if not fonts:
        names = ", ".join(str(f) for f in folders)
        raise TrainingError(f"{names}: no TrueType or OpenType font found; install some fonts or name their folder.")
    return fonts


def typeset(font_path: Path, side: int, rng: np.random.Generator) -> PixelArray:
    """Set a crop of a page.

    Args:
        font_path: Font of the text.
        side: Height and width of the crop, px.
        rng: Source of randomness.

    Returns:
        (side, side, 3), uint8, RGB, white paper.

    Raises:
        OSError: The font cannot be used.
    """
    scripts_of(font_path)  # refuses what cannot be used
    pixels = set_part(font_path, side, rng) if rng.random() < _PAGE_SHARE else _filled(font_path, side, rng)
    if rng.random() < 0.3:
        pixels = _turn(pixels, rng.normal(0, 1.5))
    return np.ascontiguousarray(pixels)


def _filled(font_path: Path, side: int, rng: np.random.Generator) -> PixelArray:
    """Fill a crop with one kind of text from edge to edge, in letters of any size."""
    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    size = round(float(np.exp(rng.uniform(np.log(9), np.log(52)))))
    font = ImageFont.truetype(str(font_path), size)
    color = _ink_color(rng)
    layout: Callable[[ImageDraw.ImageDraw, ImageFont.FreeTypeFont, Color, np.random.Generator], None]
    layout = (_paragraph, _paragraph, _table, _form)[int(rng.integers(0, 4))]
    layout(draw, font, color, rng)
    return np.asarray(image, np.uint8)


def _ink_color(rng: np.random.Generator) -> Color:
    kind = rng.random()
    if kind < 0.55:
        return (0, 0, 0)
    if kind < 0.75:
        level = int(rng.integers(0, 185))
        return (level, level, level)
    strong, weak = int(rng.integers(90, 230)), int(rng.integers(0, 90))
    channels = [weak, int(rng.integers(0, 120)), strong]
    rng.shuffle(channels)
    return (channels[0], channels[1], channels[2])


def _paragraph(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, color: Color, rng: np.random.Generator) -> None:
    side = draw.im.size[0]
    size = font.size
    left, y = rng.uniform(-size, side * 0.2), rng.uniform(-size, size)
    leading = size * rng.uniform(1.05, 2.0)
    while y < side:
        line = ""
        while draw.textlength(line, font=font) < side - left:
            line += invented_word(rng) + " "
        if rng.random() > 0.08:
            draw.text((left, y), line, font=font, fill=color)
        if rng.random() < 0.04:
            draw.line((left, y + size * 1.2, side, y + size * 1.2), fill=color, width=int(rng.integers(1, 4)))
        y += leading


def _table(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, color: Color, rng: np.random.Generator) -> None:
    side, size = draw.im.size[0], font.size
    cell_height, cell_width = size * rng.uniform(1.2, 2.4), size * rng.uniform(4, 10)
    rule = int(rng.integers(1, 4))
    shade = int(rng.integers(200, 256))
    top, left = rng.uniform(-cell_height, cell_height), rng.uniform(-cell_width, cell_width)
    for row in range(int(side / cell_height) + 2):
        for column in range(int(side / cell_width) + 2):
            x, y = left + column * cell_width, top + row * cell_height
            fill = (shade, shade, shade) if row % 2 and rng.random() < 0.9 else None
            draw.rectangle((x, y, x + cell_width, y + cell_height), outline=color, width=rule, fill=fill)
            draw.text((x + size * 0.4, y + cell_height * 0.1), invented_word(rng), font=font, fill=color)


def _form(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, color: Color, rng: np.random.Generator) -> None:
    side, size = draw.im.size[0], font.size
    y = rng.uniform(0, size)
    pen = _ink_color(rng)
    while y < side:
        x = rng.uniform(0, size)
        label = invented_word(rng).capitalize() + ":"
        draw.text((x, y), label, font=font, fill=color)
        start = x + draw.textlength(label + " ", font=font)
        kind = rng.random()
        if kind < 0.35:
            draw.line((start, y + size * 1.15, side - size, y + size * 1.15), fill=color, width=1)
            draw.text((start, y), invented_word(rng) + " " + invented_word(rng), font=font, fill=pen)
        elif kind < 0.6:
            for position in np.arange(start, side - size, max(4.0, size * rng.uniform(0.25, 0.5))):
                draw.ellipse((position, y + size, position + max(1, size / 10), y + size * 1.1), fill=color)
        elif kind < 0.8:
            draw.rectangle((start, y, start + size, y + size), outline=color, width=int(rng.integers(1, 3)))
        else:
            step = size * 0.8
            for position in np.arange(start, side - size, step):
                draw.rectangle((position, y, position + step, y + size * 1.2), outline=color)
                draw.text((position + step * 0.2, y), str(rng.integers(0, 10)), font=font, fill=pen)
        y += size * rng.uniform(1.6, 3.0)


def _turn(pixels: PixelArray, degrees: float) -> PixelArray:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return np.asarray(turned, np.uint8)
