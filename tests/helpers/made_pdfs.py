"""PDF files that are made on the spot, of scans as small as stamps."""

import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.helpers.scans import dirty_page

WIDTH, HEIGHT = 180, 120
"""Size of the scans, px; their pages are so large that they have 100 dpi."""
POINTS = (WIDTH * 72 / 100, HEIGHT * 72 / 100)

Maker = Callable[[Path], None]


def gray_samples() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(dirty_page(WIDTH, HEIGHT))


def add_image(pdf: Pdf, samples: bytes, space: Any, bits: int = 8, **more: Any) -> Object:
    """Add an image of WIDTH x HEIGHT; `more` are further entries, such as Filter or SMask."""
    stream = pdf.make_stream(samples)
    entries = {"Type": Name.XObject, "Subtype": Name.Image, "Width": WIDTH, "Height": HEIGHT}
    for key, value in {**entries, "BitsPerComponent": bits, "ColorSpace": space, **more}.items():
        if value is not None:
            stream[f"/{key}"] = value
    return pdf.make_indirect(stream)


def add_flate(pdf: Pdf, samples: bytes, space: Any, bits: int = 8, **more: Any) -> Object:
    return add_image(pdf, zlib.compress(samples), space, bits, Filter=Name.FlateDecode, **more)


def add_gray(pdf: Pdf) -> Object:
    return add_flate(pdf, gray_samples().tobytes(), Name.DeviceGray)


def add_jpeg(pdf: Pdf, mode: str = "L") -> Object:
    buffer = BytesIO()
    dirty_page(WIDTH, HEIGHT, mode).save(buffer, "JPEG", quality=85)
    spaces = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
    decode = Array([1, 0] * 4) if mode == "CMYK" else None  # Pillow writes inks inverted, as Photoshop does
    return add_image(pdf, buffer.getvalue(), spaces[mode], Filter=Name.DCTDecode, Decode=decode)


def two_level() -> bytes:
    """Give a scan packed as PDF wants it: 1 is white, lines fill bytes."""
    return np.packbits(gray_samples() > 127, axis=1).tobytes()


def add_page(pdf: Pdf, image: Object | None, contents: bytes = b"", **more: Any) -> pikepdf.Page:
    """Add a page that shows an image over all of it, unless `contents` says otherwise; /Im is the image."""
    width, height = POINTS
    page = pdf.add_blank_page(page_size=POINTS)
    drawn = contents or (b"q %f 0 0 %f 0 0 cm /Im Do Q" % (width, height) if image is not None else b"")
    page.Contents = pdf.make_stream(drawn)
    page.Resources = Dictionary(XObject=Dictionary(Im=image)) if image is not None else Dictionary()
    for key, value in more.items():
        page.obj[f"/{key}"] = value
    return page


def saved(fill: Callable[[Pdf], Any], **options: Any) -> Maker:
    def make(path: Path) -> None:
        with Pdf.new() as pdf:
            fill(pdf)
            pdf.save(path, static_id="encryption" not in options, **options)

    return make


def add_scan(pdf: Pdf) -> None:
    add_page(pdf, add_gray(pdf))


def one_page(image: Callable[[Pdf], Object], **more: Any) -> Maker:
    """Make a file whose only page shows an image."""
    return saved(lambda pdf: add_page(pdf, image(pdf), **more))


def void(_: object) -> None:
    """Forget a result."""
