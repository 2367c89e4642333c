"""What a page of a PDF shows: which images lie where, and whether anything else can be seen."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

Matrix = tuple[float, float, float, float, float, float]
"""As in PDF: (a, b, c, d, e, f) takes (x, y) to (a x + c y + e, b x + d y + f)."""


class PageKind(StrEnum):
    """What a page is for docclean.

    SCAN shows one image and nothing else; COMPOSITE shows images only, such as strips, or a mask above a background;
    DRAWN shows text or lines that no scanner made; EMPTY shows nothing. Text that cannot be seen, as recognition of
    characters puts it under a scan, does not count.
    """

    SCAN = "scan"
    COMPOSITE = "composite"
    DRAWN = "drawn"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """An image where a page draws it.

    Attributes:
        image: The image XObject.
        matrix: Takes the unit square, in which an image lies, to the page's user space.
    """

    image: "pikepdf.Object"
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class PageContents:
    """What a page shows.

    Attributes:
        kind: What it is.
        images: Images in the order in which they are drawn.
        has_text_layer: Whether there is text that cannot be seen.
    """

    kind: PageKind
    images: tuple[PlacedImage, ...]
    has_text_layer: bool
