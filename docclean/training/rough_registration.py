"""Where about a page lies on another scan of it: features first, then the whole picture, at about a megapixel."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.training.tile_shifts import PAPER, PrintMap, TileShifts, measured_shifts

Homography = NDArray[np.float64]
"""(3, 3), float64: maps x, y, px, pixel centers at whole numbers; the lower right entry is 1."""

_WORKING_PIXELS = 1_000_000
_FEATURES = 3000
_RATIO = 0.8
_REPROJECTION_PX = 3.0
_FEWEST_INLIERS = 12
_LARGEST_STRETCH = 1.25
_REACH = 6
_GOOD_SHARE = 0.7
_ECC_BLUR = 5
_FIT_PX = 4.0
_FEWEST_FOR_A_FIT = 6
_MEASURING_PX = 0.03
"""What measuring a tile's shift gets wrong anyhow."""
_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)


def rough_homography(reference: PrintMap, other: PrintMap) -> Homography | None:
    """Find where every point of a page lies on another scan of it, to about a pixel at one megapixel.

    Args:
        reference: (H, W), from `print_map`.
        other: (H', W'), from `print_map`; any size, also turned upside down.

    Returns:
        From pixels of `reference` to pixels of `other`; None where neither features nor the plain scaling of one size
        to the other lead anywhere.

    Source:
        SIFT with the ratio test: Lowe 2004, "Distinctive image features from scale-invariant keypoints", section 7.1.
        Refinement: Evangelidis, Psarakis 2008, "Parametric image alignment using enhanced correlation coefficient
        maximization".
    """
    small, moved = _within(reference, _WORKING_PIXELS), _within(other, min(_WORKING_PIXELS, reference.size))
    best: tuple[float, Homography] | None = None
    for guess in _guesses(small, moved):
        found = _refined(small, moved, guess)
        if not is_sane(found, small.shape, moved.shape):
            continue
        share = _share_alike(small, moved, found)
        if best is None or share > best[0]:
            best = share, found
        if share >= _GOOD_SHARE:
            break
    if best is None:
        return None
    to_small, to_other = scaling(reference.shape, small.shape), scaling(moved.shape, other.shape)
    return normalized(to_other @ best[1] @ to_small)


def scaling(size: tuple[int, ...], wanted: tuple[int, ...]) -> Homography:
    """What resizing an image of one (H, W) to another does to its pixels' places."""
    x, y = wanted[1] / size[1], wanted[0] / size[0]
    return np.array([[x, 0.0, (x - 1.0) / 2.0], [0.0, y, (y - 1.0) / 2.0], [0.0, 0.0, 1.0]])


def normalized(homography: NDArray[np.floating]) -> Homography:
    """The same map with 1 in the lower right."""
    return np.asarray(homography / homography[2, 2], np.float64)


def square(fit: NDArray[Any] | None) -> Homography | None:
    """What OpenCV found, (2, 3) or (3, 3) or None, as a homography."""
    if fit is None:
        return None
    return normalized(np.vstack([fit, [0.0, 0.0, 1.0]]) if len(fit) == 2 else np.asarray(fit))


def mapped(homography: Homography, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Map points, (N, 2), x and y."""
    there = cv2.perspectiveTransform(np.asarray(points, np.float64).reshape(-1, 1, 2), homography)
    return np.asarray(there, np.float64).reshape(-1, 2)


def corners(size: tuple[int, ...]) -> NDArray[np.float64]:
    """The corners of an (H, W) page, (4, 2), x and y, clockwise."""
    bottom, right = size[0] - 1.0, size[1] - 1.0
    return np.array([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]])


def is_sane(homography: Homography, size: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether a map is one that a scanner or a camera held above the page makes: no mirror, no fold, little stretch."""
    if not np.isfinite(homography).all():
        return False
    depths = np.c_[corners(size), np.ones(4)] @ homography[2]
    if depths.min() <= 0.2 * depths.max():
        return False
    quad = mapped(homography, corners(size))
    sides = np.roll(quad, -1, axis=0) - quad
    turns = [float(a[0] * b[1] - a[1] * b[0]) for a, b in zip(sides, np.roll(sides, -1, axis=0), strict=True)]
    lengths = np.linalg.norm(sides, axis=1)
    stretches = lengths / np.maximum([size[1] - 1, size[0] - 1, size[1] - 1, size[0] - 1], 1)
    is_convex = min(turns) > 0.0
    return bool(
        is_convex and stretches.max() <= _LARGEST_STRETCH * stretches.min() and lengths.max() <= 8 * max(other[:2])
    )


def fitted_to_tiles(homography: Homography, tiles: TileShifts, size: tuple[int, ...]) -> Homography:
    """Fit a map anew to where tiles say that they lie after another one: the simplest that explains them.

    Args:
        homography: The map that the tiles were measured with.
        tiles: What they say; at least one of them is measured.
        size: Of the page that is mapped from, (H, W).
    """
    here = tiles.centers[tiles.is_measured].astype(np.float64)
    there = mapped(homography, here + tiles.shifts[tiles.is_measured])
    if len(here) < _FEWEST_FOR_A_FIT:
        step = np.eye(3)
        step[:2, 2] = np.median(tiles.shifts[tiles.is_measured], axis=0)
        return normalized(homography @ step)
    px = abs(float(np.linalg.det(homography[:2, :2]))) ** 0.5  # one of the clean page's on the dirty page
    reach = _FIT_PX * px
    fits = [
        (4, square(cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=reach)[0])),
        (6, square(cv2.estimateAffine2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=reach)[0])),
        (8, square(cv2.findHomography(here, there, cv2.RANSAC, reach)[0])),
    ]
    scored = [
        (_information((mapped(fit, here) - there) / px, parameters), fit)
        for parameters, fit in fits
        if fit is not None and is_sane(fit, size, size)
    ]
    return min(scored, key=lambda each: each[0])[1] if scored else homography


