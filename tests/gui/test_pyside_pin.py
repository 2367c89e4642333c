"""The reason for the upper limit of PySide6: 6.12.0 drops a reference to True at every emit, until Python aborts."""

import sys

import pytest
from PySide6.QtCore import QObject, Signal, Slot


class Sender(QObject):
    switched = Signal(bool)


class Receiver(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.received = 0

    @Slot(bool)
    def count(self, value: bool) -> None:
        self.received += value


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True is immortal there, its count says nothing")
def test_signal_emitted_often_loses_no_reference() -> None:
    sender, receiver = Sender(), Receiver()
    sender.switched.connect(receiver.count)
    before = sys.getrefcount(True)
    for _ in range(10_000):
        sender.switched.emit(True)
    assert receiver.received == 10_000
    assert sys.getrefcount(True) > before - 100
