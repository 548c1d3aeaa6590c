"""Whose names the tensors of a weights file have, and what the network calls them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from patentzoo.zoo.checkpoint import renamed_by_timm

if TYPE_CHECKING:
    import torch

    State = dict[str, torch.Tensor]

VISUAL = "visual."
BACKBONE = "backbone."


def of_pictures(names: Iterable[str], layout: str) -> list[str]:
    """Which tensors of a file make embeddings of pictures."""
    return [name for name in names if layout != "open_clip" or name.startswith(VISUAL)]


def network_state(state: State, network: torch.nn.Module, layout: str) -> State:
    """A file's tensors as ``network.state_dict()`` names them.

    Args:
        state: Name to tensor.
        network: An ``EmbeddingNetwork``.
        layout: ``"patentzoo"``: as they are; ``"timm"``: the backbone's, with a classifier that is
            left out; ``"open_clip"``: both towers', of which the text tower is left out.
    """
    if layout == "timm":
        state = _without_classifier(renamed_by_timm(state, network.backbone), network.backbone)
        return {BACKBONE + name: tensor for name, tensor in state.items()}
    if layout == "open_clip":
        towers = {k: t for k, t in state.items() if k.startswith(VISUAL)}
        return {BACKBONE + k.removeprefix(VISUAL): t for k, t in towers.items()}
    return state


def _without_classifier(state: State, backbone: Any) -> State:
    """Leave out what timm leaves out where it is asked for features (``num_classes=0``)."""
    known = getattr(backbone, "pretrained_cfg", None) or {}
    named = known.get("classifier") or ()
    classifiers = (named,) if isinstance(named, str) else tuple(named)
    own = backbone.state_dict()
    left_out = {f"{each}.{part}" for each in classifiers for part in ("weight", "bias")}
    return {k: t for k, t in state.items() if k in own or k not in left_out}
