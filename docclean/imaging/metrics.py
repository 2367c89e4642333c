"""How close a cleaned page comes to the clean one: error, structure, and the ink that went missing or was made up.

Every measure here takes two grey pages, (H, W), float32, 0 black to 1 white, of equal size; `score` makes them. Color
and small marks have modules of their own.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.imaging.color_error import color_error
from docclean.imaging.luma import GrayArray, gray_of
from docclean.imaging.small_marks import count_small_marks

_INK_BELOW = 0.5
_TRACE_BELOW = 0.75
_LOST_RADIUS = 1
_ADDED_RADIUS = 2

_SIGMA = 1.5
_WINDOW = 11
_C1 = 0.01**2
_C2 = 0.03**2
_BAND_ROWS = 512


@dataclass(frozen=True, slots=True)
class PageScores:
    """How one page compares with the clean one.

    Attributes:
        rmse: Root mean square error, 0 (identical) to 1.
        psnr_db: Peak signal-to-noise ratio, dB; infinite for identical pages.
        ssim: Structural similarity, at most 1 (identical).
        ink_lost: Share of the clean page's ink that is missing, 0 to 1.
        ink_added: Ink where the clean page has none, as a share of the clean page's ink; may exceed 1.
        color_error: Mean absolute error of R, G, B where the clean page is colored, 0 to 1; None where it is not.
        marks_kept: Share of the clean page's small marks that survive, 0 to 1; None where there are none.
        character_errors: Character error rate of the text that can be read, 0 or more; None if nobody read it.
    """

    rmse: float
    psnr_db: float
    ssim: float
    ink_lost: float
    ink_added: float
    color_error: float | None = None
    marks_kept: float | None = None
    character_errors: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """The scores by name; an infinite PSNR is None, because JSON has no infinity."""
        return {
            name: value if value is not None and math.isfinite(value) else None for name, value in asdict(self).items()
        }


def score(result: PixelArray, clean: PixelArray) -> PageScores:
    """Compare a page with the clean one, as luma but for the color error; the text is not read.

    Args:
        result: (H, W, 1) or (H, W, 3), uint8.
        clean: (H, W, 1) or (H, W, 3), uint8; may have color where `result` has none.

    Raises:
        ValueError: The heights or widths differ.
    """
    if result.shape[:2] != clean.shape[:2]:
        raise ValueError(f"pages of different size: {result.shape[:2]} and {clean.shape[:2]}")
    ours, truth = gray_of(result), gray_of(clean)
    error = rmse(ours, truth)
    return PageScores(
        rmse=error,
        psnr_db=_psnr_of(error),
        ssim=ssim(ours, truth),
        ink_lost=ink_lost(ours, truth),
        ink_added=ink_added(ours, truth),
        color_error=color_error(result, clean),
        marks_kept=count_small_marks(ours, truth).share,
    )


def rmse(result: GrayArray, clean: GrayArray) -> float:
    """Compute the root mean square error, 0..1."""
    return math.sqrt(float(np.mean(np.square(result - clean), dtype=np.float64)))


def psnr_db(result: GrayArray, clean: GrayArray) -> float:
    """Compute the peak signal-to-noise ratio in dB for a peak of 1; infinite for identical pages.

    Source:
        The definition: 10 log10(peak^2 / mean square error).
    """
    return _psnr_of(rmse(result, clean))


def _psnr_of(error: float) -> float:
    return -20.0 * math.log10(error) if error > 0 else math.inf


def ssim(result: GrayArray, clean: GrayArray) -> float:
    """Compute the mean structural similarity for a dynamic range of 1.

    Only windows that lie wholly on the page count. Along a side shorter than the window there are none; there the rim
    is repeated outwards, so that a page of any size has a value.

    Source:
        Wang, Bovik, Sheikh, Simoncelli 2004, "Image Quality Assessment: From Error Visibility to Structural
        Similarity", equations 13 to 17: circular Gaussian window of 11x11, sigma 1.5; K1 = 0.01, K2 = 0.03. The
        moments have no sample correction, as in the paper.
    """
    total, count = 0.0, 0
    for ours, truth in _bands(_grown(result), _grown(clean)):
        values = _ssim_map(ours, truth)
        total += float(values.sum())
        count += values.size
    return total / count


def _grown(page: GrayArray) -> GrayArray:
    rims = [_WINDOW // 2 if side < _WINDOW else 0 for side in page.shape]
    return np.pad(page, [(rim, rim) for rim in rims], mode="edge") if any(rims) else page


def _bands(*pages: GrayArray) -> Iterator[tuple[NDArray[np.float64], ...]]:
    """Cut pages into bands of rows that overlap by a window, in double precision: a large sheet takes little memory."""
    rows = pages[0].shape[0] - _WINDOW + 1
    for top in range(0, rows, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, rows) + _WINDOW - 1
        yield tuple(page[top:bottom].astype(np.float64) for page in pages)


def _ssim_map(ours: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """SSIM of every window that lies wholly inside."""
    mean_x, mean_y = _windowed(ours), _windowed(truth)
    variance_x = _windowed(ours * ours) - mean_x * mean_x
    variance_y = _windowed(truth * truth) - mean_y * mean_y
    covariance = _windowed(ours * truth) - mean_x * mean_y
    luminance = (2.0 * mean_x * mean_y + _C1) / (mean_x * mean_x + mean_y * mean_y + _C1)
    return luminance * (2.0 * covariance + _C2) / (variance_x + variance_y + _C2)


def _windowed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian-weighted mean of every window that lies wholly inside."""
    kernel = cv2.getGaussianKernel(_WINDOW, _SIGMA, cv2.CV_64F)
    rim = _WINDOW // 2
    means = cv2.sepFilter2D(values, cv2.CV_64F, kernel, kernel)
    return np.asarray(means[rim:-rim, rim:-rim], np.float64)


