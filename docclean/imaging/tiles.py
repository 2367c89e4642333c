"""How a page is covered with overlapping tiles. Pure geometry: no pixels here."""

from dataclasses import dataclass
from itertools import pairwise

from docclean.core.page import PageSize


@dataclass(frozen=True, slots=True)
class TileSpec:
    """How large tiles may be, px.

    Attributes:
        size: Largest side of a tile, its overlaps included.
        overlap: Rim that a tile computes for its neighbors' sake; not kept where a neighbor follows.
        multiple_of: Tiles begin and end at multiples of this.
    """

    size: int
    overlap: int
    multiple_of: int

    def __post_init__(self) -> None:
        """Refuse sizes that leave nothing to keep, or do not fit the grid."""
        if self.size <= 2 * self.overlap:
            raise ValueError(f"a tile of {self.size} px has no room for overlaps of {self.overlap} px")
        if self.size % self.multiple_of or self.overlap % self.multiple_of:
            raise ValueError(f"{self.size} and {self.overlap} px must be multiples of {self.multiple_of}")

    def halved(self, smallest: int) -> "TileSpec | None":
        """Half the size, for when memory is short; None when that would be below `smallest`."""
        size = max(smallest, self.size // 2 // self.multiple_of * self.multiple_of)
        return TileSpec(size, self.overlap, self.multiple_of) if size < self.size else None


@dataclass(frozen=True, slots=True)
class Span:
    """One axis of a tile, px from the page's edge: read `start` to `stop`, keep `keep_start` to `keep_stop`."""

    start: int
    stop: int
    keep_start: int
    keep_stop: int


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a page: rows and columns to read, and of those the ones to keep."""

    rows: Span
    columns: Span


@dataclass(frozen=True, slots=True)
class TilePlan:
    """Tiles that cover a page.

    Attributes:
        size: The page, padded to the grid.
        tiles: Row by row; their kept parts cover the padded page without gap or overlap.
    """

    size: PageSize
    tiles: tuple[Tile, ...]


def padded_size(size: PageSize, multiple_of: int) -> PageSize:
    """The smallest size on the grid that holds a page."""
    return PageSize(*(-(-side // multiple_of) * multiple_of for side in size))


def plan_tiles(size: PageSize, spec: TileSpec) -> TilePlan:
    """Cover a page with tiles of nearly equal size, so that none is a sliver.

    Args:
        size: The page, px, at least 1x1; it is padded to the grid.
        spec: How large tiles may be.

    Returns:
        The plan.

    Source:
        Overlap-tile strategy: Ronneberger, Fischer, Brox 2015, "U-Net", figure 2. Tiles are cropped to their kept part
        here, not blended, which is exact as long as the overlap covers the receptive field.
    """
    padded = padded_size(size, spec.multiple_of)
    rows, columns = (_plan_axis(side, spec) for side in padded)
    return TilePlan(padded, tuple(Tile(r, c) for r in rows for c in columns))


def _plan_axis(side: int, spec: TileSpec) -> list[Span]:
    if side <= spec.size:
        return [Span(0, side, 0, side)]
    inner = side - 2 * spec.overlap  # every tile keeps a part of this; the first and the last keep a rim besides
    count = -(-inner // (spec.size - 2 * spec.overlap))
    cells = inner // spec.multiple_of
    cuts = [spec.overlap + cells * i // count * spec.multiple_of for i in range(1, count)]
    return [
        Span(max(0, begin - spec.overlap), min(side, end + spec.overlap), begin, end)
        for begin, end in pairwise([0, *cuts, side])
    ]
