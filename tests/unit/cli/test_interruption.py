import signal
import sys
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


ENDING = ["SIGBREAK"] if sys.platform == "win32" else ["SIGTERM", "SIGHUP"]


@pytest.mark.parametrize("name", ENDING)
def test_being_told_to_end_sets_the_token_however_often(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with cancelled_by_interrupt(lambda: None) as token:
        for _ in range(3):
            signal.raise_signal(number)
            assert token.is_cancelled
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("name", ENDING)
def test_process_that_ignores_a_signal_goes_on_ignoring_it(name: str) -> None:
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with cancelled_by_interrupt(lambda: None) as token:
            signal.raise_signal(number)
            assert not token.is_cancelled
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
