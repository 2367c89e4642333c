"""What runs the two networks: ONNX Runtime on the CPU, torch everywhere else. numpy in, numpy out.

On the CPU cleaning never imports torch: the exported graph is as exact and about as fast as any, and start-up is
seconds shorter. torch on the CPU is the fallback when the graph runtime cannot load.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import DeviceMemoryError, ModelError
from docclean.core.files import read_faults_explained
from docclean.engine.device import DeviceSpec, available_cores
from docclean.imaging.overview import CELL
from docclean.models.catalog import ModelEntry
from docclean.models.manifest import FileSpec
from docclean.models.weights import verify_weights

if TYPE_CHECKING:
    import onnxruntime
    import torch

logger = logging.getLogger(__name__)

FloatArray = NDArray[np.float32]

_MEMORY_WORDS = (
    "failed to allocate",  # ONNX Runtime's arena
    "bad_alloc",  # C++ on Linux and macOS, through ONNX Runtime
    "bad allocation",  # C++ on Windows
    "out of memory",  # torch on CUDA and MPS
    "can't allocate memory",  # torch on the CPU
    "not enough memory",  # torch on the CPU, on Windows
    "alloc_failed",  # cuDNN and cuBLAS
)
"""What runtimes say when memory is short."""

_TILES_AT_ONCE = {"cuda": 4}
"""By kind of device; 1 elsewhere: on the CPU one tile keeps all cores busy."""

_SMALLEST_SIDE = 256
"""Of a tile that every network takes, px."""


class Backend(Protocol):
    """A loaded model. Not thread-safe: it belongs to the thread that made it."""

    def context(self, overview: FloatArray) -> FloatArray:
        """Run the paper network: (1, 9, h, w) -> (1, C, h, w), h and w multiples of 8; 0..1 in the first channels.

        Raises:
            DeviceMemoryError: The page did not fit.
        """

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        """Run the ink network: (1, 3, H, W) and (1, C, H / 8, W / 8) -> (3, H, W), 0..1.

        Raises:
            DeviceMemoryError: The tile did not fit.
        """


@runtime_checkable
class BatchBackend(Backend, Protocol):
    """A backend that restores several tiles at once.

    Attributes:
        tiles_at_once: How many it should be given; made smaller when memory is short.
    """

    tiles_at_once: int

    def restore_all(self, tiles: FloatArray, contexts: FloatArray) -> FloatArray:
        """Run the ink network: (N, 3, H, W) and (N, C, H / 8, W / 8) -> (N, 3, H, W), 0..1.

        Raises:
            DeviceMemoryError: They did not fit.
        """


@runtime_checkable
class PageBackend(Backend, Protocol):
    """A backend that restores some pages with one network and some with another."""

    def of_page(self, source: NDArray[np.uint8]) -> Backend:
        """Give the backend for a page, (H, W, 1 or 3), as networks get it.

        Raises:
            DeviceMemoryError: It did not fit.
        """


@runtime_checkable
class ThriftyBackend(Backend, Protocol):
    """A backend that keeps memory for the next tile, and can let go of it."""

    def release(self) -> None:
        """Let go of memory that no tile needs now."""


def load_backend(
    entry: ModelEntry, device: DeviceSpec, *, threads: int = 0, weights: FileSpec | None = None
) -> Backend:
    """Load a network of a model for a device.

    Args:
        entry: The model.
        device: Where it runs.
        threads: Threads that it uses on the CPU; 0 for one per core.
        weights: Which of the model's weights; None for its own.

    Raises:
        ModelError: The model's files are missing or damaged.
        DeviceMemoryError: There is no room for the model.
    """
    if device.kind != "cpu":
        return TorchBackend(entry, device, weights=weights)
    try:
        return GraphBackend(entry, threads, weights)
    except ImportError:
        logger.warning("ONNX Runtime is not usable here; running on torch instead")
        return TorchBackend(entry, device, weights=weights)


class GraphBackend:
    """The exported graphs on ONNX Runtime, on the CPU."""

    def __init__(self, entry: ModelEntry, threads: int = 0, weights: FileSpec | None = None) -> None:
        """Load a model's network.

        Args:
            entry: The model.
            threads: Threads that it uses; 0 for one per core.
            weights: Which of the model's weights; None for its own, which the graphs name.

        Raises:
            ImportError: ONNX Runtime is not there, or an old one that cannot do this.
            ModelError: The model's files are missing or damaged.
            DeviceMemoryError: There is no room for the model.
        """
        import onnxruntime

        verify_weights(entry)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or available_cores()
        options.log_severity_level = 3
        if weights is not None:
            self._held = _put_in_place(options, entry, weights)
        graphs = entry.manifest.graphs
        self._context, self._restore = (
            _open_graph(entry.folder / spec.file, options) for spec in (graphs.context, graphs.restore)
        )

    def context(self, overview: FloatArray) -> FloatArray:
        """See `Backend`."""
        return self._run(self._context, {"overview": overview})

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        """See `Backend`."""
        restored: FloatArray = self._run(self._restore, {"tile": tile, "context": context})[0]
        return restored

    def release(self) -> None:
        """See `ThriftyBackend`. The runtime does so behind a run alone, so the smallest one is made.

        Source:
            ONNX Runtime's onnxruntime_run_options_config_keys.h.
        """
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        side = _SMALLEST_SIDE // CELL
        context = self._run(self._context, {"overview": np.zeros((1, 9, side, side), np.float32)}, options)
        tile = np.zeros((1, 3, _SMALLEST_SIDE, _SMALLEST_SIDE), np.float32)
        self._run(self._restore, {"tile": tile, "context": context}, options)

    @staticmethod
    def _run(
        graph: "onnxruntime.InferenceSession",
        inputs: dict[str, FloatArray],
        options: "onnxruntime.RunOptions | None" = None,
    ) -> FloatArray:
        try:
            return np.asarray(graph.run(None, inputs, options)[0], np.float32)
        except Exception as error:
            if not _is_memory_fault(error):
                raise
            raise DeviceMemoryError("The tile does not fit into memory; close other programs.") from error


def _put_in_place(options: "onnxruntime.SessionOptions", entry: ModelEntry, weights: FileSpec) -> bytes:
    """Let graphs read other weights than those that they name; gives what must live as long as they do."""
    if not hasattr(options, "add_external_initializers_from_files_in_memory"):
        raise ImportError("this ONNX Runtime cannot give a graph other weights")
    with read_faults_explained(entry.folder / weights.file):
        content = (entry.folder / weights.file).read_bytes()
    options.add_external_initializers_from_files_in_memory([entry.manifest.weights.file], [content], [len(content)])
    return content


def _open_graph(path: Path, options: "onnxruntime.SessionOptions") -> "onnxruntime.InferenceSession":
    import onnxruntime

    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its faults share no class of their own and change between releases
        if _is_memory_fault(error):
            raise DeviceMemoryError("The model does not fit into memory; close other programs.") from error
        raise ModelError(f"{path}: the graph runtime refuses this file; reinstall or remove this model.") from error


def _is_memory_fault(error: Exception) -> bool:
    """Whether a runtime ran out of memory; but for CUDA, they have no class for that, only words."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in _MEMORY_WORDS)