def ink_lost(result: GrayArray, clean: GrayArray) -> float:
    """Measure the ink that cleaning took away: the share of the clean page's ink without a trace in the result.

    Ink is what is darker than half-way between black and white. A trace is anything darker than 0.75: a stroke that has
    become paler can still be read and is not lost, and half-way between ink and white paper is where it starts to
    vanish. The trace may lie up to 1 px aside, because the rim of a stroke moves by that much when its blur changes;
    a wider search would find the neighbouring stroke in place of a lost dot.

    Returns:
        0 (all there) to 1; 0 for a clean page without ink.

    Source:
        Ours. It is one minus the recall that contests of document binarization use (Gatos, Ntirogiannis, Pratikakis
        2009, "ICDAR 2009 Document Image Binarization Contest"), with a tolerance in place and in tone.
    """
    ink = clean < _INK_BELOW
    ink_pixels = int(np.count_nonzero(ink))
    if not ink_pixels:
        return 0.0
    lost = ink & (_darkest_within(result, _LOST_RADIUS) >= _TRACE_BELOW)
    return int(np.count_nonzero(lost)) / ink_pixels


def ink_added(result: GrayArray, clean: GrayArray) -> float:
    """Measure the ink that is not the author's: dirt left behind, or strokes made up.

    Counted are pixels darker than 0.5 with no trace (as in `ink_lost`) on the clean page within 2 px: a stroke grown
    fatter by the blur of a scan is the author's still, and so is pale print that came out darker.

    Returns:
        The number of such pixels as a share of the clean page's ink, 0 or more; on a clean page without ink, as a share
        of the page.

    Source:
        Ours, the counterpart of `ink_lost`.
    """
    ink_pixels = int(np.count_nonzero(clean < _INK_BELOW))
    added = (result < _INK_BELOW) & (_darkest_within(clean, _ADDED_RADIUS) >= _TRACE_BELOW)
    return int(np.count_nonzero(added)) / (ink_pixels or clean.size)


def _darkest_within(page: GrayArray, radius: int) -> GrayArray:
    """Darkest value in the square around each pixel; beyond the rim there is nothing."""
    side = 2 * radius + 1
    return np.asarray(cv2.erode(page, np.ones((side, side), np.uint8)), np.float32)
