"""What an EfficientNet-Lite is made of, in numbers: read without torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

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


class Block(NamedTuple):
    """One block of a stage.

    Attributes:
        inputs: Channels that come in.
        out: Channels that go out.
        kernel: Side of the depthwise convolution.
        stride: Of the same.
        expansion: How many times the inputs are widened first; 1: not at all.
    """

    inputs: int
    out: int
    kernel: int
    stride: int
    expansion: int


def stages_of(name: str) -> Iterator[list[Block]]:
    """The seven stages of a network, one of :data:`SCALES`."""
    width, depth = SCALES[name]
    channels = STEM
    for number, (blocks, kernel, stride, expansion, wanted) in enumerate(STAGES):
        inner = 0 < number < len(STAGES) - 1
        stage = []
        for place in range(math.ceil(blocks * depth) if inner else blocks):
            out = _rounded(wanted * width)
            stage.append(Block(channels, out, kernel, stride if place == 0 else 1, expansion))
            channels = out
        yield stage


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels before and after as TensorFlow's "same": the odd pixel on the far side."""
    whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return whole // 2, whole - whole // 2


def _rounded(channels: float) -> int:
    """The next multiple of eight that is no tenth below."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
