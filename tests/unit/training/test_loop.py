import csv
import errno
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DoccleanError, TrainingError, WriteError
from docclean.core.recipe import Task
from docclean.models.denoiser import Denoiser
from docclean.training import dataset, loop, objectives
from docclean.training.checkpoint import CHECKPOINT, load_checkpoint
from docclean.training.config import Precision, Regularizer, TrainConfig
from docclean.training.curve import CURVE
from docclean.training.degrade import Degraded
from docclean.training.loop import TrainingPairs, Watch, train
from docclean.training.losses import restoration_loss
from docclean.training.run_log import LOG, TrainReport
from docclean.training.schedule import learning_rate
from tests.helpers.corpus import SIDE, TINY, FewPairs, tiny_config

ROOT = Path(__file__).resolve().parents[3]
CPU = torch.device("cpu")
Weights = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def small_and_steady(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small pairs, two of them held out, and sums in one order."""
    monkeypatch.setattr(loop, "CONTEXT", SIDE)
    monkeypatch.setattr(loop, "_VALIDATION_PAIRS", 2)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Witness:
    """Follows a run and may cancel it when it takes pair number `stop_at`."""

    def __init__(self) -> None:
        self.token = CancelToken()
        self.reports: list[TrainReport] = []
        self.watch = Watch(self.reports.append, self.token)


class CancellingPairs(FewPairs):
    def __init__(self, token: CancelToken, number: int) -> None:
        super().__init__()
        self._token, self._number = token, number

    def __getitem__(self, number: int) -> Degraded:
        if number >= self._number:
            self._token.cancel()
        return super().__getitem__(number)


def run(folder: Path, config: TrainConfig, *, pairs: FewPairs | None = None, start: Weights | None = None) -> Weights:
    witness = Witness()
    return run_watched(folder, config, witness, pairs=pairs, start=start)


def run_watched(
    folder: Path,
    config: TrainConfig,
    witness: Witness,
    *,
    pairs: FewPairs | None = None,
    start: Weights | None = None,
) -> Weights:
    training = TrainingPairs(pairs or FewPairs(), FewPairs())
    network = train(config, training, folder, device=CPU, watch=witness.watch, start=start)
    assert not network.training
    return network.state_dict()


def run_cancelled(folder: Path, config: TrainConfig, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run until `step` steps are done, then cancel."""
    witness, real, done = Witness(), loop._step, [0]

    def counted(*arguments: Any) -> float:
        done[0] = arguments[2] + 1
        if done[0] == step:
            witness.token.cancel()
        return real(*arguments)

    if step == 0:
        witness.token.cancel()
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_step", counted)
        with pytest.raises(CancelledError):
            run_watched(folder, config, witness)
    assert done[0] == step


def is_same(one: Weights, two: Weights) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[k], two[k]) for k in one)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def steps_of(folder: Path) -> list[int]:
    return [int(row["step"]) for row in rows_of(folder)]


def steps_done(folder: Path, config: TrainConfig) -> int:
    model, average = Denoiser(**TINY), Denoiser(**TINY)
    return load_checkpoint(folder, config, model, average, torch.optim.AdamW(model.parameters()))


