import os
import signal
import sys
from pathlib import Path

import pytest

from docclean.core.file_writers import is_being_written

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes to a file")


@only_linux
def test_file_that_is_open_for_writing_is_being_written_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    with path.open("wb") as file:
        file.write(b"begun")
        file.flush()
        assert is_being_written(path)
    assert not is_being_written(path)


@only_linux
def test_file_that_is_only_read_is_not_being_written(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.touch()
    with path.open("rb"):
        assert not is_being_written(path)


@only_linux
def test_asking_leaves_nothing_behind_that_a_writer_would_notice(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.touch()
    heard: list[int] = []
    before = signal.signal(signal.SIGIO, lambda number, frame: heard.append(number))
    try:
        assert not is_being_written(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)  # refused as long as somebody has a lease
        os.close(descriptor)
    finally:
        signal.signal(signal.SIGIO, before)
    assert heard == []


def test_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        is_being_written(tmp_path / "page.png")
