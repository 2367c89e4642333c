"""The check-up: what a model does to pages that come with the program, to see whether fine-tuning made it forget.

The pages are made when they are needed, from fonts that nobody learns from, and are the same on every machine.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from docclean.core.page import PixelArray
from docclean.core.recipe import Task
from docclean.imaging.luma import gray_of
from docclean.imaging.metrics import ink_lost, psnr_db, rmse
from docclean.training.degrade import Degraded, degrade
from docclean.training.finetune.shipped_pages import shipped_fonts
from docclean.training.finetune.verdict import Checkup
from docclean.training.page_layouts import LAYOUTS, is_handwriting, set_page
from docclean.training.watermarks import watermarked

LARGEST_SIDE = 900
"""Pages are cut to this, px: a check-up is done twice while somebody waits."""

HIGHEST_PSNR_DB = 60.0
"""Counts for a page that is restored exactly, too: the mean must stay finite."""

_SEED = 20_260
_DAMAGED_OF_LAYOUT = 2
_DPI = (100, 150, 200, 300)
_BACKSIDE_EVERY = 4
_LEAST_INK = 0.02
_LEAST_PAPER = 0.5
"""Nobody could tell the light from a picture that fills the page."""
_LEAST_MARK = 0.03
"""Root mean square change of a page by its mark; fainter ones leave next to nothing to measure."""
_MARKS_TRIED = 8
_TRIES = 20


@dataclass(frozen=True, slots=True)
class CheckupPage:
    """A page of the check-up.

    Attributes:
        name: Layout, font, resolution and damage, for people.
        dirty: What is to be cleaned, (H, W, 3), uint8, RGB.
        clean: What should come out, of the same shape.
        is_damaged: Whether there is anything to clean.
    """

    name: str
    dirty: PixelArray
    clean: PixelArray
    is_damaged: bool


def checkup_pages(task: Task) -> Iterator[CheckupPage]:
    """Make the pages, one after the other: two damaged ones of every layout, then a clean one of each.

    Args:
        task: DEWATERMARK puts marks on the damaged ones, every other task gets dirt.
    """
    fonts = shipped_fonts(held_out=True)
    for number, (layout, is_damaged) in enumerate(_kinds()):
        rng = np.random.default_rng([_SEED, number])
        name, page = _page(fonts, layout, number, rng)
        if not is_damaged:
            yield CheckupPage(f"{name}, clean", page, page, is_damaged=False)
        elif task is Task.DEWATERMARK:
            yield _marked(name, page, fonts, rng)
        else:
            backside = np.ascontiguousarray(page[::-1, ::-1]) if number % _BACKSIDE_EVERY == 0 else None
            pair = degrade(page, rng, backside=backside)
            yield CheckupPage(f"{name}: {', '.join(pair.kinds)}", pair.dirty, pair.clean, is_damaged=True)


def check_up(
    cleaner: Callable[[PixelArray], PixelArray], task: Task, *, between: Callable[[], None] = lambda: None
) -> Checkup:
    """Let a cleaner clean every page of the check-up.

    Args:
        cleaner: Takes a page, (H, W, 3), uint8, RGB, and gives one of equal height and width.
        task: What the cleaner is for.
        between: Called before every page; may wait, or raise to stop.
    """
    psnr, lost, clean_error = [], [], []
    for page in checkup_pages(task):
        between()
        result, truth = gray_of(cleaner(page.dirty)), gray_of(page.clean)
        lost.append(ink_lost(result, truth))
        if page.is_damaged:
            psnr.append(min(psnr_db(result, truth), HIGHEST_PSNR_DB))
        else:
            clean_error.append(rmse(result, truth))
    return Checkup(float(np.mean(psnr)), float(np.mean(lost)), float(np.mean(clean_error)))


def _kinds() -> list[tuple[str, bool]]:
    """Layout of every page, and whether it is damaged."""
    layouts = list(LAYOUTS)
    return [(layout, True) for layout in layouts * _DAMAGED_OF_LAYOUT] + [(layout, False) for layout in layouts]


def _page(fonts: Sequence[Path], layout: str, number: int, rng: np.random.Generator) -> tuple[str, PixelArray]:
    """Set a page and cut it; fonts and resolutions take turns, so that every font meets several layouts."""
    hands = [font for font in fonts if is_handwriting(font)]
    prints = [font for font in fonts if font not in hands]
    font = hands[0] if layout == "notes" else prints[(number + number // len(LAYOUTS)) % len(prints)]
    dpi = _DPI[(number + number // len(_DPI)) % len(_DPI)]
    page = set_page(font, rng, dpi=dpi, hands=hands, layout=layout)
    return f"{layout}, {font.stem}, {dpi} dpi", _cut(page, rng)


def _cut(page: PixelArray, rng: np.random.Generator) -> PixelArray:
    """A random part no larger than `LARGEST_SIDE` either way, if possible one with some ink on much paper."""
    height, width = (min(side, LARGEST_SIDE) for side in page.shape[:2])
    part = page[:height, :width]
    for _ in range(_TRIES):
        top, left = (int(rng.integers(0, max(0, side - LARGEST_SIDE) + 1)) for side in page.shape[:2])
        part = page[top : top + height, left : left + width]
        darkest = part.min(axis=2)
        if float((darkest < 190).mean()) >= _LEAST_INK and float((darkest > 250).mean()) >= _LEAST_PAPER:
            break
    return np.ascontiguousarray(part)


def _marked(name: str, page: PixelArray, fonts: Sequence[Path], rng: np.random.Generator) -> CheckupPage:
    """A page with a mark on it that can be seen, or with the strongest of some."""
    pairs = []
    for _ in range(_MARKS_TRIED):
        pairs.append(watermarked(page, rng, fonts=fonts, held_out=True))
        if _change(pairs[-1]) >= _LEAST_MARK:
            break
    pair = max(pairs, key=_change)
    return CheckupPage(f"{name}: {', '.join(pair.kinds)}", pair.dirty, pair.clean, is_damaged=True)


def _change(pair: Degraded) -> float:
    return rmse(gray_of(pair.dirty), gray_of(pair.clean))
