"""What a stage leaves as it is: parts of a backbone, statistics of normalisations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from patentzoo.errors import ConfigError, near_miss


def hold(network: Any, parts: Sequence[str], *, statistics: bool) -> None:
    """Freeze what a stage leaves as it is and let all else learn.

    Args:
        network: With a backbone, in training mode.
        parts: As for ``freeze``.
        statistics: Keep the means and variances of all batch normalisations, whose scales and
            shifts learn.

    Raises:
        ConfigError: The backbone has no such part.
    """
    freeze(network.backbone, parts)
    for module in network.modules() if statistics else ():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def freeze(backbone: nn.Module, parts: Sequence[str]) -> None:
    """Freeze the named parts of a backbone and let all others learn.

    A frozen part keeps its weights and, in evaluation mode, the statistics of its normalisations.

    Args:
        backbone: In training mode.
        parts: Names of modules, e.g. ``"blocks.0"``.

    Raises:
        ConfigError: The backbone has no such part.
    """
    modules = dict(backbone.named_modules())
    backbone.requires_grad_(True)
    for part in parts:
        if part not in modules:
            raise ConfigError(f"stage.frozen: {part!r}. {near_miss(part, modules)[:300]}")
        modules[part].eval().requires_grad_(False)
