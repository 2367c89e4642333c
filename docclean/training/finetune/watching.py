"""Looking at held-out pages during a run, in the way in which pages are cleaned afterwards."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError
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
_TOLERANCE = 0.05
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
        try:
            with torch.inference_mode():
                tensors = [torch.from_numpy(x).to(self._device, memory_format=torch.channels_last) for x in inputs]
                result: FloatArray = part(*tensors).float().cpu().numpy()
        except (MemoryError, RuntimeError) as fault:
            if not is_memory_fault(fault):
                raise
            raise DeviceMemoryError("The tile does not fit into memory; close other programs.") from fault
        return result


def is_memory_fault(fault: Exception) -> bool:
    """Whether torch ran out of memory; but for CUDA it has no class for that, only words."""
    words = str(fault).lower()
    return isinstance(fault, MemoryError | torch.OutOfMemoryError) or any(
        part in words for part in ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
    )


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
        between: Called between pages and tiles.

    Attributes:
        waited_s: Time spent in `between`, s.
    """

    def __init__(self, pages: Sequence[KeptPage], spec: InputSpec, between: Callable[[], None]) -> None:
        places = np.unique(np.linspace(0, len(pages) - 1, _MOST_WINDOWS).round().astype(int))
        self._windows = [_Window(pages[i], _liveliest(pages[i], spec)) for i in places]
        self._spec, self._between = spec, between
        self.waited_s = 0.0

    @property
    def tolerance(self) -> float:
        """Share by which errors may differ without telling anything: 5 % for a single page, less for more of them."""
        return float(_TOLERANCE / math.sqrt(len(self._windows)))

    def measure(self, network: Restorer, device: torch.device, *, step: int) -> tuple[float, LivePicture]:
        """Restore the windows.

        Returns:
            Root of the mean of the pages' mean square errors (gray, 0..1, where the truth can be trusted), and a
            picture of the first page.

        Raises:
            DeviceMemoryError: The smallest tile did not fit.
        """
        was_training = network.training
        network.eval()
        backend, errors, pictures = LiveBackend(network, device), list[float](), list[LivePicture]()
        for number, window in enumerate(self._windows):
            restored = restore_page(
                backend, np.asarray(window.page.dirty), self._spec, CancelToken(), self._wait, window.region
            )
            now, clean = (np.asarray(a[window.region.slices], np.uint8) for a in (restored, window.page.clean))
            trusted = np.asarray(window.page.trusted[window.region.slices])
            square = np.square(gray_of(now) - gray_of(clean))
            errors.append(float(square[trusted].mean()) if trusted.any() else 0.0)
            if number == 0:
                pictures.append(_picture(window, now, step))
        network.train(was_training)
        return math.sqrt(sum(errors) / len(errors)), pictures[0]

    def _wait(self, _done: int = 0, _total: int = 0) -> None:
        """Let others work, after every tile."""
        started = time.monotonic()
        self._between()
        self.waited_s += time.monotonic() - started


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
