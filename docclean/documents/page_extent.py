"""How many pixels a page has, without decoding it."""

from PIL import Image

from docclean.core.page import PageSource
from docclean.documents.decoding import decoding
from docclean.documents.formats import SUFFIXES
from docclean.documents.pdf_inspection import look_at_page
from docclean.documents.pdf_opening import is_pdf, opened_pdf


def pixels_of(source: PageSource) -> int:
    """Count the pixels that reading a page decodes; 0 for a page of a PDF that shows no image.

    Raises:
        ReadError: A PDF file cannot be opened.
        Exception: Whatever Pillow and pikepdf let out of damaged files.
    """
    if is_pdf(source.path):
        with opened_pdf(source.path) as pdf:
            images = look_at_page(pdf.pages[source.page]).images
            return sum(int(placed.image["/Width"]) * int(placed.image["/Height"]) for placed in images)
    with decoding(), Image.open(source.path, formats=tuple(SUFFIXES)) as image:
        if source.page:
            image.seek(source.page)
        return image.width * image.height
