"""The weights of a tile network in one with fewer channels where the page is smallest.

Source:
    Molchanov et al. 2017, "Pruning Convolutional Neural Networks for Resource Efficient Inference", section 2.2: the
    channels that go are those that what follows listens to least, here the mean of a channel on pages times the norm of
    the weights that read it.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from docclean.models.denoiser import InkTrunk, overview_of
from docclean.training.objectives import Restorer


def coarse_layers(trunk: InkTrunk) -> list[nn.Conv2d]:
    """The layers of the coarsest level, each reading the one before it, and the one that reads the last."""
    layers = [*trunk.down.convs, *trunk.bottleneck.convs, trunk.up_quarter.project]
    return [layer for layer in layers if isinstance(layer, nn.Conv2d)]


def most_used(network: Restorer, pages: Sequence[Tensor], count: int) -> list[Tensor]:
    """Tell which channels of each coarse layer are worth most.

    Args:
        network: A restorer.
        pages: (1, 3, H, W) each, 0..1, H and W multiples of 64.
        count: How many channels to keep.

    Returns:
        For each layer but the last of `coarse_layers`, the kept channels in rising order.
    """
    layers = coarse_layers(network.ink)
    sums = [torch.zeros(layer.out_channels) for layer in layers[:-1]]

    def listen(at: int) -> RemovableHandle:
        def add(_layer: nn.Module, _inputs: object, output: Tensor) -> None:
            sums[at] += output.relu().mean(dim=(0, 2, 3))

        return layers[at].register_forward_hook(add)

    hooks = [listen(at) for at in range(len(sums))]
    with torch.inference_mode():
        for page in pages:
            network.ink(page, network.paper(overview_of(page)))
    for hook in hooks:
        hook.remove()
    kept = []
    for mean, reader in zip(sums, layers[1:], strict=True):
        heard = reader.weight.detach()[:, : len(mean)].flatten(2).norm(dim=2).norm(dim=0)
        kept.append(torch.sort(torch.topk(mean * heard, count).indices).values)
    return kept


def narrowed_weights(network: Restorer, kept: Sequence[Tensor]) -> Mapping[str, Tensor]:
    """Leave out what is not kept.

    Args:
        network: A restorer.
        kept: From `most_used`.

    Returns:
        Weights under the same names for a network whose coarsest level has that many channels.
    """
    weights = dict(network.state_dict())
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    layers = coarse_layers(network.ink)
    for layer, channels in zip(layers[:-1], kept, strict=True):
        for parameter in (layer.weight, layer.bias):
            name = names[id(parameter)]
            weights[name] = weights[name][channels]
    for layer, channels, before in zip(layers[1:], kept, layers, strict=False):
        name = names[id(layer.weight)]
        rest = torch.arange(before.out_channels, layer.in_channels)  # the context, which is read beside the page
        weights[name] = weights[name][:, torch.cat([channels, rest])].contiguous()
    return weights
