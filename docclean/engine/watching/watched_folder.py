"""What of a watched folder is looked at: which names, and which folders in it."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from docclean.documents.formats import has_known_suffix

_OF_SYSTEMS = frozenset({"@eadir", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found"})
"""Folders that servers and systems keep for themselves; some hold small pictures of everything."""

_OFFICE_LOCK = "~$"


class WatchedFolder:
    """A folder to be watched. Links to files are followed, links to folders are not.

    Attributes:
        path: The folder, absolute.
        is_recursive: Whether folders in it are watched too.
    """

    def __init__(self, path: Path, *, is_recursive: bool, exclude: Sequence[Path]) -> None:
        """Look at nothing yet.

        Args:
            path: The folder.
            is_recursive: Whether folders in it are watched too.
            exclude: Folders that are not looked at, wherever they lie.
        """
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links
        self.is_recursive = is_recursive
        self._excluded = frozenset(os.path.realpath(folder) for folder in exclude)

    def takes(self, path: Path) -> bool:
        """Whether something in the folder is a file to clean, judged by its name and place; it must be there."""
        if not _is_wanted_name(path.name) or not has_known_suffix(path) or not self._reaches(path.parent):
            return False
        try:
            return _is_shown_file(path.stat())
        except OSError as fault:  # one that may not be looked at now waits until it may
            return not isinstance(fault, FileNotFoundError | NotADirectoryError)

    def find(self, below: Path | None = None) -> Iterator[Path]:
        """Give the files to clean that are there, in no order.

        Args:
            below: A folder in this one to begin at; all of it by default.

        Raises:
            OSError: The watched folder itself cannot be read; folders in it that cannot are passed over.
        """
        waiting = [below or self.path]
        if not self._reaches(waiting[0]):
            return
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if self._leads_on(entry):
                            waiting.append(Path(entry.path))
                        elif _is_file_to_clean(entry):
                            yield Path(entry.path)
            except OSError:
                if folder == self.path:
                    raise

    def _reaches(self, folder: Path) -> bool:
        """Whether a folder is this one, or lies in it and is watched too."""
        if folder == self.path:
            return True
        if not self.is_recursive or self.path not in folder.parents:
            return False
        between = [folder, *folder.parents]
        between = between[: between.index(self.path)]
        return all(
            _is_wanted_name(part.name) and os.path.realpath(part) not in self._excluded and not part.is_symlink()
            for part in between
        )

    def _leads_on(self, entry: os.DirEntry[str]) -> bool:
        return (
            self.is_recursive
            and _is_wanted_name(entry.name)
            and entry.is_dir(follow_symlinks=False)
            and os.path.realpath(entry.path) not in self._excluded
        )


def _is_wanted_name(name: str) -> bool:
    return not name.startswith((".", _OFFICE_LOCK)) and name.casefold() not in _OF_SYSTEMS


def _is_file_to_clean(entry: os.DirEntry[str]) -> bool:
    if not _is_wanted_name(entry.name) or not has_known_suffix(Path(entry.name)):
        return False
    try:
        return _is_shown_file(entry.stat())
    except FileNotFoundError:  # gone, or a link to nothing
        return False
    except OSError:
        return True


def _is_shown_file(status: os.stat_result) -> bool:
    hidden = getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_HIDDEN
    return stat.S_ISREG(status.st_mode) and not hidden
