import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper
from safetensors.torch import load_file

from docclean.core.errors import DoccleanError, TrainingError, WriteError
from docclean.core.files import PendingFile
from docclean.engine.backends import GraphBackend
from docclean.models.catalog import Catalog, ModelEntry
from docclean.models.denoiser import Denoiser, overview_of
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, ModelManifest, read_manifest
from docclean.models.weights import tensor_offsets, verify_weights
from docclean.training import export
from docclean.training.export import WEIGHTS, export_model, facts_of, verify_model_name
from tests.helpers.corpus import TINY

HYPERPARAMETERS: dict[str, Any] = {**TINY, "tone": [0.3, 1.0, 0.8, 4.0]}
FACTS: dict[str, Any] = {
    "task": "denoise",
    "name": {"en": "Tiny"},
    "license": "CC0-1.0",
    "hyperparameters": HYPERPARAMETERS,
    "training": {"data": ["pages of nobody"], "settings": {"seed": 1}},
    "card": {"use_for": "tests", "limits": "all others"},
}
CPU = torch.device("cpu")


def tiny_network() -> Denoiser:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = Denoiser(**HYPERPARAMETERS)
        for head in (network.paper.head, network.ink.head):
            torch.nn.init.normal_(head.weight, std=0.2)
        assert network.ink.head.bias is not None
        torch.nn.init.normal_(network.ink.head.bias, std=0.2)  # the exporter leaves out a bias of zeros
    return network


@dataclass(frozen=True)
class Exported:
    network: Denoiser
    entry: ModelEntry
    manifest: ModelManifest
    said: str


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The only real export here: it takes its time."""
    folder = tmp_path_factory.mktemp("models") / "tiny-1"
    network, said = tiny_network(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        manifest = export_model(network, folder, FACTS)
    return Exported(
        network, ModelEntry(read_manifest(folder / MANIFEST), folder, is_builtin=False), manifest, said.getvalue()
    )


@pytest.fixture(scope="module")
def backend(exported: Exported) -> GraphBackend:
    return GraphBackend(exported.entry)


@pytest.fixture
def quick_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs that hold the weights and compute nothing."""

    def graphs(network: Denoiser) -> dict[str, onnx.ModelProto]:
        return {"context": graph_of(network.paper), "restore": graph_of(network.ink)}

    monkeypatch.setattr(export, "_export_graphs", graphs)


def graph_of(network: torch.nn.Module) -> onnx.ModelProto:
    weights = [numpy_helper.from_array(v.detach().numpy(), k) for k, v in network.state_dict().items()]
    return helper.make_model(helper.make_graph([], "graph", [], [], initializer=weights))


def sentence_of(action: Callable[[], object], kind: type[DoccleanError] = TrainingError) -> str:
    with pytest.raises(kind) as fault:
        action()
    sentence = str(fault.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 192), (320, 128)])
def test_graphs_of_any_size_compute_what_the_network_does(
    height: int, width: int, exported: Exported, backend: GraphBackend
) -> None:
    pages = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height))
    overview = overview_of(pages)
    with torch.inference_mode():
        context, restored = exported.network.paper(overview), exported.network(pages)
    assert np.abs(backend.context(overview.numpy()) - context.numpy()).max() < 1e-4
    assert np.abs(backend.restore(pages.numpy(), context.numpy()) - restored.numpy()).max() < 1e-4


