"""Lining up two scans of one sheet: where every pixel of the clean page lies on the dirty one.

A homography that features, then the whole picture, then tiles agree on, and a smooth local displacement for what a
scanner's carriage does. Pages that line up already are told apart first: their pixels stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.page import PageSize, PixelArray
from docclean.training.rough_registration import (
    Homography,
    corners,
    fitted_to_tiles,
    mapped,
    normalized,
    rough_homography,
    scaling,
)
from docclean.training.tile_shifts import (
    PAPER,
    BoolArray,
    FloatArray,
    PrintMap,
    TileShifts,
    amount_of_print,
    measured_shifts,
    print_map,
    smoothed,
)

LARGEST_RESIDUAL_PX = 1.0
"""What lies further apart after registration is not learned from."""

_LEAST_PRINT = 2e-4
_FEWEST_TILES = 3
_MEASURED_PIXELS = 4_000_000
_LEAST_ALIKE = 0.6
_LEAST_MEDIAN_LIKENESS = 0.6
_SURELY_ALIKE = 0.8
_IN_PLACE_PX, _MOSTLY_IN_PLACE_PX = 0.3, 0.6
_FIRST_REACH, _LAST_REACH = 8, 4
_RIDGE = 0.15
_MOST_BENDS = 3
_LEAST_GAIN = 0.9
_SMOOTHING_TILES = 0.8
_BAND_ROWS = 256
_RIM_PX = 0.05


class Reason(StrEnum):
    """Why two pages do not line up."""

    BLANK = "blank"
    """One of them has too little print."""
    OTHER_PAGE = "other-page"
    """They do not show the same print."""
    LOOSE = "loose"
    """They show the same, but cannot be lined up closely enough."""


class RegistrationError(TrainingError):
    """Two pages cannot be lined up.

    Attributes:
        reason: Why.
        is_dirty_blank: Whether it is the dirty page that has no print; of no meaning for other reasons.
    """

    def __init__(self, reason: Reason, sentence: str, *, is_dirty_blank: bool = False) -> None:
        """Say why and what to do, as the end of a sentence that begins with the name of a page."""
        super().__init__(sentence)
        self.reason = reason
        self.is_dirty_blank = is_dirty_blank


@dataclass(frozen=True, slots=True)
class Registration:
    """Where every pixel of the clean page lies on the dirty one.

    Attributes:
        size: Of the clean page.
        homography: (3, 3), float64, from clean to dirty, px.
        centers: (R, C, 2), float32, px: where `field` and `residuals` are known, x and y on the clean page.
        field: (R, C, 2), float32, px: local displacement on the clean page before the homography.
        residuals: (R, C), float32, px: how far the print is apart after registration; infinite where it differs, not a
            number where there is none.
        is_in_place: The two line up without any of this; homography and field are neutral.
    """

    size: PageSize
    homography: Homography
    centers: FloatArray
    field: FloatArray
    residuals: FloatArray
    is_in_place: bool

    @property
    def residual_px(self) -> float:
        """Median residual over the tiles that show the same print, px."""
        return float(np.median(self.residuals[np.isfinite(self.residuals)]))

    def places(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Where points of the clean page lie on the dirty one; (N, 2), x and y, px, either way."""
        points = np.asarray(points, np.float64)
        across, down = _weights(self.centers[0, :, 0], points[:, 0]), _weights(self.centers[:, 0, 1], points[:, 1])
        return mapped(self.homography, points + np.einsum("nr,nc,rcd->nd", down, across, self.field))

    def applied(self, dirty: PixelArray) -> PixelArray:
        """Bring the dirty page onto the clean page's grid, (H, W, C), uint8.

        One that is in place comes back itself. Beyond its rim there is paper. Pixels are interpolated once, by Lanczos;
        a page of higher resolution is averaged down first.
        """
        if self.is_in_place:
            return dirty
        paper = tuple(float(np.median(dirty[::7, ::7, channel])) for channel in range(dirty.shape[2]))
        moved = np.empty((*self.size, dirty.shape[2]), np.uint8)
        source, homography = _at_resolution(dirty, self.homography, self.size)
        for rows, x, y in self.bands(homography):
            band = cv2.remap(source, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
            moved[rows] = band.reshape(moved[rows].shape)
        return moved

    def covered(self, dirty: PageSize) -> BoolArray:
        """Where anything of a dirty page of this size lies, (H, W)."""
        found = np.empty(self.size, np.bool_)
        for rows, x, y in self.bands(self.homography):
            found[rows] = _is_inside(x, y, dirty)
        return found

    def trusted(self, dirty: PageSize) -> BoolArray:
        """Where a dirty page of this size may be compared pixel by pixel, (H, W).

        Not where its print is further away than `LARGEST_RESIDUAL_PX` or differs, and not beyond its rim.
        """
        is_good = ~(self.residuals > LARGEST_RESIDUAL_PX)  # tiles without print have nothing against them
        tiles = cv2.resize(
            is_good.astype(np.uint8), (self.size.width, self.size.height), interpolation=cv2.INTER_NEAREST
        )
        return np.asarray(tiles, np.bool_) & self.covered(dirty)

    def bands(self, homography: Homography) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
        """Rows of the clean page, and x and y of their pixels on the dirty one, a band at a time to save memory."""
        columns = np.arange(self.size.width, dtype=np.float32)
        across = _weights(self.centers[0, :, 0], columns).astype(np.float32)
        (a, b, c), (d, e, f), (g, h, _) = homography.tolist()
        for top in range(0, self.size.height, _BAND_ROWS):
            rows = np.arange(top, min(top + _BAND_ROWS, self.size.height), dtype=np.float32)
            down = _weights(self.centers[:, 0, 1], rows).astype(np.float32)
            x = columns[None, :] + down @ self.field[:, :, 0] @ across.T
            y = rows[:, None] + down @ self.field[:, :, 1] @ across.T
            depth = g * x + h * y + 1.0
            yield slice(top, top + len(rows)), (a * x + b * y + c) / depth, (d * x + e * y + f) / depth


def register(dirty: PixelArray, clean: PixelArray) -> Registration:
    """Find where every pixel of a clean page lies on its dirty twin.

    Args:
        dirty: (H, W, 1 or 3), uint8, RGB.
        clean: (H', W', 1 or 3), uint8, RGB; may have another size and resolution.

    Raises:
        RegistrationError: There is too little print, or the pages do not show the same.
    """
    reference, other = print_map(clean), print_map(dirty)
    _check_print(reference, other)
    if reference.shape == other.shape:
        in_place = _neutral(reference.shape)
        found = _measured(in_place, reference, other, _FIRST_REACH)
        if _lines_up(found):
            return _with_residuals(in_place, found, is_in_place=True)
    rough = rough_homography(reference, other)
    if rough is None:
        raise RegistrationError(Reason.OTHER_PAGE, _OTHER_PAGE)
    scale = min(1.0, (_MEASURED_PIXELS / reference.size) ** 0.5)
    if scale == 1.0:
        return _refined(rough, reference, other, PageSize(*reference.shape))
    size = (round(reference.shape[1] * scale), round(reference.shape[0] * scale))
    small = np.asarray(cv2.resize(reference, size, interpolation=cv2.INTER_AREA), np.uint8)
    rough = normalized(rough @ scaling(small.shape, reference.shape))
    return _enlarged(_refined(rough, small, other, PageSize(*reference.shape)), PageSize(*reference.shape))


_OTHER_PAGE = (
    "does not show what its twin shows, or too little of its print is left to tell; check that both are scans of the "
    "same page, or leave the pair out."
)


def _check_print(reference: PrintMap, other: PrintMap) -> None:
    for page, is_dirty in ((reference, False), (other, True)):
        if amount_of_print(page) < _LEAST_PRINT:
            sentence = "has too little print to be lined up with its twin; leave the pair out."
            raise RegistrationError(Reason.BLANK, sentence, is_dirty_blank=is_dirty)


def _neutral(size: tuple[int, ...]) -> Registration:
    return Registration(
        PageSize(size[0], size[1]),
        np.eye(3),
        np.zeros((1, 1, 2), np.float32),
        np.zeros((1, 1, 2), np.float32),
        np.zeros((1, 1), np.float32),
        is_in_place=True,
    )


def _refined(rough: Homography, reference: PrintMap, other: PrintMap, whole: PageSize) -> Registration:
    """From a rough homography to the finished registration, on print maps; the clean page itself may be larger."""
    size = PageSize(reference.shape[0], reference.shape[1])
    found = _with_homography(_neutral(size), rough)
    tiles = _measured(found, reference, other, _FIRST_REACH)
    for _ in range(2):
        _check_alike(tiles)
        found = _with_homography(found, fitted_to_tiles(found.homography, tiles, size))
        tiles = _measured(found, reference, other, _FIRST_REACH)
    unscaled = _as_whole_pixels(found, whole)
    if unscaled is not None and _lines_up(shifted := _measured(unscaled, reference, other, _LAST_REACH)):
        return _with_residuals(unscaled, shifted, is_in_place=False)
    found, tiles = _bent(found, tiles, reference, other)
    _check_alike(tiles)
    _check_close(tiles, whole.width / size.width)
    return _with_residuals(found, tiles, is_in_place=False)


def _bent(
    found: Registration, tiles: TileShifts, reference: PrintMap, other: PrintMap
) -> tuple[Registration, TileShifts]:
    """Add a local displacement as long as it helps; gives what was measured with it too."""
    for _ in range(_MOST_BENDS):
        field = _local_field(tiles) + (found.field if found.field.shape == tiles.shifts.shape else 0.0)
        bent = Registration(found.size, found.homography, tiles.centers, field, found.residuals, is_in_place=False)
        after = _measured(bent, reference, other, _LAST_REACH)
        if not _distance(after) < _LEAST_GAIN * _distance(tiles):
            break
        found, tiles = bent, after
    return found, tiles


def _distance(tiles: TileShifts) -> float:
    """How far two pages are apart as a whole, px; tiles that differ count as far."""
    lengths = np.where(tiles.is_measured, np.linalg.norm(tiles.shifts, axis=2), _LAST_REACH)
    return float(np.minimum(lengths[tiles.has_print], _LAST_REACH).mean()) if tiles.has_print.any() else 0.0


def _measured(found: Registration, reference: PrintMap, other: PrintMap, reach: int) -> TileShifts:
    """How far the print is apart after a registration."""
    if found.is_in_place:
        return measured_shifts(reference, other, reach=reach)
    source, homography = _at_resolution(other[:, :, None], found.homography, found.size)
    moved, covered = np.empty(reference.shape, np.uint8), np.empty(reference.shape, np.bool_)
    for rows, x, y in found.bands(homography):
        moved[rows] = cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=PAPER)
        covered[rows] = _is_inside(x, y, source.shape)
    return measured_shifts(reference, moved, covered=covered, reach=reach)


