"""Places on a page of a PDF: matrices, boxes, and what a placement says about an image's orientation and resolution."""

import math
from typing import TYPE_CHECKING, Any

from docclean.documents.pdf_contents import Matrix

if TYPE_CHECKING:
    import pikepdf

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in units of the space that it lies in; not empty."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
UNIT_SQUARE: Box = (0.0, 0.0, 1.0, 1.0)
POINTS_PER_INCH = 72.0

_LETTER: Box = (0.0, 0.0, 612.0, 792.0)
_LARGEST_UNIT = 1e6
_QUARTER = 90
_DEEPEST_TREE = 64
"""Levels of a page tree that are looked at; a tree may be a circle."""


def product(first: Matrix, second: Matrix) -> Matrix:
    """Give the matrix that maps as `first` does and then as `second` does.

    Source:
        ISO 32000-1, section 8.3.4.
    """
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def mapped_box(matrix: Matrix, box: Box = UNIT_SQUARE) -> Box | None:
    """Give the smallest upright box around what a box becomes; None if that has no area or no finite numbers."""
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across = [a * x + c * y + e for x, y in corners]
    up = [b * x + d * y + f for x, y in corners]
    return _checked((min(across), min(up), max(across), max(up)))


def common_part(one: Box, other: Box) -> Box | None:
    """Give what two boxes share; None if that is nothing."""
    return _checked((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def covers(outer: Box, inner: Box, slack: float) -> bool:
    """Whether a box covers another one but for a rim of `slack` times its sides."""
    across, up = slack * (inner[2] - inner[0]), slack * (inner[3] - inner[1])
    return (
        outer[0] <= inner[0] + across
        and outer[1] <= inner[1] + up
        and outer[2] >= inner[2] - across
        and outer[3] >= inner[3] - up
    )


def is_upright(matrix: Matrix) -> bool:
    """Whether sides stay parallel to the axes, but for what nobody sees."""
    a, b, c, d = (abs(number) for number in matrix[:4])
    return max(b, c) < 1e-3 * max(a, d) or max(a, d) < 1e-3 * max(b, c)


def shown_box(page: "pikepdf.Page") -> Box:
    """Give the part of a page that viewers show, in its user space: the crop box as far as it lies in the media box.

    Source:
        ISO 32000-1, section 14.11.2. Broken boxes are taken for US letter, as pdfium does.
    """
    media = _read_box(page, "/MediaBox") or _LETTER
    crop = _read_box(page, "/CropBox")
    return (common_part(media, crop) if crop is not None else None) or media


def user_unit(page: "pikepdf.Page") -> float:
    """Give the length of the unit of a page's user space, points; 1 unless the page says otherwise.

    Source:
        ISO 32000-1, table 30 (UserUnit).
    """
    try:
        unit = float(page.obj.get("/UserUnit", 1))
    except (TypeError, ValueError):
        return 1.0
    return unit if 0.0 < unit < _LARGEST_UNIT else 1.0


def orientation_of(matrix: Matrix, rotation: int) -> int:
    """Tell how an image has to be turned to be seen as on the page, as the value of EXIF's orientation tag.

    Args:
        matrix: Takes the unit square of the image to the page's user space; a slant counts as the nearest quarter.
        rotation: The page's /Rotate, degrees clockwise, a multiple of 90.

    Source:
        ISO 32000-1, section 8.9.5.3 (the first row of samples lies at the top of the unit square); Exif 2.32, table 4.
    """
    along, down = _shown_sides(matrix, rotation)
    if abs(along[0] * down[1]) >= abs(along[1] * down[0]):
        numbers = {(True, True): 1, (False, True): 2, (False, False): 3, (True, False): 4}
        return numbers[along[0] > 0, down[1] < 0]
    numbers = {(True, True): 5, (True, False): 6, (False, False): 7, (False, True): 8}
    return numbers[along[1] < 0, down[0] > 0]


def placed_dpi(matrix: Matrix, size: tuple[int, int], unit: float) -> tuple[float, float] | None:
    """Give the resolution of an image where it is placed, along its rows and along its columns, dpi.

    Args:
        matrix: Takes the unit square of the image to the page's user space.
        size: Width and height of the image, px.
        unit: Length of the unit of user space, points.

    Returns:
        The resolution; None if the image is placed on a line or a point.
    """
    sides = math.hypot(matrix[0], matrix[1]), math.hypot(matrix[2], matrix[3])
    inches = [side * unit / POINTS_PER_INCH for side in sides]
    if not all(math.isfinite(side) and side > 0.0 for side in inches):
        return None
    return size[0] / inches[0], size[1] / inches[1]


def _shown_sides(matrix: Matrix, rotation: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Directions in which the rows of an image run, and in which they follow each other; up is positive."""
    along, down = (matrix[0], matrix[1]), (-matrix[2], -matrix[3])
    for _ in range(rotation // _QUARTER % 4):
        along, down = (along[1], -along[0]), (down[1], -down[0])
    return along, down


def inherited(page: "pikepdf.Page", key: str) -> Any:  # noqa: ANN401 - what a PDF holds there may be anything
    """Look up what a page says itself, or the page tree above it for all of its pages; None where nothing does.

    Source:
        ISO 32000-1, section 7.7.3.4.
    """
    node: Any = page.obj
    for _ in range(_DEEPEST_TREE):
        try:
            if (value := node.get(key)) is not None:
                return value
            node = node.get("/Parent")
        except (AttributeError, TypeError, ValueError):
            return None
        if node is None:
            return None
    return None


def rotation_of(page: "pikepdf.Page") -> int:
    """Give a page's /Rotate, degrees clockwise: 0, 90, 180 or 270."""
    try:
        return round(float(inherited(page, "/Rotate") or 0)) // _QUARTER * _QUARTER % 360
    except (TypeError, ValueError, OverflowError):
        return 0


def _read_box(page: "pikepdf.Page", key: str) -> Box | None:
    box = inherited(page, key)
    try:
        left, bottom, right, top = (float(number) for number in box)
    except (TypeError, ValueError):
        return None
    return _checked((min(left, right), min(bottom, top), max(left, right), max(bottom, top)))


def _checked(box: Box) -> Box | None:
    is_sound = all(math.isfinite(number) for number in box) and box[0] < box[2] and box[1] < box[3]
    return box if is_sound else None
