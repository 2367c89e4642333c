"""A model as one file, to be handed on: a zip with model.toml, weights and graphs. Torch-free; nothing in it is run.

Archives come from strangers. Nothing is unpacked by the names in them: the entries that a model has are read, each no
further than the manifest says, and the model gets its place only when all of them have the right checksums.
"""

import errno
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO

from docclean.core.errors import ModelError, ReadError
from docclean.core.files import atomic_write, explain_read_fault, make_folder_of, write_faults_explained
from docclean.core.paths import user_models_folder
from docclean.models.catalog import Catalog, ModelEntry
from docclean.models.library import hidden_folder, sweep
from docclean.models.manifest import MANIFEST, FileSpec, ModelManifest, parse_manifest, read_manifest
from docclean.models.names import LONGEST_ID, is_odd
from docclean.models.weights import tensor_offsets, verify_weights

ARCHIVE_SUFFIX = ".docclean-model"

_REMEDY = "get a sound copy of the model"
_LARGEST_MANIFEST = 1 << 20
_LARGEST_GRAPH = 64 << 20
_LARGEST_WEIGHTS = 1 << 30
_LARGEST_DIRECTORY = 1 << 16
_CHUNK = 1 << 20
_DATE = (1980, 1, 1, 0, 0, 0)
_END = struct.Struct("<4s4H2LH")
"""End of a zip's directory: mark, disks, entries, size and place of the directory, length of the comment.

Source:
    PKWARE's APPNOTE.TXT, section 4.3.16.
"""


def export_model_archive(entry: ModelEntry, path: Path) -> Path:
    """Write a model into one file, replacing an older one only when complete. The same model gives the same bytes.

    Returns:
        The file.

    Raises:
        ModelError: The model's own files are missing or damaged.
        WriteError: The file cannot be written.
    """
    verify_weights(entry)
    make_folder_of(path)
    with atomic_write(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (MANIFEST, *(spec.file for spec in entry.manifest.files)):
            member = zipfile.ZipInfo(name, _DATE)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            member.create_system = 3
            with (entry.folder / name).open("rb") as source, archive.open(member, "w") as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
    return path


def import_model(archive: Path) -> ModelEntry:
    """Take a model over from an archive. It is installed whole or not at all.

    Args:
        archive: A file that `export_model_archive` wrote; anything else is refused.

    Returns:
        The installed model.

    Raises:
        ReadError: The archive cannot be read.
        ModelError: It is no sound model, or there is one of its id; one sentence.
        WriteError: The model cannot be stored.
    """
    catalog, models = Catalog.installed(), user_models_folder()
    with _opened(archive) as file, _faults_explained(archive), zipfile.ZipFile(file) as members:
        manifest = _read_manifest(members, archive)
        _refuse_foreign_files(members, manifest, archive)
        _refuse_taken_id(manifest.id, catalog, models, archive)
        make_folder_of(models / manifest.id)
        sweep(models)
        scratch = hidden_folder(models)
        with write_faults_explained(models / manifest.id):
            scratch.mkdir()
        try:
            _unpack(members, manifest, scratch, archive)
            _install(scratch, models / manifest.id)
        finally:
            rmtree(scratch, ignore_errors=True)
    return ModelEntry(manifest, models / manifest.id, is_builtin=False)


def _tensor_files(manifest: ModelManifest) -> tuple[FileSpec, ...]:
    fallback = manifest.fallback
    return (manifest.weights,) if fallback is None else (manifest.weights, fallback.weights, fallback.gate)


@contextmanager
def _opened(archive: Path) -> Iterator[BinaryIO]:
    """Open a zip whose directory is small and lies at its very end, before zipfile reads all of it into memory."""
    try:
        with archive.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _END.size))
            tail = file.read(_END.size)
            if len(tail) < _END.size or not tail.startswith(b"PK\5\6"):
                raise ModelError(f"{archive}: is not a model that docclean exported; choose a {ARCHIVE_SUFFIX} file.")
            entries, directory, comment = _END.unpack(tail)[4], _END.unpack(tail)[5], _END.unpack(tail)[7]
            if entries > 16 or directory > _LARGEST_DIRECTORY or comment or _is_zip64(file, size):
                raise _foreign(archive)
            file.seek(0)
            yield file
    except OSError as fault:
        raise ReadError(archive, explain_read_fault(fault)) from fault


def _is_zip64(file: BinaryIO, size: int) -> bool:
    """Whether another directory stands in for the one at the end; no model is that large."""
    file.seek(max(0, size - _END.size - 20))
    return file.read(4) == b"PK\6\7"


