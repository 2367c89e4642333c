"""Several pages in one TIFF file."""

from docclean.core.errors import WriteError
from docclean.core.files import PendingFile, copy_into, write_faults_explained
from docclean.core.page import Page
from docclean.documents.document import DocumentWriter
from docclean.documents.encoders import encode_page, encoding_faults_explained, stays_as_read
from docclean.documents.page_store import FinishedPage
from docclean.documents.tiff_joining import join_tiffs
from docclean.documents.tiff_tagging import XMP_TAG, add_tag
from docclean.documents.xmp import new_packet

_WAS_CHANGED = "cannot be put together, because its finished pages were changed by somebody else; clean it again."


class TiffDocument(DocumentWriter):
    """Joins its pages, files of their own, at the end; a document that nothing changed is the input's bytes again."""

    _suffix = ".tif"

    def _finish(self, page: Page, facts: FinishedPage) -> tuple[FinishedPage, bytes | None]:
        with encoding_faults_explained(self._output.path):
            data, warnings = encode_page(page, "TIFF", self._output.storage)
        stays = stays_as_read(page, "TIFF", self._output.storage)
        return facts.model_copy(update={"warnings": warnings, "is_as_it_was": stays}), data

    def _complete(self, pending: PendingFile) -> tuple[str, ...]:
        with write_faults_explained(pending.path):
            if all(page.is_as_it_was for page in self._pages) and len(self._pages) == self._source.pages:
                copy_into(pending.file, self._source.path)
                return ()
            try:
                join_tiffs([self._store.path_of(page) for page in self._pages], pending.file)
            except ValueError as fault:
                raise WriteError(pending.path, _WAS_CHANGED) from fault
            if self.receipt:
                add_tag(pending.file, XMP_TAG, new_packet(self.receipt))
        return ()
