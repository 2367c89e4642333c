"""Pages that were made for training, one file each, so that making them goes on where it ended."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from docclean.core.errors import TrainingError
from docclean.core.files import atomic_write, write_faults_explained

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LEAST_CELLS = 24
"""Pages that are smaller than this either way are left out, cells."""

Kept = TypeVar("Kept", bound="DataclassInstance")


def keep(numbers: range, folder: Path, make: "Callable[[int], DataclassInstance | None]") -> int:
    """Make pages and keep them; those that are there already are not made again.

    Args:
        numbers: Which pages.
        folder: Where files go; created.
        make: Makes a page by its number, of arrays and numbers; None where it is to be left out.

    Returns:
        How many were kept.

    Raises:
        TrainingError: From `make`.
        WriteError: The folder cannot be written.
    """
    with write_faults_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    kept = 0
    for number in numbers:
        path = folder / f"{number}.npz"
        page = None if path.exists() else make(number)
        if page is None:
            continue
        with atomic_write(path) as file:
            np.savez(file, **{field.name: getattr(page, field.name) for field in fields(page)})
        kept += 1
    return kept


def kept_pages(folder: Path) -> list[Path]:
    """The files that `keep` left, in the order of their names.

    Raises:
        TrainingError: There are none.
    """
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise TrainingError(f"{folder}: holds no pages; make them first.")
    return files


def read_kept(path: Path, kind: type[Kept]) -> Kept:
    """Read what `keep` wrote.

    Raises:
        TrainingError: The file is damaged.
    """
    try:
        with np.load(path) as arrays:
            read = {field.name: arrays[field.name] for field in fields(kind)}
    except (OSError, ValueError, LookupError, EOFError) as fault:
        raise TrainingError(f"{path}: is damaged ({fault}); delete it, it is made again.") from fault
    return kind(**{name: value if value.ndim else value.item() for name, value in read.items()})


class GrowingPages(list[Kept]):
    """Kept pages in memory, to which those that are made meanwhile can be added.

    Args:
        folder: Where they lie.
        kind: What they are.

    Raises:
        TrainingError: There are none, or one is damaged.
    """

    def __init__(self, folder: Path, kind: type[Kept]) -> None:
        super().__init__()
        self._folder, self._kind, self._known = folder, kind, set[Path]()
        self.grow()

    def grow(self) -> None:
        """Add pages that are new.

        Raises:
            TrainingError: One is damaged.
        """
        more = [path for path in kept_pages(self._folder) if path not in self._known]
        self.extend(read_kept(path, self._kind) for path in more)
        self._known.update(more)
