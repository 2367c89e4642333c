"""Looking at held-out pages during a run, in the way in which pages are cleaned afterwards."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from docclean.core.cancel import CancelToken
from docclean.core.page import PageRegion, PageSize, PixelArray
from docclean.engine.backends import FloatArray
from docclean.engine.inference import restore_page
from docclean.imaging.luma import gray_of
from docclean.imaging.tiles import TileSpec, plan_tiles
from docclean.models.denoiser import CONTEXT_STRIDE
from docclean.models.manifest import InputSpec
from docclean.training.finetune.material import KeptPage
from docclean.training.finetune.request import LivePicture
from docclean.training.objectives import Restorer

_MOST_WINDOWS = 12
_PICTURE_SIDE = 320
_LARGEST_WHOLE = 1_000_000


class LiveBackend:
    """A network in training as a `Backend`: the engine restores pages with it as with any model."""

    def __init__(self, network: Restorer, device: torch.device) -> None:
        self._network, self._device = network, device

    def context(self, overview: FloatArray) -> FloatArray:
        """See `Backend`."""
        return self._run(self._network.paper, overview)

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        """See `Backend`."""
        restored: FloatArray = self._run(self._network.ink, tile, context)[0]
        return restored

    def _run(self, part: torch.nn.Module, *inputs: FloatArray) -> FloatArray:
        with torch.inference_mode():
            result: FloatArray = part(*(torch.from_numpy(x).to(self._device) for x in inputs)).float().cpu().numpy()
        return result


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a held-out page that is looked at."""

    page: KeptPage
    region: PageRegion


class Watchman:
    """Measures a network on held-out pages: on all of small ones, on one tile of large ones, the one with most ink.

    Args:
        pages: Held-out pages; of more than twelve, twelve evenly spread ones are looked at.
        spec: How the model wants pages to be cut.
        between: Called between pages.
    """

    def __init__(self, pages: Sequence[KeptPage], spec: InputSpec, between: Callable[[], None]) -> None:
        places = np.unique(np.linspace(0, len(pages) - 1, _MOST_WINDOWS).round().astype(int))
        self._windows = [_Window(pages[i], _liveliest(pages[i], spec)) for i in places]
        self._spec, self._between = spec, between

    def measure(self, network: Restorer, device: torch.device, *, step: int) -> tuple[float, LivePicture]:
        """Restore the windows.

        Returns:
            Root of the mean of the pages' mean square errors (gray, 0..1, where the truth can be trusted), and a
            picture of the first page.
        """
        network.eval()
        backend, errors, pictures = LiveBackend(network, device), list[float](), list[LivePicture]()
        for number, window in enumerate(self._windows):
            self._between()
            restored = restore_page(
                backend, np.asarray(window.page.dirty), self._spec, CancelToken(), _quiet, window.region
            )
            now, clean = (np.asarray(a[window.region.slices], np.uint8) for a in (restored, window.page.clean))
            trusted = np.asarray(window.page.trusted[window.region.slices])
            square = np.square(gray_of(now) - gray_of(clean))
            errors.append(float(square[trusted].mean()) if trusted.any() else 0.0)
            if number == 0:
                pictures.append(_picture(window, now, step))
        network.train()
        return math.sqrt(sum(errors) / len(errors)), pictures[0]


def _quiet(_done: int, _total: int) -> None:
    """Nobody follows the tiles of a look at the held-out pages."""


def _liveliest(page: KeptPage, spec: InputSpec) -> PageRegion:
    """All of a small page; of a larger one the kept part of the tile with most ink."""
    size = PageSize(*page.dirty.shape[:2])
    if size.height * size.width <= _LARGEST_WHOLE:
        return PageRegion(0, 0, *size)
    ink = (np.asarray(page.clean).min(axis=2) < 128) & page.trusted
    counts = cv2.integral(ink.astype(np.uint8))
    best, most = PageRegion(0, 0, *size), -1
    for tile in plan_tiles(size, TileSpec(spec.tile, spec.overlap, CONTEXT_STRIDE)).tiles:
        top, bottom = tile.rows.keep_start, min(tile.rows.keep_stop, size.height)
        left, right = tile.columns.keep_start, min(tile.columns.keep_stop, size.width)
        amount = int(counts[bottom, right] - counts[top, right] - counts[bottom, left] + counts[top, left])
        if amount > most:
            best, most = PageRegion(top, left, bottom - top, right - left), amount
    return best


def _picture(window: _Window, restored: PixelArray, step: int) -> LivePicture:
    """The part around the middle of the window."""
    height, width = restored.shape[:2]
    top, left = (max(0, (side - _PICTURE_SIDE) // 2) for side in (height, width))
    part = slice(top, top + _PICTURE_SIDE), slice(left, left + _PICTURE_SIDE)
    dirty, clean = (np.asarray(a[window.region.slices][part]) for a in (window.page.dirty, window.page.clean))
    now = np.asarray(np.broadcast_to(restored[part], dirty.shape))
    return LivePicture(window.page.record.name, dirty.copy(), now.copy(), clean.copy(), step)
