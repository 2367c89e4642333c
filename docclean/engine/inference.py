"""A model over a whole page: look at the page once, then restore it tile by tile within a bounded memory.

A large page is looked at in blocks, each with as much around it as the paper network sees. Nothing comes out otherwise
by that: the network has no features that are global.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.memory import give_back
from docclean.core.page import SHEET_PIXELS, PageRegion, PageSize, PixelArray
from docclean.engine.backends import Backend, BatchBackend, PageBackend, ThriftyBackend
from docclean.engine.page_views import PageView, around, blocks_of, cut, is_seen_whole, look_at
from docclean.engine.tile_batches import batches_of, restore_batch
from docclean.imaging.color import as_planes, from_planes, has_color
from docclean.imaging.doubling import doubled, halved
from docclean.imaging.overview import CELL
from docclean.imaging.tiles import Tile, TilePlan, TileSpec, padded_size, plan_tiles
from docclean.models.manifest import InputSpec

_SHEET_TILE = 512
_PROGRAM_MB = 140
_BYTES_PER_PAGE_PIXEL, _BYTES_PER_SHEET_PIXEL = 20, 8
_BYTES_PER_TILE_PIXEL = 450
"""Measured on ONNX Runtime: peak memory of pages in color of 9 and 35 megapixels at tiles of 256, 512 and 1024 px, and
of sheets in color of 113 and 169; a tile counts for both models."""

OnTile = Callable[[int, int], None]
"""Told after every tile: how many are done, how many there are."""


def restore_page(
    backend: Backend,
    pixels: PixelArray,
    spec: InputSpec,
    cancel: CancelToken,
    on_tile: OnTile,
    region: PageRegion | None = None,
) -> PixelArray:
    """Run a model over a page.

    Grey pages (and colored ones that hold no color) come out without any color. Small pages are restored at twice their
    size, if the model wants it. When memory is short, the tile is halved and the page starts again.

    Args:
        backend: The loaded model.
        pixels: Page, (H, W, 1 or 3), uint8.
        spec: How the model wants pages to be cut.
        cancel: Polled before every tile.
        on_tile: Told after every tile.
        region: Part of the page that matters, px: tiles that lie outside are left as they are; None for all of it.

    Returns:
        Restored page, same shape, uint8. The result does not depend on the size of the tiles.

    Raises:
        CancelledError: `cancel` was set; nothing is kept.
        DeviceMemoryError: The smallest allowed tile did not fit.
    """
    source, is_small = as_networks_get_it(pixels, spec.doubled_up_to)
    if region is not None and is_small:
        region = PageRegion(*(2 * side for side in region))
    wanted = _Wanted(region, cancel, on_tile)
    restored = _restore(backend.of_page(source) if isinstance(backend, PageBackend) else backend, source, spec, wanted)
    result = halved(restored) if is_small else restored
    return result if result.shape == pixels.shape else np.ascontiguousarray(np.broadcast_to(result, pixels.shape))


def as_networks_get_it(pixels: PixelArray, doubled_up_to: int) -> tuple[PixelArray, bool]:
    """Bring a page into the form in which networks see it.

    Args:
        pixels: Page, (H, W, 1 or 3), uint8.
        doubled_up_to: As in `InputSpec`.

    Returns:
        The page, with one channel if it holds no color and at twice its size if it is small; and whether it is small.
    """
    source = pixels if has_color(pixels) else pixels[:, :, :1]
    is_small = source.shape[0] * source.shape[1] <= doubled_up_to
    return doubled(source) if is_small else source, is_small


def within_memory(spec: InputSpec, size: PageSize, limit_mb: int) -> InputSpec:
    """Choose tiles so small that cleaning a page on the CPU stays within a limit, as far as the smallest tile allows.

    Args:
        spec: How the model wants pages to be cut.
        size: The page, px.
        limit_mb: Memory of the whole process, MB; 0 for no limit.

    Returns:
        The same, with a smaller tile if need be. What comes out does not depend on it.
    """
    area = size.height * size.width
    if area > SHEET_PIXELS:
        spec = spec.model_copy(update={"tile": min(spec.tile, max(spec.min_tile, _SHEET_TILE))})
    if not limit_mb:
        return spec
    per_pixel = _BYTES_PER_SHEET_PIXEL if area > SHEET_PIXELS else _BYTES_PER_PAGE_PIXEL
    room = (limit_mb - _PROGRAM_MB) * 1e6 - area * per_pixel
    side = int(max(room, 0.0) ** 0.5 / _BYTES_PER_TILE_PIXEL**0.5) // CELL * CELL
    return spec.model_copy(update={"tile": min(spec.tile, max(spec.min_tile, side))})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which tiles to restore, and who follows."""

    region: PageRegion | None
    cancel: CancelToken
    on_tile: OnTile

    def tiles(self, plan: TilePlan) -> list[Tile]:
        """Tiles whose kept part touches the region."""
        if self.region is None:
            return list(plan.tiles)
        top, left, height, width = self.region
        return [
            tile
            for tile in plan.tiles
            if tile.rows.keep_start < top + height
            and tile.rows.keep_stop > top
            and tile.columns.keep_start < left + width
            and tile.columns.keep_stop > left
        ]


