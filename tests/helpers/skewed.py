"""Made pages whose geometry is known: lines of text, turned, with rims and punch holes."""

import cv2
import numpy as np

from docclean.core.page import ColorMode, Page, PixelArray, StoredSamples

DPI = 100.0
PER_MM = DPI / 25.4
SIZE = (1169, 827)
"""A4 at 100 dpi."""

PAPER = 236


def text_page(seed: int = 0, size: tuple[int, int] = SIZE, lines: int = 30, margin: int = 100) -> PixelArray:
    """Lines of words on gray paper, (H, W, 1): boxes as letters."""
    rng = np.random.default_rng(seed)
    page = np.full((*size, 1), PAPER, np.uint8)
    for line in range(lines):
        y, x = margin + line * 26, float(margin)
        while x < size[1] - margin - 12 and y < size[0] - margin:
            width, height = int(rng.integers(4, 9)), int(rng.choice([8, 8, 8, 12]))
            cv2.rectangle(page, (int(x), y - height), (int(x) + width, y), (40,), -1)
            x += width + (3 if rng.random() < 0.8 else 12)
    return page


def skewed(page: PixelArray, degrees: float, beyond: int = PAPER) -> PixelArray:
    """Turn a page counterclockwise, as one that was laid on the scanner so."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    result = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=(beyond,) * 3)
    return np.asarray(result, np.uint8).reshape(page.shape)


def with_rims(page: PixelArray, top: int = 12, bottom: int = 20, left: int = 15, right: int = 9) -> PixelArray:
    rimmed = page.copy()
    rimmed[:top] = rimmed[len(page) - bottom :] = 14
    rimmed[:, :left] = rimmed[:, page.shape[1] - right :] = 10
    return rimmed


def punched(page: PixelArray, *, spacing_mm: float = 80.0, is_bright: bool = False, holes: int = 2) -> PixelArray:
    """Punch holes of 6 mm along the left edge, 12 mm from it."""
    result = page.copy()
    for number in range(holes):
        y = page.shape[0] / 2 + (number - (holes - 1) / 2) * spacing_mm * PER_MM
        middle, radius = (round(12 * PER_MM), round(y)), round(3 * PER_MM)
        if is_bright:
            cv2.circle(result, middle, radius, (252,) * 3, -1)
            cv2.circle(result, middle, radius, (120,) * 3, 2)
        else:
            cv2.circle(result, middle, radius, (30,) * 3, -1)
    return result


def page_of(pixels: PixelArray, dpi: float | None = DPI) -> Page:
    """A page of these pixels, as it were read from a PNG."""
    mode = ColorMode.GRAY if pixels.shape[2] == 1 else ColorMode.RGB
    data = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    return Page(pixels, pixels, StoredSamples(mode, data), (dpi, dpi) if dpi else None, None, "PNG", {})
