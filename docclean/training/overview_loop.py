"""The loop that trains an overview network alone, on whole pages at an eighth of their size.

Such pages differ in size, so each goes through the network by itself and a minibatch is the sum of their gradients.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from docclean.core.errors import TrainingError
from docclean.core.recipe import Task
from docclean.training.config import TrainConfig
from docclean.training.schedule import averaging_decay, follow, learning_rate

WHOLE = 8
"""Overviews are multiples of this, cells."""


def overview_config(task: Task, *, steps: int, batch: int, learning_rate: float, seed: int) -> TrainConfig:
    """Settings of such a run: a short warm-up, and an average that follows soon."""
    return TrainConfig(
        task=task, steps=steps, batch=batch, learning_rate=learning_rate, warmup=100, ema_decay=0.998, seed=seed
    )


def train_overview(
    learner: nn.Module,
    average: nn.Module,
    config: TrainConfig,
    losses: Callable[[np.random.Generator], tuple[Tensor, ...]],
    told: Callable[[int, tuple[float, ...]], None],
) -> None:
    """Train a network, and let an average follow it.

    Args:
        learner: The network.
        average: Its average; same layout.
        config: Steps, batch, learning rate, warm-up, weight decay, decay of the average, and seed.
        losses: Draws an example and gives its losses; their sum is minimized.
        told: Told after every step how many are done and what each of the losses was.

    Raises:
        TrainingError: The loss is not a number.
    """
    optimizer = torch.optim.AdamW(learner.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    for step in range(config.steps):
        rng = np.random.default_rng([config.seed, step])
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step)
        optimizer.zero_grad(set_to_none=True)
        examples = []
        for _ in range(config.batch):
            parts = torch.stack(losses(rng)) / config.batch
            parts.sum().backward()  # type: ignore[no-untyped-call]  # reason: untyped in torch
            examples.append(parts.detach())
        sums = tuple(torch.stack(examples).sum(dim=0).tolist())
        if not math.isfinite(sum(sums)):
            raise TrainingError(f"The loss became {sum(sums)} at step {step}; start again with a lower rate.")
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        follow(average, learner, averaging_decay(config, step))
        told(step + 1, sums)
