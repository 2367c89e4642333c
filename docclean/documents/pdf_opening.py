"""PDF files that are open: the last few stay so, because reading a page should not cost reading the whole file.

Neither pdfium nor qpdf can be used in two threads at once, so whoever uses an open file holds one lock until done.
"""

import atexit
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from docclean.core.errors import LockedFileError, ReadError
from docclean.core.files import read_faults_explained, state_of
from docclean.documents.passwords import passwords_for

if TYPE_CHECKING:
    import pikepdf

pdf_lock = threading.RLock()
"""To be held while pdfium or an open file is used."""

_Opening = Callable[[Path, str, ExitStack], Any]

_MOST_OPEN = 2
_MOST_USES = 64
"""qpdf keeps every object that it has read, so a file is opened anew from time to time."""

_LOCKED = (
    "is locked with a password; give it with --password-file FILE, or type it when docclean asks for it on a terminal."
)
_WRONG = "is locked, and none of the passwords that were given opens it; check them."
_DAMAGED = "is damaged, or not a PDF file; open and save it with another program, or copy it again."
_NO_PAGES = "is a PDF file without pages; choose another file."
_EMPTY = "is empty; copy or scan it again."


@dataclass(slots=True)
class _Open:
    """A file that is open in one of the libraries."""

    document: Any
    state: tuple[int, int]
    passwords: tuple[str, ...]
    is_repaired: bool
    closing: ExitStack
    uses: int = 0


_open_files: OrderedDict[tuple[str, Path], _Open] = OrderedDict()


@contextmanager
def opened_pdf(path: Path) -> Iterator["pikepdf.Pdf"]:
    """Give an open file to be read; it must not be changed, and not be used after the block.

    Raises:
        LockedFileError: A password is missing or wrong.
        ReadError: The file cannot be read, or is no PDF file with pages.
    """
    with pdf_lock:
        yield _taken("qpdf", path, _open_with_qpdf)


@contextmanager
def drawable_page(path: Path, page: int) -> Iterator[Any]:
    """Give a `pypdfium2.PdfPage`, not to be used after the block.

    Where pdfium cannot open the file, or counts its pages differently, qpdf hands it this page alone: a repair of one
    library must not show the page of another number.

    Raises:
        LockedFileError: A password is missing or wrong.
        ReadError: The file cannot be read, or is no PDF file with pages.
        RuntimeError: pdfium cannot read the page.
    """
    with opened_pdf(path) as pdf, ExitStack() as closing:
        document = None
        with suppress(ReadError):
            document = _taken("pdfium", path, _open_with_pdfium)
        if document is None or len(document) != len(pdf.pages):
            document, page = closing.enter_context(_alone(pdf, page)), 0
        sheet = document[page]
        closing.callback(sheet.close)
        yield sheet


def was_repaired(path: Path) -> bool:
    """Whether qpdf found faults in a file that is open now."""
    with pdf_lock:
        known = _open_files.get(("qpdf", path))
        return known is not None and known.is_repaired


def release_pdfs() -> None:
    """Close all files, so that they can be replaced or removed on every system."""
    with pdf_lock:
        while _open_files:
            _close(_open_files.popitem()[1])


def count_pdf_pages(path: Path) -> int:
    """Count the pages of a PDF file.

    Raises:
        LockedFileError: A password is missing or wrong.
        ReadError: The file cannot be read, or is no PDF file with pages.
    """
    with opened_pdf(path) as pdf:
        return len(pdf.pages)


def locked_error(path: Path) -> LockedFileError:
    """Say of a file that none of the known passwords opens it."""
    return LockedFileError(path, _LOCKED if len(passwords_for(path)) == 1 else _WRONG)


def is_locked(path: Path) -> bool:
    """Whether a file is a PDF that none of the known passwords opens."""
    try:
        if is_pdf(path):
            count_pdf_pages(path)
    except LockedFileError:
        return True
    except (OSError, ReadError):
        return False
    return False


