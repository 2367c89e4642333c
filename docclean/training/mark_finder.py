"""Teach the overview network of a watermark remover where marks are, on whole pages, and leave all else as it is.

The network has seen 512 px of a page at a time until then. What a mark is shows on the whole page: it goes across the
print, and nothing else on the page looks like it.
"""

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from docclean.core.recipe import Task
from docclean.models.dewatermarker import MarkPaperNet
from docclean.training.config import TrainConfig
from docclean.training.overview_loop import WHOLE, overview_config, train_overview
from docclean.training.page_overviews import SeenPage

SIDE = 160
"""Largest side of the parts of pages that are learned from, cells of 8 px: of most pages it is nearly all."""

_KEPT_PAPER, _KEPT_CONTEXT = 100.0, 10.0
"""What a change of the paper's color and of the context features counts beside a mark that is not found."""

_BEYOND = 16
_AT_A_MARK = 0.6
_ORDERS = ((0, 1, 2), (0, 1, 2), (0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))

_Floats = NDArray[np.float32]


def finder_config(steps: int = 8000, *, batch: int = 4, learning_rate: float = 8e-4, seed: int = 11) -> TrainConfig:
    """Settings of a run."""
    return overview_config(Task.DEWATERMARK, steps=steps, batch=batch, learning_rate=learning_rate, seed=seed)


def teach_finder(
    network: MarkPaperNet,
    pages: Sequence[SeenPage],
    config: TrainConfig,
    *,
    told: Callable[[int, float, float], None] = lambda _done, _missed, _changed: None,
) -> MarkPaperNet:
    """Train a network to find marks; its paper and its context features are held where they were.

    Args:
        network: The network to start from; not changed.
        pages: Pages to learn from.
        config: From `finder_config`.
        told: Told after every step: how many are done, the cross entropy of the marks' places, and what the rest
            changed by.

    Returns:
        The network with averaged weights, in eval mode.

    Raises:
        TrainingError: The loss is not a number.

    Source:
        Li, Hoiem 2016, "Learning without Forgetting", section 3: what a network shall not forget is held against its
        own earlier answers.
    """
    before, learner = copy.deepcopy(network).eval(), copy.deepcopy(network).train()
    average = copy.deepcopy(learner)
    train_overview(
        learner,
        average,
        config,
        lambda rng: _losses(learner, before, *part_of(pages, rng)),
        lambda done, losses: told(done, *losses),
    )
    return average.eval()


def _missed(logits: Tensor, covered: Tensor) -> Tensor:
    """Cross entropy of the places: a cell is one if it or a neighbor has a mark, as in `DewatermarkObjective`."""
    place = functional.max_pool2d((covered > 0).float(), 3, stride=1, padding=1)
    return functional.binary_cross_entropy_with_logits(logits, place)


def _changed(maps: Tensor, before: MarkPaperNet, overviews: Tensor) -> Tensor:
    with torch.no_grad():
        wanted = before.maps(before.features(overviews), overviews)
    paper = functional.mse_loss(maps[:, :3], wanted[:, :3])
    return _KEPT_PAPER * paper + _KEPT_CONTEXT * functional.mse_loss(maps[:, 3:], wanted[:, 3:])


def _losses(
    learner: MarkPaperNet, before: MarkPaperNet, overview: _Floats, opacity: NDArray[np.uint8]
) -> tuple[Tensor, Tensor]:
    """What is missed of a part's marks, and what the rest changed by."""
    overviews = torch.from_numpy(overview)[None].contiguous(memory_format=torch.channels_last)
    features = learner.features(overviews)
    missed = _missed(learner.mark(features), torch.from_numpy(opacity).float()[None, None])
    return missed, _changed(learner.maps(features, overviews), before, overviews)


def part_of(pages: Sequence[SeenPage], rng: np.random.Generator) -> tuple[_Floats, NDArray[np.uint8]]:
    """Draw a part of a page, turned, with its colors exchanged and its tones bent.

    Args:
        pages: Pages to draw from.
        rng: Source of randomness.

    Returns:
        (9, h, w), float32, 0..1, and the opacity of marks there, (h, w), uint8: whole coarsest cells, at most `SIDE`.
        What a smaller page lacks of whole ones repeats its last row and column, as in use.
    """
    while True:
        page = pages[int(rng.integers(len(pages)))]
        # Corners are drawn from beyond the page too, so that its rim is seen as often as its middle.
        corner = [_place(side, rng) for side in page.opacity.shape]
        cut = tuple(slice(start, start + SIDE) for start in corner)
        opacity = page.opacity[cut]
        if opacity.any() or not page.opacity.any() or rng.random() >= _AT_A_MARK:
            break
    overview = page.overview[(slice(None), *cut)].astype(np.float32) / np.float32(255.0)
    overview, opacity = _filled(overview), _filled(opacity[None])[0]
    for axis in (2, 1):
        if rng.random() < 0.5:
            overview, opacity = np.flip(overview, axis), np.flip(opacity, axis - 1)
    if rng.random() < 0.5:
        overview, opacity = overview.transpose(0, 2, 1), opacity.T
    order = np.array(_ORDERS[int(rng.integers(len(_ORDERS)))])
    overview = overview[np.concatenate([order, 3 + order, 6 + order])]
    if rng.random() < 0.3:
        overview = overview ** np.float32(np.exp(rng.uniform(-0.3, 0.3)))
    return np.ascontiguousarray(overview, np.float32), np.ascontiguousarray(opacity)


def _place(side: int, rng: np.random.Generator) -> int:
    start = int(rng.integers(-_BEYOND, max(1, side - SIDE + _BEYOND + 1)))
    return int(np.clip(start, 0, max(0, side - SIDE)))


def _filled(planes: np.ndarray) -> np.ndarray:
    """Repeat the last row and column until the network can take the part: (C, h, w)."""
    missing = [(0, -side % WHOLE) for side in planes.shape[1:]]
    return np.pad(planes, [(0, 0), *missing], mode="edge")
