"""A part of a page, restored at once: what a window shows while a setting is being tried. Nothing is written."""

from collections import OrderedDict
from dataclasses import dataclass

from docclean.core.cancel import CancelToken
from docclean.core.page import Page, PageRegion, PageSource, PixelArray
from docclean.core.recipe import Geometry, Recipe, StageSpec
from docclean.documents.reader import read_page
from docclean.engine.coloring import colored_region
from docclean.engine.geometry import straighten
from docclean.engine.session import EngineSession
from docclean.engine.stages import RestoreStage
from docclean.imaging.clearing import cleared

_KEPT_PARTS = 32


@dataclass(frozen=True, slots=True)
class _Part:
    """What a stage made of a region, at full strength, and what it made it from."""

    source: PageSource
    geometry: Geometry
    region: PageRegion
    earlier: tuple[StageSpec, ...]
    model: str


class Previewer:
    """Restores regions, and remembers the page and the last results, so that a change of strength costs nothing.

    A stage sees the whole page as its forerunners left it in the region, and as it came elsewhere; with one stage the
    result is the page's own, with several it may differ a little from what a run gives.

    Belongs to the thread that runs pages.
    """

    def __init__(self, session: EngineSession) -> None:
        self._session = session
        self._page: tuple[tuple[PageSource, Geometry], Page] | None = None
        self._parts: OrderedDict[_Part, PixelArray] = OrderedDict()

    def prepare(self, source: PageSource, recipe: Recipe) -> None:
        """Read the page and load the models, so that what comes next is restoring alone.

        Raises:
            DoccleanError: The page cannot be read, or a model cannot be used.
        """
        self._read(source, recipe.geometry)
        self._session.pipeline(recipe)

    def restore_region(
        self, source: PageSource, recipe: Recipe, region: PageRegion, cancel: CancelToken
    ) -> tuple[PageRegion, PixelArray]:
        """Restore what is seen of a page.

        Args:
            source: The page.
            recipe: What to do.
            region: The part that is seen, px of the page as the recipe turns and cuts it; what sticks out of that does
                not count.
            cancel: Polled before every tile.

        Returns:
            The region on the page, and its pixels, (height, width, C), uint8.

        Raises:
            CancelledError: `cancel` was set.
            DoccleanError: The page cannot be read, or a model cannot be used.
        """
        page = self._read(source, recipe.geometry)
        region = region.within(page.size)
        if page.is_kept or not region.height or not region.width:
            return region, page.pixels[region.slices]
        whole = page.pixels
        for number, stage in enumerate(self._session.pipeline(recipe).stages):
            if stage.spec.strength == 0:
                continue
            part = _Part(source, recipe.geometry, region, recipe.stages[:number], stage.entry.manifest.id)
            restored = self._parts.get(part)
            if restored is None:
                restored = stage.restored_region(whole, region, cancel)
                self._remember(part, restored)
            whole = self._with_region(whole, region, stage, restored)
        return region, colored_region(page, cleared(whole, page.to_clear), region, recipe.color)

    def forget(self) -> None:
        """Drop what is remembered; files may have changed."""
        self._page = None
        self._parts.clear()

    def _read(self, source: PageSource, geometry: Geometry) -> Page:
        key = source, geometry
        if self._page is None or self._page[0] != key:
            self._page = None  # two large pages need not be in memory at once
            self._page = key, straighten(read_page(source), geometry)
        return self._page[1]

    def _remember(self, part: _Part, pixels: PixelArray) -> None:
        self._parts[part] = pixels
        while len(self._parts) > _KEPT_PARTS:
            self._parts.popitem(last=False)

    @staticmethod
    def _with_region(whole: PixelArray, region: PageRegion, stage: RestoreStage, restored: PixelArray) -> PixelArray:
        changed = whole.copy()
        changed[region.slices] = stage.mixed(whole[region.slices], restored)
        return changed
