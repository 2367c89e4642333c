"""Blocks that the networks share."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


def conv(inputs: int, outputs: int, *, stride: int = 1) -> nn.Conv2d:
    """A 3x3 convolution with zero padding: same size at stride 1, half at stride 2."""
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


def silent_conv(inputs: int, outputs: int) -> nn.Conv2d:
    """A 3x3 convolution that starts at zero: a head that changes nothing before it has learned."""
    layer = conv(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # reason: conv() always has a bias
    return layer


class ConvBlock(nn.Module):
    """3x3 convolutions, each followed by a ReLU. (N, C, H, W) float -> (N, C_out, H / stride, W / stride).

    Source:
        Plain convolutions are the fastest choice per result on CPUs: Wang et al. 2024, "PlainUSR", section 3.
        Initial weights: He et al. 2015, "Delving Deep into Rectifiers", equation 10; without them the coarse levels
        start too faint to take part.
    """

    def __init__(self, inputs: int, outputs: int, *, depth: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            conv(inputs if i == 0 else outputs, outputs, stride=stride if i == 0 else 1) for i in range(depth)
        )
        for layer in self.convs:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")  # type: ignore[arg-type]  # reason: conv() has it

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block."""
        for layer in self.convs:
            x = functional.relu(layer(x))
        return x


class UpAdd(nn.Module):
    """Decoder step: coarse features, 1x1 convolved and doubled in size, are added to the skip of the encoder."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(coarse, fine, 1)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        """(N, coarse, H, W), (N, fine, 2H, 2W) -> (N, fine, 2H, 2W)."""
        return skip + functional.interpolate(self.project(coarse), scale_factor=2.0, mode="nearest")


class Surroundings(nn.Module):
    """Adds to every place what lies farther off. (N, C, H, W) float -> the same shape.

    A 3x3 convolution of each channel by itself, its taps `dilation` places apart, a ReLU, and a 1x1 convolution, which
    is zero before it has learned.

    Source:
        Far sight without further halving: Yu, Koltun 2016, "Multi-Scale Context Aggregation by Dilated Convolutions",
        section 3. In two steps, which costs a ninth: Chollet 2017, "Xception", section 2.
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, groups=channels)
        self.join = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.join.weight)
        nn.init.zeros_(self.join.bias)  # type: ignore[arg-type]  # reason: it has a bias

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block."""
        seen: Tensor = self.join(functional.relu(self.look(x)))
        return x + seen


def soft_clamp(x: Tensor, *, leak: float) -> Tensor:
    """Clamp to 0..1, letting `leak` of the gradient through outside, so that saturated pixels can still learn."""
    inside = torch.clamp(x, 0.0, 1.0)
    return inside + leak * (x - inside) if leak else inside


@dataclass(frozen=True, slots=True)
class Tone:
    """A curve over a result: ink comes out darker and what is nearly paper lighter; what lies between stays.

    A network that must not lose ink leaves a gray where it is in doubt. What is in doubt next to white is paper nearly
    always, what is in doubt next to black is ink. Black and white stay as they are, and so does the order of tones.

    Attributes:
        dark: Levels below this are darkened, 0..1.
        darkening: How much: a level x by this times x times its distance from `dark`.
        pale: Levels above this are made lighter, 0..1.
        paling: How much: a level x by this times (1 - x) times its distance from `pale`.

    Raises:
        ValueError: A level is out of range, or the curve would turn tones round.
    """

    dark: float
    darkening: float
    pale: float
    paling: float

    def __post_init__(self) -> None:
        is_ordered = 0.0 <= self.dark <= self.pale <= 1.0
        if (
            not is_ordered
            or not 0.0 <= self.darkening * self.dark < 1.0
            or not 0.0 <= self.paling * (1.0 - self.pale) < 1.0
        ):
            raise ValueError(f"no tone curve: {self}")

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the curve to levels of any shape, 0..1."""
        darker = self.darkening * (x * functional.relu(self.dark - x))
        lighter = self.paling * ((1.0 - x) * functional.relu(x - self.pale))
        return x - darker + lighter
