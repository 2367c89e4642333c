"""Being stopped: the first Ctrl-C stops the work in good order, the second one ends it at once.

A signal that asks the process to end, from a service manager, a shell that logs out or a closed terminal, counts as the
first Ctrl-C however often it comes: whoever sends it has a harder one for a process that does not obey.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from docclean.core.cancel import CancelToken

_Handler = Callable[[int, FrameType | None], None]

_ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)  # Windows has no SIGHUP and nobody else has SIGBREAK


@contextmanager
def cancelled_by_interrupt(on_first: Callable[[], None]) -> Iterator[CancelToken]:
    """Give a token that the first Ctrl-C sets; the second one raises `KeyboardInterrupt`, the third kills the process.

    SIGTERM and SIGHUP set the token too. A process that was told to ignore a signal, such as a job in the background of
    a script or one started with nohup, goes on ignoring it. Outside the main thread, where Python allows no signal
    handlers, the token is set by nobody.

    Args:
        on_first: Called in the signal handler: it must not print.
    """
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        token.cancel()
        on_first()

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, second)
        stop(number, frame)

    def second(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    with ExitStack() as handlers:
        _handle(handlers, signal.SIGINT, first)
        for number in _ENDING:
            _handle(handlers, number, stop)
        yield token


def _handle(handlers: ExitStack, number: int, handler: _Handler) -> None:
    """Handle a signal until the stack is closed, unless it is ignored or handled by somebody who is not Python."""
    before = signal.getsignal(number)
    if before is None or before is signal.SIG_IGN:
        return
    handlers.callback(signal.signal, number, before)
    signal.signal(number, handler)
