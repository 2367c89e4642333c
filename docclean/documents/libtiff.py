"""What libtiff says about damaged files: kept off the terminal, where it would name a file that nobody has.

Pillow leaves libtiff its own way of complaining, which is to print. libtiff has a function for changing that, and the
library that Pillow loaded gives it away on Linux and macOS. On Windows it does not; there libtiff goes on printing.
tests/unit/documents/test_libtiff.py tells when Pillow keeps libtiff silent and this module can go.
"""

import ctypes
import re
from collections.abc import Callable
from contextlib import suppress

from PIL import _imaging

_MESSAGE_BYTES = 500
_PLACES = re.compile(r"tempfile\.tif: |\w+\.c:\d+: ")
"""A file that is in memory only, and lines of libtiff's own source."""

# The arguments of a message are a va_list, which every common platform hands over as one pointer.
_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)


def redirect_errors(tell: Callable[[str], None]) -> Callable[[], None]:
    """Have libtiff tell its errors instead of printing them. Changes the whole process.

    Args:
        tell: Gets each message, in the thread that decodes.

    Returns:
        What puts things back as they were; it must be kept and called.

    Source:
        libtiff's TIFFError(3tiff): TIFFSetErrorHandler.
    """
    try:
        exchange = ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler
        write_out = ctypes.CDLL(None).vsnprintf
    except (OSError, AttributeError, TypeError):
        return lambda: None
    exchange.argtypes, exchange.restype = [ctypes.c_void_p], ctypes.c_void_p
    write_out.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_void_p]

    def take(module: bytes | None, pattern: bytes | None, arguments: int | None) -> None:
        text = ctypes.create_string_buffer(_MESSAGE_BYTES)
        write_out(text, _MESSAGE_BYTES, pattern, arguments)
        name = (module or b"").decode("utf-8", "replace")
        with suppress(Exception):  # an exception cannot pass through C
            tell(_PLACES.sub("", f"{name}: {text.value.decode('utf-8', 'replace')}"))

    handler = _HANDLER(take)
    before = exchange(ctypes.cast(handler, ctypes.c_void_p))

    def put_back(_handler: object = handler) -> None:  # C holds no reference to the handler, so this does
        exchange(before)

    return put_back
