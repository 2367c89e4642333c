import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from docclean.core.file_lock import FileLock


def test_lock_is_had_by_one_at_a_time(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire("me")
    assert not second.acquire("you")
    assert second.note() == "me"
    first.release()
    assert second.acquire("you")
    assert first.note() == "you"
    second.release()


def test_lock_that_is_removed_can_be_taken_anew(tmp_path: Path) -> None:
    for _ in range(2):
        lock = FileLock(tmp_path / "lock")
        assert lock.note() == ""
        assert lock.acquire("me")
        lock.release(removes=True)
        lock.release(removes=True)
        assert not (tmp_path / "lock").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="nobody removes an open file there")
def test_lock_on_a_file_that_was_removed_meanwhile_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    opened = Path.open

    def open_late(path: Path, mode: Literal["a+b"]) -> object:
        file = opened(path, mode)
        first.release(removes=True)  # between the second one's opening and its locking
        return file

    monkeypatch.setattr(Path, "open", open_late)
    assert second.acquire("second")
    monkeypatch.undo()
    assert (tmp_path / "lock").read_bytes() == b"second"
    assert not FileLock(tmp_path / "lock").acquire()
    second.release()


def test_process_that_is_killed_lets_go_and_leaves_its_note(tmp_path: Path) -> None:
    code = "import os; from docclean.core.file_lock import FileLock; from pathlib import Path; import sys\n"
    code += "lock = FileLock(Path(sys.argv[1])); assert lock.acquire(str(os.getpid())); os._exit(3)"
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], check=False)
    assert result.returncode == 3
    lock = FileLock(tmp_path / "lock")
    assert lock.note().isdigit()
    assert lock.note() != str(os.getpid())
    assert lock.acquire("me")
    assert lock.note() == "me"
    lock.release()
