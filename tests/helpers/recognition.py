"""Printed pages as PDF, and whether this machine can read them."""

import importlib.util
import io
import shutil
from pathlib import Path

import img2pdf
import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from docclean.core.resources import resource_path

HAS_OCRMYPDF = importlib.util.find_spec("ocrmypdf") is not None
needs_recognition = pytest.mark.skipif(
    not HAS_OCRMYPDF or shutil.which("tesseract") is None, reason="OCRmyPDF or Tesseract is not installed"
)


def printed_page(*lines: str) -> Image.Image:
    """Print lines on a small sheet, 150 dpi."""
    page = Image.new("L", (900, 80 + 60 * len(lines)), 255)
    font = ImageFont.truetype(str(resource_path("fonts", "OpenSans-Regular.ttf")), 36)
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((60, 40 + 60 * number), line, fill=0, font=font)
    return page


def printed_pdf(path: Path, *texts: str) -> Path:
    """Make a PDF with one page for each text."""
    images = []
    for text in texts:
        file = io.BytesIO()
        printed_page(*text.splitlines()).save(file, "PNG", dpi=(150, 150))
        images.append(file.getvalue())
    path.write_bytes(img2pdf.convert(images))
    return path


def images_of(path: Path) -> list[bytes]:
    """Stored bytes of all images of a PDF, page by page."""
    with pikepdf.open(path) as pdf:
        return [
            image.read_raw_bytes()
            for page in pdf.pages
            for image in page.resources.XObject.values()
            if image.Subtype == "/Image"
        ]


def text_of(path: Path) -> list[str]:
    """Text of every page of a PDF, in one line each."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
