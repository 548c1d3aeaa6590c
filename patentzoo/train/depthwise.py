"""Depthwise convolutions whose gradients are fast on CPUs.

oneDNN's bfloat16 gradients of depthwise convolutions fall back to plain loops where the stride is
2 (gradient of the input) or the kernel is 5 × 5 (gradient of the weights): 20 to 60 times the
forward pass, two thirds of a training step of EfficientNet-Lite0 on an AVX-512 machine. Both are
sums of products that its fast kernels compute in another form: a stride-2 gradient is a stride-1
convolution of the spread-out gradient, and a 5 × 5 weight gradient is four overlapping 3 × 3 ones.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

CHANNELS_LAST = torch.channels_last
_SMALL, _LARGE = 3, 5
SAME_PADDED = "Conv2dSame"
"""timm's convolution that pads as TensorFlow does."""


class DepthwiseGradients(torch.autograd.Function):
    """Depthwise convolution of an input that is padded already."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, stride: int) -> torch.Tensor:
        """(N, C, H, W) and (C, 1, k, k), k 3 or 5 -> (N, C, (H - k) // stride + 1, …)."""
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return functional.conv2d(x, weight, None, stride, 0, 1, x.shape[1])

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradients of input and weight."""
        x, weight = ctx.saved_tensors
        gradient = gradients[0].contiguous(memory_format=CHANNELS_LAST)
        of_input = of_weight = None
        if ctx.needs_input_grad[0]:
            of_input = input_gradient(gradient, weight, x.shape, ctx.stride)
        if ctx.needs_input_grad[1]:
            of_weight = weight_gradient(gradient, x, weight.shape[-1], ctx.stride)
        return of_input, of_weight, None


def input_gradient(
    gradient: torch.Tensor, weight: torch.Tensor, shape: torch.Size, stride: int
) -> torch.Tensor:
    """The gradient with respect to an input of ``shape``: a convolution with the turned kernel."""
    kernel = weight.shape[-1]
    spread = gradient
    height, width = shape[2] - kernel + 1, shape[3] - kernel + 1
    if stride > 1:
        spread = gradient.new_zeros((shape[0], shape[1], height, width))
        spread = spread.contiguous(memory_format=CHANNELS_LAST)
        spread[:, :, ::stride, ::stride] = gradient
    return functional.conv2d(spread, weight.flip(2, 3), None, 1, kernel - 1, 1, shape[1])


def weight_gradient(
    gradient: torch.Tensor, x: torch.Tensor, kernel: int, stride: int
) -> torch.Tensor:
    """The gradient with respect to the kernel: (C, 1, kernel, kernel)."""
    if kernel == _SMALL:
        return _small_weight_gradient(gradient, x, stride)
    out = x.new_empty((x.shape[1], 1, _LARGE, _LARGE))
    height = (gradient.shape[2] - 1) * stride + _SMALL
    width = (gradient.shape[3] - 1) * stride + _SMALL
    for top in (0, _LARGE - _SMALL):
        for left in (0, _LARGE - _SMALL):
            part = x[:, :, top : top + height, left : left + width]
            part = part.contiguous(memory_format=CHANNELS_LAST)
            corner = _small_weight_gradient(gradient, part, stride)
            out[:, :, top : top + _SMALL, left : left + _SMALL] = corner
    return out


def _small_weight_gradient(gradient: torch.Tensor, x: torch.Tensor, stride: int) -> torch.Tensor:
    channels = x.shape[1]
    like = x.new_empty((channels, 1, _SMALL, _SMALL))
    found: torch.Tensor = torch.ops.aten.convolution_backward(
        *(gradient, x, like, None, [stride, stride], [0, 0], [1, 1], False, [0, 0], channels),
        [False, True, False],
    )[1]
    return found


class FastDepthwise(nn.Conv2d):
    """A depthwise convolution of timm's or torch's, with these gradients."""

    original: type[nn.Conv2d]

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, H', W')."""
        x, weight = input, self.weight
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.get_autocast_dtype("cpu")
            x, weight = x.to(dtype), weight.to(dtype)
        x = functional.pad(x, self._padding(x.shape[2], x.shape[3]))
        x = x.contiguous(memory_format=CHANNELS_LAST)
        out: torch.Tensor = DepthwiseGradients.apply(x, weight, self.stride[0])
        return out

    def _padding(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Left, right, top, bottom; TensorFlow's "same" where timm's module does that."""
        if self.original is nn.Conv2d:
            across, down = int(self.padding[1]), int(self.padding[0])
            return across, across, down, down
        kernel, stride = self.kernel_size[0], self.stride[0]
        sides = []
        for size in (width, height):
            whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            sides += [whole // 2, whole - whole // 2]
        return sides[0], sides[1], sides[2], sides[3]


def speed_up(network: nn.Module) -> int:
    """Give a network's depthwise convolutions these gradients, in place.

    Returns:
        How many were changed; those of other sizes and kinds stay as they are.
    """
    changed = 0
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and _fits(module):
            module.original = type(module)  # type: ignore[assignment]
            module.__class__ = FastDepthwise
            changed += 1
    return changed


def restore(network: nn.Module) -> None:
    """Undo :func:`speed_up`."""
    for module in network.modules():
        if isinstance(module, FastDepthwise):
            module.__class__ = module.original  # type: ignore[assignment]


def _fits(module: nn.Conv2d) -> bool:
    square = len(set(module.kernel_size)) == 1 and len(set(module.stride)) == 1
    return (
        (type(module) is nn.Conv2d or type(module).__name__ == SAME_PADDED)
        and module.groups == module.in_channels == module.out_channels > 1
        and square
        and module.kernel_size[0] in (_SMALL, _LARGE)
        and module.stride[0] in (1, 2)
        and set(module.dilation) == {1}
        and module.bias is None
        and module.padding_mode == "zeros"
    )
