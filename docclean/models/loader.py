"""From an installed model to a network in memory, for CUDA, MPS and training."""

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from docclean.core.errors import ModelError
from docclean.models.catalog import ModelEntry
from docclean.models.manifest import FileSpec
from docclean.models.registry import ARCHITECTURES
from docclean.models.weights import verify_weights


def load_network(entry: ModelEntry, device: torch.device, weights: FileSpec | None = None) -> nn.Module:
    """Build the network of a model and fill in its weights.

    Args:
        entry: An installed model.
        device: Where the network shall live.
        weights: Which of the model's weights; None for its own.

    Returns:
        The network in eval mode.

    Raises:
        ModelError: Unknown architecture, damaged weights, or weights of another shape.
    """
    manifest = entry.manifest
    verify_weights(entry)
    if manifest.architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise ModelError(
            f"{manifest.id}: architecture {manifest.architecture!r} is not known to this version (it knows {known}); "
            "update docclean."
        )
    path = entry.folder / (weights or manifest.weights).file
    try:
        network = ARCHITECTURES[manifest.architecture](**manifest.hyperparameters)
        network.load_state_dict(load_file(path))
    except (SafetensorError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path}: the weights do not fit the architecture {manifest.architecture!r}; "
            "reinstall or remove this model."
        ) from error
    return network.eval().to(device, memory_format=torch.channels_last)  # type: ignore[no-any-return,call-overload]  # reason: torch stubs lack this keyword
