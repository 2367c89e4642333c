"""A model over a whole page: look at the page once, then restore it tile by tile within a bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.page import PageRegion, PageSize, PixelArray
from docclean.engine.backends import Backend, BatchBackend, FloatArray
from docclean.engine.tile_batches import batches_of, restore_batch
from docclean.imaging.color import as_planes, from_planes, has_color, pad_to
from docclean.imaging.doubling import doubled, halved
from docclean.imaging.overview import CELL, overview_of
from docclean.imaging.tiles import Tile, TilePlan, TileSpec, padded_size, plan_tiles
from docclean.models.manifest import InputSpec

BLANK = 252
"""Paper is clean, and left as it is, where no pixel within the networks' sight is darker than this."""

_PROGRAM_MB = 140
_BYTES_PER_PAGE_PIXEL = 16
_BYTES_PER_TILE_PIXEL = 450
"""Measured with both models on ONNX Runtime: peak memory of a 2480 x 3504 px page at tiles of 256, 512 and 1024 px."""

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
    source = pixels if has_color(pixels) else pixels[:, :, :1]
    is_small = source.shape[0] * source.shape[1] <= spec.doubled_up_to
    if region is not None and is_small:
        region = PageRegion(*(2 * side for side in region))
    wanted = _Wanted(region, cancel, on_tile)
    restored = _restore(backend, doubled(source) if is_small else source, spec, wanted)
    result = halved(restored) if is_small else restored
    return np.ascontiguousarray(np.broadcast_to(result, pixels.shape))


def within_memory(spec: InputSpec, size: PageSize, limit_mb: int) -> InputSpec:
    """Choose tiles so small that cleaning a page on the CPU stays within a limit, as far as the smallest tile allows.

    Args:
        spec: How the model wants pages to be cut.
        size: The page, px.
        limit_mb: Memory of the whole process, MB; 0 for no limit.

    Returns:
        The same, with a smaller tile if need be. What comes out does not depend on it.
    """
    if not limit_mb:
        return spec
    room = (limit_mb - _PROGRAM_MB) * 1e6 - size.height * size.width * _BYTES_PER_PAGE_PIXEL
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
    size = PageSize(*source.shape[:2])
    padded = pad_to(source, *padded_size(size, spec.multiple_of))
    wanted.cancel.raise_if_cancelled()
    overview = overview_of(padded)
    context, blank = backend.context(overview), _blank_cells(overview, spec.overlap // CELL)
    tiles: TileSpec | None = TileSpec(spec.tile, spec.overlap, CELL)
    while tiles is not None:
        try:
            restored = _restore_tiles(backend, padded, (context, blank), plan_tiles(size, tiles), wanted)
        except DeviceMemoryError:
            smaller = tiles.halved(spec.min_tile)
            if smaller is None:
                raise
            tiles = smaller
            continue
        return restored[: size.height, : size.width]
    raise AssertionError("unreachable: the loop returns or raises")


def _restore_tiles(
    backend: Backend,
    padded: PixelArray,
    maps: tuple[FloatArray, NDArray[np.bool_]],
    plan: TilePlan,
    wanted: _Wanted,
) -> PixelArray:
    context, blank = maps
    tiles = wanted.tiles(plan)
    restored = np.empty_like(padded) if len(tiles) == len(plan.tiles) else padded.copy()
    inked = []
    done = 0
    for tile in tiles:
        if blank[_cells(*_kept(tile))].all():
            restored[_kept(tile)] = padded[_kept(tile)]
            done += 1
            wanted.on_tile(done, len(tiles))
        else:
            inked.append(tile)
    for batch in batches_of(inked, lambda: backend.tiles_at_once if isinstance(backend, BatchBackend) else 1):
        wanted.cancel.raise_if_cancelled()
        for tile, result in zip(batch, _restore_batch(backend, padded, context, batch), strict=True):
            untouched = blank[_cells(*_kept(tile))].repeat(CELL, axis=0).repeat(CELL, axis=1)[:, :, None]
            restored[_kept(tile)] = np.where(untouched, padded[_kept(tile)], result)
            done += 1
            wanted.on_tile(done, len(tiles))
    return restored


def _restore_batch(
    backend: Backend, padded: PixelArray, context: FloatArray, tiles: Sequence[Tile]
) -> Iterator[PixelArray]:
    """Give the kept parts of tiles of equal size, restored."""
    windows = [as_planes(padded[t.rows.start : t.rows.stop, t.columns.start : t.columns.stop]) for t in tiles]
    contexts = [_under(context, tile) for tile in tiles]
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
        yield from_planes(inner, padded.shape[2])


def _kept(tile: Tile) -> tuple[slice, slice]:
    return _slices(tile.rows.keep_start, tile.rows.keep_stop, tile.columns.keep_start, tile.columns.keep_stop)


def _under(context: FloatArray, tile: Tile) -> FloatArray:
    """The part of the context that lies under a tile."""
    window = _slices(tile.rows.start, tile.rows.stop, tile.columns.start, tile.columns.stop)
    return np.ascontiguousarray(context[:, :, *_cells(*window)])


def _slices(top: int, bottom: int, left: int, right: int) -> tuple[slice, slice]:
    return slice(top, bottom), slice(left, right)


def _cells(rows: slice, columns: slice) -> tuple[slice, slice]:
    return _slices(*(edge // CELL for edge in (rows.start, rows.stop, columns.start, columns.stop)))


def _blank_cells(overview: FloatArray, radius: int) -> NDArray[np.bool_]:
    """Cells that lie, with everything within `radius` cells, on clean paper. The tiles have no part in this."""
    darkest = overview[0, 6:].min(axis=0)
    inked = (darkest * 255.0 < BLANK - 0.5).astype(np.uint8)
    seen = cv2.dilate(inked, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    return np.asarray(seen == 0, np.bool_)
