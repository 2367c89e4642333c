"""Printed sheets, and scans of them whose geometry is known exactly."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.training.degrade import degrade
from docclean.training.page_canvas import PageCanvas, Sheet
from tests.helpers.corpus import saved_font

_STEPS = 5


@dataclass(frozen=True)
class Placement:
    """How a sheet lies on the scanner.

    Attributes:
        shift: x and y, px.
        degrees: Turn about the middle of the sheet.
        scale: Size on the scan over size on the sheet.
        wobble: Largest displacement down the sheet, px, a sine of two periods.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    degrees: float = 0.0
    scale: float = 1.0
    wobble: float = 0.0

    def places(self, points: NDArray[np.float64], size: tuple[int, ...]) -> NDArray[np.float64]:
        """Where points of a sheet of a size, (H, W), lie on the scan; (N, 2), x and y, px."""
        height, width = size[:2]
        turn = np.deg2rad(self.degrees)
        matrix = self.scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        middle = np.array([width - 1, height - 1]) / 2.0
        wave = self.wobble * np.sin(4.0 * np.pi * points[:, 1] / height)
        bent = points + wave[:, None] * np.array([0.5, 1.0])
        found: NDArray[np.float64] = (bent - middle) @ matrix.T + middle * self.scale + np.array(self.shift)
        return found

    def scanned(self, sheet: PixelArray, size: tuple[int, int] | None = None) -> PixelArray:
        """The scan, (H', W', 3), of `size` or that of the sheet times the scale; white beyond the sheet."""
        height, width = size or (round(sheet.shape[0] * self.scale), round(sheet.shape[1] * self.scale))
        wanted = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2).reshape(-1, 2).astype(np.float64)
        points = wanted / self.scale
        for _ in range(_STEPS):  # fixed point: turn, scale and wobble are mild
            points = points - (self.places(points, sheet.shape) - wanted) / self.scale
        x, y = (points[:, axis].reshape(height, width).astype(np.float32) for axis in range(2))
        white = (255.0, 255.0, 255.0)
        scan = cv2.remap(sheet, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=white)
        return np.asarray(scan, np.uint8)


def printed_sheet(
    folder: Path, *, dpi: float, seed: int = 0, size_mm: tuple[float, float] = (210.0, 148.0)
) -> PixelArray:
    """Print paragraphs on a sheet of a size, height and width, (H, W, 3), uint8, RGB."""
    font = folder / "sheet.ttf"
    if not font.exists():
        saved_font(font)
    height, width = (round(side * dpi / 25.4) for side in size_mm)
    page = PageCanvas(Sheet.whole((height, width), dpi), font, font, np.random.default_rng(seed))
    y = 12.0
    while y < page.height - 30.0:
        y = page.paragraph(14.0, y, page.width - 28.0, int(page.rng.integers(2, 7)), 10.0) + 4.0
    return page.pixels


def dirtied(page: PixelArray, seed: int) -> PixelArray:
    """The page under some of the dirt that training knows."""
    return degrade(page, np.random.default_rng(seed)).dirty
