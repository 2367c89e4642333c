"""A model's files: checked by checksum before they are used. Torch-free; nothing in them is ever executed."""

import json
import struct
from pathlib import Path
from typing import Any

from docclean.core.errors import ModelError, ReadError
from docclean.core.files import sha256_of
from docclean.models.catalog import ModelEntry
from docclean.models.manifest import FileSpec

_LONGEST_HEADER = 100_000_000


def verify_weights(entry: ModelEntry) -> None:
    """Check that the model's files are the ones its manifest was written for.

    Raises:
        ModelError: A file is missing or differs; names it and the remedy.
    """
    for spec in entry.manifest.files:
        _verify_file(entry.folder / spec.file, spec)


def _verify_file(path: Path, spec: FileSpec) -> None:
    remedy = "reinstall or remove this model."
    try:
        size = path.stat().st_size
        actual = sha256_of(path) if size == spec.bytes else ""
    except (OSError, ReadError) as error:
        raise ModelError(f"{path}: missing or not readable; {remedy}") from error
    if actual != spec.sha256:
        raise ModelError(f"{path}: damaged, its checksum is not the one in the manifest; {remedy}")


def tensor_offsets(path: Path) -> dict[str, tuple[int, int]]:
    """Where each tensor's bytes lie in a safetensors file: name -> (offset from the start of the file, length).

    Raises:
        ModelError: Not a safetensors file.

    Source:
        safetensors README, section "Format": u64 header length, JSON header, data.
    """
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header: dict[str, dict[str, Any]] = json.loads(file.read(length if length <= _LONGEST_HEADER else 0))
        start = 8 + length
        return {
            name: (start + value["data_offsets"][0], value["data_offsets"][1] - value["data_offsets"][0])
            for name, value in header.items()
            if name != "__metadata__"
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise ModelError(f"{path}: not a safetensors file ({error}); reinstall or remove this model.") from error
