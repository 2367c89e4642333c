import copy
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from docclean.core.errors import DoccleanError, TrainingError, WriteError
from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker
from docclean.training.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from docclean.training.config import TrainConfig
from tests.helpers.corpus import TINY, tiny_config

Run = tuple[nn.Module, nn.Module, torch.optim.Optimizer]


def new_run(seed: int = 0, **changes: Any) -> Run:
    torch.manual_seed(seed)
    model = Denoiser(**(TINY | changes))
    average = copy.deepcopy(model)
    return model, average, torch.optim.AdamW(model.parameters())


def trained_run(seed: int = 0) -> Run:
    model, average, optimizer = new_run(seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    return model, average, optimizer


def state_of(run: Run) -> dict[str, torch.Tensor]:
    model, average, optimizer = run
    state = {f"model {k}": v.clone() for k, v in model.state_dict().items()}
    state |= {f"average {k}": v.clone() for k, v in average.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        state |= {f"optimizer {index} {k}": v.clone() for k, v in values.items()}
    return state


def is_same(one: Run | dict[str, torch.Tensor], two: Run) -> bool:
    a, b = one if isinstance(one, dict) else state_of(one), state_of(two)
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def sentence_of(action: Callable[[], object], kind: type[DoccleanError] = TrainingError) -> str:
    with pytest.raises(kind) as fault:
        action()
    sentence = str(fault.value)
    assert "\n" not in sentence
    assert CHECKPOINT in sentence
    assert sentence.endswith(".")
    return sentence


def test_checkpoint_brings_everything_back(tmp_path: Path) -> None:
    run, config = trained_run(), tiny_config()
    save_checkpoint(tmp_path, config, 7, *run)
    other = new_run(seed=1)
    assert not is_same(run, other)
    assert load_checkpoint(tmp_path, config, *other) == 7
    assert is_same(run, other)
    assert [p.name for p in tmp_path.iterdir()] == [CHECKPOINT]


def test_folder_without_checkpoint_starts_at_zero(tmp_path: Path) -> None:
    run = new_run()
    before = state_of(run)
    assert load_checkpoint(tmp_path, tiny_config(), *run) == 0
    assert is_same(before, run)


def test_checkpoint_before_the_first_step_is_whole(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, tiny_config(), 0, *new_run())
    assert load_checkpoint(tmp_path, tiny_config(), *new_run(seed=1)) == 0


def test_loaded_state_does_not_live_in_the_file(tmp_path: Path) -> None:
    """A mapped file cannot be replaced on Windows, and the next checkpoint must replace it."""
    run = trained_run()
    save_checkpoint(tmp_path, tiny_config(), 1, *run)
    other = new_run(seed=1)
    load_checkpoint(tmp_path, tiny_config(), *other)
    path = tmp_path / CHECKPOINT
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)
    assert is_same(run, other)


def test_averaged_weights_are_stored_apart_from_the_model(tmp_path: Path) -> None:
    run = trained_run()
    save_checkpoint(tmp_path, tiny_config(), 1, *run)
    with safe_open(tmp_path / CHECKPOINT, framework="pt") as file:
        model, average = (file.get_tensor(f"{part}.ink.head.bias") for part in ("model", "average"))
    assert not torch.equal(model, average)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"learning_rate": 0.5}, "learning_rate"),
        ({"seed": 8, "batch": 3}, "batch, seed"),
        ({"hyperparameters": TINY | {"context_channels": 3}}, "hyperparameters"),
        ({"steps": 99}, "steps"),
    ],
)
def test_other_settings_are_refused_by_name(changes: dict[str, Any], named: str, tmp_path: Path) -> None:
    save_checkpoint(tmp_path, tiny_config(), 3, *new_run())
    sentence = sentence_of(lambda: load_checkpoint(tmp_path, tiny_config(**changes), *new_run()))
    assert f"other settings ({named})" in sentence
    assert "another folder" in sentence


@pytest.mark.parametrize("changes", [{"workers": 3}, {"validate_every": 77}])
def test_settings_without_effect_on_the_result_may_change(changes: dict[str, Any], tmp_path: Path) -> None:
    save_checkpoint(tmp_path, tiny_config(), 3, *new_run())
    assert load_checkpoint(tmp_path, tiny_config(**changes), *new_run()) == 3


OLD_CONFIG = (
    '{"task":"denoise","hyperparameters":{"paper_channels":[4,4],"ink_channels":[4,4,4],"context_channels":2,'
    '"bottleneck_depth":1},"steps":12,"batch":2,"crop":32,"seed":0,"learning_rate":0.001,"warmup":2,'
    '"weight_decay":0.0001,"ema_decay":0.999,"precision":"float32","reuse":4,"workers":0,"validate_every":5}'
)
"""Settings as a checkpoint held them before there were regularizers."""


