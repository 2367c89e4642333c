"""A fine-tuned network as a model of its own. Its parent's graphs are taken as they are, so nothing is exported.

The graphs hold no weights; they point at ranges of the safetensors file. Weights of the same names, shapes and types,
written with the parent's header, lie in the same ranges.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from docclean.core.errors import ModelError, TrainingError, WriteError
from docclean.core.files import explain_write_fault, make_folder_of, read_faults_explained
from docclean.engine.page_gate import PageGate, load_gate
from docclean.models.catalog import ModelEntry
from docclean.models.graph_links import linked_ranges
from docclean.models.library import hidden_folder, sweep
from docclean.models.manifest import SCHEMA, FallbackSpec, FileSpec, ModelManifest, write_manifest
from docclean.models.weights import tensor_offsets, verify_weights
from docclean.training.export import verify_model_name

_FALLBACK, _GATE = "fallback.safetensors", "gate.safetensors"


def verify_parent(parent: ModelEntry) -> None:
    """Check before the work that what is made from a model can be kept.

    Raises:
        ModelError: The parent's files are missing or damaged.
        TrainingError: Its graphs do not read all of its weights, so they would pass over what training changes.
    """
    verify_weights(parent)
    unread = _unread_tensors(parent)
    if unread:
        raise TrainingError(
            f"{parent.manifest.id}: no model can be made from this one, because its graphs do not read "
            f"{min(unread)} from its weights; start from another model."
        )


def keep_model(
    network: nn.Module | Mapping[str, Tensor],
    parent: ModelEntry,
    folder: Path,
    facts: dict[str, Any],
    gate: PageGate | None = None,
) -> ModelManifest:
    """Write a model folder, whole or not at all; the parent is only read.

    Args:
        network: Fine-tuned from `parent`, or its weights by name, on any device.
        parent: The model that it was made from, built in or not.
        folder: The new model's folder; its name is the model's id.
        facts: The manifest's keys that the parent does not give: name, training, card; optionally license, metrics,
            recommended, verdict. Values of None, which TOML does not have, are left out.
        gate: Tells which pages the new network restores; the network that the parent started with restores the others.
            What the parent's own gate lets through stays let through. None for what the parent has.

    Returns:
        The manifest.

    Raises:
        TrainingError: The name cannot be a model's id or is in use, or the weights are not the parent's in names,
            shapes and types, or not finite, or its graphs do not read a tensor that changed.
        ModelError: The parent's files are missing or damaged.
        ReadError: They cannot be read.
        WriteError: The folder cannot be written; nothing is left of it.
    """
    verify_model_name(folder)
    if os.path.lexists(folder):
        raise TrainingError(f"{folder}: something of this name is in the way; remove it or choose another name.")
    verify_weights(parent)
    tensors = network.state_dict() if isinstance(network, nn.Module) else network
    manifest = parent.manifest
    contents = {manifest.weights.file: _weights(tensors, parent, folder.name)}
    for spec in (manifest.graphs.context, manifest.graphs.restore):
        contents[spec.file] = _read(parent.folder / spec.file)
    made = _manifest(parent, folder.name, contents[manifest.weights.file], facts)
    fallback = _fallback(parent, gate)
    if fallback:
        contents |= fallback
        weights, opened = (_spec(name, contents[name]) for name in (_FALLBACK, _GATE))
        made = made.model_copy(update={"fallback": FallbackSpec(weights=weights, gate=opened)})
    with _faults_of(folder):
        make_folder_of(folder)
        sweep(folder.parent)
        scratch = hidden_folder(folder.parent)
        scratch.mkdir()
        try:
            for name, content in contents.items():
                _write(scratch / name, content)
            write_manifest(scratch, made)
            scratch.rename(folder)
        finally:
            rmtree(scratch, ignore_errors=True)
    return made


def _fallback(parent: ModelEntry, gate: PageGate | None) -> dict[str, bytes]:
    """The first network's weights and the gate, by file name; nothing where all pages are restored by one network."""
    before = parent.manifest.fallback
    if before is not None:
        known = load_gate(parent.folder / before.gate.file)
        gate = known if gate is None else known.joined(gate)
    if gate is None:
        return {}
    first = parent.manifest.weights if before is None else before.weights
    return {_FALLBACK: _read(parent.folder / first.file), _GATE: gate.to_bytes()}


