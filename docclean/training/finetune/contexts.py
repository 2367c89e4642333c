"""What a step learns from: parts of the user's pages, beside parts of the pages that every model was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from docclean.core.page import PixelArray
from docclean.training.dataset import CONTEXT
from docclean.training.finetune.material import KeptPage

_LEAST_TRUSTED = 0.2
_TRIES = 8
_SALT = 5
"""Keeps these random numbers apart from those of other parts of training."""


@dataclass(frozen=True, slots=True)
class OwnContext:
    """A part of a page of the user's, as the networks see it in training.

    Attributes:
        dirty: (CONTEXT, CONTEXT, 3), uint8, RGB.
        clean: (CONTEXT, CONTEXT, 3), uint8, RGB.
        trusted: (CONTEXT, CONTEXT), bool: where the two belong together.
    """

    dirty: PixelArray
    clean: PixelArray
    trusted: NDArray[np.bool_]


class OwnContexts(Protocol):
    """An endless supply of parts of the user's pages."""

    def draw(self, rng: np.random.Generator) -> OwnContext:
        """Draw one; it depends on the state of `rng` alone."""


class PageContexts:
    """Parts of kept pages, cut out and turned as at random.

    Pages that are restored at twice their size are cut and shown that way here too.

    Args:
        pages: Pages to learn from.
        doubled_up_to: As in `InputSpec`.
    """

    def __init__(self, pages: Sequence[KeptPage], *, doubled_up_to: int) -> None:
        self._pages, self._doubled_up_to = tuple(pages), doubled_up_to

    def draw(self, rng: np.random.Generator) -> OwnContext:
        """See `OwnContexts`."""
        page = self._pages[int(rng.integers(0, len(self._pages)))]
        factor = 2 if page.dirty.shape[0] * page.dirty.shape[1] <= self._doubled_up_to else 1
        whole = [page.dirty, page.clean, page.trusted[:, :, None].view(np.uint8)]
        layers = window_of(whole, CONTEXT // factor, rng)
        for _ in range(_TRIES):
            if layers[2].mean() >= _LEAST_TRUSTED:
                break
            layers = window_of(whole, CONTEXT // factor, rng)
        dirty, clean, trusted = (np.ascontiguousarray(enlarged(layer, factor)) for layer in turned(layers, rng))
        return OwnContext(dirty, clean, np.asarray(trusted[:, :, 0], np.bool_))


def window_of(layers: Sequence[NDArray[np.uint8]], side: int, rng: np.random.Generator) -> list[NDArray[np.uint8]]:
    """The same square of several layers of a page; a page that is smaller is mirrored beyond its rim."""
    height, width = layers[0].shape[:2]
    top, left = (int(rng.integers(0, max(1, size - side + 1))) for size in (height, width))
    cut = [layer[top : top + side, left : left + side] for layer in layers]
    missing = [side - size for size in cut[0].shape[:2]]
    return [np.pad(np.asarray(c), ((0, missing[0]), (0, missing[1]), (0, 0)), mode="symmetric") for c in cut]


def turned(layers: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> list[NDArray[np.uint8]]:
    """The same layers, mirrored and laid on their side at random: paper and dirt have no direction."""
    across, down, lying = rng.random() < 0.5, rng.random() < 0.3, rng.random() < 0.2
    result = []
    for layer in layers:
        x = layer[:, ::-1] if across else layer
        x = x[::-1] if down else x
        result.append(x.transpose(1, 0, 2) if lying else x)
    return result


def enlarged(layer: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Every pixel repeated `factor` times along both sides."""
    return layer if factor == 1 else layer.repeat(factor, axis=0).repeat(factor, axis=1)


class ReplayPool:
    """Synthetic pairs as the base model was trained on, made once and drawn from at random.

    Args:
        examples: (N, C, CONTEXT, CONTEXT), uint8, as `Objective.stack` gives them; may be memory-mapped.
    """

    def __init__(self, examples: NDArray[np.uint8]) -> None:
        self.examples = examples

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """(count, C, CONTEXT, CONTEXT), each mirrored at random."""
        drawn = []
        for number in rng.integers(0, len(self.examples), count):
            x = self.examples[int(number)]
            x = x[:, :, ::-1] if rng.random() < 0.5 else x
            drawn.append(x[:, ::-1] if rng.random() < 0.3 else x)
        return np.ascontiguousarray(np.stack(drawn))


def minibatch(own: OwnContexts, replay: ReplayPool, *, batch: int, seed: int, step: int) -> Tensor:
    """The contexts of a step; they depend on `seed` and `step` alone.

    Returns:
        (batch, C + 1, CONTEXT, CONTEXT), uint8: the first half from the user's pages, the second replayed. The first
        channels are those of the objective's examples; the last is 255 where the truth can be trusted, else 0.
    """
    rng = np.random.default_rng([seed, _SALT, step])
    half = batch // 2
    replayed = replay.draw(half, rng)
    layers = np.zeros((batch, replayed.shape[1] + 1, CONTEXT, CONTEXT), np.uint8)
    layers[half:, :-1], layers[half:, -1] = replayed, 255
    for number in range(half):
        context = own.draw(rng)
        layers[number, :3] = context.dirty.transpose(2, 0, 1)
        layers[number, 3:6] = context.clean.transpose(2, 0, 1)
        layers[number, -1] = context.trusted * np.uint8(255)
    return torch.from_numpy(layers)
