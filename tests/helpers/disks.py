"""Real disks that fill up soon."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[Path]:
    """Mount a disk on a new folder; skip the test where that cannot be done."""
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    folder.mkdir()
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={size_kib}k", "tmpfs", str(folder)]
    if mount is None or unmount is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs Linux and the rights of an administrator")
    try:
        yield folder
    finally:
        subprocess.run([unmount, str(folder)], check=True)