def _spec(name: str, content: bytes) -> FileSpec:
    return FileSpec(file=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def _manifest(parent: ModelEntry, model_id: str, weights: bytes, facts: dict[str, Any]) -> ModelManifest:
    old = parent.manifest
    kept = old.model_dump(
        mode="json", include={"task", "architecture", "hyperparameters", "input", "graphs", "license"}
    )
    own = {"schema": SCHEMA, "id": model_id, "parent": old.id, "weights": _spec(old.weights.file, weights)}
    return ModelManifest.model_validate({**kept, **_without_none(facts), **own})


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    """The same values without what TOML does not have, at any depth."""
    return {key: _told(value) for key, value in values.items() if value is not None}


def _told(value: object) -> object:
    match value:
        case dict():
            return _without_none(value)
        case list() | tuple():
            return [_told(each) for each in value if each is not None]
    return value


def _weights(tensors: Mapping[str, Tensor], parent: ModelEntry, model_id: str) -> bytes:
    """The parent's weights file with other tensors in it.

    Source:
        safetensors README, section "Format": u64 header length, JSON header that blanks may follow, data.
    """
    path = parent.folder / parent.manifest.weights.file
    content = bytearray(_read(path))
    offsets = tensor_offsets(path)
    old = _tensors(bytes(content), path)
    _verify_layout(tensors, old, parent)
    unread = _unread_tensors(parent)
    for name, (start, length) in offsets.items():
        tensor = tensors[name].detach().cpu().contiguous()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise TrainingError(f"{model_id}: {name} has values that are no numbers; train with a lower learning rate.")
        if name in unread and not torch.equal(tensor, old[name]):
            raise TrainingError(
                f"{model_id}: {name} has changed, and the graphs of {parent.manifest.id} do not read it; start from "
                "another model."
            )
        content[start : start + length] = tensor.reshape(-1).view(torch.uint8).numpy().tobytes()
    return _header(bytes(content), model_id) + content[8 + _header_length(bytes(content[:8])) :]


def _tensors(content: bytes, path: Path) -> dict[str, Tensor]:
    try:
        return load(content)
    except SafetensorError as fault:
        raise ModelError(f"{path}: not a safetensors file ({fault}); reinstall or remove this model.") from fault


def _verify_layout(new: Mapping[str, Tensor], old: Mapping[str, Tensor], parent: ModelEntry) -> None:
    for name in sorted(new.keys() ^ old.keys()):
        where = "the new weights" if name in old else parent.manifest.id
        raise TrainingError(f"{name}: is missing in {where}; only weights that fit {parent.manifest.id} can be kept.")
    for name, tensor in old.items():
        ours = new[name]
        if ours.shape != tensor.shape or ours.dtype != tensor.dtype:
            raise TrainingError(
                f"{name}: is {_form(ours)} and in {parent.manifest.id} {_form(tensor)}; only weights of the same form "
                "can be kept."
            )


def _form(tensor: Tensor) -> str:
    return f"{'x'.join(map(str, tensor.shape)) or 'one number'} of {str(tensor.dtype).removeprefix('torch.')}"


def _unread_tensors(parent: ModelEntry) -> set[str]:
    """Tensors of the weights file that no graph points at, such as biases that were zero when it was exported."""
    graphs = parent.manifest.graphs
    linked = set[tuple[int, int]]()
    for spec in (graphs.context, graphs.restore):
        linked |= linked_ranges(parent.folder / spec.file)
    offsets = tensor_offsets(parent.folder / parent.manifest.weights.file)
    return {name for name, place in offsets.items() if place not in linked}


def _header(content: bytes, model_id: str) -> bytes:
    """The header with the new id in place of the parent's, at its old length; without an id where it does not fit.

    Nothing reads the id; it tells people what file they have.
    """
    length = _header_length(content)
    values = json.loads(content[8 : 8 + length])
    known = values.get("__metadata__", {})
    for metadata in ({**known, "id": model_id}, {key: value for key, value in known.items() if key != "id"}):
        ours = {"__metadata__": metadata, **{key: value for key, value in values.items() if key != "__metadata__"}}
        text = json.dumps(ours, separators=(",", ":"), ensure_ascii=False).encode()
        if len(text) <= length:
            return content[:8] + text.ljust(length)
    return content[: 8 + length]


def _header_length(content: bytes) -> int:
    return int.from_bytes(content[:8], "little")


def _read(path: Path) -> bytes:
    with read_faults_explained(path):
        return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _faults_of(folder: Path) -> Iterator[None]:
    """Let a fault name the model's folder and not a hidden one that is gone."""
    try:
        yield
    except OSError as fault:
        raise WriteError(folder, explain_write_fault(fault)) from fault
    except WriteError as fault:
        if not isinstance(fault.__cause__, OSError):
            raise
        raise WriteError(folder, explain_write_fault(fault.__cause__)) from fault.__cause__
