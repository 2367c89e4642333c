"""From trained weights to a model folder that every front end can use: safetensors, two graphs, a manifest."""

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save
from torch import nn

from docclean.core.errors import TrainingError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.core.recipe import Task
from docclean.models.denoiser import CONTEXT_STRIDE
from docclean.models.manifest import SCHEMA, FileSpec, ModelManifest, write_manifest
from docclean.models.names import LONGEST_ID, fault_of_new_id
from docclean.models.registry import ARCHITECTURES
from docclean.models.weights import tensor_offsets
from docclean.training.objectives import OBJECTIVES, Restorer

if TYPE_CHECKING:
    import onnx

WEIGHTS = "weights.safetensors"
_OPSET = 20
_FROM_EXPORT = {"id", "architecture", "input", "weights", "graphs", "metrics", "fallback"}
"""Keys of a manifest that a new model has of its own; it has no figures before they are measured."""

INPUT: dict[str, int] = {"multiple_of": 64, "tile": 1024, "min_tile": 256, "overlap": 64}
"""How pages are cut for the networks; the test of its receptive field holds `overlap` to account."""


def export_model(network: Restorer, folder: Path, facts: dict[str, Any]) -> ModelManifest:
    """Write a model folder.

    Args:
        network: Trained, on the CPU.
        folder: The model's folder; its name is the model's id.
        facts: The manifest's remaining keys: task, name, license, hyperparameters, training, card; optionally parent.

    Returns:
        The manifest.

    Raises:
        TrainingError: The name cannot be a model's id, a model of this name exists, or the export libraries are
            missing.
        WriteError: The folder cannot be written.
    """
    verify_model_name(folder)
    with write_faults_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    header = {"id": folder.name, "schema": str(SCHEMA)}
    files = {"weights": _write(folder / WEIGHTS, _in_order(save(weights, metadata=header)))}
    for part, proto in _export_graphs(network.eval()).items():
        prefix = {"context": "paper.", "restore": "ink."}[part]
        _point_into(proto, prefix, folder / WEIGHTS)
        files[part] = _write(folder / f"{part}.onnx", proto.SerializeToString(deterministic=True))
    objective = OBJECTIVES[Task(facts["task"])]
    values = {
        "schema": SCHEMA,
        "id": folder.name,
        "architecture": next(name for name, known in ARCHITECTURES.items() if type(network) is known),
        "input": INPUT
        | {"context_reach": network.paper.reach, "doubled_up_to": objective.doubled_up_to}
        | ({"gated": True} if network.paper.is_gate else {}),
        "weights": files["weights"],
        "graphs": {"context": files["context"], "restore": files["restore"]},
        **facts,
    }
    manifest = ModelManifest.model_validate(values)
    write_manifest(folder, manifest)
    return manifest


def facts_of(manifest: ModelManifest) -> dict[str, Any]:
    """What a model made from another one takes over from its manifest: the facts that `export_model` asks for."""
    return manifest.model_dump(mode="json", by_alias=True, exclude={"schema_version", *_FROM_EXPORT})


def verify_model_name(folder: Path) -> None:
    """Check that a new model can have this folder.

    Raises:
        TrainingError: Not a possible id, or there is a model already: a model's id is never given to other weights.
    """
    fault = fault_of_new_id(folder.name)
    if fault:
        raise TrainingError(f"{folder.name[:LONGEST_ID]!r} {fault}")
    if (folder / "model.toml").exists():
        raise TrainingError(f"{folder}: a model of this name exists already; choose another name.")


def _in_order(content: bytes) -> bytes:
    """Sort the metadata of a safetensors file, which safetensors shuffles: the same weights get the same checksum."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    sorted_header = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return content[:8] + sorted_header.ljust(end - 8) + content[end:]


def _write(path: Path, content: bytes) -> FileSpec:
    with atomic_write(path) as file:
        file.write(content)
    return FileSpec(file=path.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def _export_graphs(network: Restorer) -> dict[str, "onnx.ModelProto"]:
    """Export both networks with free height and width; {"context": ModelProto, "restore": ModelProto}."""
    try:
        import onnxscript  # noqa: F401, PLC0415 - torch's exporter needs it and says so less plainly
    except ImportError as error:
        raise TrainingError("Exporting a model needs more libraries: pip install 'docclean[train]'") from error
    rows, columns = torch.export.Dim("rows", min=2), torch.export.Dim("columns", min=2)
    coarse_rows, coarse_columns = torch.export.Dim("coarse_rows", min=1), torch.export.Dim("coarse_columns", min=1)
    maps = network.paper(torch.zeros(1, 9, 8, 8)).shape[1]
    context = _export(
        network.paper,
        {"overview": torch.rand(1, 9, 48, 64)},
        {"overview": {2: 8 * coarse_rows, 3: 8 * coarse_columns}},
        "context",
    )
    restore = _export(
        network.ink,
        {"tile": torch.rand(1, 3, 384, 512), "context": torch.rand(1, maps, 48, 64)},
        {"tile": {2: CONTEXT_STRIDE * rows, 3: CONTEXT_STRIDE * columns}, "context": {2: rows, 3: columns}},
        "restored",
    )
    return {"context": context, "restore": restore}


def _export(
    network: nn.Module, inputs: dict[str, torch.Tensor], shapes: dict[str, Any], output: str
) -> "onnx.ModelProto":
    with _exporter_silenced():
        program = torch.onnx.export(
            network,
            kwargs=inputs,
            dynamo=True,
            opset_version=_OPSET,
            input_names=list(inputs),
            output_names=[output],
            dynamic_shapes=shapes,
            verbose=False,
        )
    if program is None:
        raise TrainingError("The network could not be exported as a graph; this is a fault of the program.")
    return program.model_proto


@contextmanager
def _exporter_silenced() -> Iterator[None]:
    """Keep torch's remarks to itself off the user's terminal: torchvision missing, its own use of old functions."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _point_into(proto: "onnx.ModelProto", prefix: str, weights: Path) -> None:
    """Let a graph read its weights from the safetensors file, so that there is one copy of them and one checksum.

    Source:
        ONNX, "External data": location, offset and length; the bytes of a safetensors tensor are its raw data.
    """
    external = 1  # onnx.TensorProto.EXTERNAL
    offsets = tensor_offsets(weights)
    for tensor in proto.graph.initializer:
        if prefix + tensor.name not in offsets:
            continue
        offset, length = offsets[prefix + tensor.name]
        if len(tensor.raw_data) != length:
            raise TrainingError(f"{tensor.name}: changed by the export; this is a fault of the program.")
        tensor.ClearField("raw_data")
        tensor.data_location = external
        for key, value in (("location", weights.name), ("offset", str(offset)), ("length", str(length))):
            tensor.external_data.add(key=key, value=value)
    parts = [proto, *proto.graph.node, *proto.graph.value_info, *proto.graph.input, *proto.graph.output]
    for part in parts:
        del part.metadata_props[:]
    for node in proto.graph.node:
        node.doc_string = ""
