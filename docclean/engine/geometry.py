"""Putting a page straight: turned and cut before the networks see it, rims and punch holes painted over behind them.

All of it depends on the page as it was read and on nothing else. So a page that is read again, to be saved or to be
looked at, comes to lie as before, and a draft of it fits.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from docclean.core.page import Outline, Page, PixelArray
from docclean.core.recipe import Geometry
from docclean.engine.page_turning import cropped_page, turned_page
from docclean.imaging.clearing import cleared
from docclean.imaging.content_box import find_content, free_strokes
from docclean.imaging.density import Density, density_of
from docclean.imaging.outlines import moved
from docclean.imaging.punch_holes import find_punch_holes
from docclean.imaging.rims import find_rims
from docclean.imaging.skew import find_skew
from docclean.imaging.turning import Affine, plan_turn

_LOST_MM2 = 2.0
"""Ink that may leave the page when it is turned, mm^2: a few specks, and no letter."""

_NOT_TURNED = (
    "The page lies askew by {degrees:.1f} degrees; it was not turned, because print would be pushed off its edge."
)


def layout_of(geometry: Geometry) -> Geometry:
    """The part of a geometry that decides where things come to lie: with the same one, pages fit on each other.

    Rims count only with what moves pixels, because the paper that comes in from beyond a page depends on them.
    """
    if not (geometry.deskew or geometry.crop):
        return Geometry()
    return geometry


def straighten(page: Page, geometry: Geometry) -> Page:
    """Turn and cut a page, and note what is to be painted over.

    Args:
        page: A page as it was read. One that is kept comes back as it is.
        geometry: What is put straight.

    Returns:
        A page whose `pixels` are its `original`; the very page when there is nothing to do.
    """
    if page.is_kept or geometry == Geometry():
        return page
    density = density_of(page.size, page.resolution_dpi)
    rims = find_rims(page.pixels, density) if geometry.borders or geometry.deskew or geometry.crop else ()
    skew = find_skew(page.pixels, density) if geometry.deskew or geometry.punch_holes else 0.0
    holes = find_punch_holes(page.pixels, density, skew) if geometry.punch_holes else ()
    if geometry.deskew and skew:
        turn = plan_turn(page.size, -skew, density)
        if _pushes_print_off(page.pixels, density, turn, (*rims, *holes)):
            page = replace(page, warnings=(*page.warnings, _NOT_TURNED.format(degrees=abs(skew))))
        else:
            page = turned_page(page, turn, -skew, rims if geometry.borders else ())
            rims, holes = moved(rims, turn), moved(holes, turn)
    to_clear = (*(rims if geometry.borders else ()), *holes)
    region = find_content(page.pixels, density, (*rims, *holes)) if geometry.crop else None
    if region is not None:
        page = cropped_page(page, region)
        shift = np.array([[1.0, 0.0, -region.left], [0.0, 1.0, -region.top]])
        to_clear = moved(to_clear, shift)
    return replace(page, to_clear=to_clear) if to_clear else page


def clear(page: Page) -> Page:
    """Paint paper over the rims and punch holes that `straighten` noted."""
    return replace(page, pixels=cleared(page.pixels, page.to_clear)) if page.to_clear else page


def _pushes_print_off(pixels: PixelArray, density: Density, turn: Affine, hidden: Sequence[Outline]) -> bool:
    """Whether strokes would leave the page; of those that run over its edge already, only much of them counts."""
    ink, strokes = free_strokes(pixels, density, hidden)
    rows, columns = np.nonzero(strokes)
    x, y = ((places + 0.5) * step - 0.5 for places, step in zip((columns, rows), ink.step, strict=True))
    moved_x, moved_y = (turn[axis, 0] * x + turn[axis, 1] * y + turn[axis, 2] for axis in range(2))
    height, width = pixels.shape[:2]
    is_off = (moved_x < -0.5) | (moved_y < -0.5) | (moved_x > width - 0.5) | (moved_y > height - 0.5)
    lost = np.count_nonzero(is_off) * (ink.step[0] / density.x) * (ink.step[1] / density.y)
    return bool(lost > _LOST_MM2)
