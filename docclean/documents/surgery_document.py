"""The pages of a PDF, cleaned, in that same PDF."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from docclean.core.errors import ReadError, SignedFileError, WriteError
from docclean.core.files import PendingFile, copy_into, write_faults_explained
from docclean.core.job import OutputSpec
from docclean.core.page import Page, PageSource, StoredSamples
from docclean.documents.document import DocumentWriter
from docclean.documents.encoders import encode_page, encoding_faults_explained, stays_as_read
from docclean.documents.orientation import UPRIGHT, turned, turns_sideways
from docclean.documents.page_store import FinishedPage
from docclean.documents.pdf_document import join_pages
from docclean.documents.pdf_editing import editable_pdf, problems_of
from docclean.documents.pdf_marks import (
    describe_change,
    drop_pdfa_mark,
    drop_usage_rights,
    is_signed,
    pdfa_faults,
    pdfa_part,
)
from docclean.documents.pdf_receipts import put_receipt
from docclean.documents.pdf_saving import save_changed_pdf
from docclean.documents.pdf_surgery import drawable_of, operate
from docclean.documents.pdf_turning import inverse_orientation

if TYPE_CHECKING:
    import pikepdf

IS_SIGNED = (
    "is signed, and cleaning would break its signatures; clean it with --break-signatures if that does not matter."
)
_SIGNATURES_BROKEN = "The input is signed; its signatures do not hold for the result, because its pages are other ones."
_ENCRYPTED = "The result is encrypted as the input is: the same passwords open it, with the same permissions."
_NOT_PDFA = "The result is not marked as PDF/A any more, because its new images have {}."
_UNSOUND = "did not come out as a sound PDF file; please report this with the input. Nothing was written."
_JOINED = "joined.pdf"


class SurgeryDocument(DocumentWriter):
    """Keeps the new pages in files of their own, and puts them into a copy of the input at the end.

    Pages that nothing changed, and those that were never added, stay the objects that they are.
    """

    keeps_unread = True
    _suffix = ".pdf"

    def __init__(self, output: OutputSpec, source: PageSource) -> None:
        """Prepare a file.

        Raises:
            WriteError: The input is signed, and its signatures may not be broken.
            ReadError: The input cannot be opened.
        """
        super().__init__(output, source)
        with editable_pdf(source.path) as pdf:
            self._is_encrypted, self._is_signed = pdf.is_encrypted, is_signed(pdf)
        if self._is_signed and not output.breaks_signature:
            raise SignedFileError(source.path, IS_SIGNED)

    def suspend(self) -> Path | None:
        """Leave finished pages for another run, unless the input is encrypted and they are not."""
        if self._is_encrypted:
            self.abort()
            return None
        return super().suspend()

    def _finish(self, page: Page, facts: FinishedPage) -> tuple[FinishedPage, bytes | None]:
        if page.is_kept or stays_as_read(page, "PDF", self._output.storage):
            return facts, None
        orientation = int(page.encoding.get("orientation", UPRIGHT))
        with encoding_faults_explained(self._output.path):
            data, warnings = encode_page(_turned_back(page, orientation), "PDF", self._output.storage)
        known = {
            "orientation": orientation,
            "resolution_dpi": page.resolution_dpi,
            "turned_deg": page.turned_deg,
            "cropped": page.cropped,
            "warnings": warnings,
        }
        return facts.model_copy(update=known), data

    def _complete(self, pending: PendingFile) -> tuple[str, ...]:
        cleaned = {page.page: page for page in self._pages if page.file}
        with write_faults_explained(pending.path):
            if not cleaned:
                copy_into(pending.file, self._source.path)
                return ()
            paths = {page.digest: self._store.path_of(page) for page in cleaned.values()}
            joined = self._store.folder / _JOINED
            with joined.open("w+b") as file:
                join_pages(list(paths.values()), file)
            with editable_pdf(joined) as images, editable_pdf(self._source.path) as pdf:
                before = problems_of(pdf)
                drawables = dict(zip(paths, map(drawable_of, images.pages), strict=True))
                notes = self._marked(pdf, operate(pdf, cleaned, drawables))
                pages = len(pdf.pages)
                save_changed_pdf(pdf, pending.file, min_version=_version_for(drawables.values()))
            pending.file.flush()
            self._verify(pending, pages, before)
        return notes

    def _marked(self, pdf: "pikepdf.Pdf", images: Iterable["pikepdf.Object"]) -> tuple[str, ...]:
        """Let the PDF say about itself what is true now."""
        notes = []
        if part := pdfa_part(pdf):
            faults = pdfa_faults(pdf, part, images)
            if faults:
                drop_pdfa_mark(pdf)
                notes.append(_NOT_PDFA.format(" and ".join(faults)))
        if self._is_signed:
            drop_usage_rights(pdf)
            notes.append(_SIGNATURES_BROKEN)
        if pdf.is_encrypted:
            notes.append(_ENCRYPTED)
        describe_change(pdf)
        if self.receipt:
            put_receipt(pdf, self.receipt)
        return tuple(notes)

    def _verify(self, pending: PendingFile, pages: int, before: "Counter[str] | None") -> None:
        """Read the result once, all of it, before it gets its name."""
        try:
            with editable_pdf(self._source.path, pending.file) as pdf:
                after = problems_of(pdf)
                is_worse = before is not None and (after is None or after - before)
                is_sound = len(pdf.pages) == pages and not is_worse
        except ReadError as fault:
            raise WriteError(pending.path, _UNSOUND) from fault
        if not is_sound:
            raise WriteError(pending.path, _UNSOUND)


def _turned_back(page: Page, orientation: int) -> Page:
    """Turn a page to how its image lies in the PDF, where its placement turns it upright."""
    back = inverse_orientation(orientation)
    alpha = None if page.stored.alpha is None else turned(page.stored.alpha, back)
    resolution = page.resolution_dpi
    if resolution is not None and turns_sideways(orientation):
        resolution = resolution[::-1]
    if back == UPRIGHT:
        return page
    pixels = turned(page.pixels, back)
    original = pixels if page.pixels is page.original else turned(page.original, back)
    data = page.stored.data
    data = pixels.reshape(pixels.shape[: data.ndim]) if page.is_settled else turned(data, back)
    return replace(
        page,
        pixels=pixels,
        original=original,
        stored=StoredSamples(page.stored.mode, data, alpha),
        resolution_dpi=resolution,
    )


def _version_for(images: Iterable["pikepdf.Object"]) -> str:
    """Give the version of PDF that images need.

    Source:
        ISO 32000-1, table 6 (filters), table 89 (BitsPerComponent, SMask).
    """
    is_deep = any(
        int(image.get("/BitsPerComponent", 8)) > 8 or "/JPXDecode" in str(image.get("/Filter")) for image in images
    )
    return "1.5" if is_deep else "1.4"