def sentence_of(fault: pytest.ExceptionInfo[DoccleanError]) -> str:
    sentence = str(fault.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize("kind", Regularizer)
def test_cancelled_run_with_penalty_and_noise_goes_on_to_the_same_weights(
    kind: Regularizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(steps=6, regularizer=kind, regularizer_weight=0.1, input_noise=0.1)
    whole = run(tmp_path / "whole", config)
    run_cancelled(tmp_path / "broken", config, 3, monkeypatch)
    assert is_same(run(tmp_path / "broken", config), whole)


def test_watch_hears_of_every_step(tmp_path: Path) -> None:
    heard: list[tuple[int, float]] = []
    watch = Watch(lambda report: None, CancelToken(), lambda done, loss: heard.append((done, loss)))
    train(tiny_config(steps=3), TrainingPairs(FewPairs(), FewPairs()), tmp_path, device=CPU, watch=watch)
    assert [done for done, _ in heard] == [1, 2, 3]
    assert all(loss > 0 for _, loss in heard)


# Resuming


@pytest.mark.parametrize("step", [0, 1, 4, 5, 7, 11])
def test_cancelled_run_goes_on_to_the_same_weights(step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first step, within and at the end of a cycle of reuse, after a validation, before the last step."""
    config = tiny_config(reuse=4, validate_every=5)
    whole = run(tmp_path / "whole", config)
    run_cancelled(tmp_path / "broken", config, step, monkeypatch)
    assert steps_done(tmp_path / "broken", config) == step
    assert is_same(run(tmp_path / "broken", config), whole)
    assert steps_of(tmp_path / "broken") == steps_of(tmp_path / "whole") == [5, 10, 12]
    same = ("step", "rmse", "learning_rate")
    for one, two in zip(rows_of(tmp_path / "whole"), rows_of(tmp_path / "broken"), strict=True):
        assert [one[k] for k in same] == [two[k] for k in same]


def test_run_cancelled_many_times_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config(steps=9, reuse=2)
    for step in (2, 3, 8):
        run_cancelled(tmp_path / "broken", config, step, monkeypatch)
    assert is_same(run(tmp_path / "broken", config), run(tmp_path / "whole", config))


def test_cancelling_is_noticed_at_the_next_step(tmp_path: Path) -> None:
    witness, config = Witness(), tiny_config(reuse=1, batch=2)
    with pytest.raises(CancelledError):
        run_watched(tmp_path, config, witness, pairs=CancellingPairs(witness.token, 6))
    assert steps_done(tmp_path, config) == 3
    assert not witness.reports


def test_finished_run_gives_its_weights_again(tmp_path: Path) -> None:
    config = tiny_config()
    first = run(tmp_path, config)
    log = (tmp_path / "log.csv").read_bytes()
    assert is_same(run(tmp_path, config), first)
    assert (tmp_path / "log.csv").read_bytes() == log


def test_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    results = [run(tmp_path / name, tiny_config(seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    assert is_same(results[0], results[1])
    assert not is_same(results[0], results[2])


def test_pairs_from_another_process_give_the_same_weights(tmp_path: Path) -> None:
    config = tiny_config(steps=5, reuse=2)
    assert is_same(run(tmp_path / "one", config), run(tmp_path / "two", config.model_copy(update={"workers": 1})))


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from docclean.core.cancel import CancelToken
from docclean.core.files import PendingFile
from docclean.training import loop
from tests.helpers.corpus import FewPairs, SIDE, tiny_config
loop.CONTEXT, loop._VALIDATION_PAIRS = SIDE, 2
torch.set_num_threads(1)
module, name, count = {"step": (torch.optim.AdamW, "step", 8), "checkpoint": (PendingFile, "commit", 3)}[sys.argv[2]]
real, calls = getattr(module, name), []
def killing(*arguments, **options):
    calls.append(1)
    if len(calls) == count:
        os.kill(os.getpid(), int(sys.argv[3]))
    return real(*arguments, **options)
setattr(module, name, killing)
watch = loop.Watch(lambda report: None, CancelToken())
pairs = loop.TrainingPairs(FewPairs(), FewPairs())
loop.train(tiny_config(validate_every=3), pairs, Path(sys.argv[1]), device=torch.device("cpu"), watch=watch)
"""


def test_killed_process_can_be_followed_by_another(tmp_path: Path) -> None:
    """Killed within a step, and while the second checkpoint lies on the disk without its name."""
    config, moments = tiny_config(validate_every=3), {"step": 6, "checkpoint": 3}
    kill = str(int(getattr(signal, "SIGKILL", signal.SIGTERM)))
    processes = [
        subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / moment), moment, kill], cwd=ROOT)
        for moment in moments
    ]
    whole = run(tmp_path / "whole", config)
    assert all(process.wait() not in (0, 1) for process in processes)
    for moment, done in moments.items():
        assert steps_done(tmp_path / moment, config) == done
        assert is_same(run(tmp_path / moment, config), whole)
        assert steps_of(tmp_path / moment) == [3, 6, 9, 12]


