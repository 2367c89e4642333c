"""The tiles that were drawn last, ready to be drawn again, in a bounded amount of memory."""

from collections import OrderedDict
from typing import Protocol

from PySide6.QtGui import QImage

from docclean.core.page import PixelArray
from docclean.gui.pyramid import Level
from docclean.gui.qimage import to_screen_image

TILE = 512
"""Side of a tile, level px."""
DEFAULT_LIMIT_BYTES = 160 * 2**20
"""Enough for every tile that a screen of 3840 x 2160 px shows at once in the worst case, 132 MiB, and some around."""


class TileSource(Protocol):
    """What tiles are cut from. Both sides of this seam are real: a page, and what changed on a page."""

    serial: int

    def pixels_of(self, level: Level, rows: slice, columns: slice) -> PixelArray:
        """Give a part of a level, rows and columns in level px."""
        ...


class TileCache:
    """Tiles as images, the ones not used for longest dropped first. Lives in the window's thread.

    Args:
        limit_bytes: Most memory for images. A single tile is kept even if it is larger.
    """

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self._tiles: OrderedDict[tuple[int, int, int, int], QImage] = OrderedDict()
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """Memory that the images take."""
        return self._size_bytes

    def tile(self, source: TileSource, level: Level, column: int, row: int) -> QImage:
        """Give a tile, made now if it is not there. At the right and lower edge it is smaller than `TILE`."""
        key = (source.serial, level.key, column, row)
        image = self._tiles.get(key)
        if image is not None:
            self._tiles.move_to_end(key)
            return image
        rows, columns = (slice(number * TILE, (number + 1) * TILE) for number in (row, column))
        image = to_screen_image(source.pixels_of(level, rows, columns))
        self._tiles[key] = image
        self._size_bytes += image.sizeInBytes()
        while self._size_bytes > self.limit_bytes and len(self._tiles) > 1:
            self._size_bytes -= self._tiles.popitem(last=False)[1].sizeInBytes()
        return image

    def keep_only(self, serials: set[int]) -> None:
        """Drop every tile but those of these sources."""
        for key in [key for key in self._tiles if key[0] not in serials]:
            self._size_bytes -= self._tiles.pop(key).sizeInBytes()
