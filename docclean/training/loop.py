"""The whole training loop, in one file that can be read from top to bottom.

One thread trains; worker processes synthesize pairs. What the run does at step k depends on the settings and on k
alone, so that a run killed and resumed ends with the same weights as one that was never interrupted.
"""

import copy
import csv
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

from docclean.core.cancel import CancelToken
from docclean.core.errors import TrainingError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.models.denoiser import CONTEXT_STRIDE
from docclean.training.checkpoint import load_checkpoint, save_checkpoint
from docclean.training.config import Precision, TrainConfig
from docclean.training.dataset import CONTEXT, Pairs
from docclean.training.interrupts import interrupts_ignored
from docclean.training.objectives import OBJECTIVES, Examples, Objective, Restorer

LOG = "log.csv"
_POOL_GROUPS = 12
_VALIDATION_PAIRS = 48
_MSE_FINISH = 0.2
_LEAK = 0.02


@dataclass(frozen=True, slots=True)
class TrainReport:
    """How a run stands.

    Attributes:
        step: Steps done.
        loss: Mean training loss since the report before.
        rmse: Root mean square error of the averaged weights on held-out crops, 0..1.
        learning_rate: Learning rate of the last step.
        seconds: Time spent in this process, s.
    """

    step: int
    loss: float
    rmse: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainingPairs:
    """Pairs to learn from, and pairs from documents that training never sees."""

    learned: Pairs
    held_out: Pairs


@dataclass(frozen=True, slots=True)
class Watch:
    """Who follows a run: `report` is told after every validation, `cancel` is polled every step."""

    report: Callable[[TrainReport], None]
    cancel: CancelToken


@dataclass(frozen=True, slots=True)
class _Learner:
    """What a step changes, and how it computes."""

    config: TrainConfig
    objective: Objective
    model: Restorer
    optimizer: torch.optim.Optimizer
    low_precision: bool


class _Groups(torch.utils.data.Dataset[Tensor]):
    """Groups of fresh pairs by number: (batch, C, CONTEXT, CONTEXT), uint8, as the objective stacks them."""

    def __init__(self, stream: Pairs, config: TrainConfig, first: int, count: int) -> None:
        self._stream, self._batch, self._first, self._count = stream, config.batch, first, count
        self._objective = OBJECTIVES[config.task]()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Tensor:
        start = (self._first + index) * self._batch
        return torch.from_numpy(self._objective.stack([self._stream[start + i] for i in range(self._batch)]))