def is_pdf(path: Path) -> bool:
    """Whether a file begins as PDF files do, whatever its name.

    Raises:
        OSError: The file cannot be read.

    Source:
        ISO 32000-1, annex H.3, note 13: the header lies somewhere within the first 1024 bytes.
    """
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def _taken(library: str, path: Path, opening: _Opening) -> Any:  # noqa: ANN401 - one of two classes
    key, state, passwords = (library, path), state_of(path), passwords_for(path)
    known = _open_files.get(key)
    if known is not None and (known.state, known.passwords) == (state, passwords) and known.uses < _MOST_USES:
        known.uses += 1
        _open_files.move_to_end(key)
        return known.document
    if known is not None:
        _close(_open_files.pop(key))
    if state[0] == 0:
        raise ReadError(path, _EMPTY)
    document, closing = _opened(path, passwords, opening)
    is_repaired = library == "qpdf" and _has_faults(document)
    _open_files[key] = _Open(document, state, passwords, is_repaired, closing)
    while len(_open_files) > 2 * _MOST_OPEN:  # each file is open in two libraries
        _close(_open_files.popitem(last=False)[1])
    return document


def _opened(path: Path, passwords: tuple[str, ...], opening: _Opening) -> tuple[Any, ExitStack]:
    """Try one password after the other; gives the document, and what closes it and its file."""
    for password in passwords:
        with suppress(LockedFileError), read_faults_explained(path), ExitStack() as closing:
            document = opening(path, password, closing)
            return document, closing.pop_all()
    raise locked_error(path)


def _open_with_qpdf(path: Path, password: str, closing: ExitStack) -> "pikepdf.Pdf":
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    try:
        pdf = closing.enter_context(pikepdf.open(_nameable(path, closing), password=password))
        pages = len(pdf.pages)
    except pikepdf.PasswordError as fault:
        raise LockedFileError(path, _WRONG) from fault
    except (pikepdf.PikepdfError, RuntimeError, TypeError, ValueError) as fault:
        raise ReadError(path, _DAMAGED) from fault
    if pages == 0:
        raise ReadError(path, _NO_PAGES)
    return pdf


def _open_with_pdfium(path: Path, password: str, closing: ExitStack) -> Any:  # noqa: ANN401 - the library brings no types
    import pypdfium2  # noqa: PLC0415 - only who draws PDF needs it
    from pypdfium2.raw import FPDF_ERR_PASSWORD  # noqa: PLC0415 - only who draws PDF needs it

    _close_at_exit()
    try:
        document = pypdfium2.PdfDocument(_nameable(path, closing), password=password or None)
        closing.callback(document.close)
        document.init_forms()  # else the fields of forms are not drawn
    except pypdfium2.PdfiumError as fault:
        if fault.err_code == FPDF_ERR_PASSWORD:
            raise LockedFileError(path, _WRONG) from fault
        raise ReadError(path, _DAMAGED) from fault
    return document


@cache
def _close_at_exit() -> None:
    """Close what is open before pdfium ends, which may complain about it; call this when it is loaded."""
    atexit.register(release_pdfs)


def _has_faults(pdf: "pikepdf.Pdf") -> bool:
    """Whether qpdf had to rebuild a file, or found that an object is no page; it warns of harmless things too."""
    warnings = [str(warning) for warning in pdf.get_warnings()]
    return any(fault in warning for warning in warnings for fault in ("file is damaged", "key should be /Page"))


def _alone(pdf: "pikepdf.Pdf", page: int) -> Any:  # noqa: ANN401 - the library brings no types
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it
    import pypdfium2  # noqa: PLC0415 - only who draws PDF needs it

    with pikepdf.new() as single, io.BytesIO() as file:
        single.pages.append(pdf.pages[page])
        single.save(file)
        return pypdfium2.PdfDocument(file.getvalue())


def _nameable(path: Path, closing: ExitStack) -> Path | BinaryIO:
    """Give a path that the libraries can name, else the file itself: they know UTF-8 only."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return closing.enter_context(path.open("rb"))
    return path


def _close(known: _Open) -> None:
    known.closing.close()
