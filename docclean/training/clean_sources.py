"""Clean pages to make dirty twins of: images, PDF files, folders with both, and fonts to set pages with."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from docclean.core.errors import DoccleanError, FileError, ReadError
from docclean.core.page import PageSource, PixelArray
from docclean.documents.discover import Discovery, Skipped, discover, natural_key
from docclean.documents.reader import read_page
from docclean.training.page_layouts import set_page
from docclean.training.pdf_pages import count_pdf_pages, read_pdf_page
from docclean.training.words import scripts_of

_PDF = ".pdf"
_FONTS = {".ttf", ".otf"}
_NO_PAGE = "holds no image and no PDF file; name a folder with clean pages."


def find_clean_sources(inputs: Sequence[Path]) -> Discovery:
    """Find the clean pages in files and folders; folders in folders are read too.

    Returns:
        What was found, as `discover` tells it; a PDF file gives a source for each of its pages.
    """
    folders = [path for path in inputs if path.is_dir()]
    named = [path for path in inputs if path.suffix.lower() == _PDF and not path.is_dir()]
    images = discover([path for path in inputs if path not in named], recursive=True)
    found = {path.resolve(): (path, path.relative_to(top)) for top in folders for path in _pdfs_below(top)}
    found |= {path.resolve(): (path, Path(path.name)) for path in named}
    sources = [source for source in images.sources if source.path.suffix.lower() != _PDF]  # those are drawn
    failed = list(images.failed)
    for path, relative in found.values():
        try:
            pages = count_pdf_pages(path)
        except DoccleanError as fault:
            failed.append(Skipped(path, _reason(fault)))
            continue
        sources += [PageSource(path=path, page=page, pages=pages, relative=relative) for page in range(pages)]
    told = [*(source.path for source in sources), *(each.path for each in failed)]
    failed += [Skipped(top, _NO_PAGE) for top in folders if not any(path.is_relative_to(top) for path in told)]
    return Discovery(
        tuple(sorted(sources, key=lambda source: (natural_key(source.path), source.page))),
        tuple(each for each in images.skipped if each.path.suffix.lower() != _PDF),
        tuple(failed),
    )


def usable_fonts(fonts: Sequence[Path]) -> list[Path]:
    """Those of some fonts that pages can be set with, in their order."""
    return [font for font in fonts if _is_usable(font)]


def read_clean(
    source: PageSource, dpi: float, rng: np.random.Generator, *, hands: Sequence[Path] = ()
) -> tuple[PixelArray, tuple[float, float] | None]:
    """Read, draw or set a clean page.

    Args:
        source: An image, a page of a PDF file, or a font.
        dpi: Resolution for PDF files and fonts.
        rng: Source of randomness for what is set with a font.
        hands: Fonts of the same part of the split, for what is written by hand.

    Returns:
        (H, W, 3), uint8, RGB, and the resolution in dpi, None where an image does not say.

    Raises:
        ReadError: The page cannot be read.
        TrainingError: The library that PDF files need is missing or damaged.
    """
    kind = source.path.suffix.lower()
    if kind == _PDF:
        return read_pdf_page(source.path, source.page, dpi), (dpi, dpi)
    if kind in _FONTS:
        try:
            return set_page(source.path, rng, dpi=dpi, hands=hands), (dpi, dpi)
        except OSError as fault:
            raise ReadError(source.path, "is not a font that pages can be set with; take it out.") from fault
    page = read_page(source)
    pixels = page.pixels if page.pixels.shape[2] == 3 else page.pixels.repeat(3, axis=2)
    return np.ascontiguousarray(pixels), page.resolution_dpi


def _reason(fault: DoccleanError) -> str:
    return str(fault.args[-1]) if isinstance(fault, FileError) else f"cannot be read: {fault}"


def _is_usable(font: Path) -> bool:
    try:
        scripts_of(font)
    except OSError:
        return False
    return True


def _pdfs_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*"), key=natural_key):
        if path.suffix.lower() == _PDF and path.is_file() and not path.name.startswith("."):
            yield path