@pytest.mark.parametrize(("height", "width"), [(16, 16), (104, 24), (40, 136)])
def test_restoring_graph_takes_any_tile_of_whole_cells(
    height: int, width: int, exported: Exported, backend: GraphBackend
) -> None:
    generator = torch.Generator().manual_seed(width)
    tile = torch.rand(1, 3, height, width, generator=generator)
    context = torch.rand(1, 5, height // 8, width // 8, generator=generator)
    with torch.inference_mode():
        restored = exported.network.ink(tile, context)
    assert np.abs(backend.restore(tile.numpy(), context.numpy()) - restored.numpy()).max() < 1e-4


def test_weights_are_kept_once_and_the_graphs_point_at_them(exported: Exported) -> None:
    folder = exported.entry.folder
    offsets, pointed = tensor_offsets(folder / WEIGHTS), set()
    for part, prefix in (("context", "paper."), ("restore", "ink.")):
        proto = onnx.load(str(folder / f"{part}.onnx"), load_external_data=False)
        for tensor in proto.graph.initializer:
            if tensor.data_location != onnx.TensorProto.EXTERNAL:
                assert len(tensor.raw_data) < 64  # sizes and scales
                continue
            place = {entry.key: entry.value for entry in tensor.external_data}
            assert place["location"] == WEIGHTS
            assert (int(place["offset"]), int(place["length"])) == offsets[prefix + tensor.name]
            assert not tensor.raw_data
            pointed.add(prefix + tensor.name)
    assert pointed == set(offsets) == set(exported.network.state_dict())


def test_graphs_name_no_folder_and_no_source_line(exported: Exported) -> None:
    for part in ("context", "restore"):
        content = (exported.entry.folder / f"{part}.onnx").read_bytes()
        assert len(content) < 20_000
        for word in (str(Path(export.__file__).parent), ".py", str(Path.home())):
            assert word.encode() not in content


def test_stored_weights_are_the_networks(exported: Exported) -> None:
    stored = load_file(exported.entry.folder / WEIGHTS)
    assert stored.keys() == exported.network.state_dict().keys()
    assert all(torch.equal(stored[k], v) for k, v in exported.network.state_dict().items())


def test_manifest_vouches_for_every_file(exported: Exported) -> None:
    verify_weights(exported.entry)
    assert exported.entry.manifest == exported.manifest
    assert exported.manifest.id == "tiny-1"
    listed = {exported.manifest.weights.file, *(g.file for _, g in exported.manifest.graphs)}
    assert {p.name for p in exported.entry.folder.iterdir()} == listed | {MANIFEST}


def test_exported_model_can_be_loaded_as_a_network(exported: Exported) -> None:
    pages = torch.rand(1, 3, 64, 128)
    network = load_network(exported.entry, CPU)
    with torch.inference_mode():
        assert torch.allclose(network(pages), exported.network(pages), atol=1e-6)


def test_facts_of_a_model_make_another_one(exported: Exported) -> None:
    facts = facts_of(exported.manifest)
    wanted = exported.manifest.model_dump(mode="json", by_alias=True)
    assert {name: facts[name] for name in FACTS} == {name: wanted[name] for name in FACTS}
    assert not {"id", "architecture", "weights", "graphs", "metrics", "fallback"} & facts.keys()


def test_export_says_nothing(exported: Exported) -> None:
    assert exported.said == ""


def test_same_network_gives_the_same_files(quick_graphs: None, tmp_path: Path) -> None:
    manifests = [export_model(tiny_network(), tmp_path / f"folder-{n}" / "model", FACTS) for n in range(8)]
    assert all(manifest == manifests[0] for manifest in manifests)


@pytest.mark.parametrize("name", ["Denoise", "-model", ".hidden", "my model", "modèle", "a/..", "model\n", "_x"])
def test_name_that_cannot_be_an_id_is_refused(name: str, tmp_path: Path, quick_graphs: None) -> None:
    folder = tmp_path / name
    sentence = sentence_of(lambda: export_model(tiny_network(), folder, FACTS))
    assert "cannot be a model's name" in sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a", "my-model_2.1", "0", "denoise-standard-8"])
def test_name_that_can_be_an_id_is_taken(name: str, tmp_path: Path) -> None:
    verify_model_name(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_existing_model_is_refused_and_kept(tmp_path: Path, quick_graphs: None) -> None:
    folder = tmp_path / "model"
    export_model(tiny_network(), folder, FACTS)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    other = tiny_network()
    torch.nn.init.zeros_(other.ink.head.weight)
    sentence = sentence_of(lambda: export_model(other, folder, FACTS))
    assert sentence == f"{folder}: a model of this name exists already; choose another name."
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def usable_models(root: Path) -> list[str]:
    catalog = Catalog(root / "none", root)
    return [entry.manifest.id for entry in catalog.all()] + [str(fault) for fault in catalog.damaged]


@pytest.mark.parametrize("written", range(4))
def test_interrupted_export_is_no_model_and_can_be_repeated(
    written: int, quick_graphs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted before the weights, either graph, or the manifest has its name."""
    real, commits = PendingFile.commit, list[str]()

    def interrupted(self: PendingFile, *arguments: Any) -> Path:
        if len(commits) == written:
            raise KeyboardInterrupt
        commits.append(self.path.name)
        return real(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(PendingFile, "commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            export_model(tiny_network(), tmp_path / "model", FACTS)
    assert commits == [WEIGHTS, "context.onnx", "restore.onnx"][:written]
    assert usable_models(tmp_path) == []
    export_model(tiny_network(), tmp_path / "model", FACTS)
    assert usable_models(tmp_path) == ["model"]
    verify_weights(Catalog(tmp_path / "none", tmp_path).get("model"))


def test_failed_graph_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.onnx, "export", lambda *arguments, **options: None)
    sentence = sentence_of(lambda: export_model(tiny_network(), tmp_path / "model", FACTS))
    assert "could not be exported as a graph" in sentence
    assert usable_models(tmp_path) == []


def test_missing_library_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    sentence = sentence_of(lambda: export_model(tiny_network(), tmp_path / "model", FACTS))
    assert "pip install 'docclean[train]'" in sentence
    assert usable_models(tmp_path) == []


def test_weights_that_the_export_changed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph must not read half a tensor, or a tensor of another type."""

    def halved(network: Denoiser) -> dict[str, onnx.ModelProto]:
        return {"context": graph_of(network.paper.half())}

    monkeypatch.setattr(export, "_export_graphs", halved)
    sentence = sentence_of(lambda: export_model(tiny_network(), tmp_path / "model", FACTS))
    assert "changed by the export" in sentence
    assert usable_models(tmp_path) == []


def test_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path, quick_graphs: None) -> None:
    (tmp_path / "models").touch()
    folder = tmp_path / "models" / "model"
    assert str(folder) in sentence_of(lambda: export_model(tiny_network(), folder, FACTS), WriteError)
