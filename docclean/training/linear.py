"""The linear yardstick: a denoising autoencoder without any non-linearity, fitted to pairs of pages in closed form.

A linear autoencoder that is trained on patches spans what principal component analysis (PCA) finds at once. Here the
patches that go in are dirty and those that should come out are clean; the best map through a bottleneck of k numbers
has a closed form too. It takes seconds, and shows what a network adds. Torch-free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.imaging.color import has_color

PATCH = 12
"""Side of a patch, px: a letter of 8 points at 150 dpi."""

COMPONENTS = (2, 4, 8, 16, 32, 64)
"""Widths of the bottleneck to choose from; wider than half of a patch's 144 numbers is hardly a bottleneck any more."""

_AREA = PATCH * PATCH
_SAMPLES = 100_000
"""Patches in all, 700 for every number in one."""
_RIDGE = 1e-4
"""Ridge, relative to the mean variance of a pixel: pages without grain would leave directions without any variance."""
_MOST_JUDGED = 8
_BAND_ROWS = 512

Matrix = NDArray[np.float64]
LinearPair = tuple[PixelArray, PixelArray, NDArray[np.bool_] | None]
"""A dirty page, its clean twin, and where the two can be compared, (H, W); None for everywhere."""


@dataclass(frozen=True, slots=True)
class LinearDenoiser:
    """A linear denoising autoencoder for patches, laid over a page at every pixel.

    A patch x becomes `mean` + `components`.T @ `encoder` @ (x - `dirty_mean`). Every pixel of a page lies in 144
    patches, which are averaged; beyond its rim the page goes on with the pixels of its rim. All this together is one
    filter of 23 x 23 px and a constant, applied to each channel.

    Attributes:
        components: (k, 144), orthonormal rows: the subspace of clean patches, most important direction first.
        encoder: (k, 144): takes a dirty patch to its k coordinates.
        mean: (144,), mean clean patch, 0..255.
        dirty_mean: (144,), mean dirty patch, 0..255.
    """

    components: Matrix
    encoder: Matrix
    mean: Matrix
    dirty_mean: Matrix

    def __call__(self, pixels: PixelArray) -> PixelArray:
        """Clean a page of any size, (H, W, C), uint8; gives a page of the same shape."""
        kernel, constant = self._filter()
        if not has_color(pixels):
            gray = _filtered(pixels[:, :, 0], kernel, constant)
            return np.ascontiguousarray(np.repeat(gray[:, :, np.newaxis], pixels.shape[2], axis=2))
        return np.stack([_filtered(pixels[:, :, c], kernel, constant) for c in range(pixels.shape[2])], axis=2)

    def _filter(self) -> tuple[NDArray[np.float32], float]:
        """The filter that averaging overlapping patches amounts to, and what is added to its answer."""
        weights = self.components.T @ self.encoder
        constant = float(np.mean(self.mean - weights @ self.dirty_mean))
        kernel = np.zeros((2 * PATCH - 1, 2 * PATCH - 1))
        for place, row in enumerate(weights.reshape(_AREA, PATCH, PATCH)):
            top, left = PATCH - 1 - place // PATCH, PATCH - 1 - place % PATCH
            kernel[top : top + PATCH, left : left + PATCH] += row / _AREA
        return kernel.astype(np.float32), constant


