"""Pages of print: letters, invoices, tables, text with a picture. Lengths are in mm, letters in points."""

import numpy as np

from docclean.training.page_canvas import PageCanvas
from docclean.training.scenery import scenery

_MM_PER_POINT = 0.3528


def draw_letter(page: PageCanvas) -> None:
    """Head, address, date, subject, body, signature, foot."""
    rng = page.rng
    left, size = rng.uniform(18, 28), rng.uniform(9, 12.5)
    width = page.width - left - rng.uniform(15, 25)
    _head(page, left, width)
    y = _address(page, left, rng.uniform(40, 50), size)
    page.text(left + width, y, _date(rng), size, anchor="r")
    y += rng.uniform(8, 14)
    page.text(left, y, page.line(width * 0.7, size * 1.15), size * 1.15, color=page.accent)
    y += size * 0.9
    room = page.height - y - 70
    for _ in range(int(rng.integers(2, 6))):
        lines = int(rng.integers(2, 9))
        if lines * size * 0.55 > room:
            break
        start = y
        y = page.paragraph(left, y, width, lines, size) + rng.uniform(1.5, 4)
        room -= y - start
    page.text(left, y + 3, page.words(2), size)
    signature(page, left + rng.uniform(0, 8), y + 9)
    page.text(left, y + 28, page.words(2), size)
    _foot(page, left, width)


def draw_invoice(page: PageCanvas) -> None:
    """Head, address, numbers, a table of items with decimals, totals."""
    rng = page.rng
    left, size = rng.uniform(15, 25), rng.uniform(8, 11)
    width = page.width - 2 * left
    _head(page, left, width)
    y = _address(page, left, 40, size)
    x = left + width * 0.6
    for row in range(int(rng.integers(2, 5))):
        page.text(x, 42 + row * size * 0.5, page.word().capitalize() + ":", size)
        page.text(left + width, 42 + row * size * 0.5, str(rng.integers(1000, 10**7)), size, anchor="r")
    page.text(left, y + 4, f"{page.words(1)} {rng.integers(100, 99999)}", size * 1.8, color=page.accent)
    y = _items(page, left, y + 4 + size * 1.1, width, size)
    page.paragraph(left, y + rng.uniform(6, 12), width, int(rng.integers(1, 4)), size)
    _foot(page, left, width)


def draw_table(page: PageCanvas) -> None:
    """A heading, a large table with or without rules, a note below."""
    rng = page.rng
    left, top, size = rng.uniform(12, 25), rng.uniform(15, 30), rng.uniform(7, 11)
    width = page.width - 2 * left
    page.text(left, top, page.line(width * 0.8, size * 1.4), size * 1.4, color=page.accent)
    columns, style = int(rng.integers(3, 9)), str(rng.choice(["grid", "rows", "shaded", "plain"]))
    height = size * _MM_PER_POINT * rng.uniform(1.5, 2.4)
    rows = min(int(rng.integers(8, 50)), int((page.height - top - 45) / height))
    ends = np.concatenate([[0.0], np.cumsum(rng.dirichlet(np.full(columns, 6.0)))]) * width + left
    first, is_number = top + size * 0.9, rng.random(columns) < 0.6
    for row in range(rows):
        y = first + row * height
        is_head = row == 0
        if is_head or (style == "shaded" and row % 2):
            shade = int(rng.integers(205, 245))
            page.box(left, y, (width, height), width=0, fill=(shade, shade, shade))
        for column in range(columns):
            _cell(page, (float(ends[column]), y), (float(ends[column + 1] - ends[column]), height), size,
                  is_number=bool(is_number[column]) and not is_head)  # fmt: skip
        if style in ("grid", "rows") or is_head:
            page.rule(left, y, (left + width, y), width=0.4 if is_head else 0.15)
    bottom = first + rows * height
    page.rule(left, bottom, (left + width, bottom), width=0.4)
    if style == "grid":
        for end in ends:
            page.rule(float(end), first, (float(end), bottom), width=0.15)
    page.paragraph(left, bottom + 4, width, int(rng.integers(1, 4)), size * 0.9)


def draw_illustrated(page: PageCanvas) -> None:
    """Text in one or two columns and a picture, screened or smooth, with its caption."""
    rng = page.rng
    left, size = rng.uniform(15, 25), rng.uniform(8.5, 12)
    columns = 1 if rng.random() < 0.5 else 2
    gap = 7.0
    width = (page.width - 2 * left - gap * (columns - 1)) / columns
    page.text(left, 15, page.line(page.width - 2 * left, size * 2), size * 2, color=page.accent)
    with_picture = int(rng.integers(0, columns))
    for column in range(columns):
        x, y = left + column * (width + gap), 30.0
        y = page.paragraph(x, y, width, int(rng.integers(3, 16)), size) + 3
        if column == with_picture:
            y = _picture(page, x, y, width, size)
        while y < page.height - 35:
            lines = min(int(rng.integers(3, 14)), int((page.height - 20 - y) / (size * 0.55)))
            y = page.paragraph(x, y, width, lines, size) + rng.uniform(0.5, 4)
    page.text(page.width / 2, page.height - 12, str(rng.integers(1, 400)), size, anchor="m")


