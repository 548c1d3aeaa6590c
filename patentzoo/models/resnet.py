"""The bundled model's backbone, written out: timm's ``resnet10t`` without importing timm.

Names, shapes and order of operations are those of timm (Wightman, Touvron & Jégou, "ResNet strikes
back", 2021, describe its training), so that weights and results are the same, to the bit; a test
holds the two against each other.
"""

from __future__ import annotations

import torch
from torch import nn

STEM = (24, 32)
STAGES = (64, 128, 256, 512)


class ResNet10T(nn.Module):
    """A tiered stem of three convolutions, then four stages of one basic block each.

    Args:
        in_chans: Channels of the input.
        pooled: Average over height and width at the end: (B, 512) instead of a feature map.
    """

    NAME = "resnet10t"
    num_features = STAGES[-1]

    def __init__(self, in_chans: int, *, pooled: bool) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(
            *_normed(in_chans, STEM[0], stride=2),
            *_normed(STEM[0], STEM[1], stride=1),
            nn.Conv2d(STEM[1], STAGES[0], 3, 1, 1, bias=False),
        )
        self.bn1 = nn.BatchNorm2d(STAGES[0])
        self.act1 = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = (STAGES[0], *STAGES)
        for number in range(1, 5):
            block = BasicBlock(widths[number - 1], widths[number], 1 if number == 1 else 2)
            self.add_module(f"layer{number}", nn.Sequential(block))
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()) if pooled else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, in_chans, H, W) -> (B, 512, H / 32, W / 32), or (B, 512) when pooled."""
        x = self.maxpool(self.act1(self.bn1(self.conv1(x))))
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
        return x if self.pool is None else self.pool(x)


class BasicBlock(nn.Module):
    """Two 3 × 3 convolutions; the shortcut is averaged where the block halves the map."""

    def __init__(self, inplanes: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.act2 = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False),
                nn.Conv2d(inplanes, planes, 1, 1, 0, bias=False),
                nn.BatchNorm2d(planes),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, inplanes, H, W) -> (B, planes, H / stride, W / stride)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.act1(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x += shortcut
        activated: torch.Tensor = self.act2(x)
        return activated


def _normed(inplanes: int, planes: int, stride: int) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
    return conv, nn.BatchNorm2d(planes), nn.ReLU(inplace=True)
