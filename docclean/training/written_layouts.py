"""Pages with handwriting: forms that somebody filled in, and notes on plain, ruled or squared paper. Lengths in mm."""

import numpy as np

from docclean.training.page_canvas import Color, PageCanvas
from docclean.training.printed_layouts import signature

_RULINGS: tuple[Color, ...] = ((150, 185, 220), (175, 175, 180), (190, 205, 190), (120, 150, 200))


def draw_form(page: PageCanvas) -> None:
    """Labels with dotted or plain lines, check boxes, boxed digits, a signature; filled in for the most part."""
    rng = page.rng
    left, size = rng.uniform(14, 24), rng.uniform(8, 11)
    width = page.width - 2 * left
    page.text(left, 14, page.line(width * 0.9, size * 1.7), size * 1.7, color=page.accent)
    y, step = 30.0, rng.uniform(8, 13)
    while y < page.height - 45:
        kind = rng.random()
        if kind < 0.45:
            _blank(page, left, y, width, size)
        elif kind < 0.65:
            _choices(page, left, y, width, size)
        elif kind < 0.85:
            _digits(page, left, y, width, size)
        else:
            page.box(left, y - 2, (width, 6), fill=(228, 228, 228))
            page.text(left + 2, y - 1, page.line(width * 0.6, size), size)
        y += step
    page.text(left, page.height - 22, page.words(1), size)
    page.rule(left + width * 0.4, page.height - 20, (left + width, page.height - 20))
    if rng.random() < 0.7:
        signature(page, left + width * 0.5, page.height - 33)


def draw_notes(page: PageCanvas) -> None:
    """Handwriting on plain, ruled, squared or dotted paper."""
    rng = page.rng
    step = float(rng.choice([5.0, 7.0, 8.0, 8.5, 10.0]))
    paper = str(rng.choice(["ruled", "ruled", "squared", "squared", "dotted", "plain"]))
    top, left = rng.uniform(12, 28), rng.uniform(12, 32)
    _ruling(page, paper, step if paper == "ruled" else 5.0, (left, top))
    pitch = step if paper == "ruled" else float(rng.choice([10.0, 10.0, 15.0]))
    size = pitch * rng.uniform(1.5, 2.3)
    y, slope, drift = top - size * 0.3528 * 0.9, rng.normal(0, 0.004), 0.0
    while y < page.height - 25:
        if rng.random() < 0.9:
            share = 1.0 if rng.random() < 0.8 else rng.uniform(0.2, 0.9)
            drift = _handwritten(page, (left + 2 + rng.uniform(0, 3), y), share, size, slope)
        y += pitch * (1 if rng.random() < 0.93 else 2)
    if rng.random() < 0.3:
        page.stroke([(left, y + drift), (left + rng.uniform(20, 60), y + rng.normal(0, 0.5))])


def _handwritten(page: PageCanvas, at: tuple[float, float], share: float, size: float, slope: float) -> float:
    """Write a line word by word, each a little off; now and then one is struck out. Returns its drift, mm."""
    rng = page.rng
    x, drift = at[0], 0.0
    for word in page.line((page.width - at[0] - 10) * share, size, by_hand=True).split(" "):
        drift = (x - at[0]) * slope + rng.normal(0, 0.15)
        length = page.length(word, size, by_hand=True)
        page.written(x, at[1] + drift, word, size)
        if rng.random() < 0.02:
            middle = at[1] + drift + size * 0.2
            page.stroke([(x, middle), (x + length, middle + rng.normal(0, 0.5))])
        x += length + page.length(" ", size, by_hand=True) * rng.uniform(0.8, 1.6)
    return drift


def _ruling(page: PageCanvas, paper: str, step: float, start: tuple[float, float]) -> None:
    rng = page.rng
    color, width = _RULINGS[int(rng.integers(0, len(_RULINGS)))], rng.uniform(0.1, 0.3)
    if paper == "dotted":
        _dot_grid(page, start[1], step, color)
        return
    if paper in ("ruled", "squared"):
        for y in np.arange(start[1] % step if paper == "squared" else start[1], page.height, step):
            page.rule(0, float(y), (page.width, float(y)), width=width, color=color)
    if paper == "squared":
        for x in np.arange(start[0] % step, page.width, step):
            page.rule(float(x), 0, (float(x), page.height), width=width, color=color)
    if paper != "plain" and rng.random() < 0.4:
        page.rule(start[0], 0, (start[0], page.height), width=0.3, color=(225, 130, 130))


def _dot_grid(page: PageCanvas, top: float, step: float, color: Color) -> None:
    for y in np.arange(top, page.height - 8, step):
        for x in np.arange(8, page.width - 8, step):
            page.rule(float(x), float(y), (float(x) + 0.3, float(y)), width=0.3, color=color)


def _blank(page: PageCanvas, left: float, y: float, width: float, size: float) -> None:
    rng = page.rng
    label = page.words(int(rng.integers(1, 3))) + ":"
    page.text(left, y, label, size)
    x = left + min(width * 0.7, page.length(label, size) + 3)
    base = y + size * 0.36
    if rng.random() < 0.5:
        page.dots(x, base, left + width, step=rng.uniform(0.7, 1.6))
    else:
        page.rule(x, base, (left + width, base))
    if rng.random() < 0.7:
        letters = size * rng.uniform(1.2, 1.6)
        page.written(x + 2, base - letters * 0.36, page.line((left + width - x) * 0.7, letters, by_hand=True), letters)


def _choices(page: PageCanvas, left: float, y: float, width: float, size: float) -> None:
    rng = page.rng
    side, count = size * 0.34, int(rng.integers(2, 5))
    for number in range(count):
        x = left + number * width / count
        page.box(x, y, (side, side), width=rng.uniform(0.15, 0.4))
        if rng.random() < 0.4:
            if rng.random() < 0.5:
                page.stroke([(x - 0.3, y - 0.3), (x + side + 0.4, y + side + 0.2)])
                page.stroke([(x + side + 0.3, y - 0.4), (x - 0.2, y + side + 0.3)])
            else:
                page.stroke([(x, y + side * 0.5), (x + side * 0.4, y + side), (x + side * 1.4, y - side * 0.5)])
        page.text(x + side + 1.5, y, page.line(width / count - side - 3, size), size)


def _digits(page: PageCanvas, left: float, y: float, width: float, size: float) -> None:
    rng = page.rng
    label = page.words(1)
    page.text(left, y, label, size)
    x = left + min(width * 0.5, page.length(label, size) + 4)
    cell, is_filled = size * 0.5, rng.random() < 0.75
    for _ in range(min(int(rng.integers(4, 18)), int((left + width - x) / cell))):
        page.box(x, y - 0.5, (cell, cell * 1.25))
        if is_filled:
            page.written(x + cell * 0.22, y - 0.5, str(rng.integers(0, 10)), size * 1.3)
        x += cell
