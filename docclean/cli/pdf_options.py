"""Options about PDF files, and passwords that are asked for."""

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from docclean.cli.console import complain
from docclean.core.errors import UsageError

_DPI = 300
_ATTEMPTS = 3


class PdfPages(StrEnum):
    """What becomes of pages of a PDF that are no scans."""

    KEEP = "keep"
    RENDER = "render"


Pages = Annotated[
    str, typer.Option(metavar="RANGES", help="Pages of each input to clean, such as 1-5,9 or 7-.  [default: all]")
]
PdfPagesOption = Annotated[
    PdfPages,
    typer.Option(
        "--pdf-pages",
        metavar="keep|render",
        help="Pages of PDF files that are no scans: keep them as they are, or draw them as images and clean these.",
    ),
]
Dpi = Annotated[
    int | None,
    typer.Option("--dpi", min=30, max=1200, help=f"Resolution for --pdf-pages render.  [default: {_DPI}]"),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Passwords of PDF files, one in each line; without it they are asked for on a terminal.",
    ),
]
Searchable = Annotated[
    str, typer.Option(metavar="LANGUAGES", help="Put the text that Tesseract reads under PDF pages: eng+deu.")
]


def chosen_dpi(pdf_pages: PdfPages, dpi: int | None) -> int | None:
    """Give the resolution at which pages are drawn that are no scans; None if they are kept.

    Raises:
        UsageError: A resolution was given, and nothing to draw.
    """
    if pdf_pages is PdfPages.RENDER:
        return dpi or _DPI
    if dpi is not None:
        raise UsageError(f"--dpi {dpi}: is for drawing pages of PDF files; add --pdf-pages render or leave it out.")
    return None


def use_password_file(path: Path | None) -> None:
    """Try the passwords of a file on every PDF that is locked.

    Raises:
        UsageError: The file cannot be read, or holds no password.
    """
    from docclean.core.errors import ReadError
    from docclean.documents.passwords import read_password_file, remember_for_all

    if path is None:
        return
    try:
        passwords = read_password_file(path)
    except ReadError as fault:
        raise UsageError(f"--password-file {fault}") from fault
    if not passwords:
        raise UsageError(f"--password-file {path}: holds no password; write one in each line.")
    remember_for_all(passwords)


def ask_for_passwords(paths: Iterable[Path]) -> bool:
    """Ask for the passwords of locked files where there is somebody to ask.

    Returns:
        Whether a file can be opened now that could not be before.
    """
    from docclean.documents.passwords import remember
    from docclean.documents.pdf_opening import is_locked

    has_opened = False
    if not _is_terminal():
        return False
    for path in [path for path in dict.fromkeys(paths) if is_locked(path)]:
        for _ in range(_ATTEMPTS):
            password = typer.prompt(
                f"Password of {path} (empty to leave it out)", "", True, show_default=False, err=True
            )
            if not password:
                break
            remember(path, password)
            if not is_locked(path):
                has_opened = True
                break
            complain(f"{path}: this is not its password.")
    return has_opened


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
