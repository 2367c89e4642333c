"""Noise on the network's input, in training only."""

import numpy as np
import torch
from torch import Tensor

_SALT = 2
"""Keeps this noise apart from the numbers that pairs and minibatches are drawn with."""


def add_input_noise(contexts: Tensor, sigma: float, *, seed: int, step: int, first: int) -> Tensor:
    """Add Gaussian noise to the dirty page of every example, and leave the truth as it is.

    The noise of an example depends on seed, step and the example's place in the minibatch alone. The result is a page
    of eight bits again: rounded, and cut at black and white as a scanner does.

    Args:
        contexts: (N, C, H, W), uint8; the first three channels are the dirty page.
        sigma: Standard deviation, 0..1 of the range from black to white; 0 gives `contexts` itself.
        seed: The run's seed.
        step: Steps done.
        first: Place of the first of these examples in the whole minibatch.

    Source:
        Vincent et al. 2008, "Extracting and Composing Robust Features with Denoising Autoencoders", section 2.3: the
        input is corrupted, the target is not. There parts of the input are set to zero, here the noise is Gaussian, as
        in Vincent et al. 2010, "Stacked Denoising Autoencoders", section 3.4.
    """
    if sigma == 0.0:
        return contexts
    result = contexts.clone()
    for number, page in enumerate(result[:, :3]):
        rng = np.random.default_rng([seed, _SALT, step, first + number])
        noise = torch.from_numpy(rng.standard_normal(tuple(page.shape), np.float32)).to(page.device)
        page.copy_((page + 255.0 * sigma * noise).round().clamp(0.0, 255.0))
    return result
