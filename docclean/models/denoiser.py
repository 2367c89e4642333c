"""The denoising autoencoder: paper first, ink second.

A small network looks at the whole page at an eighth of its size and estimates the color of the lit paper everywhere;
the page divided by it is nearly clean. A second encoder-decoder then repairs the strokes at full size, tile by tile,
with the first one's features as context, so that a tile knows the page around it and no seam can arise.

Source:
    Denoising autoencoder: Vincent et al. 2008, "Extracting and Composing Robust Features with Denoising
        Autoencoders".
    Skip connections: Ronneberger, Fischer, Brox 2015, "U-Net", section 2 (added here, not concatenated).
    Space-to-depth entry: Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution", section 3
        (reversed).
    Background estimate before recognition: Lin, Chen, Chuang 2020, "BEDSR-Net", section 3 (a field here, not one
        color).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from docclean.models.layers import ConvBlock, Surroundings, Tone, UpAdd, silent_conv, soft_clamp

CONTEXT_STRIDE = 8
"""Size of a cell of the page overview, px."""

DARKEST_PAPER = 0.12
"""Paper estimates are kept above this: deep shadow, yet the gradient of dividing by them stays tame."""

BRIGHTEST = 1.25
"""The page divided by its paper is cut here."""


class PaperNet(nn.Module):
    """Whole page overview -> paper color and context features, both at 1/8 size.

    Args:
        channels: Widths from 1/8 size downwards; each level halves the size.
        context_channels: Features for the tile network.
        dilations: Of the convolutions that look around at the coarsest level, see `Surroundings`.

    Attributes:
        is_gate: Whether the last map says which cells may be changed, as `InputSpec.gated`.
    """

    is_gate = False

    def __init__(self, *, channels: Sequence[int], context_channels: int, dilations: Sequence[int] = ()) -> None:
        super().__init__()
        self.encoders = nn.ModuleList()
        inputs = 9
        for level, width in enumerate(channels):
            self.encoders.append(ConvBlock(inputs, width, depth=2, stride=2 if level else 1))
            inputs = width
        self.dilations = tuple(dilations)
        self.surroundings = nn.Sequential(*(Surroundings(channels[-1], dilation) for dilation in dilations))
        pairs = list(zip(channels[:0:-1], channels[-2::-1], strict=True))
        self.ups = nn.ModuleList(UpAdd(coarse, fine) for coarse, fine in pairs)
        self.decoders = nn.ModuleList(ConvBlock(fine, fine) for _, fine in pairs)
        self.head = nn.Conv2d(channels[0], 3 + context_channels, 1)

    @property
    def reach(self) -> int:
        """How far beyond a block of whole coarsest cells the network sees, px: a multiple of such a cell.

        Every 3x3 convolution sees one place of the level that it reads farther, or as many as its dilation.
        """
        coarsest = len(self.encoders) - 1
        halving = sum(1 << level for level in range(coarsest))  # the first convolution of every level but the finest
        encoding = sum((len(encoder.convs) - (level > 0)) << level for level, encoder in enumerate(self.encoders))  # type: ignore[arg-type,misc]  # reason: all are blocks
        decoding = sum(1 << level for level in range(coarsest))
        around = sum(self.dilations) << coarsest
        places = encoding + halving + decoding + around + (coarsest > 0)  # doubling shifts by one
        whole: int = -(-places >> coarsest) << coarsest
        return CONTEXT_STRIDE * whole

    def forward(self, overview: Tensor) -> Tensor:
        """Estimate the paper.

        Args:
            overview: (N, 9, h, w), 0..1: mean, brightest and darkest RGB of every 8x8 cell; h and w multiples of 8.

        Returns:
            (N, 3 + context, h, w): paper color, 0.12..1, then context features, -1..1.
        """
        return self.maps(self.features(overview), overview)

    def features(self, overview: Tensor) -> Tensor:
        """(N, 9, h, w), 0..1 -> the last features before the head, (N, channels[0], h, w)."""
        skips: list[Tensor] = []
        x = overview  # (N, 9, h, w)
        for encoder in self.encoders:
            x = encoder(x)  # (N, channels[i], h / 2^i, w / 2^i)
            skips.append(x)
        coarsest: Tensor = self.surroundings(skips.pop())
        x = coarsest
        for up, decoder in zip(self.ups, self.decoders, strict=True):
            x = decoder(up(x, skips.pop()))
        return x

    def maps(self, features: Tensor, overview: Tensor) -> Tensor:
        """Paper and context from features; shapes as in `forward`."""
        x = self.head(features).float()  # (N, 3 + context, h, w); dividing by a rounded paper would show
        brightest = overview[:, 3:6].clamp(DARKEST_PAPER, 0.98)
        paper = torch.sigmoid(x[:, :3] + torch.log(brightest / (1.0 - brightest)))
        return torch.cat([paper.clamp(min=DARKEST_PAPER), torch.tanh(x[:, 3:])], dim=1)


class InkTrunk(nn.Module):
    """A tile, its paper and its context -> features at half size, from which a head makes what a task needs."""

    def __init__(self, *, channels: Sequence[int], context_channels: int, bottleneck_depth: int) -> None:
        super().__init__()
        fine, middle, coarse = channels
        self.encode_half = ConvBlock(24, fine, depth=2)
        self.encode_quarter = nn.Sequential(ConvBlock(fine, middle, stride=2), ConvBlock(middle, middle))
        self.down = ConvBlock(middle, coarse, stride=2)
        self.bottleneck = ConvBlock(coarse + context_channels, coarse, depth=bottleneck_depth)
        self.up_quarter = UpAdd(coarse, middle)
        self.decode_quarter = ConvBlock(middle, middle)
        self.up_half = UpAdd(middle, fine)
        self.decode_half = ConvBlock(fine, fine)
        self.leak = 0.0

    def features(self, tile: Tensor, flat: Tensor, context: Tensor) -> Tensor:
        """Encode and decode.

        Args:
            tile: (N, 3, H, W), 0..1, RGB; H and W multiples of 8.
            flat: (N, 3, H, W): the tile divided by its paper.
            context: (N, context, H / 8, W / 8), -1..1.

        Returns:
            (N, fine, H / 2, W / 2).
        """
        half = self.encode_half(functional.pixel_unshuffle(torch.cat([tile, flat], dim=1), 2))  # (N, fine, H/2, W/2)
        quarter = self.encode_quarter(half)  # (N, middle, H/4, W/4)
        x = torch.cat([self.down(quarter), context], dim=1)  # (N, coarse + context, H/8, W/8)
        x = self.bottleneck(x)  # (N, coarse, H/8, W/8)
        x = self.decode_quarter(self.up_quarter(x, quarter))  # (N, middle, H/4, W/4)
        decoded: Tensor = self.decode_half(self.up_half(x, half))  # (N, fine, H/2, W/2)
        return decoded


class InkNet(InkTrunk):
    """A tile of the page and its context -> the tile, restored."""

    def __init__(
        self, *, channels: Sequence[int], context_channels: int, bottleneck_depth: int, tone: Sequence[float] = ()
    ) -> None:
        super().__init__(channels=channels, context_channels=context_channels, bottleneck_depth=bottleneck_depth)
        self.head = silent_conv(channels[0], 12)
        self._tone = Tone(*tone) if tone else None

    def forward(self, tile: Tensor, context: Tensor) -> Tensor:
        """Restore a tile.

        Args:
            tile: (N, 3, H, W), 0..1, RGB; H and W multiples of 8.
            context: (N, 3 + context, H / 8, W / 8): the part of the paper network's output that lies under the tile.

        Returns:
            (N, 3, H, W), 0..1, RGB.
        """
        flat = divided_by_paper(tile, paper_under(context))  # (N, 3, H, W): even light, white paper
        x = self.features(tile, flat, context[:, 3:])
        correction = functional.pixel_shuffle(self.head(x), 2)  # (N, 3, H, W)
        restored = soft_clamp(flat + correction, leak=self.leak)
        return restored if self._tone is None else self._tone(restored)


def paper_under(context: Tensor) -> Tensor:
    """The paper's color at full size: (N, 3 + more, H / 8, W / 8) -> (N, 3, H, W)."""
    return functional.interpolate(context[:, :3], scale_factor=8.0, mode="bilinear", align_corners=False)


