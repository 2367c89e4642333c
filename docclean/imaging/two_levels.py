"""A cleaned page in two levels: strokes keep their width, pale strokes their place, photographs become dots.

The network has separated ink from paper already; what is left to decide is where a stroke ends. Half-way between ink
and paper is the place that keeps its width, and how dark the ink is there only the stroke itself can tell. So the
threshold is the middle of what lies within a stroke's width (Bernsen); where nothing varies, the page around decides.
Faint pixels count where they hang together with a stroke that is certain (hysteresis, as Canny follows edges).
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from docclean.core.page import PageRegion, PageSize, PixelArray
from docclean.imaging.luma import luma_of
from docclean.imaging.pictures import Pictures, find_pictures

_STROKE_MM = 0.35
_AROUND_MM = 1.4
_MARGIN_MM = 12.0
"""How far a faint stroke is followed to where it is certain, over the edge of a band."""
_FAINTEST, _CERTAIN = 25.0, 50.0
_FLAT, _VARIED = 20.0, 40.0
_DARK_INSIDE, _DARK_AROUND = 100, 128
_WHITE = 255
_ROWS = 1024
_SIDE = 512
"""Of the squares in which a sheet is cut, px."""

_Mask = NDArray[np.bool_]


def two_levels(pixels: PixelArray, scale: float, region: PageRegion | None = None) -> PixelArray:
    """Decide for every pixel whether it is black or white.

    Args:
        pixels: The cleaned page, (H, W, 1 or 3), uint8.
        scale: px per mm, see `docclean.imaging.page_scale.px_per_mm`.
        region: The part to give; None for the whole page. Strokes and pictures are those that the whole page has,
            except that a faint stroke is followed for 12 mm only.

    Returns:
        (height, width, C) of the region, 0 or 255, channels alike.

    Source:
        Bernsen (1986), "Dynamic thresholding of grey-level images"; Canny (1986), section VIII (hysteresis);
        Floyd, Steinberg (1976) for pictures.
    """
    luma = luma_of(pixels)
    height, width = luma.shape
    part = PageRegion(0, 0, height, width) if region is None else region.within(PageSize(height, width))
    pictures = find_pictures(luma, scale)
    white = np.empty((part.height, part.width), np.uint8)
    for top in range(0, part.height, _ROWS):
        rows = PageRegion(part.top + top, part.left, min(_ROWS, part.height - top), part.width)
        ink = _ink_within(luma, rows, scale)
        white[top : top + rows.height] = np.where(ink, 0, 255)
    if pictures:
        _put_dots(white, luma, part, pictures)
    return np.ascontiguousarray(np.repeat(white[:, :, np.newaxis], pixels.shape[2], axis=2))


def cut_changes(pixels: PixelArray, before: PixelArray, scale: float, certain: int) -> None:
    """Bring a sheet that had two levels back to two, in the memory that it has.

    Args:
        pixels: The cleaned sheet, (H, W, 1), uint8; afterwards it has two levels: where it differs from before by
            `certain` those that `two_levels` gives, except that faint strokes are followed for 12 mm only, else those
            before.
        before: The sheet as it came, (H, W, 1), 0 or 255.
        scale: px per mm.
        certain: A change that counts, 1 to 255.
    """
    luma, levels = pixels[:, :, 0], before[:, :, 0]
    height, width = luma.shape
    pictures = find_pictures(luma, scale)
    dots = Image.fromarray(luma).convert("1") if pictures else None
    margin = max(1, round(_MARGIN_MM * scale))
    above = luma[:0].copy()
    for top in range(0, height, _SIDE):
        bottom = min(top + _SIDE, height)
        seen = np.concatenate((above, luma[top : bottom + margin]))
        result = levels[top:bottom].copy()
        for left in range(0, width, _SIDE):
            part = PageRegion(top, left, bottom - top, min(_SIDE, width - left))
            place = part._replace(top=len(above))
            is_sure = np.abs(seen[place.slices].astype(np.int16) - levels[part.slices]) >= certain
            target = result[:, left : left + part.width]
            target[is_sure] = _WHITE
            target[_is_ink(seen, place, scale, is_sure)] = 0
            if dots is not None:
                box = np.asarray(dots.crop((left, top, left + part.width, bottom)).convert("L"))
                np.copyto(target, box, where=is_sure & pictures.within(part))
        above = np.concatenate((above, luma[top:bottom]))[-margin:]
        luma[top:bottom] = result


def _is_ink(luma: NDArray[np.uint8], part: PageRegion, scale: float, asked: _Mask) -> _Mask:
    """Which of the pixels asked for are ink, (height, width) of the part; what is too bright for ink takes no work."""
    ink = asked & (luma[part.slices] < _WHITE - _FAINTEST)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size:
        box = PageRegion(rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
        place = box._replace(top=part.top + box.top, left=part.left + box.left)
        ink[box.slices] &= _ink_within(luma, place, scale)
    return ink


def _ink_within(luma: NDArray[np.uint8], part: PageRegion, scale: float) -> _Mask:
    """Ink of a part of the page, seen with what lies around it."""
    margin = round(_MARGIN_MM * scale)
    seen = PageRegion(part.top - margin, part.left - margin, part.height + 2 * margin, part.width + 2 * margin).within(
        PageSize(*luma.shape)
    )
    ink = _ink(luma[seen.slices], scale)
    inner = PageRegion(part.top - seen.top, part.left - seen.left, part.height, part.width)
    return ink[inner.slices]


def _ink(luma: NDArray[np.uint8], scale: float) -> _Mask:
    near, around = _square(_STROKE_MM * scale), _square(_AROUND_MM * scale)
    paper = cv2.dilate(cv2.blur(luma, (3, 3)), around).astype(np.float32)
    darkest, brightest = cv2.erode(luma, near), cv2.dilate(luma, near)
    low, high = darkest.astype(np.float32), brightest.astype(np.float32)
    middle = (low + high) / 2.0
    alone = np.minimum((paper + low) / 2.0, paper - _CERTAIN)
    weight = np.clip((high - low - _FLAT) / (_VARIED - _FLAT), 0.0, 1.0)
    threshold = weight * middle + (1.0 - weight) * alone
    solid = (luma < _DARK_INSIDE) & (brightest < _DARK_AROUND)
    contrast = paper - luma
    possible = ((luma <= threshold) & (contrast > _FAINTEST)) | solid
    certain = (possible & (contrast > _CERTAIN)) | solid
    return _followed(np.asarray(possible, np.bool_), np.asarray(certain, np.bool_))


def _square(radius: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(radius)) + 1
    return np.ones((side, side), np.uint8)


def _followed(possible: _Mask, certain: _Mask) -> _Mask:
    """Those groups of possible ink, 8 neighbors, that have certain ink in them."""
    count, labels = cv2.connectedComponents(possible.astype(np.uint8), connectivity=8)
    is_kept = np.zeros(count, np.bool_)
    is_kept[labels[certain]] = True
    is_kept[0] = False
    return np.asarray(is_kept[labels], np.bool_)


def _put_dots(white: NDArray[np.uint8], luma: NDArray[np.uint8], part: PageRegion, pictures: Pictures) -> None:
    """Diffuse the error of two levels where there are pictures; `white` is changed."""
    mask = pictures.within(part)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    shades = Image.fromarray(np.ascontiguousarray(luma[part.slices][box]))
    dots = np.asarray(shades.convert("1"), np.uint8) * np.uint8(255)
    white[box] = np.where(mask[box], dots, white[box])
