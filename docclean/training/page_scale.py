"""How large damage and marks are on a page: sizes that were chosen for training contexts, carried over to whole pages.

A context shows about a tenth of a sheet. A stain half as wide as the context is as large as a cup; half as wide as a
page it would be as large as a plate. So sizes relate to the `span`: all of a context, and about 87 mm of a page.
"""

_LARGEST_CONTEXT = 640
"""Shorter side up to which pixels are taken for a part of a page, px."""

_SHARE = 0.41
"""Width of a context relative to a sheet: 512 px at 150 dpi, the middle of the corpus' resolutions, on 210 mm (A4)."""


def is_whole_page(shape: tuple[int, ...]) -> bool:
    """Whether an array (H, W, ...) is taken for a whole page and not for a part of one."""
    return min(shape[:2]) > _LARGEST_CONTEXT


def span(shape: tuple[int, ...]) -> float:
    """Length that sizes relate to, px: the shorter side of a context, 0.41 of a page's shorter side.

    Args:
        shape: (H, W, ...), px. Grows steadily with the shorter side.
    """
    shorter = min(shape[:2])
    return float(max(min(shorter, _LARGEST_CONTEXT), _SHARE * shorter))


def spans(shape: tuple[int, ...]) -> float:
    """How many contexts cover the page; 1 for a square context. What is strewn over paper is multiplied by it."""
    return shape[0] * shape[1] / span(shape) ** 2


def magnification(shape: tuple[int, ...]) -> float:
    """By how much sizes in px that suit contexts grow; 1 up to a context, 2 on A4 at 300 dpi."""
    return max(1.0, span(shape) / 512.0) if is_whole_page(shape) else 1.0
