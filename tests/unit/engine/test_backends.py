import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError, ModelError
from docclean.engine import backends
from docclean.engine.backends import GraphBackend, TorchBackend, load_backend
from docclean.engine.device import DeviceSpec, cpu_device
from docclean.engine.inference import restore_page
from docclean.models.catalog import ModelEntry
from tests.helpers.models import signed, tiny_model, tiny_network

FloatArray = NDArray[np.float32]
FILES = ["weights.safetensors", "context.onnx", "restore.onnx"]


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return tiny_model(tmp_path_factory.mktemp("models"))


def random_inputs(height: int, width: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Give a tile and a context of values that a page can have."""
    generator = np.random.default_rng(seed)
    context = generator.random((1, 7, height // 8, width // 8), np.float32) * 0.8 + 0.2
    return generator.random((1, 3, height, width), np.float32), context


@pytest.mark.parametrize(("seed", "size"), [(0, (8, 8)), (1, (8, 72)), (2, (64, 64)), (3, (200, 136))])
def test_graph_and_network_agree(tmp_path: Path, seed: int, size: tuple[int, int]) -> None:
    """If this fails after a change of the network, run `export_tiny_graphs` of `tests/helpers/models.py`."""
    entry = tiny_model(tmp_path, network=tiny_network(seed))
    graph, network = GraphBackend(entry), TorchBackend(entry, cpu_device())
    tile, context = random_inputs(*size, seed=seed)
    ours, theirs = graph.restore(tile, context), network.restore(tile, context)
    assert ours.shape == theirs.shape == (3, *size)
    assert ours.dtype == theirs.dtype == np.float32
    assert np.abs(ours - theirs).max() < 2 / 255
    overview = np.random.default_rng(seed).random((1, 9, 8, 24), np.float32)
    assert np.abs(graph.context(overview) - network.context(overview)).max() < 2 / 255


def test_graph_takes_its_weights_from_the_one_file(tmp_path: Path) -> None:
    models = [tiny_model(tmp_path, f"m{seed}", network=tiny_network(seed)) for seed in (0, 1)]
    tile, context = random_inputs(64, 64)
    first, second = (GraphBackend(entry).restore(tile, context) for entry in models)
    assert np.abs(first - second).max() > 0.1


def test_network_takes_a_page_in_color_without_a_warning(entry: ModelEntry) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    spec = entry.manifest.input
    restored = [
        restore_page(backend, pixels, spec, CancelToken(), lambda done, total: None).astype(int)
        for backend in (TorchBackend(entry, cpu_device()), GraphBackend(entry))
    ]
    assert np.abs(restored[0] - restored[1]).max() <= 1


def test_network_leaves_gradients_as_they_were(entry: ModelEntry) -> None:
    TorchBackend(entry, cpu_device()).restore(*random_inputs(8, 8))
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


def test_load_backend_on_the_cpu_is_the_graph(entry: ModelEntry) -> None:
    assert isinstance(load_backend(entry, cpu_device()), GraphBackend)


def test_load_backend_on_another_device_is_the_network(entry: ModelEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[DeviceSpec] = []
    monkeypatch.setattr(backends, "TorchBackend", lambda entry, device, weights: made.append(device))
    device = DeviceSpec("cuda", 1, "GPU")
    load_backend(entry, device)
    assert made == [device]


def test_load_backend_without_the_graph_runtime_is_the_network(
    entry: ModelEntry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("docclean"), "propagate", True)
    tile, context = random_inputs(16, 16)
    wanted = GraphBackend(entry).restore(tile, context)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    backend = load_backend(entry, cpu_device())
    assert isinstance(backend, TorchBackend)
    assert np.abs(backend.restore(tile, context) - wanted).max() < 2 / 255
    assert "ONNX Runtime is not usable" in caplog.text


@pytest.mark.parametrize(
    "kind", [GraphBackend, lambda entry: TorchBackend(entry, cpu_device())], ids=["graph", "torch"]
)
@pytest.mark.parametrize("damage", ["missing", "cut", "flipped"])
@pytest.mark.parametrize("name", FILES)
def test_damaged_model_is_a_sentence_about_the_file(tmp_path: Path, name: str, damage: str, kind: Any) -> None:
    entry = tiny_model(tmp_path)
    path = entry.folder / name
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:-1] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelError, match="reinstall or remove this model") as caught:
        kind(entry)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("name", ["context.onnx", "restore.onnx"])
@pytest.mark.parametrize("content", [b"no graph", b"", None], ids=["text", "one-byte", "weights-too-short"])
def test_graph_that_the_runtime_refuses_is_a_sentence_about_the_file(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    entry = tiny_model(tmp_path)
    path = entry.folder / name
    if content is None:
        path = entry.folder / "context.onnx"
        weights = entry.folder / "weights.safetensors"
        weights.write_bytes(weights.read_bytes()[:500])
    else:
        path.write_bytes(content or b"\0")
    with pytest.raises(ModelError, match="the graph runtime refuses this file") as caught:
        GraphBackend(signed(entry))
    assert str(caught.value).startswith(f"{path}: ")


MEMORY_FAULTS = [
    MemoryError(),
    RuntimeException("Non-zero status code: std::bad_alloc"),
    RuntimeException("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : bad allocation"),
    Fail("[ONNXRuntimeError] : 1 : FAIL : bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 9"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("MPS backend out of memory (MPS allocated: 5.56 GB, max allowed: 6.80 GB)"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
]


class Failing:
    """A graph, or a network, that fails."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def run(self, *arguments: Any) -> Any:
        raise self._fault

    def __call__(self, *arguments: Any) -> Any:
        raise self._fault


def failing_backends(entry: ModelEntry, fault: Exception) -> list[GraphBackend | TorchBackend]:
    graph, network = GraphBackend(entry), TorchBackend(entry, cpu_device())
    for backend, names in ((graph, ("_context", "_restore")), (network, ("_paper", "_ink"))):
        for name in names:
            setattr(backend, name, Failing(fault))
    return [graph, network]


@pytest.mark.parametrize("fault", MEMORY_FAULTS, ids=lambda fault: f"{type(fault).__name__}: {fault}"[:40])
def test_want_of_memory_is_told_by_the_words_of_every_runtime(entry: ModelEntry, fault: Exception) -> None:
    tile, context = random_inputs(8, 8)
    for backend in failing_backends(entry, fault):
        with pytest.raises(DeviceMemoryError, match="close other programs"):
            backend.restore(tile, context)
        with pytest.raises(DeviceMemoryError, match="close other programs"):
            backend.context(np.zeros((1, 9, 8, 8), np.float32))


@pytest.mark.parametrize("fault", [InvalidArgument("rank"), RuntimeError("shapes differ"), ValueError("x")], ids=str)
def test_other_faults_of_a_runtime_stay_what_they_are(entry: ModelEntry, fault: Exception) -> None:
    for backend in failing_backends(entry, fault):
        with pytest.raises(type(fault)) as caught:
            backend.restore(*random_inputs(8, 8))
        assert caught.value is fault


def test_want_of_memory_on_a_card_gives_back_what_lies_unused(
    entry: ModelEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied: list[bool] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(True))
    backend = failing_backends(entry, torch.OutOfMemoryError("CUDA out of memory."))[1]
    with pytest.raises(DeviceMemoryError):
        backend.restore(*random_inputs(8, 8))
    assert emptied == []
    monkeypatch.setattr(backend, "_device", SimpleNamespace(type="cuda"))
    monkeypatch.setattr(backend, "_torch", card_in_place_of_cpu())
    with pytest.raises(DeviceMemoryError):
        backend.restore(*random_inputs(8, 8))
    assert emptied == [True]


def card_in_place_of_cpu() -> SimpleNamespace:
    """Make a torch whose card lies in the memory of the CPU."""

    def from_numpy(array: FloatArray) -> SimpleNamespace:
        return SimpleNamespace(to=lambda device, memory_format: torch.from_numpy(array))

    names = ("inference_mode", "channels_last", "OutOfMemoryError", "cuda")
    return SimpleNamespace(from_numpy=from_numpy, **{name: getattr(torch, name) for name in names})


@pytest.mark.gpu
def test_card_and_cpu_agree(entry: ModelEntry) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    tile, context = random_inputs(200, 136)
    card = TorchBackend(entry, DeviceSpec("cuda", 0, "GPU")).restore(tile, context)
    assert np.abs(card - GraphBackend(entry).restore(tile, context)).max() < 2 / 255
