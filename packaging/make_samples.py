"""Draw and damage the pages in resources/samples.

    python packaging/make_samples.py --fonts FOLDER

The folder must hold Liberation Serif and Sans, Courier Prime and Dancing Script (all under free licences). The same
program versions give the same pages.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from docclean.core.page import PixelArray
from docclean.training import textures

SAMPLES = Path(__file__).resolve().parents[1] / "resources" / "samples"

LETTER = """Dear Ms Okonkwo,

thank you for the loan of the harbour plans of 1911. We have
scanned all 38 sheets at 300 dpi; sheet 17 is torn along the
lower fold and should be laid flat before it travels again.

The scale bar reads 1 : 2,500. Depths are in fathoms, with a
decimal point where the lead line found sand (3.5, 4.25, 6.0).
Soundings marked with a dot were taken at low water.

The blue pencil notes are later additions. Please leave them
in place: they name the pilots who took the readings.

With kind regards,"""

ITEMS = (
    ("Map folder, acid free, A1", "4", "12.50", "50.00"),
    ("Linen tape, 25 mm, per roll", "2", "7.95", "15.90"),
    ("Japanese paper 9 g/m\u00b2, sheet", "30", "0.85", "25.50"),
    ("Wheat starch paste, 500 g", "1", "11.20", "11.20"),
    ("Soft brush, goat hair, no. 6", "3", "4.05", "12.15"),
    ("Delivery", "1", "6.75", "6.75"),
)

NOTE = """MINUTES OF THE READING CIRCLE, NO. 112

Present: seven members. Excused: two.

1. The minutes of the last evening were read and
   accepted with one change: "dyke", not "dike".
2. The fund stands at 148.36; the lamp oil has
   been paid. Mr Hale will bring the receipt.
3. Next book: "The Riddle of the Sands".
   Chapters i to vi; maps on the wall, please.

Closed at 9.40 p.m."""


def main() -> None:
    """Write every sample."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, required=True)
    fonts = {path.stem: path for path in parser.parse_args().fonts.rglob("*.[to]tf")}
    SAMPLES.mkdir(parents=True, exist_ok=True)
    _save(_stained(_letter(fonts), seed=11), "letter-coffee.jpg", dpi=150, quality=88)
    _save(_folded(_invoice(fonts), seed=12), "invoice-folded.png", dpi=150)
    _save(_foxed(_note(fonts), seed=13), "minutes-foxed.jpg", dpi=100, quality=80)


def _save(pixels: PixelArray, name: str, *, dpi: int, quality: int = 0) -> None:
    options = {"quality": quality} if quality else {"optimize": True}
    Image.fromarray(pixels).save(SAMPLES / name, dpi=(dpi, dpi), **options)


def _sheet(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), "white")
    return image, ImageDraw.Draw(image)


def _letter(fonts: dict[str, Path]) -> PixelArray:
    image, draw = _sheet(874, 1240)
    serif = ImageFont.truetype(str(fonts["LiberationSerif-Regular"]), 24)
    head = ImageFont.truetype(str(fonts["LiberationSerif-Bold"]), 30)
    script = ImageFont.truetype(str(fonts["DancingScript-Regular"]), 58)
    draw.text((90, 80), "Harbour Archive", font=head, fill="black")
    draw.line((90, 122, 784, 122), fill="black", width=1)
    draw.text((560, 150), "14 March 1994", font=serif, fill="black")
    draw.multiline_text((90, 230), LETTER, font=serif, fill="black", spacing=11)
    draw.text((110, 830), "E. Lindqvist", font=script, fill=(28, 46, 150))
    pixels = np.asarray(image, np.uint8).copy()
    center, red = (640, 930), (196, 32, 44)
    for radius, thick in ((110, 5), (78, 2)):
        cv2.circle(pixels, center, radius, red, thick, cv2.LINE_AA)
    for row, word in enumerate(("RECEIVED", "17.3.94", "ARCHIVE")):
        at = (center[0] - 62, center[1] - 24 + 34 * row)
        cv2.putText(pixels, word, at, cv2.FONT_HERSHEY_DUPLEX, 0.8, red, 2, cv2.LINE_AA)
    cv2.rectangle(pixels, (88, 455), (468, 487), (255, 240, 90), -1)
    return np.minimum(pixels, np.asarray(image, np.uint8))


