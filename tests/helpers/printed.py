"""Cleaned pages with everything on them that decides how a page is stored, and their truth."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray

DPI = 200
SCALE = DPI / 25.4
HEIGHT, WIDTH = 560, 640
_FINER = 4


def print_lines(page: PixelArray, finer: int = 1, color: tuple[int, int, int] = (0, 0, 0)) -> None:
    """Set lines of print with full stops, as a font of strokes draws them."""
    for number in range(6):
        place = (30 * finer, (50 + 34 * number) * finer)
        words = f"Invoice {number}. Total 1,{number}08.50; due"
        cv2.putText(page, words, place, cv2.FONT_HERSHEY_DUPLEX, 0.62 * finer, color, max(1, finer), cv2.LINE_AA)


def printed_truth() -> NDArray[np.bool_]:
    """Ink of a page of print: what is more than half black."""
    return printed_page()[:, :, 0] < 128


def printed_page(levels: tuple[int, int] = (0, 255)) -> PixelArray:
    """A page of print, gray rims and all, ink and paper of these levels, (H, W, 3)."""
    page = np.full((HEIGHT * _FINER, WIDTH * _FINER, 3), 255, np.uint8)
    print_lines(page, _FINER)
    cv2.line(page, (120, 1100), (2400, 1100), (0, 0, 0), 5)
    small = cv2.resize(page, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    return np.asarray(np.rint(levels[0] + small * (levels[1] - levels[0])), np.uint8)


def photo(color: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> PixelArray:
    """A soft picture, (160, 240, 3)."""
    y, x = np.mgrid[0:160, 0:240].astype(np.float32)
    tone = 0.5 + 0.25 * np.sin(x / 25.0) * np.cos(y / 18.0)
    noise = np.random.default_rng(0).normal(0, 0.02, tone.shape)
    return np.asarray(np.clip((tone + noise)[:, :, None] * np.array(color) * 255, 0, 255), np.uint8)


def _stamp(page: PixelArray) -> None:
    cv2.circle(page, (480, 440), 70, (200, 40, 50), 6, cv2.LINE_AA)
    cv2.putText(page, "PAID", (440, 450), cv2.FONT_HERSHEY_DUPLEX, 1.0, (200, 40, 50), 2, cv2.LINE_AA)


def _pen(page: PixelArray) -> None:
    x = np.arange(60, 260)
    y = 400 + 25 * np.sin(x / 9.0) * np.cos(x / 31.0)
    cv2.polylines(page, [np.stack((x, y), axis=1).astype(np.int32)], False, (60, 80, 190), 2, cv2.LINE_AA)


def _highlighter(page: PixelArray) -> None:
    part = page[66:94, 40:300]
    part[:] = np.minimum(part, np.array([255, 242, 110], np.uint8))


def _pencil(page: PixelArray) -> None:
    cv2.putText(page, "see over", (60, 430), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2.2, (150, 150, 150), 3, cv2.LINE_AA)


def _gray_photo(page: PixelArray) -> None:
    page[330:490, 60:300] = photo()


def _color_photo(page: PixelArray) -> None:
    page[330:490, 60:300] = photo((1.2, 0.9, 0.6))


ADDITIONS: dict[str, tuple[Callable[[PixelArray], None], str]] = {
    "nothing": (lambda page: None, "bilevel"),
    "stamp": (_stamp, "rgb"),
    "pen": (_pen, "rgb"),
    "highlighter": (_highlighter, "rgb"),
    "pencil": (_pencil, "gray"),
    "gray photo": (_gray_photo, "gray"),
    "color photo": (_color_photo, "rgb"),
}
"""What comes to the print of a page, and the mode that the page needs then."""


def page_with(addition: str) -> PixelArray:
    """A clean page of print with something else on it, (H, W, 3)."""
    page = printed_page().copy()
    ADDITIONS[addition][0](page)
    return page


def as_jpeg(page: PixelArray, quality: int) -> PixelArray:
    """What is left of a page after JPEG with halved color."""
    packed = cv2.imencode(".jpg", page[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB), np.uint8)


def yellowed(page: PixelArray, tint: tuple[float, float, float] = (0.95, 0.86, 0.66), noise: float = 3.0) -> PixelArray:
    """The page on old paper."""
    grain = np.random.default_rng(1).normal(0, noise, page.shape)
    return np.asarray(np.clip(page * np.array(tint) + grain, 0, 255), np.uint8)
