"""Pages to learn from that are quickly made."""

import numpy as np

from docclean.training.degrade import Degraded
from docclean.training.page_windows import PageWindow, window_of

SIDE = 360
"""Of the pages, px."""


def boxed_page(number: int, *, has_mark: bool = False) -> Degraded:
    """A yellow page with a gray box that belongs to it and, if asked for, a blue mark that does not."""
    clean = np.full((SIDE, SIDE, 3), 255, np.uint8)
    clean[40:150, 60 : 100 + 30 * number] = 170
    tint = np.array([0.9, 0.85, 0.7])
    sheet = np.full_like(clean, 255) * tint
    if not has_mark:
        return Degraded((clean * tint).astype(np.uint8), clean, sheet=sheet.astype(np.uint8))
    opacity = np.zeros((SIDE, SIDE), np.uint8)
    opacity[180:300, 50:290] = 128
    color = np.broadcast_to(np.array([20, 20, 230], np.uint8), clean.shape)
    share = opacity[:, :, None] / 255.0
    return Degraded((clean * (1.0 - share) + color * share).astype(np.uint8), clean, opacity, np.array(color))


def boxed_window(number: int, *, has_mark: bool = False) -> PageWindow:
    """What is learned from such a page."""
    page = boxed_page(number, has_mark=has_mark)
    window = window_of(page, np.random.default_rng(number), doubled_up_to=0, has_marks=has_mark)
    assert window is not None
    return window
