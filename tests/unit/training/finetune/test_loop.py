import copy
import math
import shutil
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from docclean.core.cancel import CancelledError
from docclean.core.errors import DeviceMemoryError, DoccleanError, TrainingError, WriteError
from docclean.core.recipe import Task
from docclean.training.checkpoint import CHECKPOINT
from docclean.training.config import Regularizer
from docclean.training.finetune import loop
from docclean.training.finetune.loop import BEST, Tuning, rehearse, tune
from docclean.training.finetune.objective import TUNING
from docclean.training.finetune.request import FinetuneWatch, Scope
from docclean.training.run_log import LOG, read_log
from tests.helpers.own_pages import (
    CPU,
    FakeWatchman,
    Follower,
    is_same,
    parent_for,
    run,
    run_config,
    small_contexts,
    tuning_of,
)

OUT_OF_MEMORY = RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.fixture(autouse=True)
def small_and_steady(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with small_contexts(monkeypatch):
        yield


def sentence_of(fault: DoccleanError) -> str:
    sentence = str(fault)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def cancelled(tuning: Tuning, step: int) -> None:
    with pytest.raises(CancelledError):
        run(tuning, Follower(cancel_at=step))


def errors_in(folder: Path) -> list[tuple[int, float]]:
    return [(row.step, row.rmse) for row in read_log(folder / LOG)]


# What comes out


def test_result_has_the_keys_of_the_parent_and_the_parent_is_as_it_was(tmp_path: Path) -> None:
    parent = parent_for()
    before = copy.deepcopy(parent.state_dict())
    result = run(tuning_of(tmp_path, scope=Scope.ADAPTERS), parent=parent)
    assert {key: value.shape for key, value in result.items()} == {key: v.shape for key, v in before.items()}
    assert is_same(parent.state_dict(), before)
    assert not is_same(result, before)
    assert not parent.training
    assert parent.ink.leak == 0.0
    assert all(parameter.requires_grad and parameter.grad is None for parameter in parent.parameters())


def test_training_brings_the_error_on_held_out_pages_down(tmp_path: Path) -> None:
    follower = Follower()
    config = run_config(steps=24, validate_every=24, learning_rate=5e-3)
    run(tuning_of(tmp_path, config), follower, parent=parent_for(seed=1))
    before, after = (news.rmse for news in follower.checks)
    assert after < before


def test_watermark_remover_is_trained_too(tmp_path: Path) -> None:
    parent, follower = parent_for(Task.DEWATERMARK), Follower()
    config = run_config(task=Task.DEWATERMARK, steps=16, learning_rate=5e-3)
    result = run(tuning_of(tmp_path, config), follower, parent=parent)
    losses = [news.loss for news in follower.steps]
    assert sum(losses[-4:]) < sum(losses[:4])
    assert result.keys() == parent.state_dict().keys()
    assert all(torch.isfinite(value).all() for value in result.values())


def test_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    one, again, other = (
        run(tuning_of(tmp_path / name, run_config(seed=seed, steps=3), scope=Scope.ADAPTERS))
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert is_same(one, again)
    assert not is_same(one, other)


def test_frozen_weights_stay_bit_for_bit(tmp_path: Path) -> None:
    parent = parent_for()
    before, result = parent.state_dict(), run(tuning_of(tmp_path, scope=Scope.DECODER), parent=parent)
    frozen = ("paper.encoders", "ink.encode", "ink.down", "ink.bottleneck")
    for key, value in before.items():
        assert torch.equal(result[key], value) == key.startswith(frozen), key


def test_weights_are_drawn_towards_the_parents(tmp_path: Path) -> None:
    tuning, parent = tuning_of(tmp_path), parent_for()
    state = loop._begin(tuning, parent, CPU)
    with torch.no_grad():
        for parameter in state.model.parameters():
            parameter.add_(1.0)
    loop._pull(state, 0.5)
    for parameter, own in zip(state.model.parameters(), parent.parameters(), strict=True):
        assert torch.allclose(parameter, own + 1.0 - 0.5 * loop._PULL, atol=1e-6)


def test_frozen_weights_are_not_pulled(tmp_path: Path) -> None:
    state = loop._begin(tuning_of(tmp_path, scope=Scope.DECODER), parent_for(), CPU)
    for parameter in state.model.parameters():
        parameter.data.add_(1.0)
    before = {name: parameter.clone() for name, parameter in state.model.named_parameters()}
    loop._pull(state, 0.5)
    for name, parameter in state.model.named_parameters():
        assert torch.equal(parameter, before[name]) != parameter.requires_grad


# The best state


def test_weights_of_the_lowest_error_are_kept_and_not_the_last(tmp_path: Path) -> None:
    watchman, follower = FakeWatchman([0.5, 0.4, 0.2, 0.3, 0.25]), Follower()
    config = run_config(steps=8, validate_every=2)
    result = run(tuning_of(tmp_path, config, watchman=watchman), follower)
    assert is_same(result, watchman.seen[2])
    assert [(news.step, news.rmse, news.is_best) for news in follower.checks[1:]] == [
        (2, 0.4, True),
        (4, 0.2, True),
        (6, 0.3, False),
        (8, 0.25, False),
    ]


def test_best_state_survives_a_resume(tmp_path: Path) -> None:
    config = run_config(steps=6, validate_every=2)
    first = FakeWatchman([0.5, 0.2])
    cancelled(tuning_of(tmp_path, config, watchman=first), 3)
    result = run(tuning_of(tmp_path, config, watchman=FakeWatchman([0.3, 0.4])))
    assert is_same(result, first.seen[1])


def test_resumed_run_tells_of_the_looks_before(tmp_path: Path) -> None:
    """The base's error too, and which of them was the best so far."""
    config = run_config(steps=6, validate_every=1)
    before, after = Follower(cancel_at=3), Follower()
    with pytest.raises(CancelledError):
        run(tuning_of(tmp_path, config, watchman=FakeWatchman([0.5, 0.3, 0.4, 0.2])), before)
    run(tuning_of(tmp_path, config, watchman=FakeWatchman([0.3, 0.3, 0.1])), after)
    assert after.checks[:4] == before.checks
    assert [news.step for news in after.checks] == [0, 1, 2, 3, 4, 5, 6]
    assert [news.is_best for news in after.checks[4:]] == [False, False, True]


def test_state_of_the_beginning_is_kept_only_until_there_is_a_later_one(tmp_path: Path) -> None:
    """The learning rate is still high there, and the best of these states is often the one that learned least."""
    watchman, follower = FakeWatchman([0.5, 0.1, 0.2, 0.4, 0.3, 0.35]), Follower()
    result = run(tuning_of(tmp_path, run_config(steps=10, validate_every=2), watchman=watchman), follower)
    assert is_same(result, watchman.seen[2])
    assert [news.is_best for news in follower.checks] == [False, True, True, False, False, False]


COUNTED = math.ceil(10 * loop._SETTLING)
"""The first look that counts in a run of ten steps with as many looks."""

PATIENCE = math.floor(10 * loop._PATIENCE)


def test_run_without_gain_ends_early(tmp_path: Path) -> None:
    rising = [0.5, *(0.1 + 0.01 * n for n in range(10))]
    watchman, follower = FakeWatchman(rising), Follower()
    result = run(tuning_of(tmp_path, run_config(steps=10, validate_every=1), watchman=watchman), follower)
    assert len(follower.steps) == COUNTED + PATIENCE + 1 < 10
    assert is_same(result, watchman.seen[COUNTED])


def test_run_with_a_late_gain_goes_on(tmp_path: Path) -> None:
    errors = [0.5, *[0.4] * 10]
    errors[COUNTED], errors[COUNTED + PATIENCE] = 0.3, 0.2
    watchman, follower = FakeWatchman(errors), Follower()
    result = run(tuning_of(tmp_path, run_config(steps=10, validate_every=1), watchman=watchman), follower)
    assert len(follower.steps) == 10
    assert is_same(result, watchman.seen[COUNTED + PATIENCE])


def test_base_that_no_look_beats_ends_no_run_early(tmp_path: Path) -> None:
    """Early on, errors may rise for a while; the verdict tells whether the base is better."""
    errors = [0.1, *(0.9 - 0.01 * n for n in range(10))]
    watchman, follower = FakeWatchman(errors), Follower()
    result = run(tuning_of(tmp_path, run_config(steps=10, validate_every=1), watchman=watchman), follower)
    assert len(follower.steps) == 10
    assert is_same(result, watchman.seen[-1])


def test_run_that_ended_early_is_over_when_it_is_resumed(tmp_path: Path) -> None:
    """Its verdict was interrupted; it must not go on training."""
    config = run_config(steps=10, validate_every=1)
    watchman = FakeWatchman([0.5, *(0.1 + 0.01 * n for n in range(40))])
    first = run(tuning_of(tmp_path, config, watchman=watchman))
    follower = Follower()
    assert is_same(run(tuning_of(tmp_path, config, watchman=FakeWatchman([])), follower), first)
    assert not follower.steps


# Enough


def test_enough_keeps_the_best_state(tmp_path: Path) -> None:
    watchman, follower = FakeWatchman([0.5, 0.4, 0.2, 0.3]), Follower(enough_at=5)
    result = run(tuning_of(tmp_path, run_config(steps=8, validate_every=2), watchman=watchman), follower)
    assert is_same(result, watchman.seen[2])
    assert len(follower.steps) == 5


@pytest.mark.parametrize("step", [0, 1])
def test_enough_before_the_first_look_looks_at_once(step: int, tmp_path: Path) -> None:
    watchman, follower = FakeWatchman([0.5, 0.2]), Follower(enough_at=step)
    result = run(tuning_of(tmp_path, run_config(steps=8, validate_every=4), watchman=watchman), follower)
    assert len(follower.steps) == 1
    assert is_same(result, watchman.seen[1])


def test_run_that_was_enough_is_over_when_it_is_resumed(tmp_path: Path) -> None:
    first = run(tuning_of(tmp_path, watchman=FakeWatchman([0.5, 0.2, 0.3])), Follower(enough_at=4))
    follower = Follower()
    assert is_same(run(tuning_of(tmp_path, watchman=FakeWatchman([])), follower), first)
    assert not follower.steps


# Resuming


@pytest.mark.parametrize(
    ("scope", "kind", "steps"),
    [
        (Scope.EVERYTHING, Regularizer.NONE, (0, 2, 3, 5, 7)),
        (Scope.ADAPTERS, Regularizer.CONTRACTIVE, (2, 5)),
        (Scope.DECODER, Regularizer.SPARSE_KL, (5,)),
    ],
)
def test_cancelled_run_goes_on_to_the_same_weights(
    scope: Scope, kind: Regularizer, steps: tuple[int, ...], tmp_path: Path
) -> None:
    """Before the first step, before the first look, at a look, after one, and before the last step."""
    config = run_config(regularizer=kind, regularizer_weight=0.1)
    whole = run(tuning_of(tmp_path / "whole", config, scope=scope))
    for step in steps:
        folder = tmp_path / str(step)
        cancelled(tuning_of(folder, config, scope=scope), step)
        assert is_same(run(tuning_of(folder, config, scope=scope)), whole), step
        assert errors_in(folder) == errors_in(tmp_path / "whole")


def test_network_in_channels_last_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    """Models are loaded that way."""
    parent = parent_for().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # reason: stubs lack it
    whole = run(tuning_of(tmp_path / "whole", scope=Scope.ADAPTERS), parent=parent)
    with pytest.raises(CancelledError):
        run(tuning_of(tmp_path / "broken", scope=Scope.ADAPTERS), Follower(cancel_at=4), parent=parent)
    assert is_same(run(tuning_of(tmp_path / "broken", scope=Scope.ADAPTERS), parent=parent), whole)


@pytest.mark.parametrize("moment", ["append_row", "save_checkpoint", "step"])
def test_killed_run_goes_on_to_the_same_weights(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed within a look, and between looks: the folder is copied as it was at that moment."""
    folder, copies = tmp_path / "whole", list[Path]()

    def copied() -> None:
        copies.append(tmp_path / f"copy {len(copies)}")
        shutil.copytree(folder, copies[-1])

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            copied()
            return real(*arguments)

        return call

    if moment == "step":
        watch = FinetuneWatch(step=lambda news: copied() if news.step in (1, 4, 8) else None)
        whole = tune(tuning_of(folder), parent_for(), device=CPU, watch=watch)
    else:
        with monkeypatch.context() as patch:
            patch.setattr(loop, moment, watched(getattr(loop, moment)))
            whole = run(tuning_of(folder))
    assert len(copies) >= 3
    for each in copies:
        assert is_same(run(tuning_of(each)), whole)
        assert errors_in(each) == errors_in(folder)


def test_best_state_of_a_run_that_was_started_again_is_forgotten(tmp_path: Path) -> None:
    """Its checkpoint was damaged and deleted, as the message about it advises."""
    run(tuning_of(tmp_path, run_config(steps=2, validate_every=1), watchman=FakeWatchman([0.5, 0.1, 0.1])))
    (tmp_path / CHECKPOINT).unlink()
    watchman = FakeWatchman([0.5, 0.3, 0.4])
    config = run_config(steps=2, validate_every=1, seed=5)
    assert is_same(run(tuning_of(tmp_path, config, watchman=watchman)), watchman.seen[1])


def test_run_is_not_mixed_with_one_of_another_seed(tmp_path: Path) -> None:
    cancelled(tuning_of(tmp_path), 4)
    with pytest.raises(TrainingError, match="seed") as fault:
        run(tuning_of(tmp_path, run_config(seed=3)))
    assert str(tmp_path) in sentence_of(fault.value)


def test_damaged_best_state_is_said_in_a_sentence(tmp_path: Path) -> None:
    run(tuning_of(tmp_path))
    (tmp_path / BEST).write_bytes(b"no tensors")
    with pytest.raises(TrainingError, match=BEST) as fault:
        run(tuning_of(tmp_path))
    sentence_of(fault.value)


# Faults


def broken_from(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is not a number from `step` on."""
    real = TUNING[Task.DENOISE].loss
    done = [0]

    def loss(*arguments: Any, **options: Any) -> torch.Tensor:
        done[0] += 1
        result = real(*arguments, **options)
        return result * math.nan if done[0] > step else result

    monkeypatch.setattr(TUNING[Task.DENOISE], "loss", loss)


def test_loss_that_is_no_number_keeps_the_best_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watchman, follower = FakeWatchman([0.5, 0.2]), Follower()
    broken_from(4, monkeypatch)
    result = run(tuning_of(tmp_path, watchman=watchman), follower)
    assert is_same(result, watchman.seen[1])
    (note,) = follower.notes
    assert "not a number" in note
    assert "best state" in note


def test_loss_that_is_no_number_before_the_first_look_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_from(1, monkeypatch)
    with pytest.raises(TrainingError, match="learning rate") as fault:
        run(tuning_of(tmp_path, watchman=FakeWatchman([0.5])))
    sentence_of(fault.value)


def fill_disk_at(look: int, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when the so-many-th look writes a file."""
    name = {BEST: "atomic_write", LOG: "append_row", CHECKPOINT: "save_checkpoint"}[file]
    real, count = getattr(loop, name), [0]

    def full(*arguments: Any) -> Any:
        count[0] += 1
        if count[0] >= look:
            raise WriteError(Path("disk"), "cannot be written because the disk is full; free some space.")
        return real(*arguments)

    monkeypatch.setattr(loop, name, full)


@pytest.mark.parametrize("file", [BEST, LOG, CHECKPOINT])
def test_full_disk_at_a_look_keeps_the_best_state(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watchman, follower = FakeWatchman([0.5, 0.3, 0.2]), Follower()
    fill_disk_at(3 if file == LOG else 2, file, monkeypatch)  # the log begins with the base's error
    result = run(tuning_of(tmp_path, watchman=watchman), follower)
    assert is_same(result, watchman.seen[1 if file == BEST else 2])
    (note,) = follower.notes
    assert "disk is full" in note


def test_full_disk_at_the_first_look_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk_at(1, BEST, monkeypatch)
    with pytest.raises(WriteError, match="disk is full"):
        run(tuning_of(tmp_path, watchman=FakeWatchman([0.5, 0.3])))


def test_full_disk_when_cancelling_keeps_what_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run can be resumed from its last look."""
    whole = run(tuning_of(tmp_path / "whole"))
    folder = tmp_path / "broken"
    with monkeypatch.context() as patch:
        fill_disk_at(2, CHECKPOINT, patch)
        with pytest.raises(WriteError, match="disk is full"):
            run(tuning_of(folder), Follower(cancel_at=5))
    assert is_same(run(tuning_of(folder)), whole)


def test_folder_that_is_a_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(WriteError) as fault:
        run(tuning_of(tmp_path / "run"))
    assert "run" in sentence_of(fault.value)


# Memory


def scarce(fits: Callable[[Any], bool], monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Let a step run out of memory unless it `fits`; gives parts and crop of each try."""
    real, tries = loop._attempt, list[tuple[int, int]]()

    def attempt(state: Any, *arguments: Any) -> float:
        tries.append((state.parts, state.crop))
        if not fits(state):
            raise OUT_OF_MEMORY
        return real(state, *arguments)

    monkeypatch.setattr(loop, "_attempt", attempt)
    return tries


def test_short_memory_halves_parts_and_then_the_crop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_SMALLEST_CROP", 16)
    tries = scarce(lambda state: state.crop == 16, monkeypatch)
    follower = Follower()
    run(tuning_of(tmp_path, run_config(steps=2, batch=8), watchman=FakeWatchman([0.5, 0.4])), follower)
    assert tries == [(1, 32), (2, 32), (4, 32), (4, 16), (4, 16)]
    assert [note.split(":")[0] for note in follower.notes] == ["Memory is short"] * 3
    assert "a little worse" in follower.notes[-1]


def test_memory_too_short_for_anything_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scarce(lambda state: False, monkeypatch)
    with pytest.raises(TrainingError, match="too little memory") as fault:
        run(tuning_of(tmp_path, watchman=FakeWatchman([0.5])))
    sentence_of(fault.value)


def test_other_faults_of_a_step_are_not_taken_for_short_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def attempt(*arguments: Any) -> float:
        raise RuntimeError("sizes do not match")

    monkeypatch.setattr(loop, "_attempt", attempt)
    with pytest.raises(RuntimeError, match="sizes do not match"):
        run(tuning_of(tmp_path, watchman=FakeWatchman([0.5])))


def test_fault_is_let_go_of_before_the_next_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is held, so are the tensors of the step that did not fit."""

    class Large:
        pass

    kept: list[weakref.ref[Large]] = []
    alive: list[bool] = []
    real = loop._attempt

    def attempt(state: Any, *arguments: Any) -> float:
        if state.parts == 1:
            large = Large()
            kept.append(weakref.ref(large))
            raise RuntimeError("CUDA out of memory")
        return real(state, *arguments)

    def less(*arguments: Any) -> None:
        alive.append(kept[0]() is not None)
        taken(*arguments)

    taken = loop._take_less
    monkeypatch.setattr(loop, "_attempt", attempt)
    monkeypatch.setattr(loop, "_take_less", less)
    run(tuning_of(tmp_path, run_config(steps=1), watchman=FakeWatchman([0.5, 0.4])))
    assert alive == [False]


def test_short_memory_at_a_later_look_keeps_the_best_state(tmp_path: Path) -> None:
    class Failing(FakeWatchman):
        def measure(self, *arguments: Any, **options: Any) -> Any:
            if len(self.seen) == 2:
                raise DeviceMemoryError("The tile does not fit into memory; close other programs.")
            return super().measure(*arguments, **options)

    watchman, follower = Failing([0.5, 0.2]), Follower()
    assert is_same(run(tuning_of(tmp_path, watchman=watchman), follower), watchman.seen[1])
    assert "does not fit" in follower.notes[0]


# Time


class FakeTime:
    """A clock that moves when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def timed_steps(clock: FakeTime, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    real = loop._attempt

    def attempt(*arguments: Any) -> float:
        clock.pass_by(seconds)
        return real(*arguments)

    monkeypatch.setattr(loop, "_attempt", attempt)


def test_clock_stands_while_others_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between steps, and between the pages of a look."""
    clock, follower = FakeTime(monkeypatch), Follower()
    timed_steps(clock, 2.0, monkeypatch)

    class Waiting(FakeWatchman):
        def measure(self, *arguments: Any, **options: Any) -> Any:
            self._wait()
            return super().measure(*arguments, **options)

    watchman = Waiting([0.5, 0.4, 0.3, 0.2], lambda: clock.pass_by(1000.0))
    watch = FinetuneWatch(check=follower.checks.append, between=lambda: clock.pass_by(500.0))
    tune(tuning_of(tmp_path, watchman=watchman), parent_for(), device=CPU, watch=watch)
    assert [news.seconds for news in follower.checks] == [0.0, 6.0, 12.0, 16.0]


def test_clock_goes_on_where_it_stood_when_a_run_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, follower = FakeTime(monkeypatch), Follower()
    timed_steps(clock, 2.0, monkeypatch)
    cancelled(tuning_of(tmp_path, watchman=FakeWatchman([0.5, 0.4])), 3)
    clock.pass_by(1e6)
    run(tuning_of(tmp_path, watchman=FakeWatchman([0.3, 0.2])), follower)
    assert [news.seconds for news in follower.checks] == [0.0, 6.0, 12.0, 16.0]


def test_time_left_is_that_of_the_steps_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, follower = FakeTime(monkeypatch), Follower()
    timed_steps(clock, 2.0, monkeypatch)
    cancelled(tuning_of(tmp_path, watchman=FakeWatchman([0.5, 0.4])), 3)
    run(tuning_of(tmp_path, watchman=FakeWatchman([0.3, 0.2])), follower)
    assert [news.seconds_left for news in follower.steps] == [None, None, 4.0, 2.0, 0.0]


def test_run_ends_when_its_time_is_long_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, follower = FakeTime(monkeypatch), Follower()
    timed_steps(clock, 2.0, monkeypatch)
    watchman = FakeWatchman([0.5, 0.4, 0.3])
    tuning = tuning_of(tmp_path, run_config(steps=100, validate_every=3), watchman=watchman, limit_s=7.0)
    assert is_same(run(tuning, follower), watchman.seen[2])
    assert len(follower.steps) == 5  # 10 s: more than 1.15 times the limit
    assert "slower" in follower.notes[0]


# Rehearsing


def test_rehearsal_changes_nothing_and_writes_nothing(tmp_path: Path) -> None:
    parent = parent_for()
    before = copy.deepcopy(parent.state_dict())
    tuning = tuning_of(tmp_path / "run", scope=Scope.ADAPTERS)
    seconds = rehearse(tuning, parent, device=CPU, steps=2)
    assert len(seconds) == 2
    assert min(seconds) >= 0
    assert is_same(parent.state_dict(), before)
    assert not (tmp_path / "run").exists()
