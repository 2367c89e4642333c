"""What each task learns: how a pair becomes a training example, and what a network's answer is held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from docclean.core.recipe import Task
from docclean.models.denoiser import CONTEXT_STRIDE, Denoiser, overview_of
from docclean.models.dewatermarker import Dewatermarker
from docclean.training.degrade import Degraded
from docclean.training.losses import balanced_loss, kind_weights, mark_loss, paper_loss, restoration_loss
from docclean.training.processes import ALONE, Team

Restorer = Denoiser | Dewatermarker
"""A network with the parts `paper` and `ink`."""


@dataclass(frozen=True, slots=True)
class Examples:
    """A minibatch: whole contexts for the network that sees the page, and a crop of each for the one that sees a tile.

    Where several processes share a minibatch, this process's part of it.

    Attributes:
        contexts: (N, C, H, W), uint8; what the channels hold is the objective's business.
        corners: (N, 2): row and column of each crop, px, multiples of 8.
        crop: Side of a crop, px.
        team: The processes that share the minibatch.
    """

    contexts: Tensor
    corners: NDArray[np.int64]
    crop: int
    team: Team = ALONE

    def tiles(self) -> Tensor:
        """The crops, (N, C, crop, crop), float32, 0..1."""
        cut = [self.contexts[n, :, y : y + self.crop, x : x + self.crop] for n, (y, x) in enumerate(self.corners)]
        return (torch.stack(cut).float() / 255.0).contiguous(memory_format=torch.channels_last)

    def below(self, maps: Tensor) -> Tensor:
        """The part of maps at 1/8 size that lies under the crops: (N, C, crop / 8, crop / 8)."""
        cells, side = self.corners // CONTEXT_STRIDE, self.crop // CONTEXT_STRIDE
        return torch.stack([maps[n, :, y : y + side, x : x + side] for n, (y, x) in enumerate(cells)])


class Objective(Protocol):
    """A task, as the training loop sees it.

    Attributes:
        architecture: The network that learns it.
        doubled_up_to: As in `InputSpec`; pairs of this kind must take part in training.
    """

    architecture: type[Denoiser] | type[Dewatermarker]
    doubled_up_to: int

    def stack(self, pairs: Sequence[Degraded]) -> NDArray[np.uint8]:
        """Examples as one array, (N, C, H, W)."""

    def loss(self, model: Restorer, examples: Examples, *, mse_share: float, low_precision: bool) -> Tensor:
        """The loss of a minibatch, a scalar; see `losses` for `mse_share`.

        Where processes share the minibatch, the mean of their losses, and of its gradients, is that of the whole.
        """


class DenoiseObjective:
    """Clean page from dirty page. Channels: dirty RGB, clean RGB.

    Args:
        is_balanced: Hold pixels by `balanced_loss`.
    """

    architecture: type[Denoiser] | type[Dewatermarker] = Denoiser
    doubled_up_to = 1_000_000  # A4 at 100 dpi; on larger pages stains would outgrow what the networks see

    def __init__(self, *, is_balanced: bool = False) -> None:
        self._is_balanced = is_balanced

    def stack(self, pairs: Sequence[Degraded]) -> NDArray[np.uint8]:
        """(N, 6, H, W)."""
        return _planes([np.concatenate([p.dirty, p.clean], axis=2) for p in pairs])

    def loss(self, model: Restorer, examples: Examples, *, mse_share: float, low_precision: bool) -> Tensor:
        """Distance of the restored crops from the truth, and of the paper estimate from the dirty page's paper."""
        tiles, contexts = examples.tiles(), examples.contexts
        dirty, clean = overview_of(contexts[:, :3]), overview_of(contexts[:, 3:])
        with torch.autocast(contexts.device.type, torch.bfloat16, enabled=low_precision):
            context = model.paper(dirty)
            restored = model.ink(tiles[:, :3], examples.below(context))
        if self._is_balanced:
            weight = kind_weights(contexts[:, :3], contexts[:, 3:])
            loss = balanced_loss(restored.float(), tiles[:, 3:], weight)
        else:
            loss = restoration_loss(restored.float(), tiles[:, 3:], mse_share=mse_share)
        return loss + 0.2 * paper_loss(context[:, :3].float(), dirty, clean, examples.team)


class DewatermarkObjective:
    """Page without its mark. Channels: dirty RGB, clean RGB, opacity, color RGB."""

    architecture: type[Denoiser] | type[Dewatermarker] = Dewatermarker
    doubled_up_to = 0

    def stack(self, pairs: Sequence[Degraded]) -> NDArray[np.uint8]:
        """(N, 10, H, W); a page without a mark has opacity 0."""
        return _planes([np.concatenate([p.dirty, p.clean, *_mark_layers(p)], axis=2) for p in pairs])

    def loss(self, model: Restorer, examples: Examples, *, mse_share: float, low_precision: bool) -> Tensor:
        """Distance of the page below from the truth, and of the mark's opacity, color and place from the real ones.

        Raises:
            TypeError: The network is not a `Dewatermarker`.
        """
        if not isinstance(model, Dewatermarker):
            raise TypeError(f"a Dewatermarker is needed, not a {type(model).__name__}")
        tiles, contexts = examples.tiles(), examples.contexts
        with torch.autocast(contexts.device.type, torch.bfloat16, enabled=low_precision):
            context = model.paper(overview_of(contexts[:, :3]))
            layers = model.ink.layers(tiles[:, :3], examples.below(context))
        opacity, color = tiles[:, 6:7], tiles[:, 7:]
        loss = restoration_loss(layers.page.float(), tiles[:, 3:6], mse_share=mse_share)
        cells = functional.max_pool2d((contexts[:, 6:7] > 0).float(), CONTEXT_STRIDE)
        place = functional.max_pool2d(cells, 3, stride=1, padding=1)
        seen = functional.binary_cross_entropy(context[:, -1:].float().clamp(1e-4, 1 - 1e-4), place)
        return loss + mark_loss(layers, tiles[:, 3:6], opacity, color, examples.team) + 2.0 * seen


OBJECTIVES: dict[Task, type[DenoiseObjective] | type[DewatermarkObjective]] = {
    Task.DENOISE: DenoiseObjective,
    Task.DEWATERMARK: DewatermarkObjective,
}


def _mark_layers(pair: Degraded) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if pair.mark_opacity is None or pair.mark_color is None:
        return np.zeros((*pair.clean.shape[:2], 1), np.uint8), np.zeros_like(pair.clean)
    return pair.mark_opacity[:, :, None], pair.mark_color


def _planes(examples: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.stack(examples).transpose(0, 3, 1, 2))
