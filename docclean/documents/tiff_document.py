"""Several pages in one TIFF file."""

from docclean.core.errors import MissingPageError, ReadError, WriteError
from docclean.core.files import PendingFile, copy_into, read_faults_explained, write_faults_explained
from docclean.core.page import Page, PageSource
from docclean.documents.document import DocumentWriter
from docclean.documents.encoders import encode_page, encoding_faults_explained, stays_as_read
from docclean.documents.page_store import FinishedPage
from docclean.documents.tiff_joining import ForeignOrderError, NoSuchPageError, PageOfFile, check_page, join_tiffs
from docclean.documents.tiff_pages import HAS_NO_PAGE, IS_LOST
from docclean.documents.tiff_tagging import XMP_TAG, add_tag
from docclean.documents.xmp import new_packet

_WAS_CHANGED = "cannot be put together, because its finished pages were changed by somebody else; clean it again."
_IN_ANOTHER_ORDER = (
    "page {} cannot be read, and cannot stay in the result as it is, because its 16-bit samples are packed in the byte "
    "order of other computers; convert the page with another program first, or clean the others with --pages."
)


class TiffDocument(DocumentWriter):
    """Joins its pages, files of their own, at the end; a document that nothing changed is the input's bytes again.

    Pages that cannot be read are copied from the input with all that describes them.
    """

    keeps_unread = True
    _suffix = ".tif"

    def append_unread(self, source: PageSource, *, place: int | None = None) -> None:
        """See `DocumentWriter.append_unread`."""
        with read_faults_explained(source.path):
            try:
                with source.path.open("rb") as file:
                    check_page(file, source.page)
            except NoSuchPageError as fault:
                raise ReadError(source.path, HAS_NO_PAGE.format(source.page + 1)) from fault
            except ForeignOrderError as fault:
                raise ReadError(source.path, _IN_ANOTHER_ORDER.format(source.page + 1)) from fault
            except ValueError as fault:
                raise MissingPageError(source.path, IS_LOST.format(source.page + 1)) from fault
        super().append_unread(source, place=place)

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
                join_tiffs([self._file_of(page) for page in self._pages], pending.file)
            except ValueError as fault:
                raise WriteError(pending.path, _WAS_CHANGED) from fault
            if self.receipt:
                add_tag(pending.file, XMP_TAG, new_packet(self.receipt))
        return ()

    def _file_of(self, page: FinishedPage) -> PageOfFile:
        if page.file:
            return PageOfFile(self._store.path_of(page))
        return PageOfFile(self._source.path, page.page, forgives=True)
