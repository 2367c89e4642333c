"""Giving memory that is free within the process back to the system."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Let the system have memory that was freed, where the C library keeps it otherwise.

    glibc has a heap for every thread and keeps what lies below any block in use there, such as an image of 558 MB that
    was read and copied. Other libraries do not, and have no such function.

    Source:
        malloc_trim(3).
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
