"""Several tiles at once, where the device gains by it: a GPU idles while single tiles are brought to it and back."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from docclean.core.errors import DeviceMemoryError
from docclean.engine.backends import BatchBackend, FloatArray
from docclean.imaging.tiles import Tile


def batches_of(tiles: Iterable[Tile], most: Callable[[], int]) -> Iterator[list[Tile]]:
    """Put tiles of equal size together.

    Args:
        tiles: In any order.
        most: Tells how many are put together at the most, at least 1; it may change meanwhile.

    Yields:
        Every tile once, with others of its height and width; batches come when they are full, the others at the end.
    """
    waiting: dict[tuple[int, int], list[Tile]] = {}
    for tile in tiles:
        size = tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start
        batch = waiting.setdefault(size, [])
        batch.append(tile)
        if len(batch) >= most():
            yield waiting.pop(size)
    yield from waiting.values()


def restore_batch(backend: BatchBackend, tiles: FloatArray, contexts: FloatArray) -> FloatArray:
    """Run the ink network over several tiles, (N, 3, H, W) and (N, C, H / 8, W / 8) -> (N, 3, H, W), 0..1.

    When memory is short the batch is halved, and the backend's batches stay so small. What comes out differs from that
    of single tiles by rounding alone: by 1/255 at the most, as `tests/unit/engine/test_tile_batches.py` holds.

    Raises:
        DeviceMemoryError: Not even one tile fits.
    """
    try:
        return backend.restore_all(tiles, contexts)
    except DeviceMemoryError:
        if len(tiles) == 1:
            raise
    half = (len(tiles) + 1) // 2
    backend.tiles_at_once = half
    parts = (slice(0, half), slice(half, len(tiles)))
    return np.concatenate([restore_batch(backend, tiles[part], contexts[part]) for part in parts])
