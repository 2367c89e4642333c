"""How many steps fit into the user's time, measured on this machine with these pages before the run begins."""

import copy
import dataclasses
import time
from dataclasses import dataclass

import numpy as np
import torch

from docclean.models.manifest import ModelManifest
from docclean.training.config import TrainConfig
from docclean.training.finetune.loop import Tuning, rehearse
from docclean.training.finetune.request import FinetuneRequest, Scope
from docclean.training.objectives import Restorer

LOOKS = 24
"""How often a run looks at its held-out pages."""

_LOOKING_SHARE = 0.3
"""Looking takes this part of the time at most; else it is done less often."""

_LEAST_LOOKS = 4
_LEAST_STEPS = 20
_REHEARSED = 6
_WARMUP = 30
_RATES = {Scope.ADAPTERS: 2e-3, Scope.DECODER: 6e-4, Scope.EVERYTHING: 6e-4}
_ENDLESS = 1_000_000
_SHORTEST_S = 1e-3
"""Clocks of some systems tick every 16 ms: a step that took no time would fit in without end."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Attributes:
        step_s: Time of a step, s.
        look_s: Time of a look at the held-out pages, s.
    """

    step_s: float
    look_s: float


def config_of(request: FinetuneRequest, parent: ModelManifest, scope: Scope) -> TrainConfig:
    """The run's settings but for its length.

    Args:
        request: What the user asked for.
        parent: Manifest of the model to start from.
        scope: Which weights are trained; not AUTO.
    """
    return TrainConfig(
        task=parent.task,
        hyperparameters=parent.hyperparameters,
        steps=request.steps or _ENDLESS,
        batch=request.batch,
        crop=request.crop,
        seed=request.seed,
        learning_rate=request.learning_rate or _RATES[scope],
        warmup=_WARMUP,
        weight_decay=0.0,
        ema_decay=0.997,
        regularizer=request.regularizer,
        regularizer_weight=request.regularizer_weight,
    )


def measured_speed(tuning: Tuning, parent: Restorer, device: torch.device) -> Speed:
    """Try a few steps and a look; nothing of it is kept."""
    started, waited = time.monotonic(), tuning.watchman.waited_s
    tuning.watchman.measure(copy.deepcopy(parent).to(device), device, step=0)
    looked = time.monotonic() - started - (tuning.watchman.waited_s - waited)
    seconds = rehearse(tuning, parent, device=device, steps=_REHEARSED)
    return Speed(float(np.min(seconds[1:])), looked)  # slower ones had other programs beside them


def planned(tuning: Tuning, speed: Speed, *, minutes: float, steps: int | None) -> Tuning:
    """The same run with its length decided.

    Args:
        tuning: The run.
        speed: From `measured_speed`.
        minutes: The user's time.
        steps: Steps that the user wants instead; None for as many as fit into the time.
    """
    total = 60.0 * minutes
    if steps is None:
        looks = int(np.clip(_LOOKING_SHARE * total / max(speed.look_s, _SHORTEST_S), _LEAST_LOOKS, LOOKS))
        steps = max(_LEAST_STEPS, int((total - (looks + 1) * speed.look_s) / max(speed.step_s, _SHORTEST_S)))
    else:
        looks = LOOKS
    every = max(1, -(-steps // looks))
    warmup = min(tuning.config.warmup, max(1, steps // 4))  # else a short run would never come to its learning rate
    config = tuning.config.model_copy(update={"steps": steps, "validate_every": every, "warmup": warmup})
    return dataclasses.replace(tuning, config=config)
