"""What becomes of a page's colors when every stage has run, and how the page is to be stored then."""

from dataclasses import replace

import numpy as np

from docclean.core.bands import are_alike
from docclean.core.page import SHEET_PIXELS, ColorMode, Page, PageRegion, PixelArray
from docclean.core.recipe import PageColor
from docclean.imaging.color import has_color
from docclean.imaging.luma import without_color
from docclean.imaging.page_colors import needed_mode
from docclean.imaging.page_scale import px_per_mm
from docclean.imaging.two_levels import cut_changes, two_levels

_COARSE_PX_PER_MM = 7.0
"""180 dpi."""
_COARSE = "Two levels need about 300 dpi and this page has fewer, so that fine print may suffer; gray keeps it."
_CERTAIN_CHANGE = 96
"""A two-level page keeps a pixel that the network moved by less."""


def colored(page: Page, color: PageColor) -> Page:
    """Give a cleaned page the colors that the recipe wants, and say how it is to be stored.

    A page that came in two levels stays so, unless a stage gave it colors.

    Args:
        page: The page as the stages left it.
        color: What the recipe wants.

    Returns:
        The page; `pixels` keep their number of channels.
    """
    if page.is_kept:
        return page
    mode = _wanted_mode(page, color)
    if mode is ColorMode.BILEVEL:
        pixels = _in_two_levels(page, page.pixels, None)
        page = replace(page, pixels=pixels) if pixels is not page.pixels else page
        is_coarse = page.stored.mode is not ColorMode.BILEVEL and _scale(page) < _COARSE_PX_PER_MM
        if is_coarse and color is PageColor.BILEVEL:
            page = replace(page, warnings=(*page.warnings, _COARSE))
    elif mode is ColorMode.GRAY:
        page = replace(page, pixels=without_color(page.pixels))
    stored_as = stored_mode(page, color)
    return page if page.stored_as is stored_as else replace(page, stored_as=stored_as)


def colored_region(page: Page, whole: PixelArray, region: PageRegion, color: PageColor) -> PixelArray:
    """Show a region the way `colored` would, as far as is known.

    Args:
        page: The page as it was read.
        whole: Its pixels, with the region restored and the rest as it came.
        region: The part to show.
        color: What the recipe wants. AUTO judges by what is known, so that it may decide otherwise than for the page.
    """
    mode = _wanted_mode(replace(page, pixels=whole), color)
    if mode is ColorMode.BILEVEL:
        return _in_two_levels(page, whole, region)
    seen = whole[region.slices]
    return without_color(seen) if mode is ColorMode.GRAY else seen


def stored_mode(page: Page, color: PageColor) -> ColorMode | None:
    """Tell from the pixels of a page that `colored` has made how it is to be stored; a draft holds no more than these.

    Args:
        page: A page whose pixels have the colors that the recipe wants.
        color: What the recipe wants.

    Returns:
        A value for `Page.stored_as`.
    """
    is_simple = page.stored.mode is ColorMode.BILEVEL
    if color is PageColor.KEEP or is_simple or has_color(page.pixels):
        return None
    if color is PageColor.BILEVEL or (color is PageColor.AUTO and _has_two_levels(page.pixels)):
        return ColorMode.BILEVEL
    if page.original.shape[2] == 1:  # gray already, whatever it is called
        return None
    return ColorMode.GRAY16 if page.stored.mode is ColorMode.RGB16 else ColorMode.GRAY


def _wanted_mode(page: Page, color: PageColor) -> ColorMode:
    """RGB for a page that keeps what it has."""
    if page.stored.mode is ColorMode.BILEVEL and not has_color(page.pixels):
        return ColorMode.BILEVEL
    match color:
        case PageColor.KEEP:
            return ColorMode.RGB
        case PageColor.AUTO:
            return needed_mode(page.pixels, page.original, _scale(page))
        case _:
            return ColorMode.GRAY if color is PageColor.GRAY else ColorMode.BILEVEL


def _in_two_levels(page: Page, pixels: PixelArray, region: PageRegion | None) -> PixelArray:
    """Two levels of a page or a region of it; one that had two levels before changes only where the network is sure."""
    seen = pixels if region is None else pixels[region.slices]
    if page.stored.mode is not ColorMode.BILEVEL:
        return two_levels(pixels, _scale(page), region)
    before = page.original if region is None else page.original[region.slices]
    if are_alike(seen, before):
        return seen
    if seen.size > SHEET_PIXELS and seen.shape[2] == 1 and seen.flags.writeable and region is None:
        cut_changes(seen, before, _scale(page), _CERTAIN_CHANGE)  # a stage made these pixels; nobody else has them
        return seen
    is_sure = np.abs(seen.astype(np.int16) - before) >= _CERTAIN_CHANGE
    return np.asarray(np.where(is_sure, two_levels(pixels, _scale(page), region), before), np.uint8)


def _has_two_levels(pixels: PixelArray) -> bool:
    return bool(((pixels == 0) | (pixels == 255)).all())


def _scale(page: Page) -> float:
    return px_per_mm(page.size, page.resolution_dpi)
