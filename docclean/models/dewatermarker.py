"""The watermark-removal autoencoder: find the mark as a layer, and take the layer off.

It has the two networks of `denoiser`: one sees the whole page at an eighth of its size and says where marks are, the
other sees a tile and says, for every pixel, how much a mark covers it and in which color. Undoing the blend then gives
back what lies below, instead of inventing it; only where the mark hides nearly everything, paper is filled in. Pixels
without a mark are copied.

Source:
    Opacity, color and page predicted apart: Liu, Zhu, Bai 2021, "WDNet: Watermark-Decomposition Network for Visible
        Watermark Removal", section 3.
    Correction inside the mask alone: Liang et al. 2021, "Visible Watermark Removal via Self-calibrated Localization and
        Background Refinement", section 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from docclean.models.denoiser import CONTEXT_STRIDE, InkTrunk, PaperNet, divided_by_paper, overview_of, paper_under
from docclean.models.layers import silent_conv, soft_clamp

HIGHEST_OPACITY = 0.95
"""Opacities are kept below this: undoing a blend divides by what is left of the page."""

FAINTEST = 0.05
"""A pixel that a mark covers by less than this is copied."""

UNSEEN = 3.5 / 255.0
"""A pixel that would change by less than this is copied. Nobody sees that; 43 % of the changes far from marks are as
small, and 5 % of those on marks (32 held-out pages)."""

CHANCES = (0.3, 0.97)
"""Where a model's manifest names no others: a cell may belong to a mark where the overview network sees more than the
first chance that one is within a cell's reach, and it is certain from the second on.

It does belong to one if it hangs together with a certain cell, because a mark shows itself somewhere."""

_RIM_CELLS = 2
"""So many cells around a mark's may be changed too: the overview is too coarse to tell where a mark ends."""

_GROWTH_STEPS = 48
"""How often a certain place grows by two cells, 16 px: 768 px in all."""

_HIDDEN_FROM, _HIDDEN_TO = 0.75, 0.93
"""Between these opacities the un-blended page gives way to paper."""


class MarkPaperNet(PaperNet):
    """Whole page overview -> paper color, context features, and where marks are, all at 1/8 size."""

    is_gate = True

    def __init__(
        self,
        *,
        channels: Sequence[int],
        context_channels: int,
        dilations: Sequence[int] = (),
        chances: Sequence[float] = CHANCES,
    ) -> None:
        super().__init__(channels=channels, context_channels=context_channels, dilations=dilations)
        self.mark = nn.Conv2d(channels[0], 1, 1)
        self._likely, self._certain = chances

    def _places(self, chance: Tensor) -> Tensor:
        return confirmed(chance, likely=self._likely, certain=self._certain)

    @property
    def reach(self) -> int:
        """See `PaperNet.reach`; places grow, too."""
        return super().reach + CONTEXT_STRIDE * (2 * _GROWTH_STEPS + _RIM_CELLS)

    def forward(self, overview: Tensor) -> Tensor:
        """(N, 9, h, w), 0..1 -> (N, 3 + context + 1, h, w): as the denoiser's, and the chance of a mark, 0..1.

        Outside training, the last channel is 1 where a mark may be and 0 elsewhere, see `confirmed`.
        """
        x = self.features(overview)
        chance = torch.sigmoid(self.mark(x).float())
        return torch.cat([self.maps(x, overview), chance if self.training else self._places(chance)], dim=1)


def confirmed(chance: Tensor, *, likely: float, certain: float) -> Tensor:
    """Find the cells that hang together with a certain one, and a rim around them; (N, 1, h, w), 0..1 -> 0 or 1.

    Args:
        chance: That a mark is within a cell's reach.
        likely: Chance above which a cell may belong to a mark.
        certain: Chance from which a cell is certain.

    Source:
        Hysteresis: Canny 1986, "A Computational Approach to Edge Detection", section VI; grown by repeated dilation
        within the likely cells, which an exported graph can do too.
    """
    possible = (chance > likely).to(chance.dtype)
    found = (chance > certain).to(chance.dtype)
    for _ in range(_GROWTH_STEPS):
        found = torch.minimum(functional.max_pool2d(found, 5, stride=1, padding=2), possible)
    side = 2 * _RIM_CELLS + 1
    return functional.max_pool2d(found, side, stride=1, padding=_RIM_CELLS)


