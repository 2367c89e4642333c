"""Painting over places of a page with the paper around them."""

from collections.abc import Sequence

import numpy as np

from docclean.core.page import Outline, PageRegion, PageSize, PixelArray
from docclean.imaging.outlines import filled
from docclean.imaging.paper_grid import colors_at, paper_grid

_SIDE = 1024


def cleared(pixels: PixelArray, outlines: Sequence[Outline]) -> PixelArray:
    """Paint over what lies inside of outlines, in the color of the paper around.

    Args:
        pixels: (H, W, C), uint8.
        outlines: Polygons, (N, 2), x and y, px.

    Returns:
        (H, W, C), uint8; the very array when there is nothing to paint over.
    """
    if not outlines:
        return pixels
    size = PageSize(pixels.shape[0], pixels.shape[1])
    grid = paper_grid(pixels, outlines)
    result = pixels.copy()
    for outline in outlines:
        left, top = (int(edge) for edge in np.floor(outline.min(axis=0)))
        right, bottom = (int(edge) + 2 for edge in np.ceil(outline.max(axis=0)))
        box = PageRegion(top, left, bottom - top, right - left).within(size)
        for row in range(box.top, box.top + box.height, _SIDE):
            for column in range(box.left, box.left + box.width, _SIDE):
                bounds = PageRegion(row, column, _SIDE, _SIDE)
                lower, further = min(row + _SIDE, box.top + box.height), min(column + _SIDE, box.left + box.width)
                part = bounds._replace(height=lower - row, width=further - column)
                is_inside = filled([outline], (part.height, part.width), corner=(column, row)) > 0
                if not is_inside.any():
                    continue
                y, x = np.mgrid[row:lower, column:further].astype(np.float32)
                paper = np.clip(np.rint(colors_at(grid, x, y, size)), 0, 255).astype(np.uint8)
                result[part.slices][is_inside] = paper[is_inside]
    return result
