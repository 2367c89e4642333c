import signal
import threading

import pytest

from docclean.cli.interruption import cancelled_by_interrupt


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_first_interrupt_sets_the_token_and_the_second_raises() -> None:
    calls: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    with cancelled_by_interrupt(lambda: calls.append(1)) as token:
        was_cancelled = token.is_cancelled
        interrupt()
        assert (was_cancelled, token.is_cancelled) == (False, True)
        with pytest.raises(KeyboardInterrupt):
            interrupt()
    assert calls == [1]
    assert signal.getsignal(signal.SIGINT) is before


def test_third_interrupt_is_left_to_the_system() -> None:
    with cancelled_by_interrupt(lambda: None):
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            interrupt()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL


def test_process_that_ignores_interrupts_goes_on_ignoring_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with cancelled_by_interrupt(lambda: None) as token:
            interrupt()
            assert not token.is_cancelled
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_token_in_another_thread_is_there_without_a_handler() -> None:
    tokens = []

    def work() -> None:
        with cancelled_by_interrupt(lambda: None) as token:
            tokens.append(token)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [token.is_cancelled for token in tokens] == [False]
