"""Pages into files: whole or not at all, never over the input, stored the way the input was."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from PIL import TiffImagePlugin

from docclean.core.errors import WriteError
from docclean.core.files import (
    PendingFile,
    atomic_write,
    explain_write_fault,
    is_there,
    make_folder_of,
    read_faults_explained,
    write_faults_explained,
)
from docclean.core.job import OutputFormat, OutputSpec
from docclean.core.page import Page, PageSource
from docclean.documents.drafts import write_draft
from docclean.documents.encoders import PageTooLargeError, encode_page
from docclean.documents.formats import FORMAT_NAMES

_LARGEST_TIFF_BYTES = 2**32 - 2**20
"""Offsets in a TIFF file have 32 bits; the rest is left for Pillow's bookkeeping."""

_IS_THE_INPUT = "is the input itself, which is never changed; choose another folder or name for the result."
_EXISTS = "exists already; choose another folder, or replace it with --overwrite."
_NO_MEMORY = "could not be written for want of memory; close other programs and try again."
_TOO_MANY_BYTES = "would be larger than the 4 GB that a TIFF file can hold; write one file per page with --format png."


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
    """Whether the result is one page of a file with several, so that `DocumentWriter` has to write it."""
    in_one_file = output.format in (OutputFormat.KEEP, OutputFormat.TIFF)
    return source.pages > 1 and in_one_file and not output.is_draft


def verify_output(output: OutputSpec, source: PageSource) -> None:
    """Check, before any work is done, that a result may be written where it shall go. Writes nothing.

    Raises:
        WriteError: The output is the input under any name, is a folder, or exists and may not be replaced; or its
            folder may not be written to.
    """
    with write_faults_explained(output.path):
        _refuse_read_only(output.path.parent)
        if not os.path.lexists(output.path):
            return
        # The same file through a link, a hard link, or different case on disks that do not care.
        if output.path.exists() and is_there(source.path) and output.path.samefile(source.path):
            raise WriteError(output.path, _IS_THE_INPUT)
        if output.path.is_dir() and not output.path.is_symlink():
            raise WriteError(output.path, explain_write_fault(IsADirectoryError(errno.EISDIR, "")))
        if not output.overwrite:
            raise WriteError(output.path, _EXISTS)


def _refuse_read_only(folder: Path) -> None:
    """Find out before hours of work what making the first file would tell."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def write_page(page: Page, output: OutputSpec, source: PageSource) -> WrittenFile:
    """Write one page to a file of its own.

    A page that cleaning did not touch, alone in its file and kept in its format, is the input's bytes again.

    Args:
        page: The page as cleaning left it.
        output: Where to and how. Missing folders are made.
        source: Where the page came from; that file is never written to.

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
    with _encoding_faults_explained(output.path):
        data = None
        if not (page.is_untouched and source.pages == 1 and file_format == page.file_format):
            data, warnings = encode_page(page, file_format)
    make_folder_of(output.path)
    with atomic_write(output.path, overwrite=output.overwrite) as file:
        if data is None:
            _copy(source.path, file)
        else:
            file.write(data)
    return WrittenFile(output.path, warnings)


class DocumentWriter:
    """Writes several pages into one TIFF file, which gets its name when `commit` is called; memory holds one page.

    Belongs to one thread. As a context manager it removes what is unfinished when the block ends without `commit`.
    """

    def __init__(self, output: OutputSpec, source: PageSource) -> None:
        """Start a file.

        Args:
            output: Where to; the format must be KEEP or TIFF. Missing folders are made.
            source: Any page of the input; its `pages` says how many there are.

        Raises:
            WriteError: A file cannot be written there.
        """
        verify_output(output, source)
        make_folder_of(output.path)
        self._source = source
        self._pending = PendingFile(output.path, overwrite=output.overwrite)
        self._tiff = TiffImagePlugin.AppendingTiffWriter(self._pending.file)
        self._pages = 0
        self._is_untouched = True

    def append(self, page: Page) -> tuple[str, ...]:
        """Add the next page.

        Returns:
            What could not be kept of it, one sentence each.

        Raises:
            WriteError: The page cannot be written; `abort` the document or leave the block.
        """
        path = self._pending.path
        with _encoding_faults_explained(path):
            data, warnings = encode_page(page, "TIFF")
        with write_faults_explained(path):
            if self._pending.file.seek(0, os.SEEK_END) + len(data) > _LARGEST_TIFF_BYTES:
                raise WriteError(path, _TOO_MANY_BYTES)
            self._tiff.setup()
            self._tiff.write(data)
            self._tiff.finalize()
        self._pages += 1
        self._is_untouched = self._is_untouched and page.is_untouched and page.file_format == "TIFF"
        return warnings

    def commit(self) -> Path:
        """Bring the file under its name; the input's bytes again if no page of it was touched.

        Raises:
            WriteError: That failed; nothing is left behind.
            ReadError: The input has vanished before it could be copied.
        """
        try:
            if self._is_untouched and self._pages == self._source.pages:
                with write_faults_explained(self._pending.path):
                    self._pending.file.seek(0)
                    self._pending.file.truncate()
                    _copy(self._source.path, self._pending.file)
            return self._pending.commit()
        finally:
            self._pending.abort()

    def abort(self) -> None:
        """Remove what was written; do nothing after `commit`."""
        self._pending.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()


@contextmanager
def _encoding_faults_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except PageTooLargeError as fault:
        raise WriteError(path, str(fault)) from fault
    except MemoryError as fault:
        raise WriteError(path, _NO_MEMORY) from fault


def _copy(path: Path, to: BinaryIO) -> None:
    with read_faults_explained(path):
        file = path.open("rb")
    with file:
        shutil.copyfileobj(file, to)
