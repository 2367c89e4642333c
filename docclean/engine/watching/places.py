"""The folders of a watch, and how they must not lie to each other."""

import os
from collections.abc import Sequence
from pathlib import Path

from docclean.core.errors import UsageError
from docclean.core.files import is_folder

FAILED_FOLDER, DONE_FOLDER = "failed", "done"
"""Folders in the watched one that inputs are moved to."""


def check_places(source: Path, output: Path, set_aside: Sequence[tuple[str, Path]]) -> None:
    """Refuse folders among which files would go in circles.

    Args:
        source: The watched folder.
        output: The folder of the results.
        set_aside: Folders that inputs are moved to, each with the option that names it.

    Raises:
        UsageError: One is where it cannot be, or the watched folder is not there.
    """
    if not is_folder(source):
        raise UsageError(f"{source}: is not a folder that is there; make it, or connect the network drive it is on.")
    watched, results = os.path.realpath(source), os.path.realpath(output)
    if watched == results:
        raise UsageError(f"{output}: is the watched folder itself; name another folder for the results.")
    if _lies_in(watched, results):
        raise UsageError(f"{output}: holds the watched folder; name another folder for the results.")
    if os.path.lexists(output) and not is_folder(output):
        raise UsageError(f"{output}: is a file; name a folder for the results.")
    for option, folder in set_aside:
        real = os.path.realpath(folder)
        if real in (watched, results) or _lies_in(watched, real):
            raise UsageError(f"{option} {folder}: is or holds one of the other two folders; name one of its own.")
        if os.path.lexists(folder) and not is_folder(folder):
            raise UsageError(f"{option} {folder}: is a file; name a folder.")


def _lies_in(path: str, folder: str) -> bool:
    return Path(folder) in Path(path).parents
