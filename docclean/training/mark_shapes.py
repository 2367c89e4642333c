"""Shapes of watermarks: words, logos, seals and patterns, and how they are laid out on a page.

Every drawing function takes the page's size, a generator, fonts and the part of the split, and returns the mark's
coverage, (H, W), float32, 0..1. Sizes are in px, as they appear on scans of 75 to 300 dpi; on a whole page they grow
with it, and half of the marks lie across its middle.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from docclean.training.crops import is_held_out
from docclean.training.page_scale import is_whole_page, magnification
from docclean.training.textures import FloatImage
from docclean.training.words import invented_word

_WORDS = (
    "CONFIDENTIAL", "DRAFT", "COPY", "SAMPLE", "DO NOT COPY", "VOID", "URGENT", "ORIGINAL", "APPROVED", "REVIEW",
    "TOP SECRET", "PROOF", "PREVIEW", "INTERNAL", "Entwurf", "Kopie", "Muster", "Vertraulich", "BROUILLON", "COPIE",
    "SPECIMEN", "BORRADOR", "COPIA", "BOZZA", "RISERVATO", "CONCEPT", "KOPIA", "WZÓR", "ЧЕРНОВИК", "ОБРАЗЕЦ",
    "Company Ltd", "www.example.org", "Licensed to", "Evaluation", "TRIAL VERSION", "No. 0000", "2024", "A. Smith",
)  # fmt: skip
_HELD_OUT_WORDS = (
    "NOT FOR SALE", "DUPLICATE", "EMBARGOED", "RESTRICTED", "Archiv", "Ungültig", "CONFIDENTIEL", "SECRETO",
    "КОПИЯ", "UTKAST", "Property of", "info@sample.net", "EXPIRED", "17/03", "Unregistered",
)  # fmt: skip


def mark_word(rng: np.random.Generator, *, held_out: bool) -> str:
    """Make up a word for a watermark; no word belongs to both parts of the split, in whatever case."""
    while True:
        word = invented_word(rng)
        if is_held_out(word.casefold()) == held_out:
            return word


def draw_words(shape: tuple[int, int], rng: np.random.Generator, fonts: Sequence[Path], held_out: bool) -> FloatImage:  # noqa: FBT001  reason: one signature for all kinds
    """One to three lines of text, filled or in outline, alone or tiled.

    No line is as small and as straight as print: nobody could tell it from the page's own.
    """
    words = _HELD_OUT_WORDS if held_out else _WORDS
    count = 1 if rng.random() < 0.75 else int(rng.integers(2, 4))
    lines = [str(rng.choice(words)) if rng.random() < 0.75 else mark_word(rng, held_out=held_out) for _ in range(count)]
    size = float(np.exp(rng.uniform(np.log(24), np.log(200))))
    image = _text_image(lines, round(size * magnification(shape)), fonts, rng)
    return _lay_out(image, shape, rng, is_like_print=size < 56)


def draw_logo(shape: tuple[int, int], rng: np.random.Generator, fonts: Sequence[Path], held_out: bool) -> FloatImage:  # noqa: FBT001  reason: one signature for all kinds
    """An invented emblem, alone or tiled, sometimes with a name beside it."""
    side = round(float(np.exp(rng.uniform(np.log(40), np.log(420)))) * magnification(shape))
    emblem = _emblem(side, rng, held_out=held_out)
    if rng.random() < 0.4:
        name = _text_image([mark_word(rng, held_out=held_out).capitalize()], max(10, side // 3), fonts, rng)
        rows = max(emblem.shape[0], name.shape[0])
        parts = [np.pad(p, ((rows - p.shape[0], 0), (0, side // 8))) for p in (emblem, name)]
        emblem = np.hstack(parts)
    return _lay_out(emblem, shape, rng)


def draw_seal(shape: tuple[int, int], rng: np.random.Generator, fonts: Sequence[Path], held_out: bool) -> FloatImage:  # noqa: FBT001  reason: one signature for all kinds
    """A round seal: rings, words along the rim, an emblem in the middle."""
    radius = round(float(np.exp(rng.uniform(np.log(50), np.log(260)))) * magnification(shape))
    side = 2 * radius + 4
    seal = np.zeros((side, side), np.uint8)
    middle = (side // 2, side // 2)
    thick = max(1, round(radius * rng.uniform(0.01, 0.05)))
    for share in (0.98, rng.uniform(0.62, 0.72)):
        cv2.circle(seal, middle, int(radius * share), 255, thick, cv2.LINE_AA)
    inner = _emblem(max(8, int(radius * 0.8)), rng, held_out=held_out)
    top = (side - inner.shape[0]) // 2
    seal[top : top + inner.shape[0], top : top + inner.shape[1]] |= inner
    words = _HELD_OUT_WORDS if held_out else _WORDS
    text = " * ".join(str(w).upper() for w in rng.choice(words, 3))
    seal = np.maximum(seal, _on_circle(text, side, radius * 0.83, fonts, rng))
    return _lay_out(seal, shape, rng)


def draw_pattern(shape: tuple[int, int], rng: np.random.Generator, fonts: Sequence[Path], held_out: bool) -> FloatImage:  # noqa: FBT001, ARG001  reason: one signature for all kinds
    """A security background over the page or a band of it: waves, hatching, rings or dots."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    u, v = np.cos(angle) * x + np.sin(angle) * y, -np.sin(angle) * x + np.cos(angle) * y
    period = rng.uniform(8, 60) * magnification(shape)
    kind = int(rng.integers(0, 2)) + (2 if held_out else 0)
    if kind == 0:  # waves
        v = v + rng.uniform(0.2, 2.0) * period * np.sin(u / (period * rng.uniform(0.6, 4.0)))
        wave = np.abs(np.mod(v / period, 1.0) - 0.5) * period
    elif kind == 1:  # hatching, once or crossed
        wave = np.abs(np.mod(v / period, 1.0) - 0.5) * period
        if rng.random() < 0.5:
            wave = np.minimum(wave, np.abs(np.mod(u / period, 1.0) - 0.5) * period)
    elif kind == 2:  # rings
        wave = np.abs(np.mod(np.hypot(u - u.mean(), v - v.mean()) / period, 1.0) - 0.5) * period
    else:  # dots
        wave = np.hypot(np.mod(u, period) - period / 2, np.mod(v, period) - period / 2)
    mask = np.clip(rng.uniform(0.5, 0.2 * period) - wave + 0.5, 0, 1)
    if rng.random() < 0.5:
        first, last = np.sort(rng.integers(0, shape[0] + 1, 2))
        mask[:first], mask[last:] = 0, 0
    return np.asarray(mask, np.float32)


