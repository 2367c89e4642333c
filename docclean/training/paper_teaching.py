"""Teach the overview network of a denoiser on whole pages what is paper; the network that sees tiles stays as it is.

On crops a colored box and a stain look alike. The error of the restored parts of a page is passed through the frozen
tile network, so the overview network learns what makes that one's result best.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from docclean.core.recipe import Task
from docclean.imaging.overview import CELL
from docclean.models.denoiser import Denoiser
from docclean.training.config import TrainConfig
from docclean.training.losses import balanced_loss, paper_loss
from docclean.training.overview_loop import WHOLE, overview_config, train_overview
from docclean.training.page_parts import SIDE, PagePair

WINDOW = 160
"""Largest side of what is seen of a page, cells: of most pages it is nearly all."""

_PARTS = 3
_RIM = 16
"""Of a part, px, where a tile has its overlap: not looked at."""

_PAPER = 0.2
_LEAK = 0.1


def paper_config(steps: int = 4500, *, batch: int = 4, learning_rate: float = 4e-4, seed: int = 3) -> TrainConfig:
    """Settings of a run."""
    return overview_config(Task.DENOISE, steps=steps, batch=batch, learning_rate=learning_rate, seed=seed)


@dataclass(frozen=True, slots=True)
class Window:
    """A window of a page.

    Attributes:
        overview: (9, h, w), float32, 0..1.
        blank: (h, w), bool.
        corners: (N, 2), cells, within the window.
        dirty: (N, 3, SIDE, SIDE), float32, 0..1.
        clean: Same shape.
        weight: As in `PagePair`.
    """

    overview: NDArray[np.float32]
    blank: NDArray[np.bool_]
    corners: NDArray[np.int64]
    dirty: NDArray[np.float32]
    clean: NDArray[np.float32]
    weight: float


def teach_paper(
    network: Denoiser,
    pairs: Sequence[PagePair],
    config: TrainConfig,
    *,
    told: Callable[[int, float, float], None] = lambda _done, _restored, _paper: None,
) -> Denoiser:
    """Train the overview network of a denoiser.

    Args:
        network: The denoiser to start from; not changed.
        pairs: Pages to learn from.
        config: From `paper_config`.
        told: Told after every step: how many are done, the error of the restored parts and that of the paper.

    Returns:
        The denoiser with averaged weights, in eval mode.

    Raises:
        TrainingError: The loss is not a number.
    """
    learner, average = copy.deepcopy(network).train(), copy.deepcopy(network).eval()
    learner.ink.requires_grad_(requires_grad=False)
    learner.ink.leak = _LEAK
    train_overview(
        learner.paper,
        average.paper,
        config,
        lambda rng: _losses(learner, window_of(pairs, rng)),
        lambda done, losses: told(done, *losses),
    )
    return average


def _losses(learner: Denoiser, window: Window) -> tuple[Tensor, Tensor]:
    overview = torch.from_numpy(window.overview)[None].contiguous(memory_format=torch.channels_last)
    maps = learner.paper(overview)
    side = SIDE // CELL
    under = torch.cat([maps[:, :, y : y + side, x : x + side] for y, x in window.corners])
    tiles = torch.from_numpy(window.dirty).contiguous(memory_format=torch.channels_last)
    inner = (slice(None), slice(None), slice(_RIM, -_RIM), slice(_RIM, -_RIM))
    restored = learner.ink(tiles, under)[inner]
    weight = torch.full((len(window.corners),), window.weight)
    blank = torch.from_numpy(window.blank).float().expand(1, 9, -1, -1)
    error = balanced_loss(restored, torch.from_numpy(window.clean)[inner], weight)
    return error, _PAPER * paper_loss(maps[:, :3], overview, blank)


def window_of(pairs: Sequence[PagePair], rng: np.random.Generator) -> Window:
    """Draw a window of a page with some of its parts, turned and with its colors exchanged.

    What a window lacks of whole coarsest cells repeats its last row and column, as in use.

    Args:
        pairs: Pages to draw from.
        rng: Source of randomness.
    """
    pair = pairs[int(rng.integers(len(pairs)))]
    part = SIDE // CELL
    first = pair.corners[int(rng.integers(len(pair.corners)))]
    starts, stops = [], []
    for at, whole in zip(first, pair.blank.shape, strict=True):
        length = min(WINDOW, whole)
        low, high = max(0, int(at) + part - length), min(int(at), whole - length)
        starts.append(int(rng.integers(low, high + 1)))
        stops.append(starts[-1] + length)
    origin = np.array(starts)
    inside = [
        n
        for n, corner in enumerate(pair.corners)
        if (corner >= origin).all() and (corner + part <= np.array(stops)).all()
    ]
    chosen = rng.permutation(inside)[:_PARTS]
    cut = slice(starts[0], stops[0]), slice(starts[1], stops[1])
    order = rng.permutation(3)
    overview = pair.overview[:, *cut].astype(np.float32)[np.concatenate([order, 3 + order, 6 + order])]
    blank, corners = pair.blank[cut], pair.corners[chosen] - origin
    dirty, clean = (p[chosen][:, order] for p in (pair.dirty, pair.clean))
    for axis in (0, 1):
        if rng.random() < 0.5:
            corners[:, axis] = blank.shape[axis] - part - corners[:, axis]
            overview, blank = np.flip(overview, 1 + axis), np.flip(blank, axis)
            dirty, clean = np.flip(dirty, 2 + axis), np.flip(clean, 2 + axis)
    if rng.random() < 0.5:
        corners, overview, blank = corners[:, ::-1], overview.transpose(0, 2, 1), blank.T
        dirty, clean = dirty.transpose(0, 1, 3, 2), clean.transpose(0, 1, 3, 2)
    missing = [(0, -side % WHOLE) for side in blank.shape]
    scale = np.float32(1.0 / 255.0)
    return Window(
        np.ascontiguousarray(np.pad(overview, [(0, 0), *missing], mode="edge") * scale),
        np.ascontiguousarray(np.pad(blank, missing, mode="edge")),
        np.ascontiguousarray(corners),
        np.ascontiguousarray(dirty * scale, np.float32),
        np.ascontiguousarray(clean * scale, np.float32),
        pair.weight,
    )
