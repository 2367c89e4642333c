"""What a restored crop is held against."""

import torch
from torch import Tensor
from torch.nn import functional

from docclean.models.dewatermarker import HIGHEST_OPACITY, Layers
from docclean.training.processes import ALONE, Team

_EPSILON = 1e-3
_FAINTEST_INK = 0.08
"""Pale print counts as ink: losing it is worse than keeping a trace of dirt."""

_DARK = 0.6
"""Truth darker than this is ink that must not become lighter."""

_COLORED = 0.12
"""Channels of the truth that differ by more than this are color: a stamp, a pen, a picture."""

_BRIGHT = 0.3
"""On a page darker than this a mark below the ink cannot be seen."""


def restoration_loss(restored: Tensor, clean: Tensor, *, mse_share: float) -> Tensor:
    """Distance between a restored crop and the truth.

    A weighted sum of: Charbonnier and the mean square error, both with ink weighted four times; the difference of
    gradients, which keeps strokes crisp; the difference of 8x8 means, which keeps paper free of casts; and that of
    their chroma once more, because an orange trace of a stain shows where a gray one of the same size would not. The
    weights were chosen here, so that the terms start at a similar size.

    Args:
        restored: (N, 3, H, W), about 0..1.
        clean: (N, 3, H, W), 0..1: the truth.
        mse_share: 0..1: how far the pixel term has moved from mostly Charbonnier to the mean square error alone.

    Returns:
        Scalar.

    Source:
        Charbonnier penalty: Lai et al. 2017, "Deep Laplacian Pyramid Networks", section 3.3 (epsilon 1e-3).
    """
    difference = restored - clean
    ink = (functional.max_pool2d(1.0 - clean.amin(dim=1, keepdim=True), 3, stride=1, padding=1) > _FAINTEST_INK).float()
    weight = 1.0 + 3.0 * ink
    charbonnier = (weight * torch.sqrt(difference**2 + _EPSILON**2)).mean()
    square = (weight * difference**2).mean()
    pixel = (1.0 - mse_share) * charbonnier + (2.0 + 8.0 * mse_share) * square
    gradient = _gradient(difference)
    means = functional.avg_pool2d(difference, 8)
    cast = means - means.mean(dim=1, keepdim=True)
    return pixel + 0.3 * gradient + 0.8 * (means.abs().mean() + cast.abs().mean())


def balanced_loss(restored: Tensor, clean: Tensor, weight: Tensor) -> Tensor:
    """Distance between restored crops and the truth, for a network that is trained already.

    The mean square error and a little of the mean distance. Ink counts twice, and three times more where the result
    is too light: lost ink is not to be had again, and the mean of what might be there is always lighter than ink.
    Color counts more than gray, and so does a wrong hue of 8x8 means: few pixels have color, and stains give paper one.

    Args:
        restored: (N, 3, H, W), about 0..1.
        clean: (N, 3, H, W), 0..1: the truth.
        weight: (N,), how much each crop counts, from `kind_weights`.

    Returns:
        Scalar.
    """
    return (weight * balanced_errors(restored, clean)).mean()


def balanced_errors(restored: Tensor, clean: Tensor) -> Tensor:
    """The error of each crop by itself, (N,); see `balanced_loss`."""
    difference = restored - clean
    ink = functional.max_pool2d(1.0 - clean.amin(dim=1, keepdim=True), 3, stride=1, padding=1) > _FAINTEST_INK
    lost = (clean < _DARK) & (difference > 0)
    colored = clean.amax(dim=1, keepdim=True) - clean.amin(dim=1, keepdim=True) > _COLORED
    part = 1.0 + ink.float() + 3.0 * lost.float() + 1.5 * colored.float()
    distance = torch.sqrt(difference**2 + _EPSILON**2) - _EPSILON
    each = (part * (10.0 * difference**2 + 0.2 * distance)).mean(dim=(1, 2, 3))
    means = functional.avg_pool2d(difference, 8)
    cast = means - means.mean(dim=1, keepdim=True)
    errors: Tensor = each + 20.0 * (cast**2).mean(dim=(1, 2, 3))
    return errors


def kind_weights(dirty: Tensor, clean: Tensor) -> Tensor:
    """Tell how much each pair counts in `balanced_loss`, (N,): 1.5 for scans and where nothing is to be done, else .35.

    The errors of the kinds differ by an order of magnitude, and their squares by two. Scans are told by being gray on
    both sides, which synthetic dirt hardly ever is.

    Args:
        dirty: (N, 3, H, W).
        clean: (N, 3, H, W): the truth.
    """
    is_same = (dirty == clean).flatten(1).all(dim=1)
    is_gray = ((dirty[:, 0] == dirty[:, 1]) & (clean[:, 0] == clean[:, 1])).flatten(1).all(dim=1)
    return torch.where(is_same, 1.5, torch.where(is_gray, 1.5, 0.35))


def _gradient(difference: Tensor) -> Tensor:
    across = (difference[..., :, 1:] - difference[..., :, :-1]).abs().mean()
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
    return across + down


def paper_loss(paper: Tensor, dirty: Tensor, clean: Tensor, team: Team = ALONE) -> Tensor:
    """Hold the paper estimate against the page itself where the truth is blank.

    Args:
        paper: (N, 3, h, w), 0..1.
        dirty: (N, 9, h, w), overview of the dirty page.
        clean: (N, 9, h, w), overview of the truth.
        team: The processes that share the minibatch: what is blank is counted in all of it.

    Returns:
        Scalar.
    """
    blank = (clean[:, 6:].amin(dim=1, keepdim=True) > 0.97).float()
    distance = (blank * (paper - dirty[:, :3]).abs()).sum()
    return team.total(distance) / (3.0 * team.total(blank.sum()) + 1.0)


def mark_loss(layers: Layers, clean: Tensor, opacity: Tensor, color: Tensor, team: Team = ALONE) -> Tensor:
    """Hold a tile's layers against the real ones.

    The page below counts once more where there is a mark, because most of a page has none. Opacity and color count
    where the page below is bright enough to tell: on black ink nobody can see what a mark under it would look like.
    Opacity is held by its cross entropy: its distance lets the network settle on no mark anywhere, and stay there.

    Args:
        layers: The network's answer.
        clean: (N, 3, H, W), 0..1: the page without the mark.
        opacity: (N, 1, H, W), 0..1: how much the mark covers.
        color: (N, 3, H, W), 0..1: its color.
        team: The processes that share the minibatch: the marks' area is that in all of it.

    Returns:
        Scalar.
    """
    covered = (opacity > 0).float()
    area = team.mean(covered.mean()) + 0.01
    below = torch.sqrt((layers.page.float() - clean) ** 2 + _EPSILON**2)
    page = (covered * below).mean() / area
    bright = (clean.amin(dim=1, keepdim=True) > _BRIGHT).float()
    chance = (layers.opacity / HIGHEST_OPACITY).clamp(1e-6, 1.0 - 1e-6)
    surprise = functional.binary_cross_entropy(chance, (opacity / HIGHEST_OPACITY).clamp(max=1.0), reduction="none")
    cover = (bright * surprise * (1.0 + 3.0 * covered)).mean()
    tint = (bright * covered * opacity.clamp(min=0.1) * (layers.color - color).abs()).mean() / area
    return 0.5 * page + 2.0 * cover + tint