def fit_linear(pairs: Sequence[LinearPair], *, components: int | None = None, seed: int) -> LinearDenoiser:
    """Fit a linear denoising autoencoder.

    Args:
        pairs: Dirty page, clean twin of equal size, each (H, W, C), uint8, and the pixels that can be trusted. Patches
            with a pixel that cannot are left out.
        components: Width of the bottleneck, 1..144. By default the one of `COMPONENTS` that does best on every fourth
            page (at most eight of them, the last of fewer than four pages) after learning from the others.
        seed: Chooses patches.

    Returns:
        The best such autoencoder for the patches that were drawn, in the least squares sense.

    Raises:
        TrainingError: No pair has as much as one patch that can be trusted.

    Source:
        Baldi, Hornik 1989, "Neural networks and principal component analysis: Learning from examples without local
        minima", fact 4: the optimum spans the first eigenvectors of S_yx S_xx^-1 S_xy; for dirty = clean, PCA.
    """
    rng = np.random.default_rng(seed)
    count = -(-_SAMPLES // max(1, len(pairs)))
    moments = [_Moments.of(pair, count, rng) for pair in pairs]
    if not any(each.count for each in moments):
        raise TrainingError("No pair of pages has a place that can be trusted; choose other pages.")
    if components is None:
        components = _chosen_components(pairs, moments)
    return _fitted(moments, components)


def reduced_rank_regression(inner: Matrix, cross: Matrix, rank: int, *, ridge: float = 0.0) -> tuple[Matrix, Matrix]:
    """Find the linear map of limited rank that predicts y from x best, in the least squares sense.

    Args:
        inner: (d, d), covariance of x.
        cross: (e, d), covariance of y with x.
        rank: Rank of the map, 1..e.
        ridge: Added to the variances of x.

    Returns:
        Decoder, (e, rank), with orthonormal columns, and encoder, (rank, d); the map is their product.

    Source:
        Baldi, Hornik 1989, as in `fit_linear`; the same is known as reduced-rank regression, Izenman 1975.
    """
    regression = np.linalg.solve(inner + ridge * np.eye(len(inner)), cross.T).T
    explained = regression @ cross.T
    _, vectors = np.linalg.eigh((explained + explained.T) / 2.0)
    decoder = np.ascontiguousarray(vectors[:, ::-1][:, :rank])
    return decoder, decoder.T @ regression


@dataclass(frozen=True, slots=True)
class _Moments:
    """Sums over patches, from which means and covariances follow; those of several pages add up."""

    count: int
    dirty: Matrix
    clean: Matrix
    inner: Matrix
    cross: Matrix

    @classmethod
    def of(cls, pair: LinearPair, count: int, rng: np.random.Generator) -> "_Moments":
        """Draw `count` patches of a pair, or none where none can be trusted."""
        dirty, clean = _grown(pair[0]), _grown(pair[1])
        trusted = None if pair[2] is None else _grown(pair[2])
        rows, columns = dirty.shape[0] - PATCH + 1, dirty.shape[1] - PATCH + 1
        if trusted is None:
            places = rng.integers(0, rows * columns, count)
        else:
            whole = cv2.erode(trusted, np.ones((PATCH, PATCH), np.uint8), anchor=(0, 0))
            usable = np.flatnonzero(whole[:rows, :columns])
            places = usable[rng.integers(0, len(usable), count)] if len(usable) else usable
        channels = rng.integers(0, dirty.shape[2], len(places))
        x, y = (
            sliding_window_view(page, (PATCH, PATCH), (0, 1))[places // columns, places % columns, channels]
            .reshape(len(places), _AREA)
            .astype(np.float64)
            for page in (dirty, clean)
        )
        return cls(len(places), x.sum(axis=0), y.sum(axis=0), x.T @ x, y.T @ x)

    def __add__(self, other: "_Moments") -> "_Moments":
        return _Moments(
            self.count + other.count,
            self.dirty + other.dirty,
            self.clean + other.clean,
            self.inner + other.inner,
            self.cross + other.cross,
        )


def _fitted(parts: Sequence[_Moments], components: int) -> LinearDenoiser:
    total = reduce(_Moments.__add__, parts)
    dirty, clean = total.dirty / total.count, total.clean / total.count
    inner = total.inner / total.count - np.outer(dirty, dirty)
    cross = total.cross / total.count - np.outer(clean, dirty)
    ridge = _RIDGE * float(np.trace(inner)) / _AREA + 1e-9
    decoder, encoder = reduced_rank_regression(inner, cross, components, ridge=ridge)
    return LinearDenoiser(decoder.T, encoder, clean, dirty)


def _chosen_components(pairs: Sequence[LinearPair], moments: Sequence[_Moments]) -> int:
    """The width that does best on pages that are kept back; a single page is judged and learned from."""
    usable = [number for number, each in enumerate(moments) if each.count]
    judged = usable[3::4] or usable[-1:]
    learned = [number for number in usable if number not in judged] or judged
    parts = [moments[number] for number in learned]

    def error(components: int) -> float:
        denoise = _fitted(parts, components)
        return float(np.mean([_rmse(denoise, pairs[number]) for number in judged[:_MOST_JUDGED]]))

    return min(COMPONENTS, key=error)


def _rmse(denoise: LinearDenoiser, pair: LinearPair) -> float:
    dirty, clean, trusted = pair
    wrong = cv2.absdiff(denoise(dirty), clean).reshape(clean.shape).astype(np.float32)
    if trusted is not None:
        wrong = wrong[trusted]
    return float(np.sqrt(np.mean(np.square(wrong), dtype=np.float64)))


def _grown(page: NDArray[np.uint8] | NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A page that is at least one patch large: the pixels of the rim go on."""
    missing = [(0, max(0, PATCH - side)) for side in page.shape[:2]] + [(0, 0)] * (page.ndim - 2)
    return np.asarray(np.pad(page, missing, mode="edge") if np.any(missing) else page, np.uint8)


def _filtered(plane: NDArray[np.uint8], kernel: NDArray[np.float32], constant: float) -> NDArray[np.uint8]:
    """Filter a channel in bands of rows, so that a large sheet takes little memory."""
    rim = PATCH - 1
    padded = cv2.copyMakeBorder(np.ascontiguousarray(plane), rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    result = np.empty_like(plane)
    for top in range(0, len(plane), _BAND_ROWS):
        rows = min(_BAND_ROWS, len(plane) - top)
        band = padded[top : top + rows + 2 * rim].astype(np.float32)
        answer = cv2.filter2D(band, cv2.CV_32F, kernel)[rim : rim + rows, rim:-rim]
        result[top : top + rows] = np.clip(answer + (constant + 0.5), 0.0, 255.0).astype(np.uint8)
    return result
