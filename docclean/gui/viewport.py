"""Which part of a page is seen, and how large. Pure geometry: no pixels and no Qt here.

Lengths on the screen are device px, so that zoom 1.0 shows one page px on one px of the screen whatever its density.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

SMALLEST_SCALE = 0.02
LARGEST_SCALE = 16.0
# Above 1 only whole numbers, because only these repeat every pixel equally often.
ZOOM_STOPS = (
    *(0.02, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.125, 0.16, 0.2, 0.25, 0.33, 0.4, 0.5, 0.67, 0.8),
    *(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0),
)
_SMALLEST_STEP = 1.05  # a step to a stop that is nearer would look like nothing happened
_BLOCKY_SCALE = 4.0  # from here on pixels are so large that a column more or less is not seen


class Extent(NamedTuple):
    """Width and height, px."""

    width: int
    height: int


class Point(NamedTuple):
    """A place, px from the top left corner."""

    x: float
    y: float


class Span(NamedTuple):
    """A rectangle of whole px; `right` and `bottom` are the first px outside."""

    left: int
    top: int
    right: int
    bottom: int


def round_half_up(value: float) -> int:
    """Round to the nearest whole number, halves always up, so that neighbors that share an edge agree on it."""
    return math.floor(value + 0.5)


def next_stop(scale: float, *, is_larger: bool) -> float:
    """Give the next customary zoom factor above or below; the outermost one when there is no further."""
    if is_larger:
        return next((stop for stop in ZOOM_STOPS if stop >= scale * _SMALLEST_STEP), max(scale, ZOOM_STOPS[-1]))
    return next((stop for stop in reversed(ZOOM_STOPS) if stop <= scale / _SMALLEST_STEP), min(scale, ZOOM_STOPS[0]))


def repeats_pixels(scale: float) -> bool:
    """Tell whether pixels are shown as squares; otherwise they are interpolated."""
    return scale >= 1 and (scale == math.floor(scale) or scale >= _BLOCKY_SCALE)


@dataclass(frozen=True, slots=True)
class Viewport:
    """A look at a page through a pane.

    Attributes:
        page: Size of the page, page px.
        pane: Size of the pane, device px.
        scale: Device px per page px.
        center: The page point in the middle of the pane, page px. Always on the page.
    """

    page: Extent
    pane: Extent
    scale: float
    center: Point

    @classmethod
    def fitting(cls, page: Extent, pane: Extent, margin: int = 0) -> Self:
        """Show the whole page, in the middle of the pane.

        A page that is smaller than the pane is enlarged by a whole number, so that its pixels stay square. The result
        may be smaller than `SMALLEST_SCALE`, if the page is that large.

        Args:
            page: Size of the page, page px.
            pane: Size of the pane, device px.
            margin: Kept free on every side, device px; given up in a pane that is too small for it.
        """
        free = [side - 2 * margin if side > 4 * margin else side for side in pane]
        scale = min(free[0] / page.width, free[1] / page.height, LARGEST_SCALE)
        scale = math.floor(scale) if scale >= 1 else max(scale, 1 / max(page))
        return cls(page, pane, float(scale), Point(page.width / 2, page.height / 2))

    @property
    def origin(self) -> tuple[int, int]:
        """Where the page's top left corner lies in the pane, x and y in whole device px."""
        return (
            round_half_up(self.pane.width / 2 - self.center.x * self.scale),
            round_half_up(self.pane.height / 2 - self.center.y * self.scale),
        )

    @property
    def visible(self) -> Span:
        """The page px that are seen at least in part; empty when the pane is."""
        (left, top), (width, height) = self.origin, self.page
        return Span(
            min(max(0, math.floor(-left / self.scale)), width),
            min(max(0, math.floor(-top / self.scale)), height),
            min(max(0, math.ceil((self.pane.width - left) / self.scale)), width),
            min(max(0, math.ceil((self.pane.height - top) / self.scale)), height),
        )

    def to_pane(self, point: Point) -> Point:
        """Give the place in the pane, device px, of a page point."""
        left, top = self.origin
        return Point(left + point.x * self.scale, top + point.y * self.scale)

    def to_page(self, point: Point) -> Point:
        """Give the page point, page px, at a place in the pane. It may lie outside the page."""
        left, top = self.origin
        return Point((point.x - left) / self.scale, (point.y - top) / self.scale)

    def zoomed(self, scale: float, at: Point | None = None) -> Self:
        """Look from nearer or farther.

        The page point at `at` stays where it is, if the pane's middle stays on the page. A page that shrinks until it
        is narrower than the pane goes to the middle.

        Args:
            scale: Device px per page px; kept within the limits.
            at: Place in the pane, device px; its middle without.
        """
        scale = min(max(scale, min(SMALLEST_SCALE, self.scale)), LARGEST_SCALE)
        at = at or Point(self.pane.width / 2, self.pane.height / 2)
        fixed = self.to_page(at)
        center = [where - (place - pane / 2) / scale for where, place, pane in zip(fixed, at, self.pane, strict=True)]
        if scale < self.scale:
            center = [
                page / 2 if page * scale <= pane else middle
                for middle, page, pane in zip(center, self.page, self.pane, strict=True)
            ]
        return replace(self, scale=scale, center=self._on_page(*center))

    def panned(self, right: float, down: float) -> Self:
        """Push the page, device px, until one of its edges is in the middle of the pane."""
        return replace(
            self, center=self._on_page(self.center.x - right / self.scale, self.center.y - down / self.scale)
        )

    def resized(self, pane: Extent) -> Self:
        """Look through a pane of another size at the same place."""
        return replace(self, pane=pane)

    def turned_to(self, page: Extent) -> Self:
        """Look at the same place, relative to its size, of another page."""
        center = Point(self.center.x / self.page.width * page.width, self.center.y / self.page.height * page.height)
        return replace(self, page=page, center=center)

    def _on_page(self, x: float, y: float) -> Point:
        return Point(min(max(x, 0.0), self.page.width), min(max(y, 0.0), self.page.height))
