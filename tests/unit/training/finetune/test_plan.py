import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.recipe import Task
from docclean.training.config import Regularizer
from docclean.training.finetune import plan
from docclean.training.finetune.loop import Tuning
from docclean.training.finetune.plan import LOOKS, Speed, config_of, measured_speed, planned
from docclean.training.finetune.request import FinetuneRequest, Scope
from docclean.training.objectives import Restorer
from tests.helpers.models import tiny_model
from tests.helpers.own_pages import FakeWatchman, parent_for, tuning_of

SECONDS = st.floats(0.0, 1e4)


@pytest.fixture(scope="module")
def tuning() -> Tuning:
    return tuning_of(Path("nowhere"), watchman=FakeWatchman([]))


def looks_of(tuning: Tuning) -> int:
    return math.ceil(tuning.config.steps / tuning.config.validate_every)


@given(step_s=SECONDS, look_s=SECONDS, minutes=st.floats(0.01, 10_000.0))
def test_run_has_at_least_twenty_steps_and_looks_within_limits(
    tuning: Tuning, step_s: float, look_s: float, minutes: float
) -> None:
    found = planned(tuning, Speed(step_s, look_s), minutes=minutes, steps=None)
    assert found.config.steps >= 20
    assert 1 <= found.config.validate_every <= found.config.steps
    assert 4 <= looks_of(found) <= LOOKS
    assert 1 <= found.config.warmup <= found.config.steps // 4
    assert (found.own, found.replay, found.folder) == (tuning.own, tuning.replay, tuning.folder)


@given(step_s=st.floats(0.01, 100.0), look_s=SECONDS, minutes=st.floats(0.1, 1000.0))
def test_run_fits_into_its_time_where_it_has_more_than_the_fewest_steps(
    tuning: Tuning, step_s: float, look_s: float, minutes: float
) -> None:
    found = planned(tuning, Speed(step_s, look_s), minutes=minutes, steps=None)
    if found.config.steps > 20:
        taken = found.config.steps * step_s + (looks_of(found) + 1) * look_s
        assert taken <= 60.0 * minutes * (1 + 1e-9)


@given(look_s=st.floats(0.01, 100.0), minutes=st.floats(1.0, 1000.0))
def test_looking_takes_less_than_a_third_of_the_time_unless_looks_are_few(
    tuning: Tuning, look_s: float, minutes: float
) -> None:
    found = planned(tuning, Speed(0.01, look_s), minutes=minutes, steps=None)
    assert looks_of(found) <= 4 or looks_of(found) * look_s <= 0.3 * 60.0 * minutes * (1 + 1e-9)


@given(steps=st.integers(1, 100_000), step_s=SECONDS, look_s=SECONDS)
def test_steps_that_were_asked_for_are_kept(tuning: Tuning, steps: int, step_s: float, look_s: float) -> None:
    found = planned(tuning, Speed(step_s, look_s), minutes=1.0, steps=steps)
    assert found.config.steps == steps
    assert 1 <= looks_of(found) <= LOOKS
    assert found.config.warmup <= max(1, steps // 4)


def test_long_run_keeps_its_warm_up(tuning: Tuning) -> None:
    config = tuning.config.model_copy(update={"warmup": 30})
    long = Tuning(config, tuning.scope, tuning.own, tuning.replay, tuning.watchman, tuning.folder)
    assert planned(long, Speed(1.0, 1.0), minutes=60.0, steps=None).config.warmup == 30


def request_of(**changes: Any) -> FinetuneRequest:
    return FinetuneRequest(dirty=Path("dirty"), clean=Path("clean"), name="mine", **changes)


def test_settings_are_those_of_request_and_parent(tmp_path: Path) -> None:
    manifest = tiny_model(tmp_path).manifest
    request = request_of(seed=7, batch=6, crop=128, regularizer=Regularizer.SPARSE_L1, regularizer_weight=0.5, steps=9)
    config = config_of(request, manifest, Scope.ADAPTERS)
    assert (config.seed, config.batch, config.crop, config.steps) == (7, 6, 128, 9)
    assert (config.regularizer, config.regularizer_weight) == (Regularizer.SPARSE_L1, 0.5)
    assert (config.task, config.hyperparameters) == (Task.DENOISE, manifest.hyperparameters)
    assert config.weight_decay == 0.0


@pytest.mark.parametrize("scope", [Scope.ADAPTERS, Scope.DECODER, Scope.EVERYTHING])
def test_learning_rate_is_the_users_or_that_of_the_scope(scope: Scope, tmp_path: Path) -> None:
    manifest = tiny_model(tmp_path).manifest
    assert config_of(request_of(), manifest, scope).learning_rate == plan._RATES[scope]
    assert config_of(request_of(learning_rate=0.25), manifest, scope).learning_rate == 0.25


def test_speed_is_measured_where_training_will_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent lies on the CPU, wherever the run will train; it is not moved and stays as it is."""
    devices: list[str] = []

    class Watching(FakeWatchman):
        def measure(self, network: Restorer, device: torch.device, *, step: int) -> Any:
            devices.extend(parameter.device.type for parameter in network.parameters())
            return 0.0, None

    def rehearse(tuning: Tuning, parent: Restorer, *, device: torch.device, steps: int) -> list[float]:
        return [9.0, 1.0, 2.0, 3.0]

    monkeypatch.setattr(plan, "rehearse", rehearse)
    parent = parent_for()
    tuning = tuning_of(Path("nowhere"), watchman=Watching([]))
    assert measured_speed(tuning, parent, torch.device("meta")).step_s == 1.0
    assert set(devices) == {"meta"}
    assert {parameter.device.type for parameter in parent.parameters()} == {"cpu"}
