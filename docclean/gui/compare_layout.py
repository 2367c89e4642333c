"""Which side of a comparison is shown where. Pure geometry, device px of the view."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QSize

from docclean.gui.viewport import Extent

GAP = 2
"""Between the two panes of side by side."""


class ViewMode(StrEnum):
    """How a page and its result are shown."""

    SPLIT = "split"
    SIDE_BY_SIDE = "side-by-side"
    RESULT = "result"
    ORIGINAL = "original"
    CHANGES = "changes"


class Side(StrEnum):
    """What is shown in a part of the view. NOTHING is a result that is not there yet."""

    BEFORE = "before"
    AFTER = "after"
    CHANGES = "changes"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the view.

    Attributes:
        side: What is shown.
        clip: Where.
        offset: Top left corner of the pane it belongs to; the viewport counts from there.
    """

    side: Side
    clip: QRect
    offset: QPoint


def pane_extent(mode: ViewMode, view: QSize) -> Extent:
    """Give the size of the pane, or of each of the two, at least one px."""
    width = (view.width() - GAP) // 2 if mode is ViewMode.SIDE_BY_SIDE else view.width()
    return Extent(max(1, width), max(1, view.height()))


def plan_parts(mode: ViewMode, view: QSize, split: int, *, has_result: bool, holds_original: bool) -> tuple[Part, ...]:
    """Divide the view.

    Args:
        mode: How it is divided.
        view: Size of the view.
        split: Where the split line is.
        has_result: Whether there is anything to show but the page itself.
        holds_original: Whether the page itself is wanted everywhere for now; the panes stay where they are.
    """
    width, height = view.width(), view.height()
    result = Side.BEFORE if holds_original else Side.AFTER
    whole = QRect(0, 0, width, height)
    if mode is ViewMode.SIDE_BY_SIDE:
        pane = pane_extent(mode, view).width
        right = QRect(width - pane, 0, pane, height)
        right_side = result if has_result else Side.NOTHING
        return (Part(Side.BEFORE, QRect(0, 0, pane, height), QPoint()), Part(right_side, right, right.topLeft()))
    if not has_result or holds_original or mode is ViewMode.ORIGINAL:
        return (Part(Side.BEFORE, whole, QPoint()),)
    if mode is ViewMode.SPLIT:
        split = min(max(split, 0), width)
        left, right = QRect(0, 0, split, height), QRect(split, 0, width - split, height)
        return (Part(Side.BEFORE, left, QPoint()), Part(Side.AFTER, right, QPoint()))
    return (Part(Side.CHANGES if mode is ViewMode.CHANGES else Side.AFTER, whole, QPoint()),)
