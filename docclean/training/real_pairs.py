"""Real pairs: dirty pages with their exact clean twins, read from two folders."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray

_PAIR_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class RealPairs:
    """Real dirty pages with their exact clean twins, in memory.

    Attributes:
        pairs: (dirty, clean), each (H, W, 3), uint8, RGB, equal sizes.
    """

    pairs: tuple[tuple[PixelArray, PixelArray], ...]


def read_pairs(folder: Path) -> RealPairs:
    """Read `folder/dirty/NAME` and `folder/clean/NAME`.

    Raises:
        TrainingError: No pairs, a page without twin, or twins of different size; names the file.
    """
    pairs = []
    names = sorted(p for p in (folder / "dirty").glob("*") if p.suffix.lower() in _PAIR_SUFFIXES)
    if not names:
        raise TrainingError(f"{folder}: no images in a sub-folder named dirty; pairs lie in dirty/ and clean/.")
    for dirty_path in names:
        clean_path = folder / "clean" / dirty_path.name
        dirty, clean = _read(dirty_path), _read(clean_path)
        if dirty.shape != clean.shape:
            raise TrainingError(f"{dirty_path}: not the size of its clean twin; scan or crop both the same way.")
        pairs.append((dirty, clean))
    return RealPairs(tuple(pairs))


def _read(path: Path) -> PixelArray:
    try:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    except (OSError, cv2.error):
        pixels = None
    if pixels is None:
        raise TrainingError(f"{path}: missing or not a readable image; every dirty page needs a clean twin.")
    return np.asarray(pixels, np.uint8)
