"""A page: its pixels and what must survive cleaning (resolution, color profile, the way its samples were stored)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from docclean.core.bands import are_alike

PixelArray = NDArray[np.uint8]
"""Pixels, (H, W, C) with C 1 (grey) or 3 (RGB), uint8, C-contiguous."""

Outline = NDArray[np.float32]
"""A polygon on a page, (N, 2), x and y, px; pixel centers lie at whole numbers."""

SHEET_PIXELS = 100_000_000
"""A page of more px is a sheet, such as A1 at 600 dpi: memory comes before speed and before the last byte of a file."""


class PageSize(NamedTuple):
    """Height and width, px, in the order of array axes."""

    height: int
    width: int


class PageRegion(NamedTuple):
    """A rectangle of a page, px."""

    top: int
    left: int
    height: int
    width: int

    def within(self, size: PageSize) -> "PageRegion":
        """The part that lies on a page of this size; it may be empty."""
        top, left = (min(max(0, edge), side) for edge, side in zip((self.top, self.left), size, strict=True))
        bottom = min(max(top, self.top + self.height), size.height)
        right = min(max(left, self.left + self.width), size.width)
        return PageRegion(top, left, bottom - top, right - left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to cut the region out of an array."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


class PageSource(BaseModel):
    """Where a page comes from: a file and the page's number in it.

    Attributes:
        path: The file.
        page: Page number in the file, from 0.
        pages: Number of pages in the file, at least 1.
        relative: Path below the folder that was asked for; the result keeps it. Just the name for a single file.
        render_dpi: Resolution at which a PDF page is drawn that is no scan, dpi; None leaves such pages alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    page: int = Field(default=0, ge=0)
    pages: int = Field(default=1, ge=1)
    relative: Path
    render_dpi: int | None = Field(default=None, ge=30, le=1200)


class ColorMode(StrEnum):
    """How the samples of a page were stored in its file; the result is stored the same way."""

    BILEVEL = "bilevel"
    GRAY = "gray"
    GRAY16 = "gray16"
    PALETTE = "palette"
    RGB = "rgb"
    RGB16 = "rgb16"
    CMYK = "cmyk"


_PLAIN = (ColorMode.BILEVEL, ColorMode.GRAY, ColorMode.RGB)


@dataclass(frozen=True, slots=True)
class StoredSamples:
    """The samples as the file had them, so that what cleaning does not touch comes back exactly.

    Attributes:
        mode: How they were stored.
        data: (H, W) or (H, W, C) array as decoded: uint8, for two levels 0 and 255 only, or uint16; CMYK has C = 4,
            0 = no ink.
        alpha: (H, W), uint8 or uint16 as stored, 0 = transparent; None when every pixel is opaque by format.
    """

    mode: ColorMode
    data: NDArray[Any]
    alpha: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page in memory, upright (orientation already applied).

    Attributes:
        pixels: What networks see and change, (H, W, 1) for pages without color, else (H, W, 3), uint8, sRGB-like.
            Transparent pixels are shown on white.
        original: `pixels` as they were read; a stage never changes it, so `pixels is original` says "untouched".
        stored: The samples as the file had them.
        resolution_dpi: Horizontal and vertical resolution; None when the file does not say.
        icc_profile: Embedded color profile, or None. It describes `stored`.
        file_format: Pillow's name of the file format, e.g. "PNG"; "keep" writes this one again.
        encoding: Format-specific facts that a writer may reuse, e.g. {"compression": "group4"}.
        warnings: What could not be kept, one sentence each.
        origin: What the file tells about camera or scanner, time, place, author: values by EXIF tag.
        is_kept: Whether this is a page of a PDF that is no scan: `pixels` show it, but nothing restores it, and in a
            PDF it stays what it is.
        turned_deg: By how much the contents were turned about the middle, degrees counterclockwise; `pixels`,
            `original` and `stored` were all turned, and kept their size.
        cropped: The part of the page, as it was read, that is left; None for all of it. `pixels`, `original` and
            `stored` were all cut.
        to_clear: Outlines of rims and punch holes that paper is painted over when every stage has run.
        stored_as: How the samples shall be stored, when that is not the way in which the file had them; None for that
            way. BILEVEL means that `pixels` hold 0 and 255 only, GRAY and GRAY16 that their channels are alike.
        is_settled: Whether the page is finished and changed, and what was read was let go of, see `settled`.
    """

    pixels: PixelArray
    original: PixelArray
    stored: StoredSamples
    resolution_dpi: tuple[float, float] | None
    icc_profile: bytes | None
    file_format: str
    encoding: dict[str, Any]
    warnings: tuple[str, ...] = ()
    origin: dict[int, Any] = field(default_factory=dict)
    is_kept: bool = False
    turned_deg: float = 0.0
    cropped: PageRegion | None = None
    to_clear: tuple[Outline, ...] = ()
    stored_as: ColorMode | None = None
    is_settled: bool = False

    @property
    def size(self) -> PageSize:
        """Height and width in px."""
        return PageSize(self.pixels.shape[0], self.pixels.shape[1])

    @property
    def is_untouched(self) -> bool:
        """Whether the pixels are the very ones that were read."""
        if self.turned_deg or self.cropped is not None or self.is_settled:
            return False
        return self.pixels is self.original or are_alike(self.pixels, self.original)

    @property
    def is_as_read(self) -> bool:
        """Whether the pixels are the very ones that were read, and are to be stored as they were."""
        return self.stored_as in (None, self.stored.mode) and self.is_untouched

    def settled(self) -> "Page":
        """Let go of what is not needed any more to write a finished page: of large sheets memory holds two at most.

        Returns:
            A page that is written just as this one. Where nothing changed, `pixels` are `original`; where `pixels`
            alone decide what is written, they take the place of `original` and `stored`. Others stay what they are.
        """
        if self.is_untouched:
            return replace(self, pixels=self.original)
        stored = self.stored
        is_plain = stored.mode in _PLAIN and stored.alpha is None and stored.data.dtype == np.uint8
        if self.is_kept or not is_plain or self.pixels.shape != self.original.shape:
            return self
        data = self.pixels if stored.data.ndim == self.pixels.ndim else self.pixels[:, :, 0]
        return replace(self, original=self.pixels, stored=replace(stored, data=data), is_settled=True)
