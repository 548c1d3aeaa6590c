"""What a network is made of, as a card or recipe says it; read without torch."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from patentzoo.errors import ConfigError, near_miss
from patentzoo.system.toml import read_table


@dataclass(frozen=True)
class NetworkConfig:
    """What a network is made of.

    Attributes:
        backbone: A timm model name, e.g. ``"resnet10t"``.
        dim: Length of the embedding.
        pooling: ``"backbone"`` uses timm's own; ``"avg"`` and ``"gem"`` pool the last feature map
            of a convolutional backbone (GeM: Radenović et al., TPAMI 2019).
        head: ``"linear"`` is one Linear with bias; ``"linear-bn"`` is Linear then BatchNorm1d;
            ``"reference"`` is the head of Higuchi & Yanai (2023): BatchNorm1d, Dropout(0.5),
            Linear, BatchNorm1d, PReLU.
        fold: Pixels of each ``fold`` × ``fold`` block become channels before the backbone, so that
            it sees a ``fold`` times finer drawing at the cost of the coarser one.
        backbone_args: Further keyword arguments of ``timm.create_model``.
        levels: Stages of an EfficientNet (``blocks.N``) whose maps are pooled, too, by GeM of
            exponent 3, and stand behind the last map's features before the head: earlier stages
            see finer detail (cf. hypercolumns, Hariharan et al., CVPR 2015).
    """

    backbone: str
    dim: int
    pooling: Literal["backbone", "avg", "gem"] = "backbone"
    head: Literal["linear", "linear-bn", "reference"] = "linear-bn"
    fold: int = 1
    backbone_args: dict[str, Any] = dataclasses.field(default_factory=dict)
    levels: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))  # tables hold lists
        choices = {
            "pooling": ("backbone", "avg", "gem"),
            "head": ("linear", "linear-bn", "reference"),
        }
        for field, allowed in choices.items():
            value = getattr(self, field)
            if value not in allowed:
                raise ConfigError(f"network.{field} = {value!r}. {near_miss(str(value), allowed)}")
        if self.dim < 1 or self.fold < 1:
            raise ConfigError(
                f"network.dim = {self.dim} and fold = {self.fold} must be at least 1."
            )
        if self.levels and self.pooling == "backbone":
            raise ConfigError(
                f"network.levels = {list(self.levels)} needs feature maps: set network.pooling to "
                "'gem' or 'avg'."
            )

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkConfig:
        """Read a card's or recipe's ``[network]`` table; an unknown key is a ConfigError."""
        return read_table(cls, values, "[network]")

    def to_dict(self) -> dict[str, Any]:
        """The table :meth:`from_dict` reads."""
        table = dataclasses.asdict(self)
        # Part of a model's fingerprint: a network without levels stays the one that it was.
        levels = list(table.pop("levels"))
        return table | ({"levels": levels} if levels else {})
