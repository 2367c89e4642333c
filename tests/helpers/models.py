"""Models small enough for tests, and stand-ins for the runtimes that run them.

The graphs in `tests/data/models/tiny` are exported once: exporting takes ten seconds, and they hold no weights. After a
change of the network `export_tiny_graphs` makes them anew.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from docclean.core.errors import DeviceMemoryError
from docclean.core.progress import Progress
from docclean.core.recipe import Task
from docclean.models.catalog import Catalog, ModelEntry
from docclean.models.denoiser import Denoiser
from docclean.models.manifest import MANIFEST, FileSpec, ModelManifest, read_manifest, write_manifest

TINY_GRAPHS = Path(__file__).resolve().parents[1] / "data" / "models" / "tiny"
HYPERPARAMETERS: dict[str, Any] = {
    "paper_channels": [4, 6, 8, 8],
    "ink_channels": [8, 8, 8],
    "context_channels": 4,
    "bottleneck_depth": 1,
}
SMALL_TILES = {"multiple_of": 64, "tile": 128, "min_tile": 104, "overlap": 48}
"""Tiles that make several of a small page; the overlap suits a bottleneck of one convolution."""


def tiny_network(seed: int = 0) -> Denoiser:
    """Build a network with random weights whose correction is plain to see."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Denoiser(**HYPERPARAMETERS)
        torch.nn.init.normal_(network.ink.head.weight, std=0.06)
        torch.nn.init.normal_(network.paper.head.weight, std=0.3)
        # A bias of zeros would be left out of the graphs, and then no model could be made from this one.
        torch.nn.init.normal_(network.ink.head.bias, std=0.01)  # type: ignore[arg-type]  # every head has a bias
    return network.eval()


def identity_network() -> Denoiser:
    """Build a network that gives every page back: the paper is white and the correction nothing."""
    network = tiny_network()
    with torch.no_grad():
        for head in (network.paper.head, network.ink.head):
            head.weight.zero_()
            torch.nn.init.zeros_(head.bias)  # type: ignore[arg-type]  # every head has a bias
        network.paper.head.bias[:3] = 30.0  # type: ignore[index]  # every head has a bias
    return network


def facts(task: Task = Task.DENOISE) -> dict[str, Any]:
    """Give the keys of a manifest that do not come from the export."""
    return {
        "task": task,
        "license": "CC0-1.0",
        "name": {"en": "Tiny"},
        "hyperparameters": HYPERPARAMETERS,
        "training": {"data": ["none"]},
        "card": {"use_for": "tests", "limits": "no page gets cleaner"},
    }


def tiny_model(
    models: Path,
    name: str = "tiny",
    *,
    network: Denoiser | None = None,
    task: Task = Task.DENOISE,
    tiles: Mapping[str, int] = SMALL_TILES,
) -> ModelEntry:
    """Write a model folder below `models`, with real graphs that read the network's weights."""
    folder = models / name
    shutil.copytree(TINY_GRAPHS, folder)
    save_weights(folder, network or tiny_network())
    values = {
        "schema": 1,
        "id": name,
        "architecture": "denoiser",
        "input": dict(tiles),
        "weights": file_spec(folder / "weights.safetensors"),
        "graphs": {part: file_spec(folder / f"{part}.onnx") for part in ("context", "restore")},
        **facts(task),
    }
    write_manifest(folder, ModelManifest.model_validate(values))
    return entry_of(folder)


def save_weights(folder: Path, network: Denoiser) -> None:
    """Write weights to where the tiny graphs look for them: the header, and so every offset, is always the same."""
    save_file(network.state_dict(), folder / "weights.safetensors", metadata={"id": "tiny", "schema": "1"})


def file_spec(path: Path) -> FileSpec:
    content = path.read_bytes()
    return FileSpec(file=path.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def entry_of(folder: Path) -> ModelEntry:
    return ModelEntry(read_manifest(folder / MANIFEST), folder, is_builtin=True)


def catalog_of(models: Path) -> Catalog:
    """Take the models of one folder, as built-in ones."""
    return Catalog(models, models / "none")


def signed(entry: ModelEntry) -> ModelEntry:
    """Write a manifest that vouches for the model's files as they are now."""
    specs = {
        "weights": file_spec(entry.folder / "weights.safetensors"),
        "graphs": {part: file_spec(entry.folder / f"{part}.onnx") for part in ("context", "restore")},
    }
    values = entry.manifest.model_dump(by_alias=True) | specs
    write_manifest(entry.folder, ModelManifest.model_validate(values))
    return entry_of(entry.folder)


def export_tiny_graphs() -> None:
    """Make the graphs in `tests/data/models/tiny` anew; needs the libraries for training."""
    from docclean.training.export import export_model

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "tiny"
        export_model(tiny_network(), folder, facts())
        for part in ("context", "restore"):
            shutil.copy(folder / f"{part}.onnx", TINY_GRAPHS)


class Heard(list[Progress]):
    """A progress sink that remembers what it heard."""

    def __call__(self, progress: Progress) -> None:
        self.append(progress)


FloatArray = NDArray[np.float32]


class FakeBackend:
    """Restores by inverting; counts its calls. A tile with more than `largest` pixels a side does not fit.

    Attributes:
        sides: Heights and widths of the tiles that were asked for.
    """

    def __init__(self, *, largest: int = 1 << 20, context_fits: bool = True) -> None:
        self.sides: list[tuple[int, int]] = []
        self._largest = largest
        self._context_fits = context_fits

    def context(self, overview: FloatArray) -> FloatArray:
        if not self._context_fits:
            raise DeviceMemoryError("no room")
        return overview[:, :7]

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        height, width = tile.shape[2:]
        assert context.shape[2:] == (height // 8, width // 8)
        self.sides.append((height, width))
        if max(height, width) > self._largest:
            raise DeviceMemoryError("no room")
        inverted: FloatArray = 1.0 - tile[0]
        return inverted
