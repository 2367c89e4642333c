"""How fast weights move, which average of them is kept, and in which arithmetic: what every training loop shares."""

import math

import torch
from torch import nn

from docclean.training.config import Precision, TrainConfig


def learning_rate(config: TrainConfig, step: int) -> float:
    """Learning rate of a step: linear warm-up, then a cosine down to 0.5 % of the peak; sources at `TrainConfig`."""
    return config.learning_rate * pace(step, config.warmup, step / config.steps)


def pace(step: int, warmup: int, share: float) -> float:
    """Share of the peak: linear warm-up times a cosine from 1 down to .005.

    Args:
        step: The step, from 0.
        warmup: Steps of warm-up.
        share: How much of the run is done, 0..1.
    """
    return min(1.0, (step + 1) / warmup) * (0.005 + 0.995 * 0.5 * (1.0 + math.cos(math.pi * share)))


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Exponential moving average of the weights. Source: Polyak, Juditsky 1992."""
    for kept, current in zip(average.parameters(), model.parameters(), strict=True):
        kept.lerp_(current, 1.0 - decay)


def averaging_decay(config: TrainConfig, step: int) -> float:
    """Decay after a step: small at first, so that the average soon forgets where it began."""
    return min(config.ema_decay, (1 + step) / (10 + step))


def uses_bfloat16(precision: Precision, device: torch.device) -> bool:
    """Whether to run the forward pass in bfloat16: always on CUDA, on a CPU only where it has instructions for it."""
    if precision is not Precision.AUTO:
        return precision is Precision.BFLOAT16
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
