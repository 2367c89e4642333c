"""Whole pages that we set ourselves: letters, invoices, forms, tables, handwriting, pages with a picture.

What is on them is invented, so that pages of any size can be made from nothing but a font. `set_page` sets a whole
page, `set_part` what a window of a page shows. The layouts are in `printed_layouts` and `written_layouts`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from docclean.core.page import PixelArray
from docclean.training.page_canvas import PageCanvas, Sheet
from docclean.training.printed_layouts import draw_illustrated, draw_invoice, draw_letter, draw_table
from docclean.training.written_layouts import draw_form, draw_notes

FORMATS_MM = ((210.0, 297.0), (210.0, 297.0), (215.9, 279.4), (148.0, 210.0), (297.0, 210.0))
"""Width and height of the sheets that pages are set on, mm: A4 (twice as often), Letter, A5, A4 lying."""

LAYOUTS: dict[str, Callable[[PageCanvas], None]] = {
    "letter": draw_letter,
    "invoice": draw_invoice,
    "form": draw_form,
    "table": draw_table,
    "notes": draw_notes,
    "illustrated": draw_illustrated,
}
"""What can be drawn on a sheet, by name."""

_PART_DPI = (100, 100, 120, 150, 150, 200, 240, 300)
_HAND_NAMES = (
    "breip", "dancingscript", "delphine", "dkg", "ecolier", "femkeklaver", "havana", "humor", "joscelyn", "kaushan",
    "klee", "kristi", "rufscript", "stevehand", "z003", "chorus", "hand", "script",
)  # fmt: skip
_LEAST_INK = 0.02
_TRIES = 6


def is_handwriting(font: Path) -> bool:
    """Whether a font imitates handwriting, by its name."""
    name = font.name.casefold()
    return not name.startswith("noto") and any(part in name for part in _HAND_NAMES)


def set_page(
    font: Path,
    rng: np.random.Generator,
    *,
    dpi: float,
    size: tuple[int, int] | None = None,
    hands: Sequence[Path] = (),
    layout: str = "",
) -> PixelArray:
    """Set a whole page.

    Args:
        font: Font of the print.
        rng: Source of randomness.
        dpi: Resolution, 75 to 600.
        size: (H, W), px; a usual sheet at this resolution by default.
        hands: Fonts for what is written by hand, of the same part of the split; `font` writes where there is none.
        layout: One of `LAYOUTS`; a random one by default.

    Returns:
        (H, W, 3), uint8, RGB, on white paper.

    Raises:
        OSError: The font cannot be used.
    """
    sheet = Sheet.whole(size or _sheet_size(dpi, rng), dpi)
    return _drawn(sheet, font, hands, layout or _any_layout(font, rng), rng)


def set_part(font: Path, side: int, rng: np.random.Generator) -> PixelArray:
    """Set what a square window somewhere on a page shows, if possible one with some ink.

    Args:
        font: Font of the print, and of what is written by hand.
        side: Side of the window, px.
        rng: Source of randomness.

    Returns:
        (side, side, 3), uint8, RGB, on white paper.

    Raises:
        OSError: The font cannot be used.
    """
    dpi = float(rng.choice(_PART_DPI))
    size, layout = _sheet_size(dpi, rng), _any_layout(font, rng)
    part = np.full((side, side, 3), 255, np.uint8)
    for _ in range(_TRIES):
        corner = (int(rng.integers(0, max(1, size[0] - side))), int(rng.integers(0, max(1, size[1] - side))))
        part = _drawn(Sheet(size, dpi, corner, (side, side)), font, (), layout, rng)
        if float((part.min(axis=2) < 190).mean()) >= _LEAST_INK:
            break
    return part


def _drawn(sheet: Sheet, font: Path, hands: Sequence[Path], layout: str, rng: np.random.Generator) -> PixelArray:
    hand = font if is_handwriting(font) or not hands else hands[int(rng.integers(0, len(hands)))]
    canvas = PageCanvas(sheet, font, hand, rng)
    LAYOUTS[layout](canvas)
    return canvas.pixels


def _any_layout(font: Path, rng: np.random.Generator) -> str:
    if is_handwriting(font) and rng.random() < 0.6:
        return "notes"
    return str(rng.choice(list(LAYOUTS)))


def _sheet_size(dpi: float, rng: np.random.Generator) -> tuple[int, int]:
    width, height = FORMATS_MM[int(rng.integers(0, len(FORMATS_MM)))]
    return round(height * dpi / 25.4), round(width * dpi / 25.4)
