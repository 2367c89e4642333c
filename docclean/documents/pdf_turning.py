"""Where a page's image, text and crop box go when the page was put straight."""

import math
from typing import TYPE_CHECKING

from docclean.core.page import PageRegion, PageSize
from docclean.documents.orientation import turns_sideways
from docclean.documents.pdf_contents import Matrix
from docclean.documents.pdf_geometry import Box, mapped_box, product

if TYPE_CHECKING:
    import pikepdf

_INVERSES = {6: 8, 8: 6}

_TO_UNIT: dict[int, Matrix] = {
    1: (1, 0, 0, -1, 0, 1),
    2: (-1, 0, 0, -1, 1, 1),
    3: (-1, 0, 0, 1, 1, 0),
    4: (1, 0, 0, 1, 0, 0),
    5: (0, -1, 1, 0, 0, 1),
    6: (0, 1, 1, 0, 0, 0),
    7: (0, 1, -1, 0, 1, 0),
    8: (0, -1, -1, 0, 1, 1),
}
"""From the upright image, across and down from 0 to 1, to the unit square in which PDF places the image as stored."""


def inverse_orientation(orientation: int) -> int:
    """Give the orientation that turns an upright image back to how it was stored."""
    return _INVERSES.get(orientation, orientation if orientation in _TO_UNIT else 1)


def inverse(matrix: Matrix) -> Matrix:
    """Give the matrix that undoes another one.

    Raises:
        ZeroDivisionError: The matrix maps everything on a line.
    """
    a, b, c, d, e, f = matrix
    area = a * d - b * c
    return d / area, -b / area, -c / area, a / area, (c * f - d * e) / area, (b * e - a * f) / area


def upright_to_space(placement: Matrix, orientation: int, size: PageSize) -> Matrix:
    """Give the matrix from pixels of the upright page, across and down, to the page's user space.

    Args:
        placement: Takes the unit square of the stored image to user space.
        orientation: How the stored image is turned to be upright.
        size: Of the upright image before it was cropped, px.
    """
    to_one = (1 / size.width, 0.0, 0.0, 1 / size.height, 0.0, 0.0)
    return product(product(to_one, _TO_UNIT.get(orientation, _TO_UNIT[1])), placement)


def turn_about_middle(to_space: Matrix, size: PageSize, degrees: float) -> Matrix:
    """Give the turn of a page about its middle, counterclockwise as it is seen, in the page's user space."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across, down = size.width / 2, size.height / 2
    about_corner = (cosine, -sine, sine, cosine, 0.0, 0.0)
    turn = product(product((1.0, 0.0, 0.0, 1.0, -across, -down), about_corner), (1.0, 0.0, 0.0, 1.0, across, down))
    return product(product(inverse(to_space), turn), to_space)


def cropped_in_unit(region: PageRegion, size: PageSize, orientation: int) -> Matrix:
    """Give the matrix that places what is left of an image where it was in the unit square of all of it."""
    upright = (
        region.left / size.width,
        region.top / size.height,
        (region.left + region.width) / size.width,
        (region.top + region.height) / size.height,
    )
    left, bottom, right, top = mapped_box(_TO_UNIT.get(orientation, _TO_UNIT[1]), upright) or (0.0, 0.0, 1.0, 1.0)
    return (right - left, 0.0, 0.0, top - bottom, left, bottom)


def box_of(region: PageRegion, to_space: Matrix) -> Box | None:
    """Give the box around a region of the upright page, in user space."""
    return mapped_box(to_space, (region.left, region.top, region.left + region.width, region.top + region.height))


def stored_size(image: "pikepdf.Object", orientation: int) -> PageSize:
    """Give the size that an image has when it is upright, px.

    Raises:
        AttributeError, TypeError, ValueError: It does not say.
    """
    height, width = int(image.Height), int(image.Width)
    return PageSize(width, height) if turns_sideways(orientation) else PageSize(height, width)