def divided_by_paper(tile: Tensor, paper: Tensor) -> Tensor:
    """Even out light and paper color: 1 is paper, 0 black; cut at 1.25."""
    return torch.clamp(tile / paper, max=BRIGHTEST)


class Denoiser(nn.Module):
    """Both networks, trained together.

    Args:
        paper_channels: Widths of the paper network from 1/8 size downwards; each level halves the size.
        ink_channels: Widths of the ink network at 1/2, 1/4 and 1/8 size.
        context_channels: Features handed from the first to the second.
        bottleneck_depth: Convolutions at the ink network's coarsest level.
        dilations: Of the convolutions by which the paper network looks around at its coarsest level.
        tone: The four numbers of a `Tone` that is laid over the result; none for no curve.
    """

    def __init__(
        self,
        *,
        paper_channels: Sequence[int] = (24, 32, 48, 64),
        ink_channels: Sequence[int] = (24, 40, 64),
        context_channels: int = 16,
        bottleneck_depth: int = 3,
        dilations: Sequence[int] = (),
        tone: Sequence[float] = (),
    ) -> None:
        super().__init__()
        self.paper = PaperNet(channels=paper_channels, context_channels=context_channels, dilations=dilations)
        self.ink = InkNet(
            channels=ink_channels, context_channels=context_channels, bottleneck_depth=bottleneck_depth, tone=tone
        )

    def forward(self, pages: Tensor) -> Tensor:
        """Restore whole pages: (N, 3, H, W), 0..1, H and W multiples of 64 -> the same shape and range."""
        restored: Tensor = self.ink(pages, self.paper(overview_of(pages)))
        return restored


def overview_of(pages: Tensor) -> Tensor:
    """Mean, brightest and darkest RGB of every 8x8 cell.

    Args:
        pages: (N, 3, H, W), float 0..1 or uint8; H and W multiples of 8.

    Returns:
        (N, 9, H / 8, W / 8), float, 0..1.
    """
    count, channels, height, width = pages.shape
    rows = pages.reshape(count, channels, height // CONTEXT_STRIDE, CONTEXT_STRIDE, width)
    cells = (count, channels, height // CONTEXT_STRIDE, width // CONTEXT_STRIDE, CONTEXT_STRIDE)
    mean = rows.sum(3, dtype=torch.float32).reshape(cells).mean(4)
    extremes = [rows.amax(3).reshape(cells).amax(4), rows.amin(3).reshape(cells).amin(4)]
    overview = torch.cat([mean / CONTEXT_STRIDE, *(e.float() for e in extremes)], dim=1)
    return overview / 255.0 if pages.dtype == torch.uint8 else overview
