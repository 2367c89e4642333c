"""Ctrl-C: the first one stops the work in good order, the second one ends it at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from docclean.core.cancel import CancelToken


@contextmanager
def cancelled_by_launcher() -> Iterator[CancelToken]:
    """Give a token that Ctrl-C or a launcher's request to end sets, for one of several processes.

    The terminal sends Ctrl-C to the launcher too, which passes it on: a second one means nothing here. The launcher
    kills who does not stop in good order.
    """
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        token.cancel()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield token
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def cancelled_by_interrupt(on_first: Callable[[], None]) -> Iterator[CancelToken]:
    """Give a token that the first Ctrl-C sets; the second one raises `KeyboardInterrupt`, the third kills the process.

    A process that was told to ignore interrupts, such as a job in the background of a script, goes on ignoring them.
    Outside the main thread, where Python allows no signal handlers, the token is set by nobody.

    Args:
        on_first: Called in the signal handler: it must not print.
    """
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def first(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, second)
        token.cancel()
        on_first()

    def second(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, first)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)
