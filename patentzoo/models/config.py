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
        backbone: A timm model name, e.g. ``"resnet10t"``; of open_clip, what its image tower is
            called, for people.
        dim: Length of the embedding.
        pooling: ``"backbone"`` uses timm's own; ``"avg"`` and ``"gem"`` pool the last feature map
            of a convolutional backbone (GeM: Radenović et al., TPAMI 2019).
        head: ``"linear"`` is one Linear with bias; ``"linear-bn"`` is Linear then BatchNorm1d;
            ``"reference"`` is the head of Higuchi & Yanai (2023): BatchNorm1d, Dropout(0.5),
            Linear, BatchNorm1d, PReLU; ``"none"`` leaves what the backbone gives.
        fold: Pixels of each ``fold`` × ``fold`` block become channels before the backbone, so that
            it sees a ``fold`` times finer drawing at the cost of the coarser one.
        backbone_args: Further keyword arguments of ``timm.create_model``; of open_clip, the
            ``model_cfg`` of its configuration file.
        library: Whose backbone it is: ``"timm"``, or ``"open_clip"`` (its image tower).
        channels: How many copies of the grey page the backbone sees: 1, or 3 where it was taught
            by colours.
        channel_mean: Subtracted from each of them; for ``channels = 3``.
        channel_std: Divides each of them afterwards.
        levels: Stages of an EfficientNet (``blocks.N``) whose maps are pooled, too, by GeM of
            exponent 3, and stand behind the last map's features before the head: earlier stages
            see finer detail (cf. hypercolumns, Hariharan et al., CVPR 2015).
    """

    backbone: str
    dim: int
    pooling: Literal["backbone", "avg", "gem"] = "backbone"
    head: Literal["linear", "linear-bn", "reference", "none"] = "linear-bn"
    fold: int = 1
    backbone_args: dict[str, Any] = dataclasses.field(default_factory=dict)
    library: Literal["timm", "open_clip"] = "timm"
    channels: Literal[1, 3] = 1
    channel_mean: tuple[float, ...] = ()
    channel_std: tuple[float, ...] = ()
    levels: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))  # tables hold lists
        choices = {
            "pooling": ("backbone", "avg", "gem"),
            "head": ("linear", "linear-bn", "reference", "none"),
            "library": ("timm", "open_clip"),
        }
        for field, allowed in choices.items():
            value = getattr(self, field)
            if value not in allowed:
                raise ConfigError(f"network.{field} = {value!r}. {near_miss(str(value), allowed)}")
        if self.dim < 1 or self.fold < 1:
            raise ConfigError(
                f"network.dim = {self.dim} and fold = {self.fold} must be at least 1."
            )
        self._check_channels()
        if self.levels and self.pooling == "backbone":
            raise ConfigError(
                f"network.levels = {list(self.levels)} needs feature maps: set network.pooling to "
                "'gem' or 'avg'."
            )

    def _check_channels(self) -> None:
        for name in ("channel_mean", "channel_std"):
            object.__setattr__(self, name, tuple(float(each) for each in getattr(self, name)))
        lengths = {len(self.channel_mean), len(self.channel_std)}
        if self.channels not in (1, 3) or lengths != {3 if self.channels == 3 else 0}:
            raise ConfigError(
                f"network.channels = {self.channels!r} is 1, or 3 with three values each in "
                "channel_mean and channel_std."
            )
        if 0.0 in self.channel_std or (self.channels == 3 and self.fold != 1):
            raise ConfigError("network.channels = 3 needs fold = 1 and no 0 in channel_std.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkConfig:
        """Read a card's or recipe's ``[network]`` table; an unknown key is a ConfigError."""
        return read_table(cls, values, "[network]")

    def to_dict(self) -> dict[str, Any]:
        """The table :meth:`from_dict` reads."""
        table = dataclasses.asdict(self)
        # Later additions are left out at their defaults: older fingerprints stay what they are.
        later = {each.name: each.default for each in dataclasses.fields(self)[-5:]}
        kept = {k: v for k, v in table.items() if k not in later or v != later[k]}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in kept.items()}