def test_checkpoint_from_before_regularizers_is_resumed_without(tmp_path: Path) -> None:
    run, config = trained_run(), tiny_config()
    save_checkpoint(tmp_path, config, 3, *run)
    rewrite_header(tmp_path / CHECKPOINT, config=OLD_CONFIG)
    other = new_run(seed=1)
    assert load_checkpoint(tmp_path, config, *other) == 3
    assert is_same(run, other)
    changed = tiny_config(regularizer="sparse-l1", input_noise=0.1)
    sentence = sentence_of(lambda: load_checkpoint(tmp_path, changed, *new_run()))
    assert "other settings (input_noise, regularizer)" in sentence


def test_checkpoint_of_another_task_is_refused_by_name(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, tiny_config(), 3, *trained_run())
    before = (tmp_path / CHECKPOINT).read_bytes()
    model = Dewatermarker(**TINY)
    other = model, copy.deepcopy(model), torch.optim.AdamW(model.parameters())
    sentence = sentence_of(lambda: load_checkpoint(tmp_path, tiny_config(task="dewatermark"), *other))
    assert "other settings (task)" in sentence
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_moments_get_the_memory_format_of_their_parameter(tmp_path: Path) -> None:
    run, config = trained_run(), tiny_config()
    save_checkpoint(tmp_path, config, 3, *run)
    model, average, optimizer = new_run(seed=1)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    load_checkpoint(tmp_path, config, model, average, optimizer)
    parameters = list(model.parameters())
    assert any(not parameter.is_contiguous() for parameter in parameters)
    for parameter in parameters:
        assert optimizer.state[parameter]["exp_avg"].stride() == parameter.stride()
    assert is_same(run, (model, average, optimizer))


def test_hyperparameters_may_be_tuples_or_lists(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, tiny_config(), 3, *new_run())
    tuples = tiny_config(hyperparameters={k: tuple(v) if isinstance(v, list) else v for k, v in TINY.items()})
    assert load_checkpoint(tmp_path, tuples, *new_run()) == 3


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def cut_in_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other_text(path: Path) -> None:
    path.write_text("not a checkpoint\nat all", encoding="utf-8")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def with_header(**header: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        save_file({"model.x": torch.zeros(1)}, path, metadata=header or None)

    return damage


def rewrite_header(path: Path, **header: str) -> None:
    with safe_open(path, framework="pt") as file:
        values, tensors = file.metadata(), {k: file.get_tensor(k).clone() for k in file.keys()}  # noqa: SIM118  # not a dictionary
    save_file(tensors, path, metadata=values | header)


def with_key(name: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with safe_open(path, framework="pt") as file:
            header = file.metadata()
            tensors = {k: file.get_tensor(k).clone() for k in file.keys()}  # noqa: SIM118  # not a dictionary
        save_file(tensors | {name: torch.zeros(1)}, path, metadata=header)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        shorten,
        cut_in_header,
        empty,
        other_text,
        folder,
        with_header(),
        with_header(step="1"),
        with_header(step="one", config=tiny_config().model_dump_json()),
        with_header(step="1", config="{"),
        with_header(step="1", config=json.dumps({"steps": -1, "new": 1})),
        with_key("optimizer.first.step"),
        with_key("optimizer.0"),
        with_key("optimizer.999.exp_avg"),
    ],
)
def test_damaged_checkpoint_is_named(damage: Callable[[Path], None], tmp_path: Path) -> None:
    save_checkpoint(tmp_path, tiny_config(), 3, *trained_run())
    damage(tmp_path / CHECKPOINT)
    sentence = sentence_of(lambda: load_checkpoint(tmp_path, tiny_config(), *new_run()))
    assert "damaged" in sentence
    assert "delete it" in sentence


def test_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, tiny_config(), 3, *trained_run())
    other = new_run(context_channels=3)
    sentence = sentence_of(lambda: load_checkpoint(tmp_path, tiny_config(), *other))
    assert "another network" in sentence
    assert "choose another folder" in sentence


def test_full_disk_keeps_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, config = trained_run(), tiny_config()
    save_checkpoint(tmp_path, config, 3, *first)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        sentence = sentence_of(lambda: save_checkpoint(tmp_path, config, 4, *trained_run(seed=5)), WriteError)
    assert "disk is full" in sentence
    again = new_run(seed=1)
    assert load_checkpoint(tmp_path, config, *again) == 3
    assert is_same(first, again)
    assert [p.name for p in tmp_path.iterdir()] == [CHECKPOINT]


def test_checkpoint_replaces_the_one_before(tmp_path: Path) -> None:
    config = tiny_config()
    for step, seed in ((1, 0), (2, 4)):
        save_checkpoint(tmp_path, config, step, *trained_run(seed))
    again = new_run()
    assert load_checkpoint(tmp_path, config, *again) == 2
    assert is_same(trained_run(4), again)


def test_config_can_be_read_back() -> None:
    config = tiny_config()
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config