def _is_inside(x: FloatArray, y: FloatArray, size: tuple[int, ...]) -> BoolArray:
    return (x > -_RIM_PX) & (x < size[1] - 1 + _RIM_PX) & (y > -_RIM_PX) & (y < size[0] - 1 + _RIM_PX)


def _at_resolution(pixels: PixelArray, homography: Homography, size: PageSize) -> tuple[PixelArray, Homography]:
    """Average a page of higher resolution down to about that of the page it goes onto, and adapt the map to it."""
    quad = mapped(homography, corners(size))
    lengths = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    scale = float(lengths.sum() / (2.0 * (size.width + size.height - 2)))
    if scale < 1.2:
        return pixels, homography
    height, width = (max(1, round(side / scale)) for side in pixels.shape[:2])
    smaller = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8), normalized(scaling(pixels.shape, (height, width)) @ homography)


def _with_homography(found: Registration, homography: Homography) -> Registration:
    return Registration(found.size, homography, found.centers, found.field, found.residuals, is_in_place=False)


def _with_residuals(found: Registration, tiles: TileShifts, *, is_in_place: bool) -> Registration:
    lengths = np.where(tiles.is_measured, np.linalg.norm(tiles.shifts, axis=2), np.inf)
    residuals = np.where(tiles.has_print, lengths, np.nan).astype(np.float32)
    field = found.field if found.field.shape == tiles.shifts.shape else np.zeros_like(tiles.shifts)
    return Registration(found.size, found.homography, tiles.centers, field, residuals, is_in_place=is_in_place)


