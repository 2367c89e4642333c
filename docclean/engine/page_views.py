"""A page as the paper network sees it: all of it at once, or a large one block by block.

The network has no features of the whole page. So a block that is looked at with as much around it as the network sees
comes out as it does on the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PageRegion, PageSize, PixelArray
from docclean.engine.backends import Backend, FloatArray
from docclean.imaging.color import pad_to
from docclean.imaging.overview import CELL, overview_of
from docclean.imaging.tiles import Span, Tile
from docclean.models.manifest import InputSpec

BLANK = 252
"""Paper is clean, and left as it is, where no pixel within the networks' sight is darker than this."""

_OPEN = 0.5
"""A gate above this lets a cell be changed; the networks go by the same."""

_MOST_CELLS = 1 << 20
"""Of a page that is looked at in one piece: A3 at 600 dpi. The network takes some 400 bytes for each."""

_BLOCK = 2048
"""Largest side of a block, px."""


@dataclass(frozen=True, slots=True)
class PageView:
    """What the paper network says about a part of a page.

    Attributes:
        region: The part, px, whole cells.
        context: (1, C, h, w), a value for every cell.
        untouched: (h, w), which cells stay as they are.
    """

    region: PageRegion
    context: FloatArray
    untouched: NDArray[np.bool_]

    def under(self, tile: Tile) -> FloatArray:
        """The context that lies under a tile."""
        rows, columns = tile.rows, tile.columns
        cells = self._cells(rows.start, rows.stop, columns.start, columns.stop)
        return np.ascontiguousarray(self.context[:, :, *cells])

    def untouched_under(self, tile: Tile) -> NDArray[np.bool_]:
        """Which cells stay as they are of the part that a tile keeps."""
        rows, columns = tile.rows, tile.columns
        return self.untouched[self._cells(rows.keep_start, rows.keep_stop, columns.keep_start, columns.keep_stop)]

    def _cells(self, top: int, bottom: int, left: int, right: int) -> tuple[slice, slice]:
        above, beside = self.region.top, self.region.left
        return (
            slice((top - above) // CELL, (bottom - above) // CELL),
            slice((left - beside) // CELL, (right - beside) // CELL),
        )


def is_seen_whole(size: PageSize) -> bool:
    """Whether a page of this size, px, is looked at in one piece."""
    return size.height * size.width <= _MOST_CELLS * CELL**2


def blocks_of(tiles: Sequence[Tile], size: PageSize) -> Iterator[list[Tile]]:
    """Put tiles together that lie in one block; all of a page that is seen in one piece."""
    if is_seen_whole(size):
        yield list(tiles)
        return
    rows = _numbered(tile.rows for tile in tiles)
    columns = _numbered(tile.columns for tile in tiles)
    blocks: dict[tuple[int, int], list[Tile]] = {}
    for tile in tiles:
        blocks.setdefault((rows[tile.rows], columns[tile.columns]), []).append(tile)
    yield from blocks.values()


def _numbered(spans: Iterator[Span]) -> dict[Span, int]:
    """Number spans, those alike that fit into one block together."""
    numbers: dict[Span, int] = {}
    number, start = 0, 0
    for span in sorted(set(spans), key=lambda span: span.start):
        if numbers and span.stop - start > _BLOCK:
            number += 1
        if number not in numbers.values():
            start = span.start
        numbers[span] = number
    return numbers


def around(tiles: Sequence[Tile]) -> PageRegion:
    """The smallest part of a page in which tiles lie, their overlaps included."""
    top, left = min(tile.rows.start for tile in tiles), min(tile.columns.start for tile in tiles)
    bottom, right = max(tile.rows.stop for tile in tiles), max(tile.columns.stop for tile in tiles)
    return PageRegion(top, left, bottom - top, right - left)


def look_at(backend: Backend, source: PixelArray, size: PageSize, region: PageRegion, spec: InputSpec) -> PageView:
    """Run the paper network over a part of a page.

    Args:
        backend: The loaded model.
        source: The page, (H, W, 1 or 3), uint8.
        size: The page, padded to the model's grid.
        region: The part, px, whole cells.
        spec: How the model wants pages to be cut.

    Raises:
        DeviceMemoryError: It did not fit.
    """
    reach = max(spec.context_reach, spec.overlap)
    step = spec.multiple_of
    top, left = (max(0, edge - reach) // step * step for edge in (region.top, region.left))
    bottom = min(size.height, -(-(region.top + region.height + reach) // step) * step)
    right = min(size.width, -(-(region.left + region.width + reach) // step) * step)
    seen = PageRegion(top, left, bottom - top, right - left)
    overview = overview_of(cut(source, seen))
    context = backend.context(overview)
    untouched = _blank_cells(overview, spec.overlap // CELL)
    if spec.gated:
        untouched |= context[0, -1] <= _OPEN
    view = PageView(seen, context, untouched)
    return view if seen == region else _narrowed(view, region)


def _narrowed(view: PageView, region: PageRegion) -> PageView:
    top, left = (region.top - view.region.top) // CELL, (region.left - view.region.left) // CELL
    cells = slice(top, top + region.height // CELL), slice(left, left + region.width // CELL)
    return PageView(region, view.context[:, :, *cells].copy(), view.untouched[cells].copy())


def cut(source: PixelArray, region: PageRegion) -> PixelArray:
    """Cut a part out of a page; where it sticks out below and at the right, the page's last pixels are repeated."""
    rows, columns = region.slices
    top, left = min(rows.start, source.shape[0] - 1), min(columns.start, source.shape[1] - 1)
    return pad_to(source[top : rows.stop, left : columns.stop], region.height, region.width)


def _blank_cells(overview: FloatArray, radius: int) -> NDArray[np.bool_]:
    """Cells that lie, with everything within `radius` cells, on clean paper. The tiles have no part in this."""
    darkest = overview[0, 6:].min(axis=0)
    inked = (darkest * 255.0 < BLANK - 0.5).astype(np.uint8)
    seen = cv2.dilate(inked, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    return np.asarray(seen == 0, np.bool_)
