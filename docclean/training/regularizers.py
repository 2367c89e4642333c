"""Penalties on the code, the features in the bottleneck of the network that sees a tile.

The encoder is `encode_half`, `encode_quarter`, `down` and `bottleneck` of `InkTrunk`. Its input x is what its first
convolution sees: the tile and the tile divided by its paper, (N, 24, H/2, W/2), which are the pixels themselves in
another order. Its output, the code h, is (N, C, H/8, W/8), and not negative, because a ReLU makes it. In the Jacobian
dh/dx the context from the network that sees the page is held fixed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from docclean.models.denoiser import InkTrunk
from docclean.training.config import Regularizer, TrainConfig
from docclean.training.processes import ALONE, Team

_SALT = 3
"""Keeps these random numbers apart from those that pairs and minibatches are drawn with."""

_LEAST = 1e-6
"""Mean activations are kept this far from 0 and 1, where the divergence has no number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which minibatch, or part of one, a penalty is for; what is drawn at random depends on this alone.

    Attributes:
        step: Steps done.
        first: Place of this process's first example in the whole minibatch.
        team: The processes that share the minibatch.
        numbers: Place of each example, where they do not lie side by side.
    """

    step: int
    first: int = 0
    team: Team = ALONE
    numbers: tuple[int, ...] | None = None


def sparse_l1(code: Tensor) -> Tensor:
    """Mean of |h| over all features: the fewer and the fainter, the better.

    Source:
        Goodfellow, Bengio, Courville 2016, "Deep Learning", section 14.2.1, equation 14.4; the mean instead of the sum,
        so that the size of a crop has no part in it.
    """
    return code.float().abs().mean()


def sparse_kl(code: Tensor, *, sparsity: float, team: Team = ALONE) -> Tensor:
    """Hold the mean activation of every channel against a small target.

    The sum over channels of KL(rho || r), where r is the mean over the minibatch and all positions of tanh(h). The
    source has sigmoid units. Sigmoid of a ReLU is never below 1/2 and could not reach a small target; tanh(h) is
    2 sigmoid(2h) - 1, 0 for a silent feature and below 1 for any other.

    Args:
        code: (N, C, h, w), not negative.
        sparsity: The target rho, 0..1.
        team: The processes that share the minibatch: r is the mean over all of it.

    Source:
        Ng 2011, "Sparse autoencoder", CS294A lecture notes, section 3 (rho .05 there).
    """
    mean = team.mean(torch.tanh(code.float()).mean(dim=(0, 2, 3))).clamp(_LEAST, 1.0 - _LEAST)  # (C,)
    divergence = sparsity * torch.log(sparsity / mean) + (1.0 - sparsity) * torch.log((1.0 - sparsity) / (1.0 - mean))
    return divergence.sum()


def contractive(code: Tensor, seen: Tensor, signs: Tensor) -> Tensor:
    """Squared Frobenius norm of the encoder's Jacobian dh/dx, per feature and example, estimated without bias.

    For random signs v, one for each feature, the expectation of v v' is the identity, so that of |v' J|^2 is the trace
    of J J', the squared norm. v' J is one backward pass; the penalty's own gradient is a second one through it.

    Args:
        code: h, (N, C, h, w).
        seen: x, (N, C_in, H, W); `code` was computed from it.
        signs: v, as `code`, each -1 or 1.

    Source:
        Rifai et al. 2011, "Contractive Auto-Encoders", equation 2, divided by the number of features here; estimator:
        Hutchinson 1990, "A Stochastic Estimator of the Trace of the Influence Matrix", with one vector.
    """
    (product,) = torch.autograd.grad(code, seen, signs.to(code.dtype), create_graph=True)
    return (product.float() ** 2).sum() / code.numel()


def regularized(config: TrainConfig, ink: InkTrunk, loss: Callable[[], Tensor], place: Place) -> Tensor:
    """The loss of a minibatch with the penalty that `config` asks for; with none, or weight 0, the loss itself.

    Args:
        config: Names the penalty and its weight.
        ink: The network whose encoder `loss` uses, once.
        loss: Computes the loss.
        place: Which minibatch this is.
    """
    if config.regularizer is Regularizer.NONE or config.regularizer_weight == 0.0:
        return loss()
    listener = _Listener(ink)
    try:
        plain = loss()
    finally:
        listener.remove()
    return plain + config.regularizer_weight * _penalty(config, listener.code, listener.seen, place)


def _penalty(config: TrainConfig, code: Tensor, seen: Tensor, place: Place) -> Tensor:
    if config.regularizer is Regularizer.SPARSE_L1:
        return sparse_l1(code)
    if config.regularizer is Regularizer.SPARSE_KL:
        return sparse_kl(code, sparsity=config.sparsity, team=place.team)
    return contractive(code, seen, _signs(code, config.seed, place))


def _signs(code: Tensor, seed: int, place: Place) -> Tensor:
    """Random signs in the shape of `code`: those of an example do not depend on how the minibatch was split."""
    numbers = place.numbers or range(place.first, place.first + len(code))
    generators = [np.random.default_rng([seed, _SALT, place.step, number]) for number in numbers]
    signs = [2 * rng.integers(0, 2, tuple(code.shape[1:]), np.int8) - 1 for rng in generators]
    return torch.from_numpy(np.stack(signs)).to(code.device)


class _Listener:
    """Keeps what goes into the encoder and what comes out, until `remove`."""

    def __init__(self, ink: InkTrunk) -> None:
        self.seen: Tensor
        self.code: Tensor
        self._hooks = (
            ink.encode_half.register_forward_pre_hook(self._keep_input),
            ink.bottleneck.register_forward_hook(self._keep_output),
        )

    def _keep_input(self, _module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        (x,) = inputs
        self.seen = x if x.requires_grad else x.detach().requires_grad_()
        return (self.seen,)

    def _keep_output(self, _module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self.code = output

    def remove(self) -> None:
        for hook in self._hooks:
            hook.remove()
