"""The picture of a run: training loss and error on held-out pages over the steps, `curve.png`."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from docclean.core.errors import DoccleanError
from docclean.core.files import atomic_write
from docclean.training.run_log import LOG, TrainReport, read_log

logger = logging.getLogger(__name__)

CURVE = "curve.png"

_SIZE = (960, 560)
_LEFT, _TOP, _RIGHT, _BOTTOM = 84, 56, 932, 500
_FINE = 2
"""The picture is drawn this many times as large and scaled down: Pillow's lines have no smooth edges."""
_INK, _GRID, _LOSS, _ERROR = (50, 50, 50), (226, 226, 226), (214, 125, 20), (20, 96, 168)
_NICE = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class _Axes:
    """Steps from left to right, values on a logarithmic scale from bottom to top."""

    steps: int
    low: float
    high: float

    def x(self, step: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * step / self.steps

    def y(self, value: float) -> float:
        share = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return _BOTTOM - (_BOTTOM - _TOP) * share

    def step_ticks(self) -> list[int]:
        """Round numbers of steps, five to ten of them where there are as many."""
        width = next(w for w in _rounded(self.steps / 10) if self.steps / w <= 10)
        return list(range(0, self.steps + 1, max(1, round(width))))

    def value_ticks(self) -> list[float]:
        """1, 2 and 5 times the powers of ten, as many as lie within."""
        return [value for value in _rounded(self.low) if self.low <= value <= self.high]


def redraw_curve(folder: Path) -> None:
    """Draw the picture anew from the log; when that fails, a line in the program's log says so and training goes on."""
    try:
        write_curve(folder / CURVE, read_log(folder / LOG))
    except (DoccleanError, OSError) as fault:
        logger.warning("no picture of the run: %s", fault)


def write_curve(path: Path, rows: Sequence[TrainReport]) -> None:
    """Draw a run and write it as PNG, beside its name first.

    Args:
        path: The picture.
        rows: Validations in order; values that a logarithm cannot take are left out.

    Raises:
        WriteError: The picture cannot be written.
    """
    picture = draw_curve(rows)
    with atomic_write(path) as file:
        picture.save(file, "PNG")


def draw_curve(rows: Sequence[TrainReport]) -> Image.Image:
    """Draw a run, 960 x 560 px, RGB."""
    losses = [(row.step, row.loss) for row in rows if _is_drawable(row.loss)]
    errors = [(row.step, row.rmse) for row in rows if _is_drawable(row.rmse)]
    axes = _axes_around([*losses, *errors])
    pen = _Pen()
    _draw_axes(pen, axes)
    for points, color in ((losses, _LOSS), (errors, _ERROR)):
        pen.line([(axes.x(step), axes.y(value)) for step, value in points], color, width=2)
    _draw_legend(pen)
    if errors:
        step, value = min(errors, key=lambda point: point[1])
        _mark_best(pen, axes, step, value)
    return pen.picture()


class _Pen:
    """Draws in the picture's coordinates, px."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (_SIZE[0] * _FINE, _SIZE[1] * _FINE), "white")
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Sequence[tuple[float, float]], color: tuple[int, int, int], *, width: int = 1) -> None:
        """A line through points; a single point is a dot."""
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        if len(points) == 1:
            self.ring(*points[0], 2.0, color)
        self._draw.line(scaled, color, width * _FINE, joint="curve")

    def ring(self, x: float, y: float, radius: float, color: tuple[int, int, int]) -> None:
        """A ring around a point."""
        box = [(v + d) * _FINE for d in (-radius, radius) for v in (x, y)]
        self._draw.ellipse(box, outline=color, width=2 * _FINE)

    def text(self, x: float, y: float, text: str, anchor: str, color: tuple[int, int, int] = _INK) -> None:
        """A word at a point; `anchor` is Pillow's."""
        font = ImageFont.load_default(14 * _FINE)
        self._draw.text((x * _FINE, y * _FINE), text, color, font, anchor)

    def picture(self) -> Image.Image:
        """What was drawn, at its final size."""
        return self._image.resize(_SIZE, Image.Resampling.BOX)


def _draw_axes(pen: _Pen, axes: _Axes) -> None:
    for value in axes.value_ticks():
        pen.line([(_LEFT, axes.y(value)), (_RIGHT, axes.y(value))], _GRID)
        pen.text(_LEFT - 10, axes.y(value), f"{value:g}", "rm")
    for step in axes.step_ticks():
        pen.line([(axes.x(step), _BOTTOM), (axes.x(step), _BOTTOM + 5)], _INK)
        pen.text(axes.x(step), _BOTTOM + 10, f"{step:,}", "ma")
    pen.line([(_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], _INK)
    pen.text((_LEFT + _RIGHT) / 2, _SIZE[1] - 10, "step", "md")


def _draw_legend(pen: _Pen) -> None:
    for x, color, name in ((_LEFT, _LOSS, "training loss"), (_LEFT + 170, _ERROR, "error on held-out pages (RMSE)")):
        pen.line([(x, 26), (x + 24, 26)], color, width=3)
        pen.text(x + 32, 26, name, "lm")


def _mark_best(pen: _Pen, axes: _Axes, step: int, value: float) -> None:
    pen.ring(axes.x(step), axes.y(value), 5.0, _ERROR)
    pen.text(_RIGHT, 26, f"best: {value:.4f} at step {step:,}", "rm", _ERROR)


def _axes_around(points: Sequence[tuple[int, float]]) -> _Axes:
    """Axes that hold all points with some room, and at least two ticks."""
    values = [value for _, value in points] or [1.0]
    low, high = min(values) / 1.15, max(values) * 1.15
    while high / low < 6.0:
        low, high = low / 1.1, high * 1.1
    return _Axes(max((step for step, _ in points), default=1), low, high)


def _rounded(start: float) -> list[float]:
    """1, 2 and 5 times the powers of ten, upwards from about `start`; sixty of them."""
    power = math.floor(math.log10(start))
    return [factor * 10.0**exponent for exponent in range(power, power + 20) for factor in _NICE]


def _is_drawable(value: float) -> bool:
    return math.isfinite(value) and value > 0.0
