"""A small picture of a page of a PDF, drawn by pdfium."""

from docclean.core.errors import ReadError
from docclean.core.page import PageSize, PageSource, PixelArray
from docclean.documents.pdf_drawing import draw_page
from docclean.documents.pdf_inspection import look_at_page
from docclean.documents.pdf_opening import drawable_page, opened_pdf

_NO_PICTURE = "cannot be shown small; clean it to see what is wrong."


def draw_pdf_thumbnail(source: PageSource, box: PageSize, largest_pixels: int) -> PixelArray:
    """Draw a page upright and small, with its annotations. May be called in several threads.

    Args:
        source: The page.
        box: The picture fits into this, px.
        largest_pixels: A page with an image of more pixels gets no picture.

    Returns:
        (H, W, 1) for pages without color, else (H, W, 3), uint8.

    Raises:
        ReadError: The page cannot be read, or is too large for a small picture.
    """
    if _largest_image(source) > largest_pixels:
        raise ReadError(source.path, _NO_PICTURE)
    try:
        with drawable_page(source.path, source.page) as page:
            width, height = page.get_size()
            scale = min(box.width / width, box.height / height)
            size = PageSize(max(1, round(height * scale)), max(1, round(width * scale)))
            return draw_page(page, size, has_notes=True)
    except (RuntimeError, ValueError, ArithmeticError) as fault:  # pdfium's own is a RuntimeError
        raise ReadError(source.path, _NO_PICTURE) from fault


def _largest_image(source: PageSource) -> int:
    """Number of pixels of the largest image on a page."""
    with opened_pdf(source.path) as pdf:
        if source.page >= len(pdf.pages):
            raise ReadError(source.path, _NO_PICTURE)
        images = [placed.image for placed in look_at_page(pdf.pages[source.page]).images]
        try:
            return max((int(image["/Width"]) * int(image["/Height"]) for image in images), default=0)
        except (KeyError, TypeError, ValueError) as fault:
            raise ReadError(source.path, _NO_PICTURE) from fault
