"""Every model that comes with the program."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from docclean.core.resources import resource_path
from docclean.engine.backends import GraphBackend, TorchBackend
from docclean.engine.device import cpu_device
from docclean.models.catalog import ModelEntry
from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.registry import ARCHITECTURES
from docclean.models.weights import verify_weights
from docclean.training.export import INPUT

FOLDERS = sorted(path.parent for path in resource_path("models").glob(f"*/{MANIFEST}"))
pytestmark = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def entry_in(folder: Path) -> ModelEntry:
    return ModelEntry(read_manifest(folder / MANIFEST), folder, is_builtin=True)


def test_manifest_is_complete(folder: Path) -> None:
    manifest = read_manifest(folder / MANIFEST)
    assert manifest.id == folder.name
    assert manifest.license.strip()
    assert manifest.name["en"].strip()
    assert manifest.training.data
    assert manifest.card.use_for.strip()
    assert manifest.card.limits.strip()


def test_folder_holds_the_files_of_the_manifest_and_no_others(folder: Path) -> None:
    entry = entry_in(folder)
    graphs = entry.manifest.graphs
    named = {spec.file for spec in (entry.manifest.weights, graphs.context, graphs.restore)}
    assert {path.name for path in folder.iterdir()} == {MANIFEST, *named}
    verify_weights(entry)


def test_graphs_name_no_place_of_the_machine_that_made_them(folder: Path) -> None:
    for graph in folder.glob("*.onnx"):
        content = graph.read_bytes()
        assert not [word for word in (b"/home/", b"/tmp/", b"/root/", b".py", b"C:\\") if word in content]


def test_network_is_built_from_the_manifest_and_takes_the_weights(folder: Path) -> None:
    entry = entry_in(folder)
    network = load_network(entry, torch.device("cpu"))
    assert isinstance(network, ARCHITECTURES[entry.manifest.architecture])
    assert all(torch.isfinite(tensor).all() for tensor in network.state_dict().values())


def test_overlap_is_the_one_that_the_receptive_field_was_measured_against(folder: Path) -> None:
    """See `tests/unit/models/test_denoiser.py`; a deeper bottleneck would need more."""
    entry = entry_in(folder)
    network = load_network(entry, torch.device("cpu"))
    assert isinstance(network, Denoiser | Dewatermarker)
    assert entry.manifest.input.overlap >= INPUT["overlap"]
    assert len(network.ink.bottleneck.convs) <= len(Denoiser().ink.bottleneck.convs)


@pytest.mark.parametrize("shape", [(192, 256), (64, 64), (8, 8)])
def test_graph_and_network_agree(folder: Path, shape: tuple[int, int]) -> None:
    entry = entry_in(folder)
    graph, network = GraphBackend(entry), TorchBackend(entry, cpu_device())
    generator = np.random.default_rng(0)
    overview = np.sort(generator.random((3, 3, 64, 64), np.float32), axis=0)[[1, 2, 0]].reshape(1, 9, 64, 64)
    context = graph.context(overview)
    np.testing.assert_allclose(context, network.context(overview), atol=2 / 255)
    height, width = shape
    under = np.ascontiguousarray(context[:, :, : height // 8, : width // 8])
    tile = generator.random((1, 3, height, width), np.float32)
    ours, theirs = graph.restore(tile, under), network.restore(tile, under)
    assert ours.shape == (3, height, width)
    assert np.abs(ours - theirs).max() < 2 / 255


def test_costs_at_most_ten_thousand_multiply_adds_per_pixel(folder: Path) -> None:
    """With a gate the tile network runs for a part of the pixels only, so each network is held to account by itself."""
    network, gated = load_network(entry_in(folder), torch.device("cpu")), entry_in(folder).manifest.input.gated
    overview, tile = (multiply_adds(network, part) for part in ("paper", "ink"))
    assert 5_000 < tile <= 10_000
    assert 100 < overview <= 1_000
    assert gated or overview + tile <= 10_000


def test_gate_is_declared_where_the_network_has_one(folder: Path) -> None:
    entry = entry_in(folder)
    network = load_network(entry, torch.device("cpu"))
    assert isinstance(network, Denoiser | Dewatermarker)
    assert entry.manifest.input.gated is network.paper.is_gate
    assert entry.manifest.input.context_reach >= network.paper.reach


def multiply_adds(network: nn.Module, part: str) -> float:
    """Multiplications and additions of the convolutions of a part of a network, for a pixel of the page."""
    side, counted = 512, list[float]()

    def count(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        assert isinstance(layer, nn.Conv2d)
        kernel = layer.kernel_size[0] * layer.kernel_size[1] * layer.in_channels / layer.groups
        counted.append(kernel * output.numel() / side**2)

    for layer in network.get_submodule(part).modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.inference_mode():
        network(torch.rand(1, 3, side, side))
    return sum(counted)
