"""Training in two processes, as a launcher starts them, against training in one."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from docclean.core.recipe import Task
from docclean.training.checkpoint import CHECKPOINT
from docclean.training.config import Regularizer, TrainConfig
from tests.helpers.corpus import tiny_config
from tests.helpers.team import Run, launched, train_as_one_of_several

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("accelerate") is None, reason="several processes need the extra multi-gpu"
)
CONFIGS = {
    "contractive": tiny_config(regularizer=Regularizer.CONTRACTIVE, regularizer_weight=0.1, input_noise=0.05, batch=4),
    "watermark": tiny_config(
        task=Task.DEWATERMARK, regularizer=Regularizer.SPARSE_KL, regularizer_weight=0.1, input_noise=0.05, batch=4
    ),
    "plain": tiny_config(batch=4),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def together(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What each of two processes saw of every run; all runs in one start of both."""
    faults = {"cancelled": ("cancel", 6), "lost": ("nan", 7), "full": ("full", 10)}
    runs = {name: run(folder / "two", name, config) for name, config in CONFIGS.items()}
    runs |= {f"{name} once": run(folder / "two", f"{name} once", once(config)) for name, config in CONFIGS.items()}
    runs |= {name: run(folder / "two", name, CONFIGS["plain"], *fault) for name, fault in faults.items()}
    names = [*runs, "resumed"]
    first, second = launched(2, [*runs.values(), run(folder / "two", "cancelled", CONFIGS["plain"])])
    return {name: [one, other] for name, one, other in zip(names, first, second, strict=True)}


def run(parent: Path, name: str, config: TrainConfig, fault: str = "", at: int = -1) -> Run:
    return Run(str(parent / name), config.model_dump_json(), fault, at)


def once(config: TrainConfig) -> TrainConfig:
    """One step: the optimizer's first moment is then a tenth of the gradient."""
    return config.model_copy(update={"steps": 1})


def alone(folder: Path, name: str, config: TrainConfig) -> dict[str, Any]:
    threads = torch.get_num_threads()
    try:
        return train_as_one_of_several(run(folder / "one", name, config))
    finally:
        torch.set_num_threads(threads)


def saved(folder: Path, kind: str) -> torch.Tensor:
    """All numbers of one kind in a checkpoint."""
    with safe_open(folder / CHECKPOINT, "pt") as file:
        keys = sorted(file.keys())
        return torch.cat([file.get_tensor(key).double().flatten() for key in keys if kind in key])


def relative_difference(one: Path, two: Path, kind: str) -> float:
    a, b = saved(one, kind), saved(two, kind)
    return float((a - b).norm() / a.norm())


@pytest.mark.parametrize("name", CONFIGS)
def test_two_processes_compute_the_gradient_of_one(
    name: str, together: dict[str, list[dict[str, Any]]], folder: Path
) -> None:
    """With losses that divide by a count over the minibatch, noise and random signs."""
    alone(folder, f"{name} once", once(CONFIGS[name]))
    one, two = folder / "one" / f"{name} once", folder / "two" / f"{name} once"
    assert relative_difference(one, two, "exp_avg") < 1e-5


@pytest.mark.parametrize("name", CONFIGS)
def test_two_processes_come_to_the_weights_of_one(
    name: str, together: dict[str, list[dict[str, Any]]], folder: Path
) -> None:
    """Up to rounding, which Adam makes larger where a gradient is next to nothing."""
    expected = alone(folder, name, CONFIGS[name])
    first, second = together[name]
    assert relative_difference(folder / "one" / name, folder / "two" / name, "model.") < 1e-4
    assert [report[0] for report in first["reports"]] == [5, 10, 12]
    for wanted, found in zip(expected["reports"], first["reports"], strict=True):
        assert found == pytest.approx(wanted, rel=1e-3)
    assert first["end"] == second["end"] == "done"
    assert second["reports"] == []


def test_two_processes_cancelled_in_one_of_them_go_on_to_the_same_weights(
    together: dict[str, list[dict[str, Any]]], folder: Path
) -> None:
    assert [seen["end"] for seen in together["cancelled"]] == ["CancelledError: "] * 2
    assert [seen["end"] for seen in together["resumed"]] == ["done"] * 2
    assert torch.equal(saved(folder / "two" / "plain", ""), saved(folder / "two" / "cancelled", ""))


def test_number_that_is_lost_in_one_process_stops_both(together: dict[str, list[dict[str, Any]]]) -> None:
    first, second = (seen["end"] for seen in together["lost"])
    assert first == second
    assert first.startswith("TrainingError: The loss became nan at step 7; the last state that was saved is kept")


def test_checkpoint_that_the_first_process_cannot_write_stops_both(
    together: dict[str, list[dict[str, Any]]],
) -> None:
    first, second = (seen["end"] for seen in together["full"])
    assert "disk is full" in first
    assert second.startswith("FirstProcessFailedError")
