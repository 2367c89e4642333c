"""Pages and images of PDF files drawn by pdfium, where their samples cannot be taken as they are."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from docclean.core.bands import plan_bands
from docclean.core.page import PageSize, PixelArray
from docclean.documents.pdf_geometry import POINTS_PER_INCH
from docclean.documents.pdf_opening import pdf_lock

if TYPE_CHECKING:
    import pikepdf

_BAND_PIXELS = 32_000_000
_WHITE = 255
_DARK = (60, 60, 60)
_TRIAL_PX = 300.0


def draw_page(page: Any, size: PageSize, *, has_notes: bool) -> PixelArray:  # noqa: ANN401 - the library brings no types
    """Draw a page on white, as viewers show it. Hold `pdf_lock`.

    Args:
        page: A `pypdfium2.PdfPage`.
        size: Height and width of the result, px; the page is stretched to it.
        has_notes: Whether annotations and form fields are drawn too.

    Returns:
        (H, W, 1) if there is no color, else (H, W, 3), uint8.
    """
    import pypdfium2  # noqa: PLC0415 - only who draws PDF needs it
    from pypdfium2 import raw  # noqa: PLC0415 - only who draws PDF needs it

    bitmap = pypdfium2.PdfBitmap.new_native(size.width, size.height, raw.FPDFBitmap_BGR, rev_byteorder=True)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, size.width, size.height)
    flags = raw.FPDF_REVERSE_BYTE_ORDER | (raw.FPDF_ANNOT if has_notes else 0)
    arguments = (bitmap, page, 0, 0, size.width, size.height, 0, flags)
    raw.FPDF_RenderPageBitmap(*arguments)
    if has_notes and page.formenv:
        raw.FPDF_FFLDraw(page.formenv, *arguments)
    return np.array(_without_needless_color(bitmap.to_numpy()), order="C")  # a bitmap's memory is its own


def drawn_size(page: Any, dpi: float, unit: float) -> PageSize:  # noqa: ANN401 - what a PDF holds there may be anything
    """Size of a page at a resolution, px. Hold `pdf_lock`.

    Args:
        page: A `pypdfium2.PdfPage`.
        dpi: The resolution.
        unit: Length of the unit of user space, points, which pdfium does not look at.
    """
    width, height = page.get_size()
    return PageSize(*(max(1, round(side * unit * dpi / POINTS_PER_INCH)) for side in (height, width)))


def draw_image(image: "pikepdf.Object", size: PageSize, *, is_gray: bool) -> PixelArray:
    """Draw an image alone, on white, in black if it is a stencil: at its own size every sample gives one pixel.

    Args:
        image: An image XObject of an open file; `pdf_lock` is held.
        size: Height and width of the result, px.
        is_gray: Whether to draw without color.

    Returns:
        (H, W, 1) if there is no color, else (H, W, 3), uint8.

    Raises:
        RuntimeError: pdfium cannot read the image.
    """
    import pypdfium2  # noqa: PLC0415 - only who draws PDF needs it

    with pdf_lock, pypdfium2.PdfDocument(_alone(image, size)) as document:
        page = document[0]
        pixels = np.empty((*size, 1 if is_gray else 3), np.uint8)
        rows_of_band = max(1, _BAND_PIXELS // size.width)
        for top in range(0, size.height, rows_of_band):
            bottom = min(size.height, top + rows_of_band)
            drawn = page.render(
                crop=(0, size.height - bottom, 0, top), grayscale=is_gray, rev_byteorder=True, no_smoothimage=True
            )
            pixels[top:bottom] = drawn.to_numpy().reshape(bottom - top, size.width, -1)
            drawn.close()
        if pixels.min(initial=_WHITE) == _WHITE and not _is_drawn(page):
            raise RuntimeError("pdfium cannot read the image")
    return np.ascontiguousarray(_without_needless_color(pixels))


def _is_drawn(page: Any) -> bool:  # noqa: ANN401 - the library brings no types
    """Whether anything covers a dark page; pdfium does not say that it cannot read an image."""
    width, height = page.get_size()
    drawn = page.render(scale=min(1.0, _TRIAL_PX / max(width, height)), fill_color=(*_DARK, 255)).to_numpy()
    return bool(np.any(drawn[:, :, :3] != np.array(_DARK, np.uint8)))


def _alone(image: "pikepdf.Object", size: PageSize) -> bytes:
    """Make a PDF of one page that an image fills, one unit for each pixel."""
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    with pikepdf.new() as pdf, io.BytesIO() as file:
        page = pdf.add_blank_page()
        page.obj.MediaBox = [0, 0, size.width, size.height]
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.copy_foreign(image)))
        page.obj.Contents = pdf.make_stream(f"0 g {size.width} 0 0 {size.height} 0 0 cm /Im Do".encode())
        pdf.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return file.getvalue()


def _without_needless_color(drawn: NDArray[np.uint8]) -> PixelArray:
    """Give a view of pixels, (H, W, C), with one channel if the others say the same."""
    pixels = drawn if drawn.ndim == 3 else drawn[:, :, np.newaxis]
    if pixels.shape[2] > 1 and all(_is_gray(pixels[rows]) for rows in plan_bands(*pixels.shape[:2])):
        pixels = pixels[:, :, :1]
    return pixels[:, :, :3]


def _is_gray(pixels: NDArray[np.uint8]) -> bool:
    return bool(np.all(pixels[:, :, :1] == pixels[:, :, 1:3]))
