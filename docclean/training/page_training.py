"""Train both networks of a restorer together, on windows of whole pages."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from docclean.core.errors import TrainingError
from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker
from docclean.training.losses import balanced_errors, mark_loss, restoration_loss
from docclean.training.objectives import Restorer
from docclean.training.schedule import follow, pace
from docclean.training.window_pool import Views, WindowPool

_RIM = 16
"""Of a part, px, where a tile has its overlap: not looked at."""

_INNER = (slice(None), slice(None), slice(_RIM, -_RIM), slice(_RIM, -_RIM))
_LEAK = 0.1
_LEAST_ERROR = 1e-3
_PAPER = 0.5
_PLACE = 2.0


@dataclass(frozen=True, slots=True)
class PageTraining:
    """Settings of a run on whole pages.

    Attributes:
        steps: Optimizer steps at most.
        seconds: Time at most, s; the learning rate falls with whichever of both is nearer to its end.
        batch: Windows in a minibatch.
        parts: Parts of each.
        learning_rate: Peak of the cosine schedule.
        warmup: Steps of linear warm-up.
        weight_decay: AdamW's decoupled decay.
        ema_decay: Decay of the moving average of the weights, which is what is kept.
        seed: Chooses minibatches.
    """

    steps: int = 20_000
    seconds: float = math.inf
    batch: int = 32
    parts: int = 6
    learning_rate: float = 1e-3
    warmup: int = 200
    weight_decay: float = 1e-4
    ema_decay: float = 0.999
    seed: int = 0


def train_on_pages(
    network: Restorer,
    pool: WindowPool,
    settings: PageTraining,
    *,
    told: Callable[[int, Tensor, Restorer], None] = lambda _step, _loss, _average: None,
) -> Restorer:
    """Train a network on the pages of a pool, which may grow meanwhile.

    Args:
        network: The network to start from, on the pool's device; not changed.
        pool: Pages to learn from.
        settings: How.
        told: Told after every step how many are done, the loss (a scalar on the device), and the averaged
            network.

    Returns:
        The network with averaged weights, in eval mode.

    Raises:
        TrainingError: The loss is not a number.
    """
    learner, average = copy.deepcopy(network).train(), copy.deepcopy(network).eval()
    learner.ink.leak = _LEAK
    loss_of = denoise_loss if isinstance(network, Denoiser) else dewatermark_loss
    device = next(network.parameters()).device
    learner.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # reason: torch's stubs lack it
    optimizer = torch.optim.AdamW(learner.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    began = time.monotonic()
    for step in range(settings.steps):
        share = max(step / settings.steps, (time.monotonic() - began) / settings.seconds)
        if share >= 1.0:
            break
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * pace(step, settings.warmup, share)
        views = pool.draw(settings.batch, settings.parts, np.random.default_rng([settings.seed, step]))
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = loss_of(learner, views, share)  # type: ignore[arg-type]  # reason: each has the loss of its kind
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # reason: untyped in torch
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        follow(average, learner, min(settings.ema_decay, (1 + step) / (10 + step)))
        if step % 50 == 0 and not math.isfinite(loss.item()):
            raise TrainingError(f"The loss became {loss.item()} at step {step}; start again with a lower rate.")
        told(step + 1, loss.detach(), average)
    return average


def denoise_loss(model: Denoiser, views: Views, _share: float) -> Tensor:
    """Distance of the restored parts from the truth, and of the estimated paper from the sheet.

    Pages count by the root of their error: those that cannot be restored do not outvote those that nearly are.

    Args:
        model: The network.
        views: A minibatch.
        _share: How much of the training is done, 0..1.

    Returns:
        Scalar.
    """
    maps = model.paper(views.overview)
    tiles = views.tiles
    restored = model.ink(tiles[:, :3], views.below(maps))
    with torch.autocast(tiles.device.type, enabled=False):
        each = balanced_errors(restored.float()[_INNER], tiles[:, 3:6][_INNER])
        pages = each.view(views.corners.shape[:2]).mean(dim=1)
        paper = (views.is_known * (maps[:, :3].float() - views.sheet).abs()).mean(dim=(1, 2, 3))
        known = views.is_known.mean(dim=(1, 2, 3)) + 0.05
        loss: Tensor = torch.sqrt(pages + _LEAST_ERROR).mean() + _PAPER * (paper / known).mean()
        return loss


def dewatermark_loss(model: Dewatermarker, views: Views, share: float) -> Tensor:
    """Distance of the pages below the marks from the truth, and of the marks' opacity, color and place from the real.

    Args:
        model: The network.
        views: A minibatch.
        share: How much of the training is done, 0..1.

    Returns:
        Scalar.
    """
    maps = model.paper(views.overview)
    tiles = views.tiles
    layers = model.ink.layers(tiles[:, :3], views.below(maps))
    with torch.autocast(tiles.device.type, enabled=False):
        clean, opacity, color = (tiles[:, start:stop][_INNER] for start, stop in ((3, 6), (6, 7), (7, 10)))
        seen = type(layers)(layers.page.float()[_INNER], layers.opacity.float()[_INNER], layers.color.float()[_INNER])
        below = restoration_loss(seen.page, clean, mse_share=0.5 + 0.5 * share)
        place = functional.max_pool2d((views.opacity > 0).float(), 3, stride=1, padding=1)
        found = functional.binary_cross_entropy(maps[:, -1:].float().clamp(1e-4, 1.0 - 1e-4), place)
        return below + mark_loss(seen, clean, opacity, color) + _PLACE * found
