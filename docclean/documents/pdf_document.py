"""Several pages in one PDF file."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from docclean.core.files import PendingFile, write_faults_explained
from docclean.core.page import Page
from docclean.documents.document import DocumentWriter
from docclean.documents.encoders import encode_page, encoding_faults_explained
from docclean.documents.page_store import FinishedPage
from docclean.documents.pdf_receipts import put_receipt
from docclean.documents.pdf_saving import PRODUCER, save_pdf

if TYPE_CHECKING:
    import pikepdf


class PdfDocument(DocumentWriter):
    """Keeps each page as a file of its own, and joins them at the end."""

    _suffix = ".pdf"

    def _finish(self, page: Page, facts: FinishedPage) -> tuple[FinishedPage, bytes | None]:
        with encoding_faults_explained(self._output.path):
            data, warnings = encode_page(page, "PDF", self._output.storage)
        return facts.model_copy(update={"warnings": warnings}), data

    def _complete(self, pending: PendingFile) -> tuple[str, ...]:
        with write_faults_explained(pending.path):
            join_pages([self._store.path_of(page) for page in self._pages], pending.file, self.receipt)
        return ()


def join_pages(pages: Sequence[Path], file: BinaryIO, receipt: str = "") -> None:
    """Put pages into one file.

    Args:
        pages: Files of one page each.
        file: Open for writing; the PDF begins where it stands.
        receipt: Goes into the file; empty for none.

    Raises:
        OSError: A file cannot be read or written.

    Pages that are appended to a `pikepdf.Pdf` are copied into memory; qpdf's own job leaves them in their files, and
    opens one of these at a time, because systems allow only a few hundred.
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    inputs = [word for page in pages for word in (str(page), "1")]
    job = pikepdf.Job(["docclean", "--empty", "--keep-files-open=n", "--pages", *inputs, "--", "-"])
    with job.create_pdf() as pdf:
        _share_profiles(pdf)
        pdf.docinfo["/Producer"] = PRODUCER
        if receipt:
            put_receipt(pdf, receipt)
        save_pdf(pdf, file)


def _share_profiles(pdf: "pikepdf.Pdf") -> None:
    """Let pages with equal color profiles share one: a profile for inks may have half a megabyte."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    known: dict[bytes, pikepdf.Object] = {}
    for page in pdf.pages:
        for image in page.resources.XObject.values():
            space = image.get("/ColorSpace")
            if isinstance(space, pikepdf.Array) and space[0] == pikepdf.Name.Indexed:
                space = space[1]
            if isinstance(space, pikepdf.Array):  # of "ICCBased" and a stream, see `encode_pdf`; others are names
                digest = hashlib.sha256(space[1].read_raw_bytes()).digest()
                space[1] = known.setdefault(digest, space[1])
