"""The page, its result and the preview that a comparison shows: which pixels belong to which side."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRect

from docclean.core.page import PixelArray
from docclean.gui.changes import ChangePyramid
from docclean.gui.compare_layout import Side
from docclean.gui.level_builder import Buildable
from docclean.gui.pyramid import PagePyramid
from docclean.gui.viewport import Extent


@dataclass(frozen=True, slots=True)
class Layer:
    """Pixels and the part of the page that they cover, page px."""

    source: PagePyramid | ChangePyramid
    region: QRect


@dataclass(frozen=True, slots=True)
class _Preview:
    region: QRect
    pixels: PagePyramid
    before: PixelArray


class ComparedPages:
    """What is compared. Arrays are kept, not copied."""

    def __init__(self) -> None:
        self._before: PagePyramid | None = None
        self._after: PagePyramid | None = None
        self._preview: _Preview | None = None
        self._changes: dict[int, ChangePyramid] = {}  # by the serial of the result they belong to

    @property
    def extent(self) -> Extent | None:
        """Size of the page, px; None without one."""
        return None if self._before is None else Extent(self._before.pixels.shape[1], self._before.pixels.shape[0])

    @property
    def is_cleaned(self) -> bool:
        """Whether there is a result."""
        return self._after is not None

    @property
    def has_preview(self) -> bool:
        """Whether a part of the result is replaced."""
        return self._preview is not None

    def replace(self, before: PixelArray | None, after: PixelArray | None) -> None:
        """Take other pages; pixels that are the ones of before keep their levels. A preview does not stay.

        Raises:
            ValueError: There is a result without a page, or it has another size.
        """
        if after is not None and (before is None or before.shape[:2] != after.shape[:2]):
            raise ValueError(
                f"a result of {after.shape[:2]} px for a page of {before is not None and before.shape[:2]}"
            )
        self._preview = None
        former = self._before
        self._before = _pyramid_of(before, former)
        self._after = _pyramid_of(after, self._after)
        if self._before is not former:
            self._changes.clear()
        self._keep_changes()

    def set_preview(self, region: QRect, pixels: PixelArray | None) -> None:
        """Replace a part of the result, page px, or show it again as it is.

        Raises:
            ValueError: The region is not on the page, or the pixels do not fill it.
        """
        self._preview = None
        if pixels is not None:
            extent = self.extent or Extent(0, 0)
            fills = pixels.shape[:2] == (region.height(), region.width())
            if not fills or not QRect(0, 0, *extent).contains(region):
                raise ValueError(f"a preview of {pixels.shape[:2]} px for {region} of a page of {extent}")
            if self._before is not None:
                left, top, right, bottom = region.x(), region.y(), region.right() + 1, region.bottom() + 1
                before = self._before.pixels[top:bottom, left:right]
                self._preview = _Preview(QRect(region), PagePyramid(pixels), before)
        self._keep_changes()

    def layers(self, side: Side, scale: float) -> Iterator[Layer]:
        """Give what to draw for a side, from bottom to top.

        Args:
            side: BEFORE, AFTER or CHANGES. Where there is no result the page shows.
            scale: Device px per page px.
        """
        if self._before is None:
            return
        page = QRect(0, 0, *(self.extent or Extent(0, 0)))
        if side is Side.BEFORE or self._after is None:
            yield Layer(self._before, page)
        else:
            yield Layer(self._shown(side, self._before.pixels, self._after, scale), page)
        if side is not Side.BEFORE and self._preview is not None:
            preview = self._preview
            yield Layer(self._shown(side, preview.before, preview.pixels, scale), preview.region)

    def unfinished(self, *, with_changes: bool) -> list[Buildable]:
        """List what a thread has to build, what is needed first in front.

        Args:
            with_changes: Whether changes are shown; comparing costs time, so it waits until then.
        """
        pages = [self._after, self._before]
        if self._preview is not None:
            pages.insert(0, self._preview.pixels)
        changes = []
        if with_changes and self._before is not None and self._after is not None:
            changes.append(self._changes_of(self._before.pixels, self._after))
        if with_changes and self._preview is not None:
            changes.append(self._changes_of(self._preview.before, self._preview.pixels))
        return [source for source in (*pages, *changes) if source is not None and not source.is_complete]

    def serials(self) -> set[int]:
        """Name the sources of tiles that are in use."""
        sources: list[PagePyramid | ChangePyramid | None] = [self._before, self._after, *self._changes.values()]
        if self._preview is not None:
            sources.append(self._preview.pixels)
        return {source.serial for source in sources if source is not None}

    def _shown(self, side: Side, before: PixelArray, after: PagePyramid, scale: float) -> PagePyramid | ChangePyramid:
        if side is Side.CHANGES:
            changes = self._changes_of(before, after)
            if changes.level_at(scale) is not None:
                return changes
        return after

    def _changes_of(self, before: PixelArray, after: PagePyramid) -> ChangePyramid:
        if after.serial not in self._changes:
            self._changes[after.serial] = ChangePyramid(before, after)
        return self._changes[after.serial]

    def _keep_changes(self) -> None:
        """Forget changes of results that are gone."""
        results = [self._after, self._preview.pixels if self._preview else None]
        serials = {result.serial for result in results if result is not None}
        self._changes = {serial: changes for serial, changes in self._changes.items() if serial in serials}


def _pyramid_of(pixels: PixelArray | None, former: PagePyramid | None) -> PagePyramid | None:
    if pixels is None:
        return None
    return former if former is not None and former.pixels is pixels else PagePyramid(pixels)