class TorchBackend:
    """The network itself on torch: CUDA, MPS, or the CPU as a fallback."""

    def __init__(
        self, entry: ModelEntry, device: DeviceSpec, *, tiles_at_once: int = 0, weights: FileSpec | None = None
    ) -> None:
        """Load a model's network.

        Args:
            entry: The model.
            device: Where it runs.
            tiles_at_once: See `BatchBackend`; 0 for what suits the device.
            weights: Which of the model's weights; None for its own.
        """
        import torch

        from docclean.models.loader import load_network

        self._torch = torch
        self._device = torch.device(device.name)
        self.tiles_at_once = tiles_at_once or _TILES_AT_ONCE.get(device.kind, 1)
        network = load_network(entry, self._device, weights)
        self._paper, self._ink = network.get_submodule("paper"), network.get_submodule("ink")

    def context(self, overview: FloatArray) -> FloatArray:
        """See `Backend`."""
        return np.asarray(self._run(self._paper, overview), np.float32)

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        """See `Backend`."""
        return np.asarray(self.restore_all(tile, context)[0], np.float32)

    def restore_all(self, tiles: FloatArray, contexts: FloatArray) -> FloatArray:
        """See `BatchBackend`."""
        return np.asarray(self._run(self._ink, tiles, contexts), np.float32)

    def _run(self, network: "torch.nn.Module", *inputs: FloatArray) -> FloatArray:
        torch = self._torch
        try:
            with torch.inference_mode():
                tensors = [torch.from_numpy(i).to(self._device, memory_format=torch.channels_last) for i in inputs]
                result: FloatArray = network(*tensors).float().cpu().numpy()
        except Exception as error:
            if not _is_memory_fault(error):
                raise
            if self._device.type == "cuda":
                torch.cuda.empty_cache()
            raise DeviceMemoryError("The tile does not fit into the device's memory; close other programs.") from error
        return result