# The log


def test_log_has_a_row_for_every_report(tmp_path: Path) -> None:
    witness = Witness()
    run_watched(tmp_path, tiny_config(), witness)
    assert [r.step for r in witness.reports] == steps_of(tmp_path) == [5, 10, 12]
    for report, row in zip(witness.reports, rows_of(tmp_path), strict=True):
        assert float(row["rmse"]) == report.rmse
        assert 0 < report.rmse < 1
        assert report.loss > 0
        assert report.seconds > 0
        assert report.learning_rate == learning_rate(tiny_config(), report.step - 1)


def test_log_has_no_row_of_a_run_that_was_started_again(tmp_path: Path) -> None:
    """Its checkpoint was damaged and deleted, as the message about it advises."""
    run(tmp_path, tiny_config())
    (tmp_path / CHECKPOINT).unlink()
    run(tmp_path, tiny_config())
    assert steps_of(tmp_path) == [5, 10, 12]


@pytest.mark.parametrize("fault", ["checkpoint", "log"])
def test_log_has_a_row_for_every_validation_when_saving_failed(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run stops between two of validation, checkpoint and log; the step is done again."""
    config, name = tiny_config(), {"checkpoint": "save_checkpoint", "log": "append_row"}[fault]
    real, count = getattr(loop, name), [0]

    def stop(*arguments: Any) -> None:
        count[0] += 1
        if count[0] == 2:
            raise KeyboardInterrupt
        real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loop, name, stop)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, config)
    run(tmp_path, config)
    assert steps_of(tmp_path) == [5, 10, 12]


def test_torn_row_is_removed_from_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config()
    run_cancelled(tmp_path, config, 7, monkeypatch)
    with (tmp_path / "log.csv").open("a", encoding="utf-8") as file:
        file.write("10,0.1")
    run(tmp_path, config)
    assert steps_of(tmp_path) == [5, 10, 12]
    assert all(len(row) == 5 and None not in row and None not in row.values() for row in rows_of(tmp_path))


def test_log_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "log.csv").mkdir()
    with pytest.raises(WriteError) as fault:
        run(tmp_path, tiny_config())
    assert "log.csv" in sentence_of(fault)


def test_folder_that_is_a_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(WriteError) as fault:
        run(tmp_path / "run", tiny_config())
    assert str(tmp_path / "run") in sentence_of(fault)


# Faults


def test_full_disk_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, real, calls = tiny_config(), os.fsync, list[int]()
    whole = run(tmp_path / "whole", config)

    def full(descriptor: int) -> None:
        calls.append(1)
        if steps_done(tmp_path, config) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(WriteError, match="disk is full") as fault:
            run(tmp_path, config)
    assert calls
    assert "disk is full" in sentence_of(fault)
    assert steps_done(tmp_path, config) == 5
    assert is_same(run(tmp_path, config), whole)


LIMITED = """
import resource, sys
from pathlib import Path
import torch
from docclean.core.cancel import CancelToken
from docclean.core.errors import WriteError
from docclean.training import loop
from tests.helpers.corpus import FewPairs, SIDE, tiny_config
loop.CONTEXT, loop._VALIDATION_PAIRS = SIDE, 2
torch.set_num_threads(1)
def limit(report):
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
watch = loop.Watch(limit, CancelToken())
pairs = loop.TrainingPairs(FewPairs(), FewPairs())
try:
    loop.train(tiny_config(), pairs, Path(sys.argv[1]), device=torch.device("cpu"), watch=watch)
except WriteError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit for the size of files there")
def test_checkpoint_that_does_not_fit_keeps_the_one_before(tmp_path: Path) -> None:
    """The system itself refuses to write on, in the middle of the second checkpoint."""
    config = tiny_config()
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "limited")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(f"{tmp_path / 'limited' / CHECKPOINT}: cannot be written")
    assert sorted(p.name for p in (tmp_path / "limited").iterdir()) == [CHECKPOINT, CURVE, LOG]
    assert steps_done(tmp_path / "limited", config) == 5
    assert is_same(run(tmp_path / "limited", config), run(tmp_path / "whole", config))
    assert steps_of(tmp_path / "limited") == [5, 10, 12]


