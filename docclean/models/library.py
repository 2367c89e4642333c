"""What users do with their models: rename, remove, choose a default. Built-in models stay as they are. Torch-free."""

import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from docclean.core.errors import ModelError
from docclean.core.files import is_link, write_faults_explained
from docclean.core.recipe import Task
from docclean.models.catalog import Catalog, DamagedModel, ModelEntry
from docclean.models.manifest import write_manifest

LONGEST_NAME = 80
"""Characters of a name that users see."""

_REMOVED = ".removed"
_UNFINISHED = ".part"
_KEPT_S = 24 * 3600.0


def rename(entry: ModelEntry, new_name: str) -> ModelEntry:
    """Change the name that users see, in every language; the id stays, so recipes and defaults go on working.

    Returns:
        The model with its new name.

    Raises:
        ModelError: A built-in model, or not a name.
        WriteError: The manifest cannot be written; the old name stays.
    """
    if entry.is_builtin:
        raise ModelError(
            f"{entry.manifest.shown_name}: came with docclean and keeps its name; export it to have your own."
        )
    name = " ".join(new_name.split())
    if not name or not name.isprintable():
        raise ModelError("A model's name must have letters or digits; type another name.")
    if len(name) > LONGEST_NAME:
        raise ModelError(f"A model's name may have at most {LONGEST_NAME} characters; type a shorter one.")
    manifest = entry.manifest.model_copy(update={"name": {"en": name}})
    write_manifest(entry.folder, manifest)
    return ModelEntry(manifest, entry.folder, is_builtin=False)


def remove(model: ModelEntry | DamagedModel) -> None:
    """Delete a model of the user's. It is moved aside first, so that no half model is left whatever happens.

    Raises:
        ModelError: A built-in model.
        WriteError: The folder cannot be moved; the model is as it was.
    """
    folder = model.folder
    if model.is_builtin:
        raise ModelError(f"{folder.name}: came with docclean and cannot be removed.")
    sweep(folder.parent)
    aside = hidden_folder(folder.parent, _REMOVED)
    with write_faults_explained(folder):
        folder.rename(aside)
    _delete(aside)


def choose_default(defaults: Mapping[Task, str], entry: ModelEntry) -> dict[Task, str]:
    """The choices with this model as the one that its task uses where none is named.

    Raises:
        ModelError: The model is not recommended; says why.
    """
    reason = why_not_default(entry)
    if reason:
        raise ModelError(reason)
    return {**defaults, entry.manifest.task: entry.manifest.id}


def why_not_default(entry: ModelEntry) -> str:
    """Say in one sentence why a model may not be the default; empty if it may."""
    manifest = entry.manifest
    if manifest.recommended:
        return ""
    conclusion = " ".join(manifest.verdict[-1].split()) if manifest.verdict else "Not recommended."
    return f"{manifest.shown_name}: {conclusion[:1].lower()}{conclusion[1:]}"


def parent_of(entry: ModelEntry, catalog: Catalog) -> ModelEntry | None:
    """The model that one was made from, where it is installed and may be the default of the same task."""
    for other in catalog.all():
        if other.manifest.id == entry.manifest.parent and other.manifest.task is entry.manifest.task:
            return None if why_not_default(other) else other
    return None


def valid_defaults(defaults: Mapping[Task, str], catalog: Catalog) -> dict[Task, str]:
    """The choices that still name an installed model of the task that may be its default."""
    tasks = {entry.manifest.id: entry.manifest.task for entry in catalog.all() if not why_not_default(entry)}
    return {task: model for task, model in defaults.items() if tasks.get(model) is task}


def files_fault(entry: ModelEntry) -> str:
    """Say in one sentence what is wrong with a model's files, as far as their sizes tell; empty if nothing is."""
    for spec in entry.manifest.files:
        path = entry.folder / spec.file
        try:
            size = path.stat().st_size
        except OSError:
            return f"{path}: missing or not readable; import this model again or remove it."
        if size != spec.bytes:
            return f"{path}: damaged, it does not have the size in the manifest; import this model again or remove it."
    return ""


def size_on_disk(entry: ModelEntry) -> int:
    """Bytes that a model takes, by its manifest."""
    return sum(spec.bytes for spec in entry.manifest.files)


def hidden_folder(models: Path, suffix: str = _UNFINISHED) -> Path:
    """A new name that the catalog passes over."""
    return models / f".{secrets.token_hex(8)}{suffix}"


def sweep(models: Path) -> None:
    """Delete what a crash may have left behind, once it is a day old."""
    with suppress(OSError):
        for path in models.iterdir():
            is_left = path.name.startswith(".") and path.suffix in (_REMOVED, _UNFINISHED)
            if is_left and time.time() - path.lstat().st_mtime > _KEPT_S:
                _delete(path)


def _delete(folder: Path) -> None:
    """Delete a folder as far as that goes; a link goes, and what it leads to stays."""
    if is_link(folder):
        with suppress(OSError):
            folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
