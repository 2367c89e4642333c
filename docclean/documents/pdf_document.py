"""Several pages in one PDF file."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from docclean.core.files import write_faults_explained
from docclean.core.job import OutputSpec
from docclean.core.page import Page, PageSource
from docclean.documents.document import DocumentWriter
from docclean.documents.encoders import encode_page, encoding_faults_explained
from docclean.documents.pdf_saving import PRODUCER, save_pdf

if TYPE_CHECKING:
    import pikepdf


class PdfDocument(DocumentWriter):
    """Keeps each page as a file of its own, in a hidden folder beside the result, and joins them at the end."""

    def __init__(self, output: OutputSpec, source: PageSource) -> None:
        super().__init__(output, source)
        self._folder: Path | None = None
        self._pages: list[Path] = []

    def append(self, page: Page) -> tuple[str, ...]:
        """Add the next page."""
        with encoding_faults_explained(self._pending.path):
            data, warnings = encode_page(page, "PDF")
        with write_faults_explained(self._pending.path):
            if self._folder is None:
                self._folder = _new_folder(self._pending.path.parent)
            self._pages.append(self._folder / f"{len(self._pages)}.pdf")
            self._pages[-1].write_bytes(data)
        return warnings

    def abort(self) -> None:
        """Remove what was written, the pages' own files too."""
        super().abort()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _complete(self) -> None:
        with write_faults_explained(self._pending.path):
            _join(self._pages, self._pending.file)


def _new_folder(parent: Path) -> Path:
    """Make a folder that qpdf can name: it knows UTF-8 only, and on Linux a name may be any bytes."""
    place = Path(os.path.abspath(parent))  # noqa: PTH100 - resolve() follows links
    try:
        str(place).encode()
    except UnicodeEncodeError:
        place = Path(tempfile.gettempdir())
    return Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=place))


def _join(pages: Sequence[Path], file: BinaryIO) -> None:
    """Put pages into one file.

    Pages that are appended to a `pikepdf.Pdf` are copied into memory; qpdf's own job leaves them in their files, and
    opens one of these at a time, because systems allow only a few hundred.
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    inputs = [word for page in pages for word in (str(page), "1")]
    job = pikepdf.Job(["docclean", "--empty", "--keep-files-open=n", "--pages", *inputs, "--", "-"])
    with job.create_pdf() as pdf:
        _share_profiles(pdf)
        pdf.docinfo["/Producer"] = PRODUCER
        save_pdf(pdf, file)


def _share_profiles(pdf: "pikepdf.Pdf") -> None:
    """Let pages with equal color profiles share one: a profile for inks may have half a megabyte."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    known: dict[bytes, pikepdf.Object] = {}
    for page in pdf.pages:
        for image in page.resources.XObject.values():
            space = image.ColorSpace
            if isinstance(space, pikepdf.Array) and space[0] == pikepdf.Name.Indexed:
                space = space[1]
            if isinstance(space, pikepdf.Array):  # of "ICCBased" and a stream, see `encode_pdf`; others are names
                digest = hashlib.sha256(space[1].read_raw_bytes()).digest()
                space[1] = known.setdefault(digest, space[1])
