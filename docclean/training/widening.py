"""The weights of a network in a wider one that answers the same.

Source:
    Chen, Goodfellow, Shlens 2016, "Net2Net", section 2.3: a wider network that computes the same function. There
    channels are copied and their weights shared out, here new channels are random and nothing listens to them yet.
"""

from collections.abc import Mapping

from torch import Tensor

_JOINED = {"ink.bottleneck.convs.0.weight": "ink.down.convs.0.weight"}
"""Layers whose inputs are two groups of channels one after the other, and the layer whose outputs are the first."""


def widened_weights(older: Mapping[str, Tensor], newer: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Start a network from another one's weights.

    Where no layer is narrower and none is missing, both answer the same: old channels are computed as before, new ones
    keep their random weights and have no bias, and the old ones take nothing from them until training finds out what
    they are good for.

    Args:
        older: The other network's weights.
        newer: The network's own random ones.

    Returns:
        Weights under the names and of the shapes of `newer`; layers that the other network has not, or has wider, are
        those of `newer`.
    """
    weights = dict(newer)
    for name in newer.keys() & older.keys():
        groups = [(older[name].shape[1], newer[name].shape[1])] if newer[name].dim() > 1 else []
        if name in _JOINED:
            old, new = (weights_of[_JOINED[name]].shape[0] for weights_of in (older, newer))
            groups = [(old, new), (older[name].shape[1] - old, newer[name].shape[1] - new)]
        weights[name] = _widened(older[name], newer[name], groups)
    return weights


def _widened(older: Tensor, newer: Tensor, groups: list[tuple[int, int]]) -> Tensor:
    """One layer's: (out, in, ...), with old and new sizes of the groups that its inputs come in, or (out,), a bias."""
    outputs = older.shape[0]
    if outputs > newer.shape[0] or any(old > new for old, new in groups):
        return newer
    wide = newer.clone()
    if not groups:
        wide.zero_()
        wide[:outputs] = older
        return wide
    wide[:outputs] = 0.0
    seen = begun = 0
    for old, new in groups:
        wide[:outputs, begun : begun + old] = older[:, seen : seen + old]
        seen, begun = seen + old, begun + new
    return wide
