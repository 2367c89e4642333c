"""What Pillow keeps for the whole process, borrowed while a page is decoded.

Pillow's limit on the number of pixels, Python's warnings and what libtiff does with its errors are global. They are set
when the first thread starts to decode and put back when the last one has finished, so that importing docclean changes
nothing and threads can decode side by side.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from PIL import Image

from docclean.documents.libtiff import redirect_errors

MAX_PAGE_PIXELS = 600_000_000
"""Largest page that is read, px: an A0 sheet at 600 dpi has 558 million. Larger ones are refused before decoding."""

_MOST_MESSAGES = 10_000
"""A damaged page can give one for every line."""


class _Watch:
    """Borrows the global values, counts the threads inside, and sorts warnings by thread. Safe in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[int, list[str]] = {}
        self._borrowed = ExitStack()

    def enter(self) -> list[str]:
        """Let the calling thread in; what Pillow and libtiff say in this thread will be added to the list returned."""
        with self._lock:
            if not self._heard:
                self._borrow()
            return self._heard.setdefault(threading.get_ident(), [])

    def leave(self) -> None:
        """Let the calling thread out."""
        with self._lock:
            self._heard.pop(threading.get_ident(), None)
            if not self._heard:
                self._borrowed.close()

    def _borrow(self) -> None:
        self._borrowed.callback(setattr, Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
        Image.MAX_IMAGE_PIXELS = MAX_PAGE_PIXELS
        self._borrowed.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("always", module=r"PIL\.")
        show_elsewhere = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            heard = self._heard.get(threading.get_ident())
            if heard is None:
                show_elsewhere(message, category, filename, lineno, file, line)
            else:
                heard.append(str(message))

        warnings.showwarning = show
        self._borrowed.callback(redirect_errors(self._hear))

    def _hear(self, message: str) -> None:
        heard = self._heard.get(threading.get_ident())
        if heard is not None and len(heard) < _MOST_MESSAGES:
            heard.append(message)


_watch = _Watch()


@contextmanager
def decoding() -> Iterator[list[str]]:
    """Let this thread open and decode a page with docclean's own pixel limit and without noise. Not re-entrant.

    Yields:
        Pillow's warnings and libtiff's errors, added as they come.
    """
    heard = _watch.enter()
    try:
        yield heard
    finally:
        _watch.leave()
