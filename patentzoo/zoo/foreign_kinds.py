"""What a repository of another library's model says, in the words of a card."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patentzoo.errors import ConfigError
from patentzoo.models.config import NetworkConfig
from patentzoo.models.preprocess import Preprocess
from patentzoo.system.torch_settings import for_building


@dataclass(frozen=True)
class ForeignModel:
    """A model as its own library's configuration file describes it.

    Attributes:
        layout: Whose names its tensors have: ``"timm"`` or ``"open_clip"``.
        network: Arguments of ``NetworkConfig``; without ``dim`` where the file does not say it.
        preprocess: Grey page -> input.
        licence: As the file states it; empty where it does not.
        citation: As the file states it.
    """

    layout: str
    network: Mapping[str, Any]
    preprocess: Preprocess
    licence: str = ""
    citation: str = ""


UNCUT: dict[str, Any] = {
    "ink_crop": False,
    "margin": 0.0,
    "ink_gain": 0.0,
    "ink_positive": False,
}
"""What other libraries do not do to a page."""


def page_size(size: Sequence[int] | int, where: str) -> dict[str, Any]:
    """Height and width as ``Preprocess`` takes them.

    Raises:
        ConfigError: No such sizes.
    """
    sides = [size, size] if isinstance(size, int) else list(size)
    if len(sides) == 1:
        sides *= 2
    if len(sides) != 2 or not all(isinstance(side, int) for side in sides):
        raise ConfigError(f"{where}: {size!r} is no height and width in pixels.")
    height, width = sides
    return {"size_px": height, "width_px": 0 if width == height else width}


def with_dim(network: Mapping[str, Any], preprocess: Preprocess) -> dict[str, Any]:
    """The network's arguments with the length of its embeddings, found by building it.

    Its weights are not filled: only the shape that comes out is asked for.
    """
    import torch

    from patentzoo.models.networks import empty_network

    if "dim" in network:
        return NetworkConfig.from_dict(dict(network)).to_dict()
    config = NetworkConfig.from_dict(dict(network) | {"dim": 1})
    with for_building(), torch.no_grad():
        backbone = empty_network(config).backbone.eval()
        seen = torch.zeros(1, config.channels, *preprocess.size)
        try:
            rows = backbone.to("meta")(seen.to("meta"))
        except (NotImplementedError, RuntimeError):  # it looks at numbers on its way
            rows = empty_network(config).backbone.eval()(seen)
    return dataclasses.replace(config, dim=int(rows.shape[-1])).to_dict()