def _invoice(fonts: dict[str, Path]) -> PixelArray:
    image, draw = _sheet(874, 1240)
    sans = ImageFont.truetype(str(fonts["LiberationSans-Regular"]), 21)
    bold = ImageFont.truetype(str(fonts["LiberationSans-Bold"]), 34)
    draw.text((80, 90), "INVOICE 2041-7", font=bold, fill="black")
    draw.text((80, 150), "Due within 30 days. Please quote the number.", font=sans, fill=(110, 110, 110))
    columns = (80, 480, 570, 680, 794)
    y = 230
    for row in (("Item", "Pieces", "Price", "Amount"), *ITEMS, ("Total", "", "", "121.50")):
        draw.rectangle((columns[0], y, columns[-1], y + 46), outline="black", width=1)
        for cell, left, right in zip(row, columns[:-1], columns[1:], strict=True):
            draw.line((right, y, right, y + 46), fill="black", width=1)
            x = left + 10 if left == columns[0] else right - 10 - draw.textlength(cell, font=sans)
            draw.text((x, y + 11), cell, font=sans, fill="black")
        y += 46
    closing = "Checked: ..............................   Paid: [ ] cash  [x] transfer"
    draw.text((80, y + 40), closing, font=sans, fill="black")
    return np.asarray(image.convert("L"), np.uint8)


def _note(fonts: dict[str, Path]) -> PixelArray:
    image, draw = _sheet(620, 760)
    typewriter = ImageFont.truetype(str(fonts["Courier Prime"]), 18)
    draw.multiline_text((40, 60), NOTE, font=typewriter, fill=(25, 25, 30), spacing=9)
    return np.asarray(image, np.uint8)


def _stained(page: PixelArray, *, seed: int) -> PixelArray:
    rng = np.random.default_rng(seed)
    shape = (page.shape[0], page.shape[1])
    field = np.array([0.93, 0.90, 0.82]) * (1.0 + 0.02 * textures.fractal_noise(shape, rng))[:, :, None]
    for _ in range(2):
        field = field * (1.0 - 0.7 * textures.ring(shape, rng)[:, :, None] * np.array([0.25, 0.45, 0.75]))
    field = field * textures.illumination(shape, rng)[:, :, None]
    return _scanned(page / 255.0 * field, rng, noise=0.012)


def _folded(page: PixelArray, *, seed: int) -> PixelArray:
    rng = np.random.default_rng(seed)
    shape = (page.shape[0], page.shape[1])
    field = 0.9 * textures.folds(shape, rng) * textures.shadow(shape, rng) * textures.crumple(shape, rng)
    ink = 0.14 + 0.86 * page / 255.0
    return _scanned(ink * field, rng, noise=0.012)


def _foxed(page: PixelArray, *, seed: int) -> PixelArray:
    rng = np.random.default_rng(seed)
    shape = (page.shape[0], page.shape[1])
    spots = textures.spots(shape, rng, count=70, largest=16)[:, :, None]
    field = np.array([0.90, 0.84, 0.70]) * (1.0 - 0.6 * spots * np.array([0.25, 0.4, 0.6]))
    back = cv2.GaussianBlur(page[:, ::-1], (0, 0), 1.6) / 255.0
    return _scanned(page / 255.0 * field * (1.0 - 0.22 * (1.0 - back)), rng, noise=0.015)


def _scanned(x: textures.FloatImage, rng: np.random.Generator, *, noise: float) -> PixelArray:
    soft = cv2.GaussianBlur(np.asarray(x, np.float32), (0, 0), 0.55)
    soft += rng.normal(0, noise, soft.shape).astype(np.float32)
    return np.asarray(np.clip(soft * 255.0, 0, 255), np.uint8)


if __name__ == "__main__":
    main()
