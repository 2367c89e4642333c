"""Time one tile of a built-in model on every CPU runtime that is installed, in turn, and print the ratios.

    python -m tests.benchmarks.runtimes [MODEL] [ROUNDS]

OpenVINO is measured when it is installed (`pip install openvino`); docclean itself does not use it.
"""

import importlib
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from docclean.engine.backends import GraphBackend, TorchBackend
from docclean.engine.device import available_cores, cpu_device
from docclean.models.catalog import Catalog

Runner = Callable[[], NDArray[np.float32]]


def openvino_runner(graph: Path, tile: NDArray[np.float32], context: NDArray[np.float32]) -> Runner | None:
    """Compile a graph with OpenVINO in float32, or return None where it is not installed."""
    try:
        openvino = importlib.import_module("openvino")
    except ImportError:
        return None
    compiled = openvino.Core().compile_model(
        str(graph), "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": available_cores()}
    )
    request = compiled.create_infer_request()
    return lambda: np.asarray(request.infer({"tile": tile, "context": context})[0][0], np.float32)


def main() -> None:
    """Measure and print."""
    model = sys.argv[1] if len(sys.argv) > 1 else "denoise-standard-8"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    entry = Catalog.installed().get(model)
    side = entry.manifest.input.tile
    rng = np.random.default_rng(0)
    torch.set_num_threads(available_cores())
    graph, eager = GraphBackend(entry), TorchBackend(entry, cpu_device())
    tile = rng.random((1, 3, side, side), np.float32)
    context = graph.context(rng.random((1, 9, side // 8, side // 8), np.float32))
    runners: dict[str, Runner] = {
        "onnxruntime": lambda: graph.restore(tile, context),
        "torch eager": lambda: eager.restore(tile, context),
    }
    compiled = openvino_runner(entry.folder / entry.manifest.graphs.restore.file, tile, context)
    if compiled is not None:
        runners["openvino"] = compiled
    reference = {name: run() for name, run in runners.items()}
    times: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, run in runners.items():
            started = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started)
    base = statistics.median(times["onnxruntime"])
    for name, seconds in times.items():
        difference = float(np.abs(reference[name] - reference["onnxruntime"]).max())
        ratio = statistics.median(seconds) / base
        print(f"{name:12} {ratio:5.2f} x onnxruntime's median, largest difference {difference:.1e}")


if __name__ == "__main__":
    main()
