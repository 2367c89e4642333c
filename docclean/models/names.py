"""Which ids models may have: folders' names on every system, and not in use. Torch-free."""

import re
from pathlib import Path

from docclean.core.errors import UsageError
from docclean.models.catalog import Catalog

LONGEST_ID = 64
"""Characters of a model's id."""

_NEW_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""Names that Windows keeps for itself, whatever follows a dot."""


def is_odd(name: str) -> bool:
    """Whether Windows would take a file's name for something else."""
    return name.endswith(".") or name.partition(".")[0].casefold() in _DEVICES


def fault_of_new_id(name: str) -> str:
    """Say why no new model can have this id, as the end of a sentence that begins with it; empty if one can."""
    if not name:
        return "cannot be a model's name; type at least one letter or digit."
    if not _NEW_ID.fullmatch(name):
        return "cannot be a model's name; use small letters, digits, dots and dashes."
    if len(name) > LONGEST_ID:
        return f"is too long for a model's name; use at most {LONGEST_ID} characters."
    if is_odd(name):
        return "cannot be a model's name, because Windows takes it for something else; choose another name."
    return ""


def new_model_folder(name: str, catalog: Catalog, models: Path) -> Path:
    """Find the folder of a model that is to be made. Nothing is written.

    Args:
        name: The new model's id, as typed.
        catalog: Installed models.
        models: Folder of the user's own models.

    Raises:
        UsageError: No folder can have this name everywhere, or it is in use, also where disks ignore case.
    """
    fault = fault_of_new_id(name)
    if fault:
        raise UsageError(f"{name[:LONGEST_ID]!r} {fault}")
    try:
        folders = [path.name for path in models.iterdir()]
    except OSError:
        folders = []
    if name in {taken.casefold() for taken in (*folders, *(entry.manifest.id for entry in catalog.all()))}:
        raise UsageError(f"A model named {name!r} exists already; choose another name.")
    return models / name
