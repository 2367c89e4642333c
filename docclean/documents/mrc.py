"""A page in layers: its strokes as a sharp two-level mask with colors of their own, the rest as a coarse picture.

The layers lie in a form of one unit square, so that it can take the place of the image of a page.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import ColorMode, PixelArray, StoredSamples
from docclean.documents.jpeg_encoder import encode_jpeg
from docclean.documents.samples import Samples

if TYPE_CHECKING:
    import pikepdf

_BACKGROUND_DPI, _INK_DPI = 120.0, 40.0
_BACKGROUND_QUALITY = 70
_INK_QUALITY = 85
_STROKE_INCHES = 0.014
_LEAST_CONTRAST = 60
_DARKEST_PAPER = 128
_ROWS = 2048
_DARK_INSIDE = 110
"""What lies within strokes and is no brighter than this may be the inside of a thick letter, of 255."""

_MOST_UNEVEN = 12.0
"""Standard deviation of the inside of a letter, of 255; that of a picture is larger."""

_LEAST_ENCLOSED = 0.9


@dataclass(frozen=True, slots=True)
class Layers:
    """A page in layers.

    Attributes:
        ink: (H, W), True where a stroke is.
        colors: (h, w, C), uint8, colors of the strokes, coarse.
        background: (h', w', C), uint8, what is left without the strokes, coarse.
    """

    ink: NDArray[np.bool_]
    colors: PixelArray
    background: PixelArray


def split_layers(pixels: PixelArray, dpi: float) -> Layers:
    """Take a page apart.

    The inside of a thick letter, which has no paper near, is a stroke when strokes enclose it and it is even. What is a
    stroke decides only how sharp a pixel is shown, not whether: what is none stays in the background.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        dpi: Resolution.

    Source:
        Mixed raster content: ITU-T T.44. Strokes: Bernsen (1986), half-way between the darkest and the brightest pixel
        within the width of a stroke.
    """
    ink = _strokes(pixels, dpi)
    _fill_letters(ink, pixels)
    # The rim of a stroke is mixed with paper; its core is what it is printed with, and paper lies beyond.
    core = cv2.erode(ink.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
    beyond = cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    background = _filled(pixels, np.asarray(beyond, np.bool_), max(1, round(dpi / _BACKGROUND_DPI)))
    colors = _filled(pixels, np.asarray(core, np.bool_), max(1, round(dpi / _INK_DPI)))
    return Layers(ink, colors, background)


def layers_form(pdf: "pikepdf.Pdf", mask: "pikepdf.Object", layers: Layers, quality: int | None) -> "pikepdf.Object":
    """Make a form XObject of layers.

    Args:
        pdf: The PDF that it is for.
        mask: An image XObject of `layers.ink` as a two-level image, black for ink; it becomes a stencil.
        layers: The page.
        quality: Of the coarse pictures as JPEG; None for the usual one.

    Source:
        ISO 32000-1, sections 8.10 (forms) and 8.9.6.3 (explicit masking: where a sample of the mask is 0, the image is
        painted; both may have resolutions of their own).
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    background = _picture(pdf, layers.background, _BACKGROUND_QUALITY if quality is None else quality)
    strokes = _picture(pdf, layers.colors, _INK_QUALITY if quality is None else quality)
    mask.ImageMask = True
    del mask.ColorSpace
    strokes.Mask = mask
    form = pdf.make_stream(b"q /Background Do /Strokes Do Q")
    form.Type, form.Subtype, form.FormType = pikepdf.Name.XObject, pikepdf.Name.Form, 1
    form.BBox = [0, 0, 1, 1]
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Background=background, Strokes=strokes))
    return form


def _luma(pixels: PixelArray) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8) if pixels.shape[2] == 3 else pixels[:, :, 0]


def _fill_letters(ink: NDArray[np.bool_], pixels: PixelArray) -> None:
    """Add the insides of thick letters to the strokes around them, in place."""
    luma = _luma(pixels)
    inside = (~ink & (luma <= _DARK_INSIDE)).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(inside, connectivity=4)
    for number, (left, top, width, height, _) in enumerate(boxes[1:], start=1):
        rows, columns = slice(max(0, top - 1), top + height + 1), slice(max(0, left - 1), left + width + 1)
        part = labels[rows, columns] == number
        rim = (cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~part
        is_enclosed = bool(rim.any()) and ink[rows, columns][rim].mean() >= _LEAST_ENCLOSED
        if is_enclosed and luma[rows, columns][part].std() <= _MOST_UNEVEN:
            ink[rows, columns] |= part


def _strokes(pixels: PixelArray, dpi: float) -> NDArray[np.bool_]:
    luma = _luma(pixels)
    reach = max(1, round(_STROKE_INCHES * dpi))
    near = np.ones((2 * reach + 1,) * 2, np.uint8)
    ink = np.empty(luma.shape, np.bool_)
    for top in range(0, len(luma), _ROWS):
        first, last = max(0, top - reach), min(len(luma), top + _ROWS + reach)
        seen = luma[first:last].astype(np.int16)
        dark, bright = cv2.erode(luma[first:last], near), cv2.dilate(luma[first:last], near).astype(np.int16)
        found = (bright - dark >= _LEAST_CONTRAST) & (bright >= _DARKEST_PAPER) & (2 * seen <= bright + dark)
        ink[top : top + _ROWS] = found[top - first : top - first + _ROWS]
    return ink


def _filled(pixels: PixelArray, known: NDArray[np.bool_], step: int) -> PixelArray:
    """Reduce a page to means of its known pixels; where a cell has none, what its surroundings have."""
    height, width = known.shape
    size = -(-width // step), -(-height // step)
    share = np.asarray(cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
    masked = pixels.astype(np.float32) * known[:, :, np.newaxis]
    total = np.asarray(cv2.resize(masked, size, interpolation=cv2.INTER_AREA), np.float32).reshape(*share.shape, -1)
    levels = [(total, share)]
    while max(levels[-1][1].shape) > 1:
        total, share = levels[-1]
        smaller = -(-share.shape[1] // 2), -(-share.shape[0] // 2)
        coarse = cv2.resize(total, smaller, interpolation=cv2.INTER_AREA)
        levels.append(
            (
                np.asarray(coarse, np.float32).reshape(smaller[1], smaller[0], -1),
                np.asarray(cv2.resize(share, smaller, interpolation=cv2.INTER_AREA), np.float32),
            )
        )
    filled = np.full((1, 1, pixels.shape[2]), 255.0, np.float32)
    for total, share in reversed(levels):
        around = cv2.resize(filled, share.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(total.shape)
        own = total / np.maximum(share, 1e-6)[:, :, np.newaxis]
        filled = np.asarray(np.where(share[:, :, np.newaxis] > 1e-3, own, around), np.float32)
    return np.asarray(np.clip(np.rint(filled), 0, 255), np.uint8)


def _picture(pdf: "pikepdf.Pdf", pixels: PixelArray, quality: int) -> "pikepdf.Object":
    """An image XObject, JPEG."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    is_gray = pixels.shape[2] == 1
    stored = StoredSamples(ColorMode.GRAY if is_gray else ColorMode.RGB, pixels[:, :, 0] if is_gray else pixels)
    image = pdf.make_stream(encode_jpeg(Samples(stored), None, {}, quality=quality))
    image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    image.Height, image.Width = pixels.shape[:2]
    image.ColorSpace = pikepdf.Name.DeviceGray if is_gray else pikepdf.Name.DeviceRGB
    image.BitsPerComponent, image.Filter, image.Interpolate = 8, pikepdf.Name.DCTDecode, True
    return image