def test_folder_of_another_task_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    run(tmp_path, tiny_config())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(TrainingError, match=r"other settings \(task\)") as fault:
        run(tmp_path, tiny_config(task=Task.DEWATERMARK))
    assert "another folder" in sentence_of(fault)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_loss_that_is_not_a_number_at_once_says_that_nothing_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objectives, "restoration_loss", lambda *arguments, **options: torch.tensor(math.nan))
    with pytest.raises(TrainingError, match="nan at step 0; nothing was saved before"):
        run(tmp_path, tiny_config())


def test_loss_that_is_not_a_number_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, real = tiny_config(), restoration_loss
    whole, count = run(tmp_path / "whole", config), [0]

    def broken(*arguments: Any, **options: Any) -> torch.Tensor:
        count[0] += 1
        return real(*arguments, **options) * (math.nan if count[0] == 8 else 1.0)

    with monkeypatch.context() as patch:
        patch.setattr(objectives, "restoration_loss", broken)
        with pytest.raises(TrainingError, match="loss became nan at step 7") as fault:
            run(tmp_path, config)
    assert "another folder" in sentence_of(fault)
    assert f"the last state that was saved is kept in {tmp_path}" in sentence_of(fault)
    assert steps_done(tmp_path, config) == 5
    assert is_same(run(tmp_path, config), whole)


class Poison(torch.autograd.Function):
    """Gives a number forwards and none backwards."""

    @staticmethod
    def forward(context: Any, value: torch.Tensor) -> torch.Tensor:
        return value.clone()

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> torch.Tensor:
        return gradients[0] * math.nan