@dataclass(frozen=True, slots=True)
class Layers:
    """What a tile was taken apart into.

    Attributes:
        page: (N, 3, H, W), about 0..1: the page without the mark.
        opacity: (N, 1, H, W), 0..0.95: how much a mark covers.
        color: (N, 3, H, W), 0..1: the mark's color.
    """

    page: Tensor
    opacity: Tensor
    color: Tensor


class MarkNet(InkTrunk):
    """A tile of the page and its context -> the tile without its marks."""

    def __init__(self, *, channels: Sequence[int], context_channels: int, bottleneck_depth: int) -> None:
        super().__init__(channels=channels, context_channels=context_channels, bottleneck_depth=bottleneck_depth)
        self.fine_head = silent_conv(channels[0], 16)
        self.color_head = silent_conv(channels[0], 3)

    def layers(self, tile: Tensor, context: Tensor) -> Layers:
        """Take a tile apart.

        Args:
            tile: (N, 3, H, W), 0..1, RGB; H and W multiples of 8.
            context: (N, 3 + context + 1, H / 8, W / 8): the part of the overview network's output under the tile.
        """
        paper = paper_under(context)
        x = self.features(tile, divided_by_paper(tile, paper), context[:, 3:-1])  # (N, fine, H/2, W/2)
        fine = functional.pixel_shuffle(self.fine_head(x), 2).float()  # (N, 4, H, W)
        opacity = HIGHEST_OPACITY * torch.sigmoid(fine[:, :1] - 3.0)
        color = functional.interpolate(self.color_head(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        color = torch.sigmoid(color.float())
        below = torch.clamp((tile - opacity * color) / (1.0 - opacity), -0.5, 1.5)
        hidden = torch.clamp((opacity - _HIDDEN_FROM) / (_HIDDEN_TO - _HIDDEN_FROM), 0.0, 1.0)
        page = below + hidden * (paper - below) + torch.clamp(10.0 * opacity, 0.0, 1.0) * fine[:, 1:]
        return Layers(soft_clamp(page, leak=self.leak), opacity, color)

    def forward(self, tile: Tensor, context: Tensor) -> Tensor:
        """Remove the marks from a tile; pixels where one network sees none are copied exactly.

        Args:
            tile: As in `layers`.
            context: As in `layers`.

        Returns:
            (N, 3, H, W), 0..1, RGB.
        """
        layers = self.layers(tile, context)
        rim = functional.max_pool2d(layers.opacity, 3, stride=1, padding=1)
        near = functional.interpolate(context[:, -1:], scale_factor=8.0, mode="nearest")
        change = (layers.page - tile).abs().amax(dim=1, keepdim=True)
        return torch.where((rim > FAINTEST) & (near > 0.5) & (change > UNSEEN), layers.page, tile)


class Dewatermarker(nn.Module):
    """Both networks, trained together.

    Args:
        paper_channels: Widths of the overview network from 1/8 size downwards; each level halves the size.
        ink_channels: Widths of the tile network at 1/2, 1/4 and 1/8 size.
        context_channels: Features handed from the first to the second.
        bottleneck_depth: Convolutions at the tile network's coarsest level.
        dilations: Of the convolutions by which the overview network looks around at its coarsest level.
        chances: See `confirmed`: what is likely, and what certain; it depends on how sure of itself the overview
            network is.
    """

    def __init__(
        self,
        *,
        paper_channels: Sequence[int] = (24, 32, 48, 64),
        ink_channels: Sequence[int] = (24, 40, 64),
        context_channels: int = 16,
        bottleneck_depth: int = 3,
        dilations: Sequence[int] = (),
        chances: Sequence[float] = CHANCES,
    ) -> None:
        super().__init__()
        self.paper = MarkPaperNet(
            channels=paper_channels, context_channels=context_channels, dilations=dilations, chances=chances
        )
        self.ink = MarkNet(channels=ink_channels, context_channels=context_channels, bottleneck_depth=bottleneck_depth)

    def forward(self, pages: Tensor) -> Tensor:
        """Take the marks off whole pages: (N, 3, H, W), 0..1, H and W multiples of 64 -> the same shape and range."""
        restored: Tensor = self.ink(pages, self.paper(overview_of(pages)))
        return restored