def signature(page: PageCanvas, x: float, y: float) -> None:
    """A name by hand, or a flourish of the pen, 15 mm high at most."""
    rng = page.rng
    if rng.random() < 0.7:
        page.written(x, y, page.words(int(rng.integers(1, 3)), by_hand=True), rng.uniform(18, 32))
    if rng.random() < 0.6:
        turn = np.linspace(0, rng.uniform(8, 25), 120)
        across = x + turn * rng.uniform(1.2, 2.2) + rng.uniform(1, 3) * np.cos(turn * rng.uniform(0.8, 1.3))
        down = y + 7 + rng.uniform(2, 6) * np.sin(turn) * np.exp(-turn * rng.uniform(0.02, 0.15))
        page.stroke(list(zip(across.tolist(), down.tolist(), strict=True)), width=rng.uniform(0.25, 0.6))


def amount(rng: np.random.Generator, largest: int = 5) -> str:
    """An amount with two decimals."""
    return f"{rng.uniform(0, 10 ** rng.integers(1, largest)):,.2f}"


def _date(rng: np.random.Generator) -> str:
    return f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(1950, 2030)}"


def _head(page: PageCanvas, left: float, width: float) -> None:
    rng = page.rng
    size = rng.uniform(14, 26)
    page.text(left, 12, page.line(width * 0.8, size), size, color=page.accent)
    page.text(left, 13 + size * 0.45, page.line(width, 8), 8)
    if rng.random() < 0.6:
        y = 18 + size * 0.45
        page.rule(left, y, (left + width, y), width=rng.uniform(0.2, 1.0), color=page.accent)


def _address(page: PageCanvas, left: float, y: float, size: float) -> float:
    for _ in range(int(page.rng.integers(3, 6))):
        page.text(left, y, page.words(int(page.rng.integers(1, 4))), size)
        y += size * 0.47
    return y + page.rng.uniform(4, 10)


def _foot(page: PageCanvas, left: float, width: float) -> None:
    if page.rng.random() < 0.3:
        return
    y = page.height - 22
    page.rule(left, y, (left + width, y))
    for column in range(3):
        for row in range(3):
            page.text(left + column * width / 3, y + 2 + row * 3.4, page.line(width / 3.4, 7), 7)


def _items(page: PageCanvas, left: float, y: float, width: float, size: float) -> float:
    rng = page.rng
    ends = [left + width * share for share in (0.08, 0.62, 0.72, 0.86, 1.0)]
    height = size * _MM_PER_POINT * rng.uniform(1.6, 2.4)
    rows = min(int(rng.integers(3, 16)), max(1, int((page.height - y - 75) / height)))
    if rng.random() < 0.5:
        page.box(left, y, (width, height), width=0, fill=(225, 225, 225))
    for row in range(rows + 1):
        cells = [str(row), str(rng.integers(1, 100)), amount(rng, 4), amount(rng)]
        if row == 0:
            cells = [page.word()[:4].capitalize() for _ in cells]
        page.text(ends[0], y + height * 0.2, page.line(width * 0.5, size), size)
        for end, cell in zip((ends[0] - 2, *ends[2:]), cells, strict=True):
            page.text(end, y + height * 0.2, cell, size, anchor="r")
        y += height
        page.rule(left, y, (left + width, y), width=0.4 if row in (0, rows) else 0.12)
    for row in range(3):
        page.text(ends[3] - 3, y + height * 0.2, page.word().capitalize(), size, anchor="r")
        page.text(ends[4], y + height * 0.2, amount(rng, 6), size, anchor="r")
        y += height
        if row > 0:
            page.rule(ends[2], y, (ends[4], y), width=0.3)
    page.rule(ends[2], y + 0.8, (ends[4], y + 0.8), width=0.3)
    return y


def _cell(
    page: PageCanvas, at: tuple[float, float], cell: tuple[float, float], size: float, *, is_number: bool
) -> None:
    y = at[1] + cell[1] * 0.2
    if page.rng.random() < 0.06:
        return
    if is_number:
        text = amount(page.rng) if page.rng.random() < 0.7 else str(page.rng.integers(0, 5000))
        if page.length(text, size) < cell[0] - 2:
            page.text(at[0] + cell[0] - 1, y, text, size, anchor="r")
    else:
        page.text(at[0] + 1, y, page.line(cell[0] - 2, size), size)


def _picture(page: PageCanvas, x: float, y: float, width: float, size: float) -> float:
    height = min(width * page.rng.uniform(0.5, 1.0), page.height - y - 40)
    if height > 10:
        if page.shows(y, height):
            page.paste(x, y, scenery(page.shape_of((width, height)), page.rng))
        y += height + 2
    page.text(x, y, page.line(width, size * 0.85), size * 0.85)
    return y + size * 0.9
