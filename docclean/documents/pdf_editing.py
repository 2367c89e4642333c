"""Opening a PDF to change it in memory, and finding out what is wrong with one."""

import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from docclean.core.errors import ReadError
from docclean.core.files import read_faults_explained
from docclean.documents.passwords import passwords_for
from docclean.documents.pdf_opening import locked_error

if TYPE_CHECKING:
    import pikepdf

_DAMAGED = "is so damaged that it cannot be written again; open and save it with another program first."
_PLACES = re.compile(r"stream <.*'>|\d+")


@contextmanager
def editable_pdf(path: Path, contents: BinaryIO | None = None) -> Iterator["pikepdf.Pdf"]:
    """Open a PDF for a block. What lies in it is read when it is asked for, and not held in memory.

    Args:
        path: The file; its passwords are tried.
        contents: Read in place of the file, from the start, and left open.

    Raises:
        LockedFileError: No known password opens it.
        ReadError: It cannot be read, or what is done in the block fails because of its damage.
    """
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    with ExitStack() as stack:
        if contents is None:
            with read_faults_explained(path):
                contents = stack.enter_context(path.open("rb"))
        try:
            yield stack.enter_context(_opened(contents, path))
        except (pikepdf.PdfError, RecursionError) as fault:
            raise ReadError(path, _DAMAGED) from fault


def _opened(file: BinaryIO, path: Path) -> "pikepdf.Pdf":
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    for password in passwords_for(path):
        file.seek(0)
        with suppress(pikepdf.PasswordError):
            # A memory map would count as memory of the process, and qpdf knows names in UTF-8 only.
            return pikepdf.open(file, password=password, access_mode=pikepdf.AccessMode.stream, suppress_warnings=True)
    raise locked_error(path)


def problems_of(pdf: "pikepdf.Pdf") -> Counter[str] | None:
    """Count what is wrong with a PDF, by what it is; where it is does not count. None if that cannot be told."""
    # pikepdf 10.18 fails on some wrong marks of linearization, and leaves standard error redirected then.
    with redirect_stderr(sys.stderr), warnings.catch_warnings():
        # Without jbig2dec it warns that it cannot look into JBIG2; pdfium reads that later, where it matters.
        warnings.filterwarnings("ignore", message="pikepdf is missing some specialized decoders")
        try:
            found = pdf.check_pdf_syntax()
        except ValueError:
            return None
    return Counter(_PLACES.sub("", problem) for problem in found)
