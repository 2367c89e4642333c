"""The files that were opened last. They are no settings: losing them hurts nobody, so nothing here raises."""

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from docclean.core.errors import WriteError
from docclean.core.files import atomic_write, make_folder_of
from docclean.core.paths import data_folder

MOST_RECENT = 10

logger = logging.getLogger(__name__)


def recent_files() -> tuple[Path, ...]:
    """Files and folders opened last, the newest first, at most `MOST_RECENT`. Some may be gone by now."""
    try:
        names = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    if not isinstance(names, list):
        return ()
    return tuple(Path(name) for name in names if isinstance(name, str) and name and "\0" not in name)[:MOST_RECENT]


def remember_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Put files in front of the list.

    Returns:
        The list as it is now, also where it cannot be written.
    """
    given = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - resolve() would follow links
    kept = tuple(dict.fromkeys([*given, *recent_files()]))[:MOST_RECENT]
    try:
        make_folder_of(_file())
        with atomic_write(_file()) as file:
            file.write(json.dumps([str(path) for path in kept], indent=1).encode("ascii"))
    except WriteError as error:
        logger.warning("recent files not kept: %s", error)
    return kept


def forget_files() -> None:
    """Empty the list."""
    try:
        _file().unlink(missing_ok=True)
    except OSError as fault:
        logger.warning("recent files not forgotten: %s", fault)


def _file() -> Path:
    return data_folder() / "recent.json"
