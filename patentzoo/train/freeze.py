"""Parts of a backbone that a stage leaves as they are."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from patentzoo.errors import ConfigError, near_miss


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