def _lines_up(tiles: TileShifts) -> bool:
    """Whether pages lie as they should, as far as measuring tells."""
    if not _is_alike(tiles):
        return False
    half, most = np.percentile(tiles.lengths, [50, 90])
    return bool(half <= _IN_PLACE_PX and most <= _MOSTLY_IN_PLACE_PX)


def _is_alike(tiles: TileShifts) -> bool:
    return (
        int(tiles.is_measured.sum()) >= min(_FEWEST_TILES, tiles.has_print.size)
        and tiles.share_alike >= _LEAST_ALIKE
        and float(np.median(tiles.likeness[tiles.has_print])) >= _LEAST_MEDIAN_LIKENESS
    )


def _check_alike(tiles: TileShifts) -> None:
    if not _is_alike(tiles):
        raise RegistrationError(Reason.OTHER_PAGE, _OTHER_PAGE)


def _check_close(tiles: TileShifts, scale: float) -> None:
    """Refuse what stays apart: print that is alike by chance points in every direction."""
    residual_px = float(np.median(tiles.lengths)) * scale
    if residual_px <= LARGEST_RESIDUAL_PX:
        return
    if np.median(tiles.likeness[tiles.has_print]) < _SURELY_ALIKE:
        raise RegistrationError(Reason.OTHER_PAGE, _OTHER_PAGE)
    raise RegistrationError(
        Reason.LOOSE,
        f"cannot be lined up with its twin: the print stays {residual_px:.1f} px apart; scan the page again, flat and "
        "at a higher resolution, or leave the pair out.",
    )


