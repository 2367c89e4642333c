"""What a minibatch of fine-tuning is held against: the user's pages their truth, replayed pages the parent's answer."""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from docclean.core.recipe import Task
from docclean.models.denoiser import CONTEXT_STRIDE, overview_of
from docclean.models.dewatermarker import Dewatermarker, Layers
from docclean.training.losses import paper_loss
from docclean.training.objectives import Examples, Restorer
from docclean.training.processes import ALONE, Team

_EPSILON = 1e-3
ANCHOR = 0.1
"""Weight of the replayed half. Pages unlike the user's never come to the new network (`docclean.engine.page_gate`), so
little has to be held on to; without any, what comes through the gate by mistake would lose ink."""

_VISIBLE = 12.0
"""A difference between the dirty and the clean page of more than this, of 255, is taken for a watermark."""


class TuningObjective(Protocol):
    """A task, as fine-tuning sees it.

    Source:
        Li, Hoiem 2016, "Learning without Forgetting", section 3: on other material the network is held against what it
        answered before. Held against the truth instead, it would be driven away from its weights by the hard pages of
        a small pool, long before it had learned anything of the user's.
    """

    def loss(self, model: Restorer, parent: Restorer, examples: Examples, own: int, *, low_precision: bool) -> Tensor:
        """The loss of a minibatch, a scalar.

        Args:
            model: The network.
            parent: The network as it was before, in training mode.
            examples: Channels as `minibatch` gives them.
            own: How many of the first examples are from the user's pages; the others are replayed.
            low_precision: Compute the forward pass in bfloat16.
        """


def error(answer: Tensor, wanted: Tensor, trusted: Tensor, team: Team = ALONE) -> Tensor:
    """What the verdict measures, the mean square error, and a little of the mean distance.

    Ink is not weighed more than paper: print and paper of these very pages are what the truth says.

    Args:
        answer: (N, C, H, W), about 0..1.
        wanted: (N, C, H, W), 0..1.
        trusted: (N, 1, H, W), 1 where `wanted` can be trusted, else 0.
        team: Who shares the minibatch: the trusted area is that in all of it.

    Returns:
        Scalar.
    """
    difference = answer - wanted
    area = answer.shape[1] * team.total(trusted.sum()) + 1.0
    square = (trusted * difference**2).sum()
    distance = (trusted * (torch.sqrt(difference**2 + _EPSILON**2) - _EPSILON)).sum()
    return team.total(10.0 * square + 0.1 * distance) / area


class DenoiseTuning:
    """Clean page from dirty page. Channels: dirty RGB, clean RGB, trusted.

    Args:
        anchor: Weight of the replayed half.
    """

    def __init__(self, anchor: float = ANCHOR) -> None:
        self._anchor = anchor

    def loss(self, model: Restorer, parent: Restorer, examples: Examples, own: int, *, low_precision: bool) -> Tensor:
        """See `TuningObjective`."""
        tiles, contexts, team = examples.tiles(), examples.contexts, examples.team
        dirty = overview_of(contexts[:, :3])
        with torch.autocast(contexts.device.type, torch.bfloat16, enabled=low_precision):
            context = model.paper(dirty)
            restored = model.ink(tiles[:, :3], examples.below(context)).float()
            with torch.no_grad():
                below = examples.below(parent.paper(dirty))[own:]
                before = parent.ink(tiles[own:, :3], below).float()
        fresh = error(restored[:own], tiles[:own, 3:6], tiles[:own, 6:], team)
        # Where the truth cannot be trusted it counts as ink, and says nothing about the paper.
        clean = overview_of(contexts[:own, 3:6] * (contexts[:own, 6:] > 0))
        paper = paper_loss(context[:own, :3].float(), dirty[:own], clean, team)
        return fresh + 0.2 * paper + self._anchor * error(restored[own:], before, tiles[own:, 6:], team)


class DewatermarkTuning:
    """Page without its mark. Channels: dirty RGB, clean RGB, opacity, color RGB, trusted.

    Of the user's pages nobody knows opacity and color of a mark: the page below is held against the truth, and the
    place where the two pages differ against where the network sees a mark.

    Args:
        anchor: Weight of the replayed half.
    """

    def __init__(self, anchor: float = ANCHOR) -> None:
        self._anchor = anchor

    def loss(self, model: Restorer, parent: Restorer, examples: Examples, own: int, *, low_precision: bool) -> Tensor:
        """See `TuningObjective`."""
        tiles, contexts, team = examples.tiles(), examples.contexts, examples.team
        with torch.autocast(contexts.device.type, torch.bfloat16, enabled=low_precision):
            seen, layers = _taken_apart(model, examples)
            with torch.no_grad():
                seen_before, before = _taken_apart(parent, examples)
        fresh = error(layers.page[:own].float(), tiles[:own, 3:6], tiles[:own, 10:], team)
        place = functional.max_pool2d(_marked_cells(contexts[:own]), 3, stride=1, padding=1)
        found = _surprise(seen[:own], place, torch.maximum(place, _known_cells(contexts[:own])))
        found = found + _surprise(seen[own:], seen_before[own:], torch.ones_like(seen[own:]))
        kept = [
            error(getattr(layers, part)[own:].float(), getattr(before, part)[own:].float(), tiles[own:, 10:], team)
            for part in ("page", "opacity", "color")
        ]
        return fresh + found + self._anchor * (kept[0] + kept[1] + 0.1 * kept[2])


def _taken_apart(model: Restorer, examples: Examples) -> tuple[Tensor, Layers]:
    """Where a network sees marks, (N, 1, H / 8, W / 8), 0..1, and the layers of the crops.

    Raises:
        TypeError: The network is not a `Dewatermarker`.
    """
    if not isinstance(model, Dewatermarker):
        raise TypeError(f"a Dewatermarker is needed, not a {type(model).__name__}")
    context = model.paper(overview_of(examples.contexts[:, :3]))
    return context[:, -1:].float(), model.ink.layers(examples.tiles()[:, :3], examples.below(context))


def _surprise(chance: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    return functional.binary_cross_entropy(chance.clamp(1e-4, 1 - 1e-4), wanted, weight=known)


def _known_cells(contexts: Tensor) -> Tensor:
    """Cells of which every pixel's truth can be trusted, (N, 1, H / 8, W / 8), 0 or 1."""
    return 1.0 - functional.max_pool2d((contexts[:, -1:] == 0).float(), CONTEXT_STRIDE)


def _marked_cells(contexts: Tensor) -> Tensor:
    """Cells with a mark in them, (N, 1, H / 8, W / 8), 0 or 1."""
    difference = (contexts[:, :3].float() - contexts[:, 3:6].float()).abs().amax(dim=1, keepdim=True)
    visible = (difference > _VISIBLE) & (contexts[:, -1:] > 0)
    return functional.max_pool2d(visible.float(), CONTEXT_STRIDE)


TUNING: dict[Task, type[DenoiseTuning] | type[DewatermarkTuning]] = {
    Task.DENOISE: DenoiseTuning,
    Task.DEWATERMARK: DewatermarkTuning,
}