def _text_image(
    lines: Sequence[str], height: int, fonts: Sequence[Path], rng: np.random.Generator
) -> NDArray[np.uint8]:
    font = _font(fonts, height, rng)
    boxes = [font.getbbox(line) for line in lines]
    stroke = max(1, height // 24)
    width = int(max(box[2] for box in boxes)) + 2 * stroke + 2
    leading = round(height * 1.25)
    image = Image.new("L", (max(2, min(width, 4000)), leading * len(lines) + height // 3 + 2 * stroke), 0)
    draw = ImageDraw.Draw(image)
    is_outline = rng.random() < 0.15 and height > 30
    for row, line in enumerate(lines):
        at = (stroke, stroke + row * leading)
        draw.text(at, line, font=font, fill=255, stroke_width=stroke if is_outline else 0, stroke_fill=255)
        if is_outline:
            draw.text(at, line, font=font, fill=0)
    return np.asarray(image, np.uint8)


def _font(fonts: Sequence[Path], height: int, rng: np.random.Generator) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Choose a font with Latin letters; Pillow's own where none of those given has them, whatever the split."""
    for position in rng.permutation(len(fonts)):
        try:
            font = ImageFont.truetype(str(fonts[position]), height)
        except OSError:
            continue
        if bytes(font.getmask("A")) != bytes(font.getmask("E")) and font.getlength("AE") > 0:
            return font
    return ImageFont.load_default(height)


def _emblem(side: int, rng: np.random.Generator, *, held_out: bool) -> NDArray[np.uint8]:
    """An invented logo; the held-out family is made of petals and waves, the other of polygons, rings and bars."""
    canvas = np.zeros((side, side), np.uint8)
    center, radius = side / 2, side * 0.46
    thick = max(1, round(side * rng.uniform(0.02, 0.09)))
    if held_out:
        turn = np.linspace(0, 2 * np.pi, 400)
        petals = int(rng.integers(2, 8))
        reach = radius * (1 - rng.uniform(0.2, 0.9) * (0.5 + 0.5 * np.cos(petals * turn)))
        points = np.stack([center + reach * np.cos(turn), center + reach * np.sin(turn)], axis=1).astype(np.int32)
        fill = -1 if rng.random() < 0.5 else thick
        cv2.drawContours(canvas, [points], -1, 255, fill, cv2.LINE_AA)
        return canvas
    for _ in range(int(rng.integers(1, 4))):
        size = radius * rng.uniform(0.35, 1.0)
        corners = int(rng.integers(3, 11))
        inner = rng.choice([1.0, rng.uniform(0.35, 0.7)])
        turn = np.arange(2 * corners) * np.pi / corners + rng.uniform(0, np.pi)
        reach = np.where(np.arange(2 * corners) % 2, size * inner, size)
        points = np.stack([center + reach * np.cos(turn), center + reach * np.sin(turn)], axis=1).astype(np.int32)
        shape = np.zeros_like(canvas)
        if rng.random() < 0.3:
            cv2.circle(shape, (int(center), int(center)), int(size), 255, thick, cv2.LINE_AA)
        else:
            cv2.drawContours(shape, [points], -1, 255, -1 if rng.random() < 0.5 else thick, cv2.LINE_AA)
        canvas = np.asarray(cv2.bitwise_xor(canvas, shape), np.uint8)
    if rng.random() < 0.2:
        for row in range(0, side, max(4, side // 8)):
            canvas[row : row + max(1, side // 24)] = 0
    return canvas


def _on_circle(
    text: str, side: int, radius: float, fonts: Sequence[Path], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Letters along a circle, upright at its top."""
    height = max(6, round(radius * 0.2))
    font = _font(fonts, height, rng)
    canvas = np.zeros((side, side), np.uint8)
    step = 2 * np.pi / max(len(text), 12)
    for index, letter in enumerate(text):
        image = Image.new("L", (2 * height, 2 * height), 0)
        ImageDraw.Draw(image).text((height, height), letter, font=font, fill=255, anchor=None)
        angle = index * step
        matrix = cv2.getRotationMatrix2D((height * 1.3, height * 1.6), -np.degrees(angle), 1.0)
        matrix[0, 2] += side / 2 + radius * np.sin(angle) - height * 1.3
        matrix[1, 2] += side / 2 - radius * np.cos(angle) - height * 1.6
        canvas = np.maximum(canvas, cv2.warpAffine(np.asarray(image), matrix, (side, side)))
    return np.asarray(canvas, np.uint8)


def _lay_out(
    mark: NDArray[np.uint8], shape: tuple[int, int], rng: np.random.Generator, *, is_like_print: bool = False
) -> FloatImage:
    """Put a mark on the page: once, a few times, or tiled; straight or turned, but what is like print always turned."""
    turned = float(rng.uniform(12, 60) * rng.choice([-1.0, 1.0]))
    angle = float(rng.choice([0.0, 0.0, 45.0, 30.0, -45.0, 90.0, turned, turned]))
    if is_like_print and angle in (0.0, 90.0):
        angle = turned
    if is_whole_page(shape) and rng.random() < 0.5:
        return _across(mark, shape, angle, rng)
    if rng.random() < 0.35:
        gaps = [round(float(side * rng.uniform(0.1, 1.2))) + 4 for side in mark.shape]
        tile = np.pad(mark, ((0, gaps[0]), (0, gaps[1])))
        if rng.random() < 0.4:
            shifted = np.roll(tile, tile.shape[1] // 2, axis=1)
            tile = np.vstack([tile, shifted])
        diagonal = int(np.hypot(*shape)) + 2
        repeats = [-(-diagonal // side) + 1 for side in tile.shape]
        canvas = np.tile(tile, repeats)[: diagonal + tile.shape[0], : diagonal + tile.shape[1]]
        return _placed(canvas, shape, (shape[1] / 2, shape[0] / 2), angle)
    total = np.zeros(shape, np.float32)
    for _ in range(1 if rng.random() < 0.75 else int(rng.integers(2, 4))):
        center = (float(rng.uniform(0, shape[1])), float(rng.uniform(0, shape[0])))
        total = np.maximum(total, _placed(mark, shape, center, angle))
    return total


def _across(mark: NDArray[np.uint8], shape: tuple[int, int], angle: float, rng: np.random.Generator) -> FloatImage:
    """Put a mark across the middle of a page, as large as fits, but at most enlarged two and a half times."""
    cosine, sine = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    height, width = mark.shape
    fitting = min(shape[1] / (width * cosine + height * sine), shape[0] / (width * sine + height * cosine))
    factor = min(2.5, fitting * rng.uniform(0.5, 0.95))
    if abs(factor - 1.0) > 0.01:
        by = cv2.INTER_AREA if factor < 1.0 else cv2.INTER_CUBIC
        mark = np.asarray(cv2.resize(mark, None, fx=factor, fy=factor, interpolation=by), np.uint8)
    center = (float(shape[1] * rng.uniform(0.45, 0.55)), float(shape[0] * rng.uniform(0.4, 0.6)))
    return _placed(mark, shape, center, angle)


def _placed(mark: NDArray[np.uint8], shape: tuple[int, int], center: tuple[float, float], angle: float) -> FloatImage:
    middle = (mark.shape[1] / 2, mark.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, angle, 1.0)
    matrix[:, 2] += np.array(center) - np.array(middle)
    placed = cv2.warpAffine(mark, matrix, (shape[1], shape[0]), flags=cv2.INTER_LINEAR)
    return np.asarray(placed, np.float32) / 255.0
