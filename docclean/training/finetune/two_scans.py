"""Pairs from two dirty scans of one sheet: what is noise in one is not in the other.

Source:
    Lehtinen et al. 2018, "Noise2Noise: Learning Image Restoration without Clean Data", section 2: with a noisy target
    the square error is smallest at the mean of the targets, which is the clean page.
"""

import cv2
import numpy as np

from docclean.core.page import PageSize, PixelArray
from docclean.engine.backends import Backend
from docclean.imaging.color import pad_to
from docclean.imaging.doubling import doubled
from docclean.imaging.overview import CELL, overview_of
from docclean.imaging.tiles import padded_size
from docclean.models.manifest import InputSpec


def flattened(page: PixelArray, backend: Backend, spec: InputSpec) -> PixelArray:
    """Even out light and paper color, and leave the grain: what the other scan is held against.

    Both scans have the same paper; held against it as it is, the network would learn to keep it.

    Args:
        page: (H, W, 3), uint8, RGB.
        backend: A denoiser, whose estimate of the paper is used.
        spec: How it wants pages to be cut.

    Returns:
        (H, W, 3), uint8: the page divided by its paper.
    """
    height, width = page.shape[:2]
    factor = 2 if height * width <= spec.doubled_up_to else 1
    source = doubled(page) if factor == 2 else page
    padded = pad_to(source, *padded_size(PageSize(*source.shape[:2]), spec.multiple_of))
    cells = backend.context(overview_of(padded))[0, :3].transpose(1, 2, 0)
    size = (cells.shape[1] * CELL // factor, cells.shape[0] * CELL // factor)
    paper = cv2.resize(np.ascontiguousarray(cells), size, interpolation=cv2.INTER_LINEAR)[:height, :width]
    return np.asarray(np.clip(page.astype(np.float32) / paper + 0.5, 0, 255), np.uint8)
