"""PDF files with scans, hidden text and what else belongs to a document, made on the spot."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name

from docclean.core.page import Page, PageSource
from docclean.documents.reader import read_page


def samples_of(seed: int, height: int = 40, width: int = 60, channels: int = 0) -> NDArray[np.uint8]:
    """Give samples, mid-gray, different from pixel to pixel, none of which is white."""
    shape = (height, width, channels) if channels else (height, width)
    return np.random.default_rng(seed).integers(20, 220, shape, dtype=np.uint8)


def image_object(pdf: pikepdf.Pdf, samples: NDArray[np.uint8], **keys: Any) -> pikepdf.Object:
    """Put samples into an image XObject, packed without loss."""
    space = Name.DeviceRGB if samples.ndim == 3 else Name.DeviceGray
    facts = {"ColorSpace": space, "BitsPerComponent": 8, **keys}
    return pdf.make_stream(
        zlib.compress(samples.tobytes()),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=samples.shape[1],
        Height=samples.shape[0],
        Filter=Name.FlateDecode,
        **facts,
    )


def font_of(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """Give a font that needs no file."""
    return pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))


def add_page(
    pdf: pikepdf.Pdf, contents: bytes, xobjects: dict[str, Any] | None = None, size: tuple[int, int] = (600, 400)
) -> pikepdf.Page:
    """Add a page with a font F and some XObjects."""
    pdf.add_blank_page(page_size=size)
    page = pdf.pages[-1]
    page.obj.Resources = Dictionary(Font=Dictionary(F=font_of(pdf)), XObject=Dictionary(xobjects or {}))
    page.obj.Contents = pdf.make_stream(contents)
    return page


def drawn(matrix: Sequence[float] = (600, 0, 0, 400, 0, 0), name: str = "/Im") -> bytes:
    """Write contents that draw an image."""
    return b"q " + " ".join(map(str, matrix)).encode() + b" cm " + name.encode() + b" Do Q\n"


def text(words: str, mode: int = 3, place: tuple[int, int] = (100, 100)) -> bytes:
    """Write contents that set text, hidden by default."""
    return f"BT {mode} Tr /F 20 Tf {place[0]} {place[1]} Td ({words}) Tj ET\n".encode()


def scan_pdf(path: Path, seeds: Sequence[int] = (0, 1, 2), **save: Any) -> Path:
    """Make a PDF of scans, each with hidden text "page N"."""
    with pikepdf.new() as pdf:
        for number, seed in enumerate(seeds):
            add_page(pdf, drawn() + text(f"page {number}"), {"/Im": image_object(pdf, samples_of(seed))})
        pdf.save(path, **{"static_id": True, **save})
    return path


def pages_of(path: Path, render_dpi: int | None = None, password: str = "") -> list[PageSource]:
    """Name the pages of a PDF."""
    with pikepdf.open(path, password=password) as pdf:
        count = len(pdf.pages)
    return [
        PageSource(path=path, page=page, pages=count, relative=Path(path.name), render_dpi=render_dpi)
        for page in range(count)
    ]


def read_pages(path: Path, render_dpi: int | None = None) -> list[Page]:
    """Read all pages of a PDF."""
    return [read_page(source) for source in pages_of(path, render_dpi)]


def texts_of(path: Path, password: str | None = None) -> list[str]:
    """Extract the text of every page."""
    with pypdfium2.PdfDocument(path, password=password) as document:
        return [page.get_textpage().get_text_range() for page in document]


def rendered(path: Path, number: int = 0, dpi: int = 72, password: str | None = None) -> NDArray[np.uint8]:
    """Draw a page, gray."""
    with pypdfium2.PdfDocument(path, password=password) as document:
        picture: NDArray[np.uint8] = document[number].render(scale=dpi / 72, grayscale=True).to_numpy()
        return picture.reshape(picture.shape[:2]).copy()


def boxes_of(path: Path) -> list[dict[str, list[float]]]:
    """Give the boxes and the rotation of every page."""
    names = ("/MediaBox", "/CropBox", "/TrimBox", "/BleedBox", "/ArtBox", "/Rotate", "/UserUnit")
    with pikepdf.open(path) as pdf:
        return [{name: _numbers(page.obj[name]) for name in names if name in page.obj} for page in pdf.pages]


def _numbers(value: Any) -> list[float]:
    return [float(each) for each in value] if isinstance(value, Array) else [float(value)]
