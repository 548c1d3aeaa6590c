"""EfficientNet-Lite written out: timm's ``tf_efficientnet_lite0`` to ``2`` without importing timm.

Names, shapes and order of operations are those of timm (architecture: Tan & Le, ICML 2019, in the
"lite" form without squeeze-and-excitation, with ReLU6), so that weights and results are the same;
a test holds the two against each other.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

STEM, HEAD = 32, 1280
EPSILON = 1e-3
SCALES = {
    "tf_efficientnet_lite0": (1.0, 1.0),
    "tf_efficientnet_lite1": (1.0, 1.1),
    "tf_efficientnet_lite2": (1.1, 1.2),
}
"""Width and depth by name."""
STAGES = (
    *((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80)),
    *((3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)),
)
"""Blocks, kernel, stride of the first block, expansion, channels."""


class EfficientNetLite(nn.Module):
    """Stem, seven stages of inverted residuals, a 1 × 1 convolution to 1280 channels.

    Args:
        name: One of :data:`SCALES`.
        in_chans: Channels of the input.
        pooled: Average over height and width at the end: (B, 1280) instead of a feature map.
    """

    num_features = HEAD

    def __init__(self, name: str, in_chans: int, *, pooled: bool) -> None:
        super().__init__()
        width, depth = SCALES[name]
        self.conv_stem = SameConv2d(in_chans, STEM, 3, 2)
        self.bn1 = NormReLU6(STEM)
        self.blocks = nn.Sequential()
        channels = STEM
        for number, (blocks, kernel, stride, expansion, wanted) in enumerate(STAGES):
            inner = 0 < number < len(STAGES) - 1
            count = math.ceil(blocks * depth) if inner else blocks
            out = _rounded(wanted * width)
            stage = nn.Sequential()
            for place in range(count):
                step = stride if place == 0 else 1
                stage.append(_block(channels, out, kernel, step, expansion))
                channels = out
            self.blocks.append(stage)
        self.conv_head = SameConv2d(channels, HEAD, 1, 1)
        self.bn2 = NormReLU6(HEAD)
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()) if pooled else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, in_chans, H, W) -> (B, 1280, H / 32, W / 32), or (B, 1280) when pooled."""
        x = self.bn2(self.conv_head(self.blocks(self.bn1(self.conv_stem(x)))))
        return x if self.pool is None else self.pool(x)


class SameConv2d(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow's "same": the odd pixel on the far side."""

    def __init__(self, inputs: int, out: int, kernel: int, stride: int, groups: int = 1) -> None:
        super().__init__(inputs, out, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) -> (B, C', ceil(H / stride), ceil(W / stride))."""
        stride, kernel = self.stride[0], self.kernel_size[0]
        if stride == 1:
            return super().forward(input)
        sides: list[int] = []
        for size in (input.shape[3], input.shape[2]):
            whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            sides += [whole // 2, whole - whole // 2]
        return functional.conv2d(
            functional.pad(input, sides), self.weight, None, self.stride, 0, 1, self.groups
        )


class NormReLU6(nn.BatchNorm2d):
    """Batch normalisation, then min(max(x, 0), 6)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=EPSILON)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Shape as given."""
        return functional.relu6(super().forward(input), inplace=True)


class DepthwiseSeparable(nn.Module):
    """The first block: a depthwise convolution, then a pointwise one."""

    def __init__(self, inputs: int, out: int, kernel: int) -> None:
        super().__init__()
        self.conv_dw = SameConv2d(inputs, inputs, kernel, 1, inputs)
        self.bn1 = NormReLU6(inputs)
        self.conv_pw = SameConv2d(inputs, out, 1, 1)
        self.bn2 = nn.BatchNorm2d(out, eps=EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) -> (B, C', H, W)."""
        out: torch.Tensor = self.bn2(self.conv_pw(self.bn1(self.conv_dw(x))))
        return out


class InvertedResidual(nn.Module):
    """Expanded pointwise, filtered depthwise, projected; added to its input where shapes allow."""

    def __init__(self, inputs: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.conv_pw = SameConv2d(inputs, middle, 1, 1)
        self.bn1 = NormReLU6(middle)
        self.conv_dw = SameConv2d(middle, middle, kernel, stride, middle)
        self.bn2 = NormReLU6(middle)
        self.conv_pwl = SameConv2d(middle, out, 1, 1)
        self.bn3 = nn.BatchNorm2d(out, eps=EPSILON)
        self.adds = stride == 1 and inputs == out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) -> (B, C', H / stride, W / stride)."""
        out: torch.Tensor = self.bn2(self.conv_dw(self.bn1(self.conv_pw(x))))
        out = self.bn3(self.conv_pwl(out))
        return out + x if self.adds else out


def _block(inputs: int, out: int, kernel: int, stride: int, expansion: int) -> nn.Module:
    if expansion == 1:
        return DepthwiseSeparable(inputs, out, kernel)
    return InvertedResidual(inputs, out, kernel, stride, expansion)


def _rounded(channels: float) -> int:
    """The next multiple of eight that is no tenth below."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
