"""The whole training loop, in one file that can be read from top to bottom.

One thread trains; worker processes synthesize pairs. What the run does at step k depends on the settings and on k
alone, so that a run killed and resumed ends with the same weights as one that was never interrupted. Several processes
that a launcher started share every minibatch and hold the same weights; the first one reports and writes.
"""

import copy
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

from docclean.core.cancel import CancelToken
from docclean.core.errors import TrainingError
from docclean.core.files import write_faults_explained
from docclean.core.recipe import Task
from docclean.models.denoiser import CONTEXT_STRIDE
from docclean.training.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from docclean.training.config import PixelLoss, TrainConfig
from docclean.training.curve import redraw_curve
from docclean.training.dataset import CONTEXT, Pairs
from docclean.training.input_noise import add_input_noise
from docclean.training.interrupts import interrupts_ignored
from docclean.training.objectives import OBJECTIVES, DenoiseObjective, Examples, Objective, Restorer
from docclean.training.processes import ALONE, Team, join_team
from docclean.training.regularizers import Place, regularized
from docclean.training.run_log import LOG, TrainReport, append_row, begin_log
from docclean.training.schedule import averaging_decay, follow, learning_rate, uses_bfloat16

_POOL_GROUPS = 12
_VALIDATION_PAIRS = 48
_MSE_FINISH = 0.2
_CPU = torch.device("cpu")
_LEAK = 0.02


@dataclass(frozen=True, slots=True)
class TrainingPairs:
    """Pairs to learn from, and pairs from documents that training never sees."""

    learned: Pairs
    held_out: Pairs


@dataclass(frozen=True, slots=True)
class Watch:
    """Who follows a run.

    Attributes:
        report: Told after every validation.
        cancel: Polled every step.
        step: Told after every step: how many are done, and the loss of this one.
    """

    report: Callable[[TrainReport], None]
    cancel: CancelToken
    step: Callable[[int, float], None] = lambda _done, _loss: None


@dataclass(frozen=True, slots=True)
class _Learner:
    """What a step changes, and how it computes."""

    config: TrainConfig
    objective: Objective
    model: Restorer
    average: Restorer
    optimizer: torch.optim.Optimizer
    low_precision: bool
    team: Team
    folder: Path

    def save(self, step: int) -> None:
        """Write the state after `step` steps."""
        save_checkpoint(self.folder, self.config, step, self.model, self.average, self.optimizer)


class _Groups(torch.utils.data.Dataset[Tensor]):
    """Groups of fresh pairs by number, (batch, C, CONTEXT, CONTEXT), uint8; of each the process's part."""

    def __init__(self, stream: Pairs, config: TrainConfig, first: int, count: int, team: Team) -> None:
        self._stream, self._batch, self._first, self._count = stream, config.batch, first, count
        self._objective, self._own = OBJECTIVES[config.task](), range(config.batch)[team.part(config.batch)]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Tensor:
        start = (self._first + index) * self._batch
        return torch.from_numpy(self._objective.stack([self._stream[start + i] for i in self._own]))


