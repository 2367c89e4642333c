"""Which weights a run may change: all, those of the decoder, or a low-rank correction of every convolution."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from docclean.training.finetune.request import Scope
from docclean.training.objectives import Restorer

RANK = 8
_FEW_PAGES = 4
_DECODER = (
    "paper.ups", "paper.decoders", "paper.head", "paper.mark", "ink.up_", "ink.decode_", "ink.head", "ink.fine_head",
    "ink.color_head",
)  # fmt: skip


class LowRank(nn.Module):
    """A correction B A of rank r on a convolution's kernel, which stays as it is; zero at first.

    The kernel is read as a matrix, one row for each output channel.

    Source:
        Hu et al. 2022, "LoRA: Low-Rank Adaptation of Large Language Models", section 4.1; on convolutions, with the
        kernel unfolded into a matrix, as there in section 7.
    """

    def __init__(self, kernel: Tensor, rank: int) -> None:
        super().__init__()
        columns = kernel[0].numel()
        self.down = nn.Parameter(torch.empty(rank, columns))
        self.up = nn.Parameter(torch.zeros(kernel.shape[0], rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, kernel: Tensor) -> Tensor:
        """The corrected kernel, of the same shape."""
        return kernel + (self.up @ self.down).view_as(kernel)


def resolve_scope(scope: Scope, pages: int) -> Scope:
    """What AUTO stands for: adapters for up to four pages to learn from, everything for more."""
    if scope is not Scope.AUTO:
        return scope
    return Scope.ADAPTERS if pages <= _FEW_PAGES else Scope.EVERYTHING


def open_for_training(network: Restorer, scope: Scope, *, rank: int = RANK) -> None:
    """Let a run change what belongs to its scope and nothing else; biases of adapted convolutions may change too.

    Args:
        network: Changed in place.
        scope: Not AUTO.
        rank: Rank of the adapters.
    """
    network.requires_grad_(scope is Scope.EVERYTHING)
    if scope is Scope.DECODER:
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name.startswith(_DECODER))
    if scope is Scope.ADAPTERS:
        for layer in list(_convolutions(network)):
            adapter = LowRank(layer.weight, min(rank, *layer.weight.flatten(1).shape))
            parametrize.register_parametrization(layer, "weight", adapter)
            if layer.bias is not None:
                layer.bias.requires_grad_()


def without_adapters(network: Restorer) -> dict[str, Tensor]:
    """The weights as they compute, adapters worked in: the keys and shapes of a plain network's state."""
    weights = {key: value for key, value in network.state_dict().items() if ".parametrizations." not in key}
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d) and parametrize.is_parametrized(layer):
            weights[f"{name}.weight"] = layer.weight.detach()
    return {key: value.detach().cpu().clone().contiguous() for key, value in weights.items()}


def _convolutions(network: nn.Module) -> Iterator[nn.Conv2d]:
    return (layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
