"""How well a program reads a page: text through Tesseract, and the share of characters that come out wrong.

The text of the clean page is the reference, so that no page needs a transcript. Extra `ocr`; Tesseract itself is a
program that the user installs.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from docclean.core.errors import DoccleanError, UsageError
from docclean.core.page import PixelArray
from docclean.imaging.luma import luma_of

ReadText = Callable[[PixelArray], str]
"""Reads the text of a page, (H, W, C), uint8."""

_TIMEOUT_S = 120
_THREAD_LIMIT = "OMP_THREAD_LIMIT"
_INSTALL = {
    "darwin": "brew install tesseract",
    "win32": "winget install UB-Mannheim.TesseractOCR",
}
_INSTALL_ELSEWHERE = "sudo apt install tesseract-ocr"


def tesseract_reader(language: str = "eng") -> ReadText:
    """Make a reader.

    Args:
        language: Tesseract's name of the language that the pages are in.

    Raises:
        UsageError: The program, its language or the libraries are missing; names the command that installs them.
    """
    try:
        import pytesseract
        import rapidfuzz  # noqa: F401 - needed later by character_error_rate; say so before the work
    except ImportError as error:
        raise UsageError("Reading text needs two more libraries: pip install 'docclean[ocr]'") from error
    install = _INSTALL.get(sys.platform, _INSTALL_ELSEWHERE)
    try:
        languages = pytesseract.get_languages(config="")
    except (OSError, pytesseract.TesseractError) as error:
        raise UsageError(f"Reading text needs the program tesseract, which was not found: {install}") from error
    if language not in languages:
        raise UsageError(f"Tesseract lacks the language {language!r}; install it again with its languages: {install}")

    def read(pixels: PixelArray) -> str:
        try:
            with _one_thread():
                text: str = pytesseract.image_to_string(luma_of(pixels), lang=language, timeout=_TIMEOUT_S)
        except (OSError, RuntimeError) as error:
            raise DoccleanError(f"Tesseract could not read a page ({error}); evaluate without --ocr.") from error
        return text

    return read


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let Tesseract, which inherits the environment, use one thread: several wait for each other most of the time.

    Source:
        Tesseract's documentation, "FAQ", "Can I increase speed of OCR?".
    """
    before = os.environ.get(_THREAD_LIMIT)
    os.environ[_THREAD_LIMIT] = before or "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREAD_LIMIT]


def character_error_rate(text: str, reference: str) -> float | None:
    """Measure the share of characters that were read wrongly: edit distance by the length of the reference.

    Runs of white space count as one space, and none counts at the ends.

    Returns:
        0 (the same) or more, above 1 for a text much longer than the reference; None for a reference without text.

    Source:
        Levenshtein 1966, "Binary codes capable of correcting deletions, insertions and reversals"; the rate as in
        Rice, Jenkins, Nartker 1996, "The Fifth Annual Test of OCR Accuracy", section 3.
    """
    from rapidfuzz.distance import Levenshtein

    ours, truth = (" ".join(each.split()) for each in (text, reference))
    return Levenshtein.distance(ours, truth) / len(truth) if truth else None
