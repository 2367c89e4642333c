"""A fine-tuned network as a model: its parent's graphs on its own weights."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from docclean.core.cancel import CancelToken
from docclean.core.errors import DoccleanError, ModelError, TrainingError, UsageError, WriteError
from docclean.core.page import PixelArray
from docclean.core.paths import user_models_folder
from docclean.engine.backends import Backend, GraphBackend, TorchBackend
from docclean.engine.device import cpu_device
from docclean.engine.inference import restore_page
from docclean.engine.loading import load_first_network, load_model
from docclean.engine.page_gate import PageGate, described, load_gate
from docclean.models.archive import export_model_archive, import_model
from docclean.models.catalog import DEFAULTS, Catalog, ModelEntry
from docclean.models.library import files_fault, remove, size_on_disk
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.names import new_model_folder
from docclean.models.weights import tensor_offsets, verify_weights
from docclean.training.finetune.keeping import keep_model, verify_parent
from tests.helpers.disks import small_disk
from tests.helpers.models import signed, tiny_model

FACTS: dict[str, Any] = {
    "name": {"en": "My pages"},
    "training": {
        "data": ["own pages"],
        "settings": {"minutes": 10.0, "steps": None, "pairs": [{"name": "a", "sha256": None}]},
    },
    "metrics": [{"set": "held-out pages", "command": "docclean finetune", "values": {"pages": 1.0}}],
    "recommended": False,
    "verdict": ["It got worse.", "Not recommended."],
    "card": {"use_for": "pages like mine", "limits": "others"},
}
CPU = torch.device("cpu")


@pytest.fixture
def parent(tmp_path: Path) -> ModelEntry:
    return tiny_model(tmp_path / "made", "parent")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "mine"


def perturbed(entry: ModelEntry, amount: float = 0.05) -> nn.Module:
    network = load_network(entry, CPU)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            spread = amount * max(float(parameter.abs().mean()), 0.02)
            parameter.add_(spread * torch.randn(parameter.shape, generator=generator))
    return network


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def kept(folder: Path) -> ModelEntry:
    return ModelEntry(read_manifest(folder / MANIFEST), folder, is_builtin=False)


def letters(height: int = 200, width: int = 264) -> PixelArray:
    """A page with a gray ground, a slope of light and bars of ink."""
    page = np.linspace(150, 230, width)[None, :, None] * np.ones((height, 1, 3))
    page[40:44, 20:200] = page[80:120:8, 30:180] = page[150:170, 50:58] = 30
    grain = np.random.default_rng(0).normal(0, 6, page.shape)
    return np.clip(page + grain, 0, 255).astype(np.uint8)


def cleaned(backend: Backend, entry: ModelEntry) -> PixelArray:
    return restore_page(backend, letters(), entry.manifest.input, CancelToken(), lambda _done, _total: None)


def fault_of(network: nn.Module | dict[str, Tensor], parent: ModelEntry, folder: Path) -> str:
    """Keep what must be refused; the sentence, after making sure that nothing was written."""
    with pytest.raises(DoccleanError) as caught:
        keep_model(network, parent, folder, FACTS)
    assert not folder.parent.exists()
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("model", ["", *DEFAULTS.values()])
def test_kept_model_computes_what_the_network_does(model: str, parent: ModelEntry, folder: Path) -> None:
    """By the parent's graphs: the tiny model's, and those of every shipped one."""
    parent = Catalog.installed().get(model) if model else parent
    network = perturbed(parent)
    keep_model(network, parent, folder, FACTS)
    entry = kept(folder)
    verify_weights(entry)
    assert all(
        torch.equal(ours, network.state_dict()[name]) for name, ours in load_network(entry, CPU).state_dict().items()
    )
    by_graph = cleaned(GraphBackend(entry), entry)
    by_torch = cleaned(TorchBackend(entry, cpu_device()), entry)
    assert np.abs(by_graph.astype(int) - by_torch).max() <= 2
    if not model:
        assert np.abs(by_graph.astype(int) - cleaned(GraphBackend(parent), parent)).max() > 8


def test_parent_is_untouched_and_what_is_not_given_comes_from_it(parent: ModelEntry, folder: Path) -> None:
    before = files_of(parent.folder)
    manifest = keep_model(perturbed(parent), parent, folder, FACTS)
    assert files_of(parent.folder) == before
    assert manifest == kept(folder).manifest
    old = parent.manifest
    for name in ("task", "architecture", "hyperparameters", "input", "graphs", "license"):
        assert getattr(manifest, name) == getattr(old, name)
    assert (manifest.id, manifest.parent, manifest.shown_name) == ("mine", "parent", "My pages")
    assert (manifest.recommended, manifest.verdict) == (False, ("It got worse.", "Not recommended."))
    assert manifest.training.settings == {"minutes": 10.0, "pairs": [{"name": "a"}]}
    assert manifest.weights.sha256 != old.weights.sha256
    assert tensor_offsets(folder / "weights.safetensors") == tensor_offsets(parent.folder / "weights.safetensors")


def test_facts_cannot_change_what_the_weights_decide(parent: ModelEntry, folder: Path) -> None:
    manifest = keep_model(perturbed(parent), parent, folder, {**FACTS, "id": "other", "license": "CC-BY-4.0"})
    assert (manifest.id, manifest.license) == ("mine", "CC-BY-4.0")


@pytest.mark.parametrize(("name", "written"), [("mine", "mine"), ("m" * 60, None)])
def test_header_keeps_its_length_and_tells_the_id_where_it_fits(
    name: str, written: str | None, parent: ModelEntry, folder: Path
) -> None:
    keep_model(perturbed(parent), parent, folder.with_name(name), FACTS)
    content = (folder.with_name(name) / "weights.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    assert content[:8] == (parent.folder / "weights.safetensors").read_bytes()[:8]
    assert json.loads(content[8 : 8 + length])["__metadata__"].get("id") == written


def test_same_weights_make_the_same_files(parent: ModelEntry, folder: Path) -> None:
    weights = dict(reversed(perturbed(parent).state_dict().items()))
    first = keep_model(perturbed(parent), parent, folder.parent / "a" / "mine", FACTS)
    assert keep_model(weights, parent, folder.parent / "b" / "mine", FACTS) == first


def test_network_in_another_memory_layout_is_kept(parent: ModelEntry, folder: Path) -> None:
    network = perturbed(parent).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    keep_model(network, parent, folder, FACTS)
    assert keep_model(perturbed(parent), parent, folder.parent / "b" / "mine", FACTS) == kept(folder).manifest


def test_imported_model_can_be_a_parent_and_what_came_of_it_travels(tmp_path: Path, parent: ModelEntry) -> None:
    models = user_models_folder()
    entry = import_model(export_model_archive(parent, tmp_path / "parent.docclean-model"))
    verify_parent(entry)
    keep_model(perturbed(entry), entry, models / "mine", FACTS)
    made = Catalog.installed().get("mine")
    archive = export_model_archive(made, tmp_path / "mine.docclean-model")
    before = files_of(made.folder)
    remove(made)
    assert import_model(archive).manifest == made.manifest
    assert files_of(models / "mine") == before


def test_weights_of_another_form_are_refused(parent: ModelEntry, folder: Path) -> None:
    weights = perturbed(parent).state_dict()
    name = "ink.head.weight"
    for changed, words in (
        ({k: v for k, v in weights.items() if k != name}, "is missing in the new weights"),
        ({**weights, "ink.more": weights[name]}, "ink.more: is missing in parent"),
        ({**weights, name: weights[name][:, :1]}, f"{name}: is "),
        ({**weights, name: weights[name].half()}, "of float16 and in parent"),
        ({**weights, name: weights[name] * torch.nan}, "values that are no numbers"),
    ):
        assert words in fault_of(changed, parent, folder)


def test_change_that_the_parent_s_graphs_do_not_read_is_refused(parent: ModelEntry, folder: Path) -> None:
    """A graph may lack a tensor: the exporter leaves out biases of zeros."""
    start, length = tensor_offsets(parent.folder / "weights.safetensors")["ink.head.bias"]
    graph = parent.folder / "restore.onnx"
    found = graph.read_bytes()
    key = b"\n\x06offset\x12" + bytes([len(str(start))])
    assert found.count(key + str(start).encode()) == 1
    graph.write_bytes(found.replace(key + str(start).encode(), key + str(start + length).encode()))
    assert len(str(start)) == len(str(start + length))
    parent = signed(parent)
    with pytest.raises(TrainingError, match=r"parent: no model can be made .* do not read ink\.head\.bias"):
        verify_parent(parent)
    assert "ink.head.bias has changed" in fault_of(perturbed(parent), parent, folder)
    weights = perturbed(parent).state_dict()
    weights["ink.head.bias"] = load_network(parent, CPU).state_dict()["ink.head.bias"]
    assert keep_model(weights, parent, folder, FACTS).id == "mine"


def test_damaged_parent_is_refused(parent: ModelEntry, folder: Path) -> None:
    network = perturbed(parent)
    (parent.folder / "restore.onnx").write_bytes(b"no graph")
    assert "restore.onnx: damaged" in fault_of(network, parent, folder)
    with pytest.raises(ModelError, match="is no graph"):
        verify_parent(signed(parent))


def test_model_in_the_way_stays(parent: ModelEntry, folder: Path) -> None:
    keep_model(perturbed(parent), parent, folder, FACTS)
    before = files_of(folder)
    with pytest.raises(TrainingError, match="exists already"):
        keep_model(perturbed(parent, 0.5), parent, folder, FACTS)
    (folder / MANIFEST).unlink()
    with pytest.raises(TrainingError, match="in the way"):
        keep_model(perturbed(parent, 0.5), parent, folder, FACTS)
    assert files_of(folder) == {name: content for name, content in before.items() if name != MANIFEST}


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "a\\b", "..", ".", "CON", "con", "nul.txt", "com1", "mine.", "Mine", "m" * 65, "-a", "müde", "a b"],
)
def test_name_that_no_folder_can_have_everywhere_is_one_sentence(name: str, tmp_path: Path, parent: ModelEntry) -> None:
    models = tmp_path / "models"
    with pytest.raises(UsageError, match=r"^'.*' .*; (type|use|choose) .*\.$"):
        new_model_folder(name, Catalog(parent.folder.parent, models), models)
    if "/" not in name and name not in ("", ".", ".."):
        assert "model's name" in fault_of({}, parent, models / name)


def test_name_in_use_is_refused_also_where_disks_ignore_case(parent: ModelEntry, tmp_path: Path) -> None:
    models = tmp_path / "models"
    (models / "Broken").mkdir(parents=True)
    catalog = Catalog(parent.folder.parent, models)
    for name in ("parent", "broken"):
        with pytest.raises(UsageError, match=f"A model named '{name}' exists already; choose another name"):
            new_model_folder(name, catalog, models)
    assert new_model_folder("m" * 64, catalog, models) == models / ("m" * 64)


def test_full_disk_leaves_nothing(parent: ModelEntry, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 48) as disk:
        models = disk / "models"
        with pytest.raises(WriteError, match="mine: cannot be written because the disk is full"):
            keep_model(perturbed(parent), parent, models / "mine", FACTS)
        assert list(models.iterdir()) == []


@pytest.mark.parametrize("call", range(5))
def test_write_that_fails_anywhere_leaves_nothing(
    call: int, parent: ModelEntry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each file, at the manifest, and when the folder gets its name."""
    network, real, seen = perturbed(parent), os.fsync, list[int]()

    def full(descriptor: int) -> None:
        seen.append(descriptor)
        if len(seen) == call + 1:
            raise OSError(errno.ENOSPC, "full")
        real(descriptor)

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EACCES, "no")

    monkeypatch.setattr(os, "fsync", full)
    if call == 4:
        monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(WriteError) as caught:
        keep_model(network, parent, folder, FACTS)
    assert str(caught.value).startswith(f"{folder}: ")
    assert list(folder.parent.iterdir()) == []


