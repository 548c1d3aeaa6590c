"""Layers of the bundled networks as OpenVINO's operations, with weights from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.backends.openvino_import import load_openvino
from patentzoo.models.efficientnet_plan import same_padding

Array = npt.NDArray[Any]
NORM_EPSILON = 1e-5
"""torch's, of a batch normalisation that says nothing else."""


class Unsuited(Exception):
    """The weights are not those of the network."""


class Weights:
    """A file's tensors, each taken once: what is left over was not the network's.

    Args:
        state: Name to array.
    """

    def __init__(self, state: Mapping[str, Array]) -> None:
        self._left = dict(state)

    def take(self, name: str, *shape: int, kind: type = np.float32) -> Array:
        """The array of that name.

        Raises:
            Unsuited: There is none, or one of another shape or type.
        """
        values = self._left.pop(name, None)
        if values is None or values.shape != shape or values.dtype != kind:
            raise Unsuited(name)
        return values

    def close(self) -> None:
        """Raise Unsuited where something was left."""
        if self._left:
            raise Unsuited(", ".join(self._left))


class Layers:
    """Makes operations, one after the other.

    Args:
        weights: Of the network.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.ops = load_openvino().opset13

    def number(self, value: float, rank: int) -> Any:
        """A constant for arithmetic with maps of so many dimensions."""
        return self.ops.constant(np.full((1,) * rank, value, np.float32))

    def conv(
        self, x: Any, name: str, out: int, kernel: int, stride: int = 1, *, same: bool = True
    ) -> Any:
        """A convolution without bias, padded by half its kernel; ``same``: as TensorFlow does."""
        channels, pads = self._about(x, kernel, stride, same)
        weight = self.weights.take(f"{name}.weight", out, channels, kernel, kernel)
        return self.ops.convolution(
            x, self.ops.constant(weight), [stride] * 2, pads[0], pads[1], [1, 1]
        )

    def depthwise(self, x: Any, name: str, kernel: int, stride: int) -> Any:
        """A convolution of each channel by itself."""
        channels, pads = self._about(x, kernel, stride, same=True)
        weight = self.weights.take(f"{name}.weight", channels, 1, kernel, kernel)
        shaped = self.ops.constant(weight.reshape(channels, 1, 1, kernel, kernel))
        return self.ops.group_convolution(x, shaped, [stride] * 2, pads[0], pads[1], [1, 1])

    def norm(self, x: Any, name: str, epsilon: float = NORM_EPSILON) -> Any:
        """Batch normalisation by what was counted in training."""
        channels = channels_of(x)
        parts = ("weight", "bias", "running_mean", "running_var")
        arrays = [self.weights.take(f"{name}.{part}", channels) for part in parts]
        self.weights.take(f"{name}.num_batches_tracked", kind=np.int64)
        return self.ops.batch_norm_inference(x, *map(self.ops.constant, arrays), epsilon)

    def linear(self, x: Any, name: str, out: int, *, bias: bool) -> Any:
        """A matrix product, and a bias."""
        weight = self.weights.take(f"{name}.weight", out, channels_of(x))
        product = self.ops.matmul(x, self.ops.constant(weight), False, True)
        if not bias:
            return product
        return self.ops.add(
            product, self.ops.constant(self.weights.take(f"{name}.bias", out)[None])
        )

    def mean(self, x: Any) -> Any:
        """Over height and width."""
        axes = self.ops.constant(np.array([-2, -1], np.int64))
        return self.ops.reduce_mean(x, axes, keep_dims=False)

    def power_mean(self, x: Any, exponent: float, least: float, scale: float = 1.0) -> Any:
        """The generalised mean over height and width of a map, (B, C, h, w) -> (B, C)."""
        raised = self.ops.maximum(x, self.number(least, 4))
        if scale != 1.0:
            raised = self.ops.divide(raised, self.number(scale, 4))
        mean = self.mean(self.ops.power(raised, self.number(exponent, 4)))
        inverse = np.float32(1) / np.float32(exponent)
        root = self.ops.power(mean, self.number(float(inverse), 2))
        return self.ops.multiply(root, self.number(scale, 2)) if scale != 1.0 else root

    def _about(
        self, x: Any, kernel: int, stride: int, same: bool
    ) -> tuple[int, tuple[list[int], list[int]]]:
        shape = x.get_output_partial_shape(0)
        if stride == 1 or not same:
            return channels_of(x), ([kernel // 2] * 2, [kernel // 2] * 2)
        sides = [same_padding(shape[axis].get_length(), kernel, stride) for axis in (2, 3)]
        return channels_of(x), ([low for low, _ in sides], [high for _, high in sides])


def channels_of(x: Any) -> int:
    """Of a node's output."""
    return int(x.get_output_partial_shape(0)[1].get_length())
