from pathlib import Path
from typing import Any

import pytest
import torch

from docclean.core.errors import ModelError
from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import ModelManifest
from docclean.models.registry import ARCHITECTURES
from tests.helpers.models import HYPERPARAMETERS, signed, tiny_model, tiny_network

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return tiny_model(tmp_path_factory.mktemp("models"))


def with_manifest(entry: ModelEntry, **values: Any) -> ModelEntry:
    manifest = ModelManifest.model_validate(entry.manifest.model_dump(by_alias=True) | values)
    return ModelEntry(manifest, entry.folder, is_builtin=True)


def test_load_network_has_the_files_weights(entry: ModelEntry) -> None:
    network = load_network(entry, CPU)
    wanted = tiny_network().state_dict()
    assert set(network.state_dict()) == set(wanted)
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in network.state_dict().items())
    assert not any(module.training for module in network.modules())


def test_unknown_architecture_is_a_sentence(entry: ModelEntry) -> None:
    with pytest.raises(ModelError, match=r"tiny: architecture 'transformer' is not known.*denoiser.*update docclean"):
        load_network(with_manifest(entry, architecture="transformer"), CPU)


@pytest.mark.parametrize(
    "change",
    [
        {"context_channels": 5},
        {"ink_channels": [8, 8, 9]},
        {"ink_channels": [8, 8]},
        {"ink_channels": 8},
        {"ink_channels": ["a", "b", "c"]},
        {"ink_channels": [8, -8, 8]},
        {"paper_channels": []},
        {"paper_channels": [4, 6, 8]},
        {"paper_channels": "many"},
        {"bottleneck_depth": 2},
        {"bottleneck_depth": "deep"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_weights_that_do_not_fit_are_a_sentence(entry: ModelEntry, change: dict[str, Any]) -> None:
    changed = with_manifest(entry, hyperparameters=HYPERPARAMETERS | change)
    with pytest.raises(ModelError, match="the weights do not fit the architecture 'denoiser'") as caught:
        load_network(changed, CPU)
    assert str(caught.value).startswith(f"{entry.folder / 'weights.safetensors'}: ")


def test_file_that_is_not_safetensors_is_a_sentence(tmp_path: Path) -> None:
    entry = tiny_model(tmp_path)
    (entry.folder / "weights.safetensors").write_bytes(b"pickle? no")
    with pytest.raises(ModelError, match="do not fit the architecture"):
        load_network(signed(entry), CPU)


def test_damaged_weights_are_never_loaded(tmp_path: Path) -> None:
    entry = tiny_model(tmp_path)
    (entry.folder / "weights.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="damaged"):
        load_network(entry, CPU)


def test_registry_names_the_networks() -> None:
    found = {name: network.__name__ for name, network in ARCHITECTURES.items()}
    assert found == {"denoiser": "Denoiser", "dewatermarker": "Dewatermarker"}