def _restore(backend: Backend, source: PixelArray, spec: InputSpec, wanted: _Wanted) -> PixelArray:
    page = _Sheet(backend, source, spec)
    wanted.cancel.raise_if_cancelled()
    page.look()
    tiles: TileSpec | None = TileSpec(spec.tile, spec.overlap, CELL)
    while tiles is not None:
        try:
            return page.restored(plan_tiles(PageSize(*source.shape[:2]), tiles), wanted)
        except DeviceMemoryError:
            smaller = tiles.halved(spec.min_tile)
            if smaller is None:
                raise
            tiles = smaller
    raise AssertionError("unreachable: the loop returns or raises")


class _Sheet:
    """A page that is being restored."""

    def __init__(self, backend: Backend, source: PixelArray, spec: InputSpec) -> None:
        self._backend, self._source, self._spec = backend, source, spec
        self.size = padded_size(PageSize(*source.shape[:2]), spec.multiple_of)
        self._whole: PageView | None = None

    def look(self) -> None:
        """Look at all of the page, if that is to be done in one piece: once, however often the page starts again."""
        if is_seen_whole(self.size):
            self._whole = self._look_at(PageRegion(0, 0, *self.size))

    def _look_at(self, region: PageRegion) -> PageView:
        return look_at(self._backend, self._source, self.size, region, self._spec)

    def restored(self, plan: TilePlan, wanted: _Wanted) -> PixelArray:
        """Restore the tiles that are wanted; the rest stays as it is."""
        source, tiles = self._source, wanted.tiles(plan)
        result = np.empty_like(source, order="C") if len(tiles) == len(plan.tiles) else source.copy()
        done = 0
        for block in blocks_of(tiles, self.size):
            view = self._whole or self._look_closely(around(block))
            for tile, pixels in self._restored_of(block, view, wanted.cancel):
                result[_kept(tile)] = pixels
                done += 1
                wanted.on_tile(done, len(tiles))
        if self._whole is None:
            self._let_go()
        return result

    def _look_closely(self, region: PageRegion) -> PageView:
        """Look at a block of a page that is too large to be looked at in one piece."""
        self._let_go()
        view = self._look_at(region)
        self._let_go()
        return view

    def _let_go(self) -> None:
        if isinstance(self._backend, ThriftyBackend):
            self._backend.release()
        give_back()

    def _restored_of(
        self, block: Sequence[Tile], view: PageView, cancel: CancelToken
    ) -> Iterator[tuple[Tile, PixelArray]]:
        """Give the kept parts of tiles, as far as they lie on the page; first those that stay as they are."""
        backend, source = self._backend, self._source
        stays = [bool(view.untouched_under(tile).all()) for tile in block]
        for tile in compress(block, stays):
            yield tile, source[_kept(tile)]
        changing = [tile for tile, kept in zip(block, stays, strict=True) if not kept]
        for batch in batches_of(changing, lambda: backend.tiles_at_once if isinstance(backend, BatchBackend) else 1):
            cancel.raise_if_cancelled()
            for tile, result in zip(batch, _restore_batch(backend, source, view, batch), strict=True):
                before = source[_kept(tile)]
                untouched = view.untouched_under(tile).repeat(CELL, axis=0).repeat(CELL, axis=1)[:, :, None]
                height, width = before.shape[:2]
                yield tile, np.where(untouched[:height, :width], before, result[:height, :width])


def _restore_batch(backend: Backend, source: PixelArray, view: PageView, tiles: Sequence[Tile]) -> Iterator[PixelArray]:
    """Give the kept parts of tiles of equal size, restored."""
    windows = [as_planes(cut(source, around([tile]))) for tile in tiles]
    contexts = [view.under(tile) for tile in tiles]
    if isinstance(backend, BatchBackend) and len(tiles) > 1:
        results = list(restore_batch(backend, np.concatenate(windows), np.concatenate(contexts)))
    else:
        results = [backend.restore(window, under) for window, under in zip(windows, contexts, strict=True)]
    for tile, result in zip(tiles, results, strict=True):
        rows, columns = tile.rows, tile.columns
        inner = result[
            :,
            rows.keep_start - rows.start : rows.keep_stop - rows.start,
            columns.keep_start - columns.start : columns.keep_stop - columns.start,
        ]
        yield from_planes(inner, source.shape[2])


def _kept(tile: Tile) -> tuple[slice, slice]:
    """Rows and columns that a tile keeps; they may end beyond the page."""
    return slice(tile.rows.keep_start, tile.rows.keep_stop), slice(tile.columns.keep_start, tile.columns.keep_stop)
