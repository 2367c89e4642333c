"""What the system of this machine tells of changes."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docclean.engine.watching.folder_changes import FolderChanges

_LONGEST_S = 60.0


@pytest.fixture
def changes() -> Iterator[FolderChanges]:
    changes = FolderChanges()
    yield changes
    changes.stop()


def told_until(changes: FolderChanges, is_enough: Callable[[dict[Path, bool]], bool]) -> dict[Path, bool]:
    """Collect what is told until it is enough."""
    told: dict[Path, bool] = {}
    until = time.monotonic() + _LONGEST_S
    while not is_enough(told):
        assert time.monotonic() < until, told
        changes.wait(1.0)
        for path, was_renamed in changes.take()[0].items():
            told[path] = told.get(path, False) or was_renamed
    return told


def test_file_that_is_written_is_told(changes: FolderChanges, tmp_path: Path) -> None:
    changes.start(tmp_path, is_recursive=False)
    assert changes.is_listening
    (tmp_path / "page.png").write_bytes(b"written")
    told = told_until(changes, lambda told: tmp_path / "page.png" in told)
    assert told[tmp_path / "page.png"] is False


def test_file_that_is_renamed_is_told_as_renamed(changes: FolderChanges, tmp_path: Path) -> None:
    (tmp_path / "page.part").touch()
    changes.start(tmp_path, is_recursive=False)
    (tmp_path / "page.part").rename(tmp_path / "page.png")
    assert told_until(changes, lambda told: told.get(tmp_path / "page.png", False))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell where a file came from")
@pytest.mark.parametrize("name", ["page.png", "book"])
def test_what_is_moved_in_from_elsewhere_is_told_as_renamed(name: str, changes: FolderChanges, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "page.png").touch()
    (tmp_path / "book").mkdir()
    changes.start(tmp_path / "in", is_recursive=True)
    (tmp_path / name).rename(tmp_path / "in" / name)
    assert told_until(changes, lambda told: told.get(tmp_path / "in" / name, False))


def test_file_in_a_folder_that_was_made_later_is_told(changes: FolderChanges, tmp_path: Path) -> None:
    changes.start(tmp_path, is_recursive=True)
    (tmp_path / "deep").mkdir()
    told_until(changes, lambda told: tmp_path / "deep" in told)
    (tmp_path / "deep" / "page.png").write_bytes(b"written")
    assert told_until(changes, lambda told: tmp_path / "deep" / "page.png" in told)


def test_folder_that_is_gone_is_not_listened_to_any_more(changes: FolderChanges, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    changes.start(tmp_path / "in", is_recursive=False)
    (tmp_path / "in").rmdir()
    until = time.monotonic() + _LONGEST_S
    while sys.platform == "linux" and changes.is_listening:
        assert time.monotonic() < until
        changes.wait(0.05)
    changes.stop()
    assert not changes.is_listening


def test_folder_that_is_not_there_cannot_be_listened_to(changes: FolderChanges, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        changes.start(tmp_path / "missing", is_recursive=False)
    assert not changes.is_listening


def test_burst_of_changes_takes_no_more_room_than_allowed(tmp_path: Path) -> None:
    changes = FolderChanges(most=100)
    changes.start(tmp_path, is_recursive=False)
    for number in range(400):
        (tmp_path / f"{number}.png").touch()
    until = time.monotonic() + _LONGEST_S
    has_lost_some = False
    while not has_lost_some:
        assert time.monotonic() < until
        assert len(changes._changed) <= 100
        time.sleep(0.01)
        has_lost_some = changes._has_lost_some
    changes.stop()
    assert changes.take()[1]
    assert changes.take() == ({}, False)


def test_waiting_ends_when_somebody_wakes_it(changes: FolderChanges) -> None:
    threading.Timer(0.05, changes.wake).start()
    begun = time.monotonic()
    changes.wait(_LONGEST_S)
    assert time.monotonic() - begun < _LONGEST_S


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="Windows has no alarm")
def test_waiting_ends_when_a_signal_handler_wakes_it(changes: FolderChanges) -> None:
    before = signal.signal(signal.SIGALRM, lambda number, frame: changes.wake())
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    begun = time.monotonic()
    try:
        changes.wait(_LONGEST_S)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - begun < _LONGEST_S
