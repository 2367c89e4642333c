from pathlib import Path

import pytest

from docclean.core.mounts import network_file_system


def line(point: Path, kind: str) -> str:
    escaped = str(point).replace(" ", r"\040")
    return f"36 35 98:0 / {escaped} rw,noatime shared:1 - {kind} source rw\n"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("nfs4", "nfs4"), ("cifs", "cifs"), ("fuse.sshfs", "sshfs"), ("ext4", ""), ("fuse.ntfs-3g", ""), ("tmpfs", "")],
)
def test_folder_is_on_a_network_drive_if_what_is_mounted_there_is_one(kind: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "März scans" / "in").mkdir(parents=True)
    table = tmp_path / "table"
    table.write_text(line(Path("/"), "ext4") + line(tmp_path / "März scans", kind), encoding="utf-8")
    assert network_file_system(tmp_path / "März scans" / "in", table) == name
    assert network_file_system(tmp_path, table) == ""


def test_what_was_mounted_last_on_a_folder_counts(tmp_path: Path) -> None:
    table = tmp_path / "table"
    table.write_text(line(tmp_path, "autofs") + line(tmp_path, "nfs"), encoding="utf-8")
    assert network_file_system(tmp_path, table) == "nfs"


def test_table_that_is_missing_or_odd_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "odd").write_text("\n- \nnfs\n", encoding="utf-8")
    assert network_file_system(tmp_path, tmp_path / "odd") == ""
    assert network_file_system(tmp_path, tmp_path / "missing") == ""