def _as_whole_pixels(found: Registration, whole: PageSize) -> Registration | None:
    """The same as a shift of the clean page by whole pixels, which needs no interpolation, where it is nearly one."""
    to_found = scaling(whole, found.size)
    points = corners(whole)
    shifts = mapped(normalized(found.homography @ to_found), points) - points
    rounded = np.round(shifts.mean(axis=0))
    if np.abs(shifts - rounded).max() > 2 * _IN_PLACE_PX:
        return None
    homography = np.eye(3)
    homography[:2, 2] = rounded
    return _with_homography(found, normalized(homography @ np.linalg.inv(to_found)))


def _local_field(tiles: TileShifts) -> FloatArray:
    """Smooth displacement of the tiles, without those that disagree with their neighbors; (R, C, 2), px."""
    weights = np.where(tiles.is_measured, tiles.likeness, 0.0).astype(np.float32)
    around = smoothed(tiles.shifts, weights, 2 * _SMOOTHING_TILES)
    weights[np.linalg.norm(tiles.shifts - around, axis=2) > 2 * LARGEST_RESIDUAL_PX] = 0.0
    return smoothed(tiles.shifts, weights, _SMOOTHING_TILES, ridge=_RIDGE)


def _enlarged(found: Registration, size: PageSize) -> Registration:
    """What was found on a smaller copy of the clean page, for the page itself."""
    to_small = scaling(size, found.size)
    to_large = scaling(found.size, size)
    factor = to_large[0, 0]
    centers = mapped(to_large, found.centers.reshape(-1, 2)).reshape(found.centers.shape).astype(np.float32)
    return Registration(
        size,
        normalized(found.homography @ to_small),
        centers,
        (found.field * factor).astype(np.float32),
        (found.residuals * factor).astype(np.float32),
        is_in_place=found.is_in_place,
    )


def _weights(knots: NDArray[np.floating], at: NDArray[np.floating]) -> NDArray[np.float64]:
    """Weights of linear interpolation between knots, constant beyond the ends: (N, K), rows sum to 1."""
    return np.stack([np.interp(at, knots, row) for row in np.eye(len(knots))], axis=1)
