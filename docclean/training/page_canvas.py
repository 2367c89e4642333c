"""A sheet to set a page on: places in mm, letters in points, drawn at any resolution, whole or only a part of it."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from docclean.core.page import PixelArray
from docclean.training.words import LATIN, scripts_of, word_in

Color = tuple[int, int, int]

_MM_PER_INCH = 25.4
_POINTS_PER_INCH = 72.0
_SMALLEST_LETTERS = 6
_PENS: tuple[Color, ...] = ((20, 35, 140), (30, 60, 170), (15, 15, 25), (60, 60, 65), (150, 25, 30), (20, 90, 60))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of paper and the part of it that is drawn.

    Attributes:
        size: (H, W) of the whole sheet, px.
        dpi: Resolution.
        corner: Row and column of the drawn part, px.
        part: (H, W) of the drawn part, px.
    """

    size: tuple[int, int]
    dpi: float
    corner: tuple[int, int]
    part: tuple[int, int]

    @classmethod
    def whole(cls, size: tuple[int, int], dpi: float) -> "Sheet":
        """A sheet that is drawn in full."""
        return cls(size, dpi, (0, 0), size)


class PageCanvas:
    """White paper with pens and fonts. All places and lengths are in mm from the sheet's upper left corner.

    Args:
        sheet: What is drawn.
        font: Font of the print.
        hand: Font of what is written by hand.
        rng: Source of randomness.

    Raises:
        OSError: A font cannot be used.
    """

    def __init__(self, sheet: Sheet, font: Path, hand: Path, rng: np.random.Generator) -> None:
        self.rng = rng
        self._sheet, self._font, self._hand = sheet, font, hand
        self._scale = sheet.dpi / _MM_PER_INCH
        self.width, self.height = (side / self._scale for side in (sheet.size[1], sheet.size[0]))
        self._image = Image.new("RGB", (sheet.part[1], sheet.part[0]), "white")
        self._draw = ImageDraw.Draw(self._image)
        self._scripts, self._hand_scripts = scripts_of(font), scripts_of(hand)
        self._script = LATIN if rng.random() < 0.6 else str(rng.choice(self._scripts))
        level = int(rng.integers(0, 90)) if rng.random() < 0.3 else 0
        self.ink: Color = (level, level, level)
        self.accent: Color = self.ink if rng.random() < 0.5 else _PENS[int(rng.integers(0, len(_PENS)))]
        self.pen: Color = _PENS[int(rng.integers(0, len(_PENS)))]

    @property
    def pixels(self) -> PixelArray:
        """What was drawn, (H, W, 3), uint8, RGB."""
        return np.array(self._image, np.uint8)

    def word(self, *, by_hand: bool = False) -> str:
        """Make up a word in the page's script, or in Latin where the handwriting lacks it."""
        rng = self.rng
        script = LATIN if by_hand and self._script not in self._hand_scripts else self._script
        case = rng.random()
        if case < 0.05:
            return str(rng.integers(0, 10 ** int(rng.integers(1, 5))))
        word = word_in(script, rng)
        return word.upper() if case < 0.08 else word.capitalize() if case < 0.25 else word

    def words(self, count: int, *, by_hand: bool = False) -> str:
        """Make up several words, the first one with a capital."""
        text = " ".join(self.word(by_hand=by_hand) for _ in range(count))
        return text[:1].upper() + text[1:]

    def text(
        self, x: float, y: float, text: str, size: float, *, color: Color | None = None, anchor: str = "l"
    ) -> None:
        """Print a line; y is the upper edge of its letters.

        Args:
            x: Where it begins, ends (anchor "r") or has its middle ("m"), mm.
            y: Upper edge, mm.
            text: One line.
            size: Points.
            color: The page's ink by default.
            anchor: As Pillow's horizontal anchors.
        """
        self._write(self._letters(self._font, size), (x, y), text, color or self.ink, anchor)

    def written(self, x: float, y: float, text: str, size: float) -> None:
        """Write a line by hand; as `text`."""
        self._write(self._letters(self._hand, size), (x, y), text, self.pen, "l")

    def length(self, text: str, size: float, *, by_hand: bool = False) -> float:
        """Length of a line, mm."""
        return float(self._letters(self._hand if by_hand else self._font, size).getlength(text)) / self._scale

    def line(self, width: float, size: float, *, by_hand: bool = False) -> str:
        """Make up words that fill a line of this width, mm, and no more."""
        words: list[str] = []
        reach, gap = 0.0, self.length(" ", size, by_hand=by_hand)
        for _ in range(200):  # letters may be very narrow
            word = self.word(by_hand=by_hand) + str(self.rng.choice(["", "", "", "", "", "", ",", "."]))
            reach += self.length(word, size, by_hand=by_hand) + gap
            if reach > width:
                break
            words.append(word)
        return " ".join(words)

    def paragraph(self, x: float, y: float, width: float, lines: int, size: float) -> float:
        """Print made-up text; returns where the next line would begin, mm."""
        leading = size * 0.3528 * self.rng.uniform(1.15, 1.5)
        for number in range(lines):
            share = self.rng.uniform(0.2, 0.9) if number == lines - 1 else 1.0
            self.text(x, y, self.line(width * share, size), size)
            y += leading
        return y

    def rule(
        self, x: float, y: float, to: tuple[float, float], *, width: float = 0.2, color: Color | None = None
    ) -> None:
        """Draw a line; `width` in mm, at least one px."""
        ends = (*self._px(x, y), *self._px(*to))
        self._draw.line(ends, fill=color or self.ink, width=max(1, round(width * self._scale)))

    def box(
        self, x: float, y: float, size: tuple[float, float], *, width: float = 0.2, fill: Color | None = None
    ) -> None:
        """Draw a rectangle, `size` is (width, height); a width of 0 draws no rim."""
        if min(size) <= 0:  # on a sheet that is too small for the layout
            return
        corners = (*self._px(x, y), *self._px(x + size[0], y + size[1]))
        rim = max(1, round(width * self._scale)) if width else 0
        self._draw.rectangle(corners, outline=self.ink if rim else None, width=rim, fill=fill)

    def dots(self, x: float, y: float, end: float, *, step: float = 1.0) -> None:
        """Draw a dotted line to write on."""
        radius = max(0.5, 0.12 * self._scale)
        for position in np.arange(x, end, step):
            left, top = self._px(float(position), y)
            self._draw.ellipse((left - radius, top - radius, left + radius, top + radius), fill=self.ink)

    def stroke(self, points: Sequence[tuple[float, float]], *, width: float = 0.4) -> None:
        """Draw a stroke of the pen through points."""
        self._draw.line(
            [self._px(*point) for point in points], self.pen, max(1, round(width * self._scale)), joint="curve"
        )

    def shape_of(self, size: tuple[float, float]) -> tuple[int, int]:
        """(H, W) in px of a picture that is (width, height) mm large."""
        return max(1, round(size[1] * self._scale)), max(1, round(size[0] * self._scale))

    def paste(self, x: float, y: float, picture: PixelArray) -> None:
        """Put a picture, (H, W, 3), uint8, RGB, on the page."""
        left, top = self._px(x, y)
        self._image.paste(Image.fromarray(picture), (left, top))

    def shows(self, y: float, height: float) -> bool:
        """Whether a strip of the page is in the drawn part."""
        top = self._px(0, y)[1]
        return top < self._sheet.part[0] and top + height * self._scale > 0

    def _px(self, x: float, y: float) -> tuple[int, int]:
        """Nearest px of the drawn part; rounded on the sheet, so that a part shows what the whole would."""
        return round(x * self._scale) - self._sheet.corner[1], round(y * self._scale) - self._sheet.corner[0]

    def _letters(self, font: Path, size: float) -> ImageFont.FreeTypeFont:
        return _font(font, max(_SMALLEST_LETTERS, round(size * self._sheet.dpi / _POINTS_PER_INCH)))

    def _write(
        self, font: ImageFont.FreeTypeFont, at: tuple[float, float], text: str, color: Color, anchor: str
    ) -> None:
        left, top = self._px(*at)
        if text and -3 * font.size < top < self._sheet.part[0] + font.size:
            self._draw.text((left, top), text, font=font, fill=color, anchor=f"{anchor}a")


@functools.lru_cache(maxsize=64)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)
