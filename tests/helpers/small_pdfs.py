"""Small PDF files, made of images that tests give and of contents that they write."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name

from docclean.core.page import PageSource

WIDTH, HEIGHT = 60, 40
"""Of images that are made here, px; at 72 dpi they are as large on the page."""

FILLING = b"q 60 0 0 40 0 0 cm /Im Do Q\n"
"""Contents of a page that an image fills."""

Paint = Callable[[pikepdf.Pdf], pikepdf.Object]


def gray_samples(seed: int = 0) -> NDArray[np.uint8]:
    """Samples that no turn maps to themselves, (40, 60)."""
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH), np.uint8)


def add_image(
    pdf: pikepdf.Pdf, data: bytes, space: Any = Name.DeviceGray, bits: int = 8, **keys: Any
) -> pikepdf.Object:
    """Add an image of 60 x 40 px from unpacked samples, or from packed ones with a `Filter`."""
    packed = data if "Filter" in keys else zlib.compress(data)
    keys = {"Filter": Name.FlateDecode, "Width": WIDTH, "Height": HEIGHT, **keys}
    if space is not None:
        keys["ColorSpace"] = space
    return pdf.make_stream(packed, Type=Name.XObject, Subtype=Name.Image, BitsPerComponent=bits, **keys)


def gray_image(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """Add the image of `gray_samples`."""
    return add_image(pdf, gray_samples().tobytes())


def form(pdf: pikepdf.Pdf, contents: bytes, **resources: Any) -> pikepdf.Object:
    """Add a form XObject with XObjects among its resources."""
    box = Array([0, 0, WIDTH, HEIGHT])
    names = Dictionary(XObject=Dictionary(**resources))
    return pdf.make_stream(contents, Type=Name.XObject, Subtype=Name.Form, BBox=box, Resources=names)


def add_page(pdf: pikepdf.Pdf, contents: bytes = FILLING, image: pikepdf.Object | None = None, **keys: Any) -> None:
    """Add a page of 60 x 40 pt whose resources are an image /Im, a font /F and graphics states /Clear and /Faint."""
    pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
    page = pdf.pages[-1].obj
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    states = Dictionary(Clear=Dictionary(ca=0, CA=0), Faint=Dictionary(ca=0.5))
    page.Resources = Dictionary(Font=Dictionary(F=font), ExtGState=states)
    page.Resources.XObject = Dictionary() if image is None else Dictionary(Im=image)
    page.Contents = pdf.make_stream(contents)
    for key, value in keys.items():
        page[f"/{key}"] = value


def write_pdf(
    path: Path, *images: Paint, contents: bytes = FILLING, save: dict[str, Any] | None = None, **keys: Any
) -> Path:
    """Write a file with a page for each image."""
    with pikepdf.new() as pdf:
        for image in images:
            add_page(pdf, contents, image(pdf), **keys)
        pdf.save(path, **(save or {}))
    return path


def source_of(path: Path, page: int = 0, pages: int = 1, render_dpi: int | None = None) -> PageSource:
    """Give the source of a page."""
    return PageSource(path=path, page=page, pages=pages, relative=Path(path.name), render_dpi=render_dpi)
