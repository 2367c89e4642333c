"""Several pages in one TIFF file."""

import os

from PIL import TiffImagePlugin

from docclean.core.errors import WriteError
from docclean.core.files import copy_into, write_faults_explained
from docclean.core.job import OutputSpec
from docclean.core.page import Page, PageSource
from docclean.documents.document import DocumentWriter
from docclean.documents.encoders import encode_page, encoding_faults_explained

_LARGEST_BYTES = 2**32 - 2**20
"""Offsets in a TIFF file have 32 bits; the rest is left for Pillow's bookkeeping."""

_TOO_MANY_BYTES = (
    "would be larger than the 4 GB that a TIFF file can hold; write a PDF, or one file per page with --format png."
)


class TiffDocument(DocumentWriter):
    """Adds pages to the pending file as they come; a document that nothing changed is the input's bytes again."""

    def __init__(self, output: OutputSpec, source: PageSource) -> None:
        super().__init__(output, source)
        self._tiff = TiffImagePlugin.AppendingTiffWriter(self._pending.file)
        self._pages = 0
        self._is_untouched = True

    def append(self, page: Page) -> tuple[str, ...]:
        """Add the next page."""
        path = self._pending.path
        with encoding_faults_explained(path):
            data, warnings = encode_page(page, "TIFF")
        with write_faults_explained(path):
            if self._pending.file.seek(0, os.SEEK_END) + len(data) > _LARGEST_BYTES:
                raise WriteError(path, _TOO_MANY_BYTES)
            self._tiff.setup()
            self._tiff.write(data)
            self._tiff.finalize()
        self._pages += 1
        self._is_untouched = self._is_untouched and page.is_untouched and page.file_format == "TIFF"
        return warnings

    def _complete(self) -> None:
        if self._is_untouched and self._pages == self._source.pages:
            with write_faults_explained(self._pending.path):
                self._pending.file.seek(0)
                self._pending.file.truncate()
                copy_into(self._pending.file, self._source.path)
