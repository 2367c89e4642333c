import errno
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from docclean.core.errors import ReadError, WriteError
from docclean.core.files import PendingFile, atomic_write, sha256_of, sweep_unfinished

NAMES = ["plain.bin", "größe é.bin", "ページ.bin", "📄 scan (1).bin", "a" * 251 + ".bin", "no suffix", ".hidden"]


@pytest.mark.parametrize("name", NAMES)
def test_atomic_write_finished_block_gives_exactly_that_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "Ordner mit 空白 🗂"
    folder.mkdir()
    with atomic_write(folder / name) as file:
        file.write(b"whole")
        assert not (folder / name).exists()
    assert (folder / name).read_bytes() == b"whole"
    assert [entry.name for entry in folder.iterdir()] == [name]


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt, SystemExit, MemoryError])
def test_atomic_write_interrupted_keeps_the_old_file(tmp_path: Path, fault: type[BaseException]) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(b"old")
    with suppress(fault), atomic_write(path) as file:
        file.write(b"half")
        raise fault
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_atomic_write_interrupted_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_write(tmp_path / "page.png"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_atomic_write_gives_the_permissions_of_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    before = os.umask(0o027)
    try:
        with atomic_write(path) as file:
            file.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_atomic_write_existing_file_without_overwrite_names_the_option(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(b"old")
    with (
        pytest.raises(WriteError, match=r"page\.png: exists already; .*--overwrite"),
        atomic_write(path, overwrite=False),
    ):
        pass
    assert path.read_bytes() == b"old"


def test_atomic_write_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    pending = PendingFile(path, overwrite=False)
    pending.file.write(b"new")
    path.write_bytes(b"another program's")
    with pytest.raises(WriteError, match="exists already"):
        pending.commit()
    assert path.read_bytes() == b"another program's"
    assert list(tmp_path.iterdir()) == [path]


def test_atomic_write_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="its folder is gone"), atomic_write(tmp_path / "gone" / "page.png"):
        pass


def test_atomic_write_folder_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "page.png").mkdir()
    with pytest.raises(WriteError, match=r"page\.png: "), atomic_write(tmp_path / "page.png") as file:
        file.write(b"x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.png"]


def test_atomic_write_name_too_long_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="too long"), atomic_write(tmp_path / ("n" * 300)) as file:
        file.write(b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "disk is read-only"),
        (errno.EACCES, "may not be written"),
        (errno.EDQUOT, "share of the disk"),
        (errno.EIO, "check the disk or the network"),
    ],
)
def test_atomic_write_fault_while_syncing_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(descriptor: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WriteError, match=words), atomic_write(tmp_path / "page.png") as file:
        file.write(b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_atomic_write_unwritable_folder_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*arguments: Any, **options: Any) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(WriteError, match="read-only"), atomic_write(tmp_path / "page.png"):
        pass


def test_atomic_write_fault_in_the_block_is_a_fault_of_writing(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="disk is full"), atomic_write(tmp_path / "page.png"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_pending_file_commit_after_several_steps_gives_the_file(tmp_path: Path) -> None:
    pending = PendingFile(tmp_path / "document.tif")
    pending.file.write(b"one")
    pending.file.seek(0)
    assert pending.file.read() == b"one"
    pending.file.write(b"two")
    assert pending.commit() == tmp_path / "document.tif"
    pending.abort()
    assert (tmp_path / "document.tif").read_bytes() == b"onetwo"
    assert len(list(tmp_path.iterdir())) == 1


def test_pending_file_abort_twice_leaves_nothing(tmp_path: Path) -> None:
    pending = PendingFile(tmp_path / "document.tif")
    pending.file.write(b"one")
    pending.abort()
    pending.abort()
    assert list(tmp_path.iterdir()) == []


def test_sha256_of_file_is_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "größe.bin"
    path.write_bytes(b"abc" * 100_000)
    assert sha256_of(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()


def test_sha256_of_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone\.bin: was not found"):
        sha256_of(tmp_path / "gone.bin")


def test_sha256_of_failing_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "page.png"
    path.write_bytes(b"x")
    monkeypatch.setattr(hashlib, "file_digest", fail)
    with pytest.raises(ReadError, match=r"could not be read \(Input/output error\)"):
        sha256_of(path)


def test_rework_makes_another_file_of_what_was_written(tmp_path: Path) -> None:
    def double(made: Path, new: Path) -> None:
        new.write_bytes(made.read_bytes() * 2)

    with atomic_write(tmp_path / "page.bin", rework=double) as file:
        file.write(b"page")
    assert (tmp_path / "page.bin").read_bytes() == b"pagepage"
    assert [path.name for path in tmp_path.iterdir()] == ["page.bin"]


def test_rework_that_makes_nothing_keeps_what_was_written(tmp_path: Path) -> None:
    seen: list[bytes] = []
    pending = PendingFile(tmp_path / "page.bin")
    pending.file.write(b"page")
    pending.rework(lambda made, _new: seen.append(made.read_bytes()))
    pending.file.seek(0, os.SEEK_END)
    pending.file.write(b"!")  # it can be written on
    pending.commit()
    assert seen == [b"page"]
    assert (tmp_path / "page.bin").read_bytes() == b"page!"


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_rework_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, fault: type[BaseException]) -> None:
    path = tmp_path / "page.bin"
    path.write_bytes(b"old")

    def fail(_made: Path, new: Path) -> None:
        new.write_bytes(b"half")
        raise fault

    with suppress(fault), atomic_write(path, rework=fail) as file:
        file.write(b"page")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_sweeping_takes_what_nobody_works_on(tmp_path: Path) -> None:
    left, fresh, other = tmp_path / f".{16 * 'a'}.part", tmp_path / f".{16 * 'b'}.part", tmp_path / "page.part"
    for path in (left, fresh, other):
        path.write_bytes(b"half")
    os.utime(left, (1, 1))
    pending = PendingFile(tmp_path / "page.png")
    sweep_unfinished(tmp_path)
    assert not left.exists()
    assert fresh.exists()
    sweep_unfinished(tmp_path, with_fresh=True)
    assert not fresh.exists()
    assert other.exists()
    pending.file.write(b"whole")
    assert pending.commit().read_bytes() == b"whole"
