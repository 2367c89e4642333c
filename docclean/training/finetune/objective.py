"""What a minibatch of fine-tuning is held against: the user's pages by their error alone, replayed ones as ever."""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from docclean.core.recipe import Task
from docclean.models.denoiser import CONTEXT_STRIDE, overview_of
from docclean.models.dewatermarker import Dewatermarker
from docclean.training.losses import mark_loss, paper_loss, restoration_loss
from docclean.training.objectives import Examples, Restorer

_EPSILON = 1e-3
_REPLAYED = 0.1
"""Weight of the replayed half: its damage is so much harder that it would drown the user's pages otherwise."""

_VISIBLE = 12.0
"""A difference between the dirty and the clean page of more than this, of 255, is taken for a watermark."""


class TuningObjective(Protocol):
    """A task, as fine-tuning sees it."""

    def loss(self, model: Restorer, examples: Examples, own: int, *, low_precision: bool) -> Tensor:
        """The loss of a minibatch, a scalar.

        Args:
            model: The network.
            examples: Channels as `minibatch` gives them.
            own: How many of the first examples are from the user's pages; the others are replayed.
            low_precision: Compute the forward pass in bfloat16.
        """


def own_loss(restored: Tensor, clean: Tensor, trusted: Tensor) -> Tensor:
    """Error on the user's own pages: what the verdict measures, the mean square error, and a little of its root.

    Ink is not weighed more than paper here: print and paper of these very pages are what the truth says.

    Args:
        restored: (N, 3, H, W), about 0..1.
        clean: (N, 3, H, W), 0..1.
        trusted: (N, 1, H, W), 1 where the truth can be trusted, else 0.

    Returns:
        Scalar.
    """
    difference = restored - clean
    area = 3.0 * trusted.sum() + 1.0
    square = (trusted * difference**2).sum() / area
    distance = (trusted * torch.sqrt(difference**2 + _EPSILON**2)).sum() / area
    return 10.0 * square + 0.1 * distance


class DenoiseTuning:
    """Clean page from dirty page. Channels: dirty RGB, clean RGB, trusted."""

    def loss(self, model: Restorer, examples: Examples, own: int, *, low_precision: bool) -> Tensor:
        """See `TuningObjective`."""
        tiles, contexts = examples.tiles(), examples.contexts
        dirty, clean = overview_of(contexts[:, :3]), overview_of(contexts[:, 3:6])
        with torch.autocast(contexts.device.type, torch.bfloat16, enabled=low_precision):
            context = model.paper(dirty)
            restored = model.ink(tiles[:, :3], examples.below(context))
        restored, truth = restored.float(), tiles[:, 3:6]
        fresh = own_loss(restored[:own], truth[:own], tiles[:own, 6:])
        replayed = restoration_loss(restored[own:], truth[own:], mse_share=1.0)
        return fresh + _REPLAYED * replayed + 0.2 * paper_loss(context[:, :3].float(), dirty, clean)


class DewatermarkTuning:
    """Page without its mark. Channels: dirty RGB, clean RGB, opacity, color RGB, trusted.

    Of the user's pages nobody knows opacity and color of a mark: the page below is held against the truth, and the
    place where the two pages differ against where the network sees a mark.
    """

    def loss(self, model: Restorer, examples: Examples, own: int, *, low_precision: bool) -> Tensor:
        """See `TuningObjective`.

        Raises:
            TypeError: The network is not a `Dewatermarker`.
        """
        if not isinstance(model, Dewatermarker):
            raise TypeError(f"a Dewatermarker is needed, not a {type(model).__name__}")
        tiles, contexts = examples.tiles(), examples.contexts
        with torch.autocast(contexts.device.type, torch.bfloat16, enabled=low_precision):
            context = model.paper(overview_of(contexts[:, :3]))
            layers = model.ink.layers(tiles[:, :3], examples.below(context))
        truth = tiles[:, 3:6]
        fresh = own_loss(layers.page[:own].float(), truth[:own], tiles[:own, 10:])
        replayed = restoration_loss(layers.page[own:].float(), truth[own:], mse_share=1.0)
        known = type(layers)(layers.page[own:], layers.opacity[own:], layers.color[own:])
        marks = mark_loss(known, truth[own:], tiles[own:, 6:7], tiles[own:, 7:10])
        place = functional.max_pool2d(_marked_cells(contexts, own), 3, stride=1, padding=1)
        seen = functional.binary_cross_entropy(context[:, -1:].float().clamp(1e-4, 1 - 1e-4), place)
        return fresh + _REPLAYED * (replayed + marks) + seen


def _marked_cells(contexts: Tensor, own: int) -> Tensor:
    """Cells with a mark in them, (N, 1, H / 8, W / 8), 0 or 1."""
    difference = (contexts[:own, :3].float() - contexts[:own, 3:6].float()).abs().amax(dim=1, keepdim=True)
    visible = (difference > _VISIBLE) & (contexts[:own, -1:] > 0)
    marked = torch.cat([visible.float(), (contexts[own:, 6:7] > 0).float()])
    return functional.max_pool2d(marked, CONTEXT_STRIDE)


TUNING: dict[Task, type[DenoiseTuning] | type[DewatermarkTuning]] = {
    Task.DENOISE: DenoiseTuning,
    Task.DEWATERMARK: DewatermarkTuning,
}