def _minibatches(stream: Pairs, config: TrainConfig, done: int) -> Iterator[tuple[Tensor, NDArray[np.int64]]]:
    """Minibatches for the steps after `done`: contexts (N, C, CONTEXT, CONTEXT) and the crops' corners (N, 2).

    A fresh group of pairs joins a pool every `reuse` steps; a minibatch is drawn from the pool.
    """
    first = max(0, done // config.reuse + 1 - _POOL_GROUPS)
    last = -(-config.steps // config.reuse)
    groups = _Groups(stream, config, first, last - first)
    loader = DataLoader(
        groups,
        batch_size=None,
        num_workers=config.workers,
        multiprocessing_context="spawn" if config.workers else None,
        prefetch_factor=2 if config.workers else None,
    )
    with interrupts_ignored():
        fresh = iter(loader)
    pool: deque[Tensor] = deque(maxlen=_POOL_GROUPS)
    for _ in range(first, done // config.reuse if done % config.reuse == 0 else done // config.reuse + 1):
        pool.append(next(fresh))
    for step in range(done, config.steps):
        if step % config.reuse == 0:
            pool.append(next(fresh))
        rng = np.random.default_rng([config.seed, 1, step])
        places = rng.integers(0, len(pool), config.batch), rng.integers(0, config.batch, config.batch)
        contexts = torch.stack([pool[g][i] for g, i in zip(*places, strict=True)])
        corners = rng.integers(0, (CONTEXT - config.crop) // CONTEXT_STRIDE + 1, (config.batch, 2)) * CONTEXT_STRIDE
        yield contexts, corners


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
    torch.manual_seed(config.seed)
    objective = OBJECTIVES[config.task]()
    model = objective.architecture(**config.hyperparameters)
    if start is not None:
        model.load_state_dict(start)
    model.ink.leak = _LEAK
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # reason: torch's stubs lack it
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    learner = _Learner(config, objective, model, optimizer, _uses_bfloat16(config.precision, device))
    done = load_checkpoint(folder, config, model, average, optimizer)
    _begin_log(folder / LOG, done)
    started, losses = time.monotonic(), list[float]()
    for step, (contexts, corners) in enumerate(_minibatches(pairs.learned, config, done), start=done):
        if watch.cancel.is_cancelled:
            save_checkpoint(folder, config, step, model, average, optimizer)
            watch.cancel.raise_if_cancelled()
        losses.append(_step(learner, Examples(contexts.to(device), corners, config.crop), step))
        _follow(average, model, min(config.ema_decay, (1 + step) / (10 + step)))
        if (step + 1) % config.validate_every == 0 or step + 1 == config.steps:
            rmse = _validate(average, pairs.held_out, device)
            seconds = time.monotonic() - started
            row = TrainReport(step + 1, float(np.mean(losses)), rmse, _learning_rate(config, step), seconds)
            _log(folder / LOG, row)
            save_checkpoint(folder, config, step + 1, model, average, optimizer)
            watch.report(row)
            losses.clear()
    average.ink.leak = 0.0
    return average.eval().cpu()


def _step(learner: _Learner, examples: Examples, step: int) -> float:
    """One optimizer step; returns the loss."""
    config, model = learner.config, learner.model
    for group in learner.optimizer.param_groups:
        group["lr"] = _learning_rate(config, step)
    finish = config.steps * (1.0 - _MSE_FINISH)
    mse_share = max(0.0, (step - finish) / (config.steps - finish))
    loss = learner.objective.loss(model, examples, mse_share=mse_share, low_precision=learner.low_precision)
    if not torch.isfinite(loss):
        raise _divergence(f"The loss became {loss.item()}", step)
    learner.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # reason: untyped in torch
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    if not torch.isfinite(norm):
        raise _divergence(f"The gradient became {norm.item()}", step)
    learner.optimizer.step()
    return loss.item()


def _divergence(what: str, step: int) -> TrainingError:
    return TrainingError(f"{what} at step {step}; start again with a lower learning rate, in another folder.")


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Exponential moving average of the weights. Source: Polyak, Juditsky 1992."""
    for kept, current in zip(average.parameters(), model.parameters(), strict=True):
        kept.lerp_(current, 1.0 - decay)


@torch.inference_mode()
def _validate(model: Restorer, held_out: Pairs, device: torch.device) -> float:
    """Root mean square error over the held-out crops, all pixels and channels alike, 0..1."""
    total = 0.0
    for number in range(_VALIDATION_PAIRS):
        pair = held_out[number]
        dirty, clean = (torch.from_numpy(p).to(device).permute(2, 0, 1)[None] / 255.0 for p in (pair.dirty, pair.clean))
        total += float(((model(dirty).clamp(0, 1) - clean) ** 2).mean())
    return math.sqrt(total / _VALIDATION_PAIRS)


def _learning_rate(config: TrainConfig, step: int) -> float:
    warm = min(1.0, (step + 1) / config.warmup)
    return config.learning_rate * warm * (0.005 + 0.995 * 0.5 * (1.0 + math.cos(math.pi * step / config.steps)))


def _uses_bfloat16(precision: Precision, device: torch.device) -> bool:
    """Whether to run the forward pass in bfloat16: always on CUDA, on a CPU only where it has instructions for it."""
    if precision is not Precision.AUTO:
        return precision is Precision.BFLOAT16
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def _begin_log(path: Path, done: int) -> None:
    """Keep the rows up to step `done`: those beyond the checkpoint belong to steps that are done again."""
    rows: list[list[str]] = []
    with write_faults_explained(path), suppress(FileNotFoundError):
        rows = list(csv.reader(path.read_text(encoding="utf-8", errors="replace").splitlines()))
    names = [f.name for f in fields(TrainReport)]
    kept = [row for row in rows if len(row) == len(names) and row[0].isdecimal() and int(row[0]) <= done]
    with atomic_write(path) as file:
        file.write("".join(f"{','.join(row)}\r\n" for row in (names, *kept)).encode())


def _log(path: Path, row: TrainReport) -> None:
    with write_faults_explained(path), path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(astuple(row))