def _information(residuals: NDArray[np.float64], parameters: int) -> float:
    """Bayesian information criterion with residuals cut off (Schwarz 1978, "Estimating the dimension of a model")."""
    squares = np.minimum(np.sum(residuals**2, axis=1) / 2.0, _FIT_PX**2)
    count = residuals.size
    return float(count * np.log(squares.mean() + _MEASURING_PX**2) + parameters * np.log(count))


def _within(page: PrintMap, pixels: int) -> PrintMap:
    scale = min(1.0, (pixels / page.size) ** 0.5)
    size = (max(1, round(page.shape[1] * scale)), max(1, round(page.shape[0] * scale)))
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def _guesses(reference: PrintMap, other: PrintMap) -> Iterator[Homography]:
    yield from _by_features(reference, other)
    yield scaling(reference.shape, other.shape)


def _by_features(reference: PrintMap, other: PrintMap) -> Iterator[Homography]:
    detector = cv2.SIFT.create(nfeatures=_FEATURES)
    keys, descriptors = detector.detectAndCompute(reference, None)
    other_keys, other_descriptors = detector.detectAndCompute(other, None)
    if min(len(keys), len(other_keys)) < _FEWEST_INLIERS:
        return
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(descriptors, other_descriptors, k=2)
    matches = [best for best, second in pairs if best.distance < _RATIO * second.distance]
    if len(matches) < _FEWEST_INLIERS:
        return
    here = np.asarray([keys[match.queryIdx].pt for match in matches], np.float32)
    there = np.asarray([other_keys[match.trainIdx].pt for match in matches], np.float32)
    turned, inliers = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_REPROJECTION_PX, maxIters=5000
    )
    bent, bent_inliers = cv2.findHomography(here, there, cv2.USAC_MAGSAC, _REPROJECTION_PX, maxIters=5000)
    found = [(inliers, square(turned)), (bent_inliers, square(bent))]
    counted = [(int(np.sum(mask)), homography) for mask, homography in found if homography is not None]
    for count, homography in sorted(counted, key=lambda each: -each[0]):
        if count >= _FEWEST_INLIERS and is_sane(homography, reference.shape, other.shape):
            yield homography


def _refined(reference: PrintMap, other: PrintMap, guess: Homography) -> Homography:
    """Maximize the correlation of the whole pictures, from coarse to fine; what does not converge stays as it was."""
    found = guess
    for shrink, motion in ((4, cv2.MOTION_AFFINE), (2, cv2.MOTION_HOMOGRAPHY), (1, cv2.MOTION_HOMOGRAPHY)):
        here = _within(reference, max(1, reference.size // shrink**2))
        there = _within(other, max(1, other.size // shrink**2))
        to_small, to_large = scaling(reference.shape, here.shape), scaling(there.shape, other.shape)
        start = normalized(np.linalg.inv(to_large) @ found @ np.linalg.inv(to_small))
        matrix = np.ascontiguousarray(start[: 2 if motion == cv2.MOTION_AFFINE else 3], np.float32)
        if motion == cv2.MOTION_AFFINE and np.abs(start[2, :2] * np.array(here.shape[::-1])).max() > 1e-3:
            continue  # an affine map would lose the perspective
        try:
            everywhere = np.full(there.shape, 255, np.uint8)
            _, found_matrix = cv2.findTransformECC(here, there, matrix, motion, _CRITERIA, everywhere, _ECC_BLUR)
        except cv2.error:
            continue
        whole = square(found_matrix)
        refined = found if whole is None else normalized(to_large @ whole @ to_small)
        if is_sane(refined, reference.shape, other.shape):
            found = refined
    return found


def _share_alike(reference: PrintMap, other: PrintMap, homography: Homography) -> float:
    height, width = reference.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpPerspective(other, homography, (width, height), flags=flags, borderValue=PAPER)
    return measured_shifts(reference, np.asarray(moved, np.uint8), reach=_REACH).share_alike
