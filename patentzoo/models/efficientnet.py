"""EfficientNet-Lite written out: timm's ``tf_efficientnet_lite0`` to ``2`` without importing timm.

Names, shapes and order of operations are those of timm (architecture: Tan & Le, ICML 2019, in the
"lite" form without squeeze-and-excitation, with ReLU6), so that weights and results are the same;
a test holds the two against each other.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from patentzoo.models.efficientnet_plan import (
    EPSILON,
    HEAD,
    SCALES,
    STAGES,
    STEM,
    Block,
    same_padding,
    stages_of,
)

__all__ = ["HEAD", "SCALES", "STAGES", "STEM", "EfficientNetLite"]


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
        self.conv_stem = SameConv2d(in_chans, STEM, 3, 2)
        self.bn1 = NormReLU6(STEM)
        self.blocks = nn.Sequential()
        for blocks in stages_of(name):
            self.blocks.append(nn.Sequential(*(_block(each) for each in blocks)))
        channels = blocks[-1].out
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
        sides = [
            *same_padding(input.shape[3], kernel, stride),
            *same_padding(input.shape[2], kernel, stride),
        ]
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


def _block(plan: Block) -> nn.Module:
    if plan.expansion == 1:
        return DepthwiseSeparable(plan.inputs, plan.out, plan.kernel)
    return InvertedResidual(*plan)