def test_gradient_that_is_not_a_number_never_reaches_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss is still a number in this step, and a checkpoint follows it."""
    config, real, count = tiny_config(), restoration_loss, [0]

    def broken(*arguments: Any, **options: Any) -> torch.Tensor:
        count[0] += 1
        loss = real(*arguments, **options)
        return Poison.apply(loss) if count[0] == 10 else loss  # type: ignore[no-untyped-call]  # torch has no types here

    with monkeypatch.context() as patch:
        patch.setattr(objectives, "restoration_loss", broken)
        with pytest.raises(TrainingError, match="step 9") as fault:
            run(tmp_path, config)
    sentence_of(fault)
    assert steps_done(tmp_path, config) == 5
    assert all(torch.isfinite(w).all() for w in run(tmp_path, config).values())


# Learning


class SinglePair(FewPairs):
    def __getitem__(self, number: int) -> Degraded:
        return super().__getitem__(0)


def test_twenty_steps_lower_the_loss_and_the_error(tmp_path: Path) -> None:
    witness = Witness()
    config = tiny_config(steps=20, validate_every=4, learning_rate=1e-2, ema_decay=0.5, batch=4)
    training = TrainingPairs(SinglePair(), SinglePair())
    train(config, training, tmp_path, device=CPU, watch=witness.watch)
    assert witness.reports[-1].loss < 0.8 * witness.reports[0].loss
    assert witness.reports[-1].rmse < witness.reports[0].rmse


def test_run_starts_from_given_weights(tmp_path: Path) -> None:
    start = run(tmp_path / "parent", tiny_config())
    config = tiny_config(steps=1, learning_rate=1e-9, weight_decay=0.0)
    child = run(tmp_path / "child", config, start=start)
    assert all(torch.allclose(child[k], start[k], atol=1e-7) for k in start)


def test_result_clamps_hard(tmp_path: Path) -> None:
    training = TrainingPairs(FewPairs(), FewPairs())
    network = train(tiny_config(steps=1), training, tmp_path, device=CPU, watch=Witness().watch)
    assert network.ink.leak == 0.0


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_run_on_a_gpu_lowers_the_error(tmp_path: Path) -> None:
    witness = Witness()
    config = tiny_config(steps=20, validate_every=4, learning_rate=1e-2, ema_decay=0.5, precision=Precision.AUTO)
    training = TrainingPairs(SinglePair(), SinglePair())
    network = train(config, training, tmp_path, device=torch.device("cuda"), watch=witness.watch)
    assert witness.reports[-1].rmse < witness.reports[0].rmse
    assert next(network.parameters()).device.type == "cpu"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
@pytest.mark.parametrize("kind", Regularizer)
def test_step_on_a_gpu_is_that_of_the_cpu(precision: Precision, kind: Regularizer, tmp_path: Path) -> None:
    """Weights after a few steps; bfloat16 has eight bits, so it comes less near."""
    settings = {"steps": 3, "batch": 4, "regularizer": kind, "regularizer_weight": 0.01, "input_noise": 0.05}
    config = tiny_config(**settings, precision=precision)
    expected = run(tmp_path / "cpu", tiny_config(**settings))
    training = TrainingPairs(FewPairs(), FewPairs())
    network = train(config, training, tmp_path / "gpu", device=torch.device("cuda"), watch=Witness().watch)
    tolerance = 1e-3 if precision is Precision.FLOAT32 else 5e-3
    assert all(torch.allclose(w, expected[k], atol=tolerance) for k, w in network.state_dict().items())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_run_resumed_on_a_gpu_goes_on_in_channels_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[loop._Learner] = []
    real, cuda, pairs = loop._step, torch.device("cuda"), TrainingPairs(FewPairs(), FewPairs())

    def step(learner: Any, *arguments: Any) -> float:
        seen.append(learner)
        return real(learner, *arguments)

    config, witness = tiny_config(), Witness()
    witness.token.cancel()
    monkeypatch.setattr(loop, "_step", step)
    with pytest.raises(CancelledError):
        train(config, pairs, tmp_path, device=cuda, watch=witness.watch)
    train(config, pairs, tmp_path, device=cuda, watch=Witness().watch)
    weight = seen[-1].model.ink.encode_half.convs[0].weight
    assert isinstance(weight, torch.Tensor)
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert seen[-1].optimizer.state[weight]["exp_avg"].is_contiguous(memory_format=torch.channels_last)


def test_network_is_trained_in_channels_last_and_float32(tmp_path: Path) -> None:
    learner = loop._new_learner(tiny_config(precision=Precision.BFLOAT16), tmp_path, CPU, None)
    assert learner.low_precision
    for network in (learner.model, learner.average):
        for parameter in network.parameters():
            assert parameter.dtype == torch.float32
            assert parameter.dim() != 4 or parameter.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("kind", Regularizer)
def test_step_in_bfloat16_has_gradients_in_float32(kind: Regularizer, tmp_path: Path) -> None:
    """The penalty's second derivative too goes through what was computed in bfloat16."""
    config = tiny_config(steps=2, precision=Precision.BFLOAT16, regularizer=kind, regularizer_weight=0.1)
    weights = run(tmp_path, config)
    assert all(w.dtype == torch.float32 and torch.isfinite(w).all() for w in weights.values())


def test_crop_larger_than_a_context_is_refused() -> None:
    assert tiny_config(crop=dataset.CONTEXT).crop == dataset.CONTEXT
    with pytest.raises(ValueError, match="less than or equal to 512"):
        tiny_config(crop=dataset.CONTEXT + 8)