def gate_around(page: PixelArray, first: ModelEntry) -> PageGate:
    center = described(load_first_network(first, cpu_device()), page)
    return PageGate(center[None], np.eye(len(center))[None], np.array([1e-6]))


def result_of(entry: ModelEntry, page: PixelArray, backend: Backend | None = None) -> PixelArray:
    backend = backend or load_model(entry, cpu_device())
    return restore_page(backend, page, entry.manifest.input, CancelToken(), lambda _done, _total: None)


def test_model_with_a_gate_restores_other_pages_as_its_parent_does(parent: ModelEntry, folder: Path) -> None:
    own, other = letters(), np.ascontiguousarray(letters() // 2)
    manifest = keep_model(perturbed(parent), parent, folder, FACTS, gate_around(own, parent))
    entry = kept(folder)
    assert manifest == entry.manifest
    verify_weights(entry)
    assert files_of(folder).keys() == {*files_of(parent.folder), "fallback.safetensors", "gate.safetensors"}
    np.testing.assert_array_equal(result_of(entry, other), result_of(parent, other))
    np.testing.assert_array_equal(result_of(entry, own), cleaned(GraphBackend(entry), entry))
    assert (result_of(entry, own) != result_of(parent, own)).any()
    fallback = manifest.fallback
    assert fallback is not None
    network = TorchBackend(entry, cpu_device(), weights=fallback.weights)
    np.testing.assert_array_equal(
        result_of(entry, other, network), result_of(parent, other, TorchBackend(parent, cpu_device()))
    )


def test_grandchild_restores_the_pages_of_both_and_others_as_the_first_did(parent: ModelEntry, folder: Path) -> None:
    one, two, other = letters(), np.ascontiguousarray(letters() // 2), np.ascontiguousarray(255 - letters() // 3)
    keep_model(perturbed(parent), parent, folder, FACTS, gate_around(one, parent))
    child = kept(folder)
    keep_model(perturbed(child), child, folder.with_name("grand"), FACTS, gate_around(two, child))
    grand = kept(folder.with_name("grand"))
    for page in (one, two):
        np.testing.assert_array_equal(result_of(grand, page), result_of(grand, page, GraphBackend(grand)))
    np.testing.assert_array_equal(result_of(grand, other), result_of(parent, other))
    keep_model(perturbed(grand), grand, folder.with_name("fourth"), FACTS)
    fourth = kept(folder.with_name("fourth"))
    gates = [load_gate(entry.folder / "gate.safetensors") for entry in (grand, fourth)]
    np.testing.assert_array_equal(gates[0].center, gates[1].center)
    np.testing.assert_array_equal(result_of(fourth, other), result_of(parent, other))


def test_model_with_a_gate_is_handed_on_as_one_file(parent: ModelEntry, folder: Path, tmp_path: Path) -> None:
    keep_model(perturbed(parent), parent, folder, FACTS, gate_around(letters(), parent))
    entry = kept(folder)
    imported = import_model(export_model_archive(entry, tmp_path / "mine.docclean-model"))
    assert files_of(imported.folder) == files_of(folder)
    assert size_on_disk(imported) == sum(map(len, files_of(folder).values())) - len(files_of(folder)[MANIFEST])
    (imported.folder / "gate.safetensors").unlink()
    assert "gate.safetensors" in files_fault(imported)
    with pytest.raises(ModelError, match=r"gate\.safetensors"):
        load_model(imported, cpu_device())
