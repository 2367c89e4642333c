"""Whether a page looks like those that a model was fine-tuned on.

A page is described by what the paper network that the model came from says about it: means and spreads of its features,
and of the page at an eighth of its size. A page looks alike when its description lies near that of the user's pages.

Source:
    Lee et al. 2018, "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks",
    section 2.1: Mahalanobis distance of a network's features.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from docclean.core.errors import ModelError
from docclean.core.page import PageRegion, PixelArray
from docclean.engine.backends import Backend, FloatArray
from docclean.engine.page_views import cut
from docclean.imaging.overview import CELL, overview_of

WINDOW = 512
"""Side of the parts of a page that are looked at, px."""

_MOST_ROWS, _MOST_COLUMNS = 4, 3

Description = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PageGate:
    """Tells whether a page looks like those of one or more sets.

    Attributes:
        center: (K, D), description of the middle of each of K sets.
        whitening: (K, D, D), which turns a difference from the middle into one whose length is the distance.
        limit: (K,), largest mean square of such a difference that still looks alike.
    """

    center: NDArray[np.float64]
    whitening: NDArray[np.float64]
    limit: NDArray[np.float64]

    def distances(self, description: Description) -> NDArray[np.float64]:
        """Distance of a page from each set, (K,); 1 is the limit."""
        white = np.einsum("kde,ke->kd", self.whitening, description - self.center)
        return np.asarray(np.sqrt(np.square(white).mean(axis=1) / self.limit))

    def is_alike(self, description: Description) -> bool:
        """Whether a page looks like those of any set."""
        return bool((self.distances(description) <= 1.0).any())

    def joined(self, other: "PageGate") -> "PageGate":
        """A gate for the sets of both."""
        return PageGate(
            np.concatenate([self.center, other.center]),
            np.concatenate([self.whitening, other.whitening]),
            np.concatenate([self.limit, other.limit]),
        )

    def to_bytes(self) -> bytes:
        """The gate as a safetensors file."""
        return save({"center": self.center, "whitening": self.whitening, "limit": self.limit})


def load_gate(path: Path) -> PageGate:
    """Read a gate.

    Raises:
        ModelError: The file is none.
    """
    try:
        tensors = load_file(path)
        center, whitening, limit = (tensors[name].astype(np.float64) for name in ("center", "whitening", "limit"))
        sets, size = center.shape
    except (SafetensorError, OSError, LookupError, ValueError) as fault:
        raise ModelError(f"{path}: is no gate of a model ({fault}); reinstall or remove this model.") from fault
    is_sound = all(np.isfinite(each).all() for each in (center, whitening, limit)) and bool((limit > 0).all())
    if whitening.shape != (sets, size, size) or limit.shape != (sets,) or not is_sound:
        raise ModelError(f"{path}: is no gate of a model; reinstall or remove this model.")
    return PageGate(center, whitening, limit)


def described(backend: Backend, source: PixelArray) -> Description:
    """Describe a page.

    Args:
        backend: The model that the gate belongs to, as it was before it was fine-tuned.
        source: The page as networks get it, (H, W, 1 or 3), uint8.

    Returns:
        (D,): mean and standard deviation of each channel of overview and context over evenly spread parts of the page,
        and the mean of those of all parts.

    Raises:
        DeviceMemoryError: It did not fit.
    """
    windows = [_of_window(backend, cut(source, region)) for region in _windows(source)]
    return np.asarray(np.mean(windows, axis=0), np.float64)


def _of_window(backend: Backend, window: PixelArray) -> Description:
    overview: FloatArray = overview_of(window)
    channels = np.concatenate([overview[0], backend.context(overview)[0]])
    values = channels.reshape(len(channels), -1).astype(np.float64)
    return np.concatenate([values.mean(axis=1), values.std(axis=1)])


def _windows(source: PixelArray) -> Iterator[PageRegion]:
    tops, lefts = (
        _places(side, most) for side, most in zip(source.shape[:2], (_MOST_ROWS, _MOST_COLUMNS), strict=True)
    )
    for top in tops:
        for left in lefts:
            yield PageRegion(top, left, WINDOW, WINDOW)


def _places(side: int, most: int) -> list[int]:
    """Where windows begin along a side, px, whole cells: spread evenly, none beyond the page if one fits."""
    count = min(most, max(1, -(-side // WINDOW)))
    return sorted({int(place) // CELL * CELL for place in np.linspace(0, max(0, side - WINDOW), count)})


class GatedBackend:
    """A fine-tuned model with the one that it came from, which restores pages unlike those it was tuned on.

    Attributes:
        was_alike: Whether the last page looked like those.
    """

    def __init__(self, tuned: Backend, before: Backend, gate: PageGate) -> None:
        """Put them together.

        Args:
            tuned: The fine-tuned network.
            before: The network that it came from.
            gate: Tells which of them restores a page.
        """
        self._tuned, self._before, self._gate = tuned, before, gate
        self._last: tuple[tuple[int, ...], int] | None = None
        self.was_alike = True

    def of_page(self, source: PixelArray) -> Backend:
        """See `PageBackend`. The same page is not described again: a preview asks whenever it is moved."""
        page = (source.shape, zlib.crc32(source.data)) if source.flags.c_contiguous else None
        if page is None or page != self._last:
            self.was_alike = self._gate.is_alike(described(self._before, source))
            self._last = page
        return self._tuned if self.was_alike else self._before

    def context(self, overview: FloatArray) -> FloatArray:
        """See `Backend`: what the fine-tuned network says, whatever the page."""
        return self._tuned.context(overview)

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        """See `Backend`: what the fine-tuned network says, whatever the page."""
        return self._tuned.restore(tile, context)
