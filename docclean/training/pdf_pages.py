"""Pages of PDF files as pixels. In the window small pictures are drawn at the same time, so pdfium is locked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from docclean.core.errors import ReadError, TrainingError
from docclean.core.files import explain_read_fault
from docclean.core.page import PixelArray
from docclean.documents.pdf_opening import pdf_lock

_POINTS_PER_INCH = 72.0
_MOST_PIXELS = 120_000_000
"""A3 at 600 dpi and a little more; damage takes forty bytes for each."""


@contextmanager
def open_pdf(path: Path) -> Iterator[Any]:
    """Give a `pypdfium2.PdfDocument`, closed at the end of the block.

    Raises:
        TrainingError: The library is missing or damaged.
        pypdfium2.PdfiumError: The file is damaged or locked; a `RuntimeError`.
    """
    try:
        import pypdfium2  # noqa: PLC0415  only who reads PDF files needs it
    except ImportError as error:
        raise TrainingError(
            "Reading PDF files needs a library that is missing or damaged here: pip install pypdfium2"
        ) from error
    document = pypdfium2.PdfDocument(path)
    try:
        yield document
    finally:
        document.close()


def rendered(page: Any, dpi: float) -> PixelArray:  # noqa: ANN401  reason: the library brings no types
    """Pixels of an open page, (H, W, 3), uint8, RGB, on white."""
    return np.ascontiguousarray(page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True).to_numpy()[:, :, :3])


def count_pdf_pages(path: Path) -> int:
    """Number of pages of a file.

    Raises:
        ReadError: The file is empty, damaged, locked, missing, or has no page.
        TrainingError: The library is missing or damaged.
    """
    with pdf_lock, _pdf_faults_explained(path), open_pdf(path) as document:
        pages = len(document)
    if pages == 0:
        raise ReadError(path, "has no page; choose another file.")
    return pages


def read_pdf_page(path: Path, page: int, dpi: float) -> PixelArray:
    """Draw one page, (H, W, 3), uint8, RGB.

    Raises:
        ReadError: The page is damaged, or too large at this resolution.
        TrainingError: The library is missing or damaged.
    """
    with pdf_lock, _pdf_faults_explained(path, f"page {page + 1} "), open_pdf(path) as document:
        sheet = document[page]
        width, height = (side * dpi / _POINTS_PER_INCH for side in sheet.get_size())
        if width * height > _MOST_PIXELS:
            raise ReadError(path, f"has a page that is too large at {dpi:g} dpi; choose a lower resolution with --dpi.")
        return rendered(sheet, dpi)


@contextmanager
def _pdf_faults_explained(path: Path, which: str = "") -> Iterator[None]:
    try:
        if path.stat().st_size == 0:
            raise ReadError(path, "is empty; copy it again.")
        yield
    except OSError as fault:
        raise ReadError(path, explain_read_fault(fault)) from fault
    except (RuntimeError, ValueError) as fault:
        raise ReadError(
            path, f"{which}is damaged, locked, or not a PDF file; open and save it with another program."
        ) from fault