def _minibatches(
    stream: Pairs, config: TrainConfig, done: int, team: Team = ALONE, device: torch.device = _CPU
) -> Iterator[tuple[Tensor, NDArray[np.int64]]]:
    """Minibatches for the steps after `done`: contexts (N, C, CONTEXT, CONTEXT) and the crops' corners (N, 2).

    A fresh group of pairs joins a pool every `reuse` steps; a minibatch is drawn from the pool. Each process of a team
    synthesizes its part of a group, all hold the same pool, and each takes its part of the minibatch. The pool lies on
    the device that trains: a context goes there once and not once for every step that it takes part in.
    """
    first = max(0, done // config.reuse + 1 - _POOL_GROUPS)
    last = -(-config.steps // config.reuse)
    groups = _Groups(stream, config, first, last - first, team)
    loader = DataLoader(
        groups,
        batch_size=None,
        num_workers=config.workers,
        multiprocessing_context="spawn" if config.workers else None,
        prefetch_factor=2 if config.workers else None,
        pin_memory=device.type == "cuda",
    )
    with interrupts_ignored():
        fresh = iter(loader)
    pool: deque[Tensor] = deque(maxlen=_POOL_GROUPS)
    for _ in range(first, done // config.reuse if done % config.reuse == 0 else done // config.reuse + 1):
        pool.append(team.gathered(next(fresh)).to(device, non_blocking=True))
    own = team.part(config.batch)
    for step in range(done, config.steps):
        if step % config.reuse == 0:
            pool.append(team.gathered(next(fresh)).to(device, non_blocking=True))
        rng = np.random.default_rng([config.seed, 1, step])
        places = rng.integers(0, len(pool), config.batch), rng.integers(0, config.batch, config.batch)
        contexts = torch.stack([pool[g][i] for g, i in zip(*(each[own] for each in places), strict=True)])
        corners = rng.integers(0, (CONTEXT - config.crop) // CONTEXT_STRIDE + 1, (config.batch, 2)) * CONTEXT_STRIDE
        yield contexts, corners[own]


def train(
    config: TrainConfig,
    pairs: TrainingPairs,
    folder: Path,
    *,
    device: torch.device,
    watch: Watch,
    start: Mapping[str, Tensor] | None = None,
) -> Restorer:
    """Train a network, or go on with the run that `folder` holds.

    Args:
        config: What to do.
        pairs: Where pairs come from.
        folder: Checkpoint and log; created.
        device: Where to train.
        watch: Who follows the run. When cancelled, the run is saved before it stops.
        start: Weights to start from; None for random ones.

    Returns:
        The network with averaged weights, in eval mode, on the CPU.

    Raises:
        CancelledError: The run was cancelled; a checkpoint was written.
        TrainingError: The loss or its gradient is not a number; the last checkpoint is still there.
        WriteError: The folder is full or cannot be written; the last checkpoint is still there.
    """
    with write_faults_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    learner = _new_learner(config, folder, device, start)
    model, average, team = learner.model, learner.average, learner.team
    done = load_checkpoint(folder, config, model, average, learner.optimizer)
    team.first_only(lambda: begin_log(folder / LOG, done))
    started, losses = time.monotonic(), list[float]()
    for step, (contexts, corners) in enumerate(_minibatches(pairs.learned, config, done, team, device), start=done):
        if team.any(flag=watch.cancel.is_cancelled):
            team.first_only(partial(learner.save, step))
            watch.cancel.cancel()  # it may have been another process that was
            watch.cancel.raise_if_cancelled()
        noisy = add_input_noise(
            contexts, config.input_noise, seed=config.seed, step=step, first=team.part(config.batch).start
        )
        losses.append(_step(learner, Examples(noisy, corners, config.crop, team), step))
        follow(average, model, averaging_decay(config, step))
        watch.step(step + 1, losses[-1])
        if (step + 1) % config.validate_every == 0 or step + 1 == config.steps:
            rmse = _validate(average, pairs.held_out, device, team)
            seconds = time.monotonic() - started
            row = TrainReport(step + 1, float(np.mean(losses)), rmse, learning_rate(config, step), seconds)
            team.first_only(partial(_record, learner, row, watch))
            losses.clear()
    average.ink.leak = 0.0
    return average.eval().cpu()


def _new_learner(
    config: TrainConfig, folder: Path, device: torch.device, start: Mapping[str, Tensor] | None
) -> _Learner:
    torch.manual_seed(config.seed)
    objective: Objective = OBJECTIVES[config.task]()
    if config.task is Task.DENOISE and config.loss is PixelLoss.BALANCED:
        objective = DenoiseObjective(is_balanced=True)
    model = objective.architecture(**config.hyperparameters)
    if start is not None:
        model.load_state_dict(start)
    model.ink.leak = _LEAK
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # reason: torch's stubs lack it
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    low_precision = uses_bfloat16(config.precision, device)
    average, team = copy.deepcopy(model), join_team(device)
    return _Learner(config, objective, model, average, optimizer, low_precision, team, folder)


def _record(learner: _Learner, row: TrainReport, watch: Watch) -> None:
    """Keep the state after a validation, then tell of it."""
    append_row(learner.folder / LOG, row)
    learner.save(row.step)
    redraw_curve(learner.folder)
    watch.report(row)


def _step(learner: _Learner, examples: Examples, step: int) -> float:
    """One optimizer step; returns the loss."""
    config, model, team = learner.config, learner.model, learner.team
    for group in learner.optimizer.param_groups:
        group["lr"] = learning_rate(config, step)
    finish = config.steps * (1.0 - _MSE_FINISH)
    mse_share = max(0.0, (step - finish) / (config.steps - finish))
    loss = regularized(
        config,
        model.ink,
        lambda: learner.objective.loss(model, examples, mse_share=mse_share, low_precision=learner.low_precision),
        Place(step, team.part(config.batch).start, team),
    )
    shown = team.mean(loss.detach()).item()
    if not math.isfinite(shown):
        raise _divergence(f"The loss became {shown}", step, learner.folder)
    learner.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # reason: untyped in torch
    team.average_gradients(model.parameters())
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    if not torch.isfinite(norm):
        raise _divergence(f"The gradient became {norm.item()}", step, learner.folder)
    learner.optimizer.step()
    return shown


def _divergence(what: str, step: int, folder: Path) -> TrainingError:
    kept = "the last state that was saved is kept" if (folder / CHECKPOINT).exists() else "nothing was saved before"
    return TrainingError(
        f"{what} at step {step}; {kept} in {folder}; start again with a lower learning rate, in another folder."
    )


@torch.inference_mode()
def _validate(model: Restorer, held_out: Pairs, device: torch.device, team: Team) -> float:
    """Root mean square error over the held-out crops, all pixels and channels alike, 0..1."""
    total = 0.0
    for number in range(team.rank, _VALIDATION_PAIRS, team.count):
        pair = held_out[number]
        dirty, clean = (torch.from_numpy(p).to(device).permute(2, 0, 1)[None] / 255.0 for p in (pair.dirty, pair.clean))
        total += float(((model(dirty).clamp(0, 1) - clean) ** 2).mean())
    if team.count > 1:
        total = float(team.total(torch.tensor(total, device=device)))
    return math.sqrt(total / _VALIDATION_PAIRS)
