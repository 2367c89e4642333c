"""Pages into files: whole or not at all, never over the input, stored the way the input was."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from docclean.core.errors import ReadError, SignedFileError, WriteError
from docclean.core.files import (
    Rework,
    atomic_write,
    copy_into,
    explain_write_fault,
    is_there,
    make_folder_of,
    write_faults_explained,
)
from docclean.core.job import DOCUMENT_FORMATS, OutputFormat, OutputSpec
from docclean.core.page import Page, PageSource
from docclean.core.receipt import sidecar_of
from docclean.documents.document import DocumentWriter
from docclean.documents.drafts import write_draft
from docclean.documents.encoders import encode_page, encoding_faults_explained, stays_as_read
from docclean.documents.formats import FORMAT_NAMES, has_known_suffix, is_named_pdf
from docclean.documents.pdf_document import PdfDocument
from docclean.documents.pdf_marks import is_signed
from docclean.documents.pdf_opening import is_pdf, opened_pdf
from docclean.documents.receipts import write_with_receipt
from docclean.documents.sidecars import is_sidecar
from docclean.documents.surgery_document import IS_SIGNED, SurgeryDocument
from docclean.documents.tiff_document import TiffDocument

_IS_THE_INPUT = "is the input itself, which is never changed; choose another folder or name for the result."
_EXISTS = "exists already; choose another folder, or replace it with --overwrite."
_IS_NO_RECEIPT = "is in the place of the receipt and is none; move it, or leave the receipt out."


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written.

    Attributes:
        path: The file.
        warnings: What could not be kept, one sentence each.
    """

    path: Path
    warnings: tuple[str, ...] = ()


def shares_file(source: PageSource, output: OutputSpec) -> bool:
    """Whether the result may hold more than this page, so that `open_document` has to write it.

    So it is for pages of files with several pages, of several files that are joined, and for pages of a PDF in a PDF,
    where everything but the page's image is kept.
    """
    if output.format not in DOCUMENT_FORMATS or output.is_draft:
        return False
    return source.pages > 1 or output.joins_inputs or is_surgery(source, output)


def is_surgery(source: PageSource, output: OutputSpec) -> bool:
    """Whether the result is a PDF with everything that the input, a PDF too, has besides its pages' images."""
    if output.joins_inputs or output.format not in (OutputFormat.KEEP, OutputFormat.PDF):
        return False
    if has_known_suffix(source.path) and not is_named_pdf(source.path):  # most are, and looking takes time
        return False
    try:
        return is_pdf(source.path)
    except (OSError, ValueError):  # its name is all that is left
        return is_named_pdf(source.path)


def verify_output(output: OutputSpec, source: PageSource) -> None:
    """Check, before any work is done, that a result may be written where it shall go. Writes nothing.

    Raises:
        WriteError: The output is the input under any name, is a folder, or exists and may not be replaced; or its
            folder may not be written to; or the input is a signed PDF whose signatures may not be broken.
    """
    if is_surgery(source, output) and not (output.breaks_signature or output.is_draft):
        _refuse_signed(source.path)
    with write_faults_explained(output.path):
        _refuse_read_only(output.path.parent)
        _refuse_strange_sidecar(output)
        if not os.path.lexists(output.path):
            return
        # The same file through a link, a hard link, or different case on disks that do not care.
        if output.path.exists() and is_there(source.path) and output.path.samefile(source.path):
            raise WriteError(output.path, _IS_THE_INPUT)
        if output.path.is_dir() and not output.path.is_symlink():
            raise WriteError(output.path, explain_write_fault(IsADirectoryError(errno.EISDIR, "")))
        if not output.overwrite:
            raise WriteError(output.path, _EXISTS)


def _refuse_strange_sidecar(output: OutputSpec) -> None:
    """Replace nothing but receipts by a receipt."""
    sidecar = sidecar_of(output.path)
    if output.receipt.is_beside and os.path.lexists(sidecar) and not is_sidecar(sidecar):
        raise WriteError(sidecar, _IS_NO_RECEIPT)


def _refuse_signed(path: Path) -> None:
    with suppress(ReadError):  # whoever reads its pages reports that
        with opened_pdf(path) as pdf:
            signed = is_signed(pdf)
        if signed:
            raise SignedFileError(path, IS_SIGNED)


def _refuse_read_only(folder: Path) -> None:
    """Find out before hours of work what making the first file would tell."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def write_page(
    page: Page,
    output: OutputSpec,
    source: PageSource,
    receipt: str = "",
    rework: Rework | None = None,
    before_naming: Callable[[str, tuple[str, ...]], None] | None = None,
) -> WrittenFile:
    """Write one page to a file of its own.

    A page that cleaning did not touch, alone in its file and kept in its format, is the input's bytes again.

    Args:
        page: The page as cleaning left it.
        output: Where to and how. Missing folders are made.
        source: Where the page came from; that file is never written to.
        receipt: To be put into the file where there is room, printable ASCII; empty for none.
        rework: Makes another file of the finished one, before that gets its name; not of drafts.
        before_naming: Told the SHA-256 of the complete file, and what could not be kept, before the file gets its name;
            what it raises leaves nothing behind. Drafts are not told.

    Raises:
        WriteError: The result cannot be written; nothing is left behind.
        ReadError: The input has vanished before it could be copied.
    """
    verify_output(output, source)
    if output.is_draft:
        write_draft(page.pixels, output.path)
        return WrittenFile(output.path)
    file_format = FORMAT_NAMES.get(output.format, page.file_format)
    warnings: tuple[str, ...] = ()
    with encoding_faults_explained(output.path):
        data = None
        if not (source.pages == 1 and stays_as_read(page, file_format, output.storage)):
            data, warnings = encode_page(page, file_format, output.storage)
    make_folder_of(output.path)
    telling = None if before_naming is None else lambda digest: before_naming(digest, warnings)
    with atomic_write(output.path, overwrite=output.overwrite, rework=rework, before_naming=telling) as file:
        if data is None:
            copy_into(file, source.path)
        else:
            write_with_receipt(file, data, file_format, receipt)
    return WrittenFile(output.path, warnings)


def open_document(output: OutputSpec, source: PageSource) -> DocumentWriter:
    """Start a file that several pages go into.

    Args:
        output: Where to; a result that `shares_file`. Missing folders are made.
        source: Any page of the input; its `pages` says how many there are.

    Raises:
        WriteError: A file cannot be written there, or the input is signed and may not lose its signatures.
        ReadError: The input cannot be opened.
    """
    verify_output(output, source)
    make_folder_of(output.path)
    if is_surgery(source, output):
        return SurgeryDocument(output, source)
    return PdfDocument(output, source) if output.format is OutputFormat.PDF else TiffDocument(output, source)