@contextmanager
def _faults_explained(archive: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as fault:
        raise ModelError(f"{archive}: is damaged; {_REMEDY}.") from fault
    except (OverflowError, LookupError, struct.error) as fault:  # what zipfile lets through
        raise ModelError(f"{archive}: is damaged; {_REMEDY}.") from fault


def _foreign(archive: Path) -> ModelError:
    return ModelError(f"{archive}: holds files that do not belong to a model; {_REMEDY}.")


def _read_manifest(members: zipfile.ZipFile, archive: Path) -> ModelManifest:
    if MANIFEST not in members.namelist():
        raise ModelError(f"{archive}: holds no {MANIFEST}, so it is no model; choose a {ARCHIVE_SUFFIX} file.")
    with _member(members, MANIFEST, archive) as file:
        content = file.read(_LARGEST_MANIFEST + 1)
    if len(content) > _LARGEST_MANIFEST:
        raise ModelError(f"{archive}: its {MANIFEST} is too large for a model's; {_REMEDY}.")
    manifest = parse_manifest(content, archive / MANIFEST, _REMEDY)
    tensors = _tensor_files(manifest)
    if any(spec.bytes > (_LARGEST_WEIGHTS if spec in tensors else _LARGEST_GRAPH) for spec in manifest.files):
        raise ModelError(f"{archive}: is larger than any model of docclean; {_REMEDY}.")
    return manifest


@contextmanager
def _member(members: zipfile.ZipFile, name: str, archive: Path) -> Iterator[BinaryIO]:
    """Open an entry; only stored and deflated ones, whose reading takes no more memory than is asked for."""
    entry = members.getinfo(name)
    if entry.flag_bits & 0x1:
        raise ModelError(f"{archive}: is locked with a password; ask for a copy without one.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _foreign(archive)
    with members.open(entry) as file:
        yield file  # type: ignore[misc]  # zipfile's reader has all that is used of a binary file


def _refuse_foreign_files(members: zipfile.ZipFile, manifest: ModelManifest, archive: Path) -> None:
    wanted = [MANIFEST, *(spec.file for spec in manifest.files)]
    if len({name.casefold() for name in wanted}) < len(wanted):
        raise ModelError(f"{archive}: names one file for two things; {_REMEDY}.")
    names = members.namelist()
    for name in wanted:
        if name not in names:
            raise ModelError(f"{archive}: {name} is missing; {_REMEDY}.")
    if sorted(names) != sorted(wanted) or any(is_odd(name) for name in wanted):
        raise _foreign(archive)


def _refuse_taken_id(model_id: str, catalog: Catalog, models: Path, archive: Path) -> None:
    """Refuse an id that a folder cannot have everywhere, and one that is in use, also on disks that ignore case."""
    if len(model_id) > LONGEST_ID or is_odd(model_id):
        raise ModelError(f"{archive}: the model's id {model_id[:LONGEST_ID]!r} cannot be a folder's name; {_REMEDY}.")
    for entry in catalog.all():
        if entry.manifest.id.casefold() == model_id.casefold():
            remedy = "it need not be imported" if entry.is_builtin else "remove that one first"
            raise ModelError(f"{archive}: a model with the id {model_id!r} is installed already; {remedy}.")
    try:
        folders = [path.name.casefold() for path in models.iterdir()]
    except OSError:
        return
    if model_id.casefold() in folders:
        raise ModelError(f"{archive}: a damaged model with the id {model_id!r} is in the way; remove that one first.")


def _unpack(members: zipfile.ZipFile, manifest: ModelManifest, folder: Path, archive: Path) -> None:
    """Write the model's files and check them."""
    for spec in manifest.files:
        with _member(members, spec.file, archive) as source, atomic_write(folder / spec.file) as target:
            left = spec.bytes
            while left and (chunk := source.read(min(_CHUNK, left))):
                target.write(chunk)
                left -= len(chunk)
            if left or source.read(1):
                raise ModelError(f"{archive}: {spec.file} does not have the size in {MANIFEST}; {_REMEDY}.")
    with _member(members, MANIFEST, archive) as source, atomic_write(folder / MANIFEST) as target:
        target.write(source.read(_LARGEST_MANIFEST))
    try:
        verify_weights(ModelEntry(read_manifest(folder / MANIFEST), folder, is_builtin=False))
    except ModelError as fault:
        raise ModelError(f"{archive}: its files are not the ones that {MANIFEST} vouches for; {_REMEDY}.") from fault
    try:
        for spec in _tensor_files(manifest):
            tensor_offsets(folder / spec.file)
    except ModelError as fault:
        raise ModelError(f"{archive}: its weights are not safetensors, and nothing else is read; {_REMEDY}.") from fault


def _install(scratch: Path, folder: Path) -> None:
    with write_faults_explained(folder):
        if os.path.lexists(folder):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        scratch.rename(folder)
