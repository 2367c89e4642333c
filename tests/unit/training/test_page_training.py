import numpy as np
import pytest
import torch

from docclean.core.errors import TrainingError
from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker
from docclean.training.objectives import Restorer
from docclean.training.page_training import PageTraining, train_on_pages
from docclean.training.window_pool import WindowPool
from tests.helpers.page_windows import boxed_window

TINY = {"paper_channels": (8, 8), "ink_channels": (4, 4, 4), "context_channels": 2, "bottleneck_depth": 1}


def pool(*, has_mark: bool = False) -> WindowPool:
    made = WindowPool(2, 10 if has_mark else 6, torch.device("cpu"))
    for number in range(2):
        made.add(boxed_window(number, has_mark=has_mark))
    return made


def settings(steps: int, **changes: float) -> PageTraining:
    values = {"batch": 2, "parts": 2, "learning_rate": 1e-2, "warmup": 5, "ema_decay": 0.5} | changes
    return PageTraining(steps=steps, **values)  # type: ignore[arg-type]  # reason: whole numbers stay whole


def network(kind: type[Denoiser] | type[Dewatermarker]) -> Restorer:
    torch.manual_seed(0)
    return kind(**TINY)  # type: ignore[arg-type]  # reason: one table for both


@pytest.mark.parametrize("kind", [Denoiser, Dewatermarker])
def test_both_networks_learn(kind: type[Denoiser] | type[Dewatermarker]) -> None:
    older, losses = network(kind), list[float]()
    before = {name: value.clone() for name, value in older.state_dict().items()}
    newer = train_on_pages(
        older,
        pool(has_mark=kind is Dewatermarker),
        settings(25),
        told=lambda _step, loss, _average: losses.append(float(loss)),
    )
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    assert not newer.training
    assert newer.ink.leak == 0.0
    assert all(torch.equal(value, before[name]) for name, value in older.state_dict().items())
    changed = {name.split(".")[0] for name, value in newer.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"paper", "ink"}


def test_same_seed_gives_the_same_network() -> None:
    first, again, other = (
        train_on_pages(network(Denoiser), pool(), settings(3, seed=seed)).state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert any(not torch.equal(value, other[name]) for name, value in first.items())


def test_run_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(100))
    monkeypatch.setattr("docclean.training.page_training.time.monotonic", lambda: float(next(times)))
    done: list[int] = []
    train_on_pages(
        network(Denoiser), pool(), settings(50, seconds=4.0), told=lambda step, _loss, _average: done.append(step)
    )
    assert done == [1, 2, 3]


def test_loss_that_is_no_number_stops_the_run() -> None:
    window = boxed_window(0)
    window.overview[:] = np.nan
    made = WindowPool(1, 6, torch.device("cpu"))
    made.add(window)
    with pytest.raises(TrainingError, match="The loss became nan at step 0"):
        train_on_pages(network(Denoiser), made, settings(2))
