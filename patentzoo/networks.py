"""Networks: a timm backbone, a pooling and a head; the only file that imports timm."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional

from patentzoo.errors import ConfigError, near_miss
from patentzoo.tables import read_table


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
    """

    backbone: str
    dim: int
    pooling: Literal["backbone", "avg", "gem"] = "backbone"
    head: Literal["linear", "linear-bn", "reference"] = "linear-bn"
    fold: int = 1
    backbone_args: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
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

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkConfig:
        """Read a card's or recipe's ``[network]`` table; an unknown key is a ConfigError."""
        return read_table(cls, values, "[network]")

    def to_dict(self) -> dict[str, Any]:
        """The table :meth:`from_dict` reads."""
        return dataclasses.asdict(self)


class GeM(nn.Module):
    """Generalised-mean pooling, (B, C, H, W) -> (B, C), with a learned exponent."""

    def __init__(self, p: float = 3.0, eps: float = 1e-6) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.tensor([p]))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pool over height and width."""
        powered = x.float().clamp(min=self.eps).pow(self.p)
        return powered.mean(dim=(-2, -1)).pow(1.0 / self.p)


class EmbeddingNetwork(nn.Module):
    """Fold, backbone, pooling, head: (B, 1, H, W) float32 -> (B, dim) float32, not normalised."""

    def __init__(self, backbone: nn.Module, pooling: nn.Module, head: nn.Module, fold: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.pooling = pooling
        self.head = head
        self.fold = fold

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Embed a batch; unit length is the caller's step."""
        features: torch.Tensor = self.head(self.pooling(self.backbone(self.folded(x))))
        return features

    def folded(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, H, W) -> (B, fold², H / fold, W / fold): what the backbone sees."""
        return functional.pixel_unshuffle(x, self.fold) if self.fold > 1 else x


def build_network(config: NetworkConfig, *, pretrained: bool = False) -> EmbeddingNetwork:
    """Construct a network with random weights.

    Args:
        config: What to build.
        pretrained: Start the backbone from timm's published ImageNet weights (fetched by timm).

    Raises:
        ConfigError: timm knows no such backbone or refuses its arguments.
    """
    import timm

    if not timm.is_model(config.backbone):
        raise ConfigError(
            f"network.backbone = {config.backbone!r} is no timm model. "
            f"{near_miss(config.backbone, timm.list_models())[:200]}"
        )
    own = config.pooling == "backbone"
    arguments = dict(config.backbone_args) | ({} if own else {"global_pool": ""})
    try:
        backbone = timm.create_model(
            config.backbone,
            in_chans=config.fold**2,
            num_classes=0,
            pretrained=pretrained,
            **arguments,
        )
    except TypeError as error:
        raise ConfigError(f"timm refuses backbone_args for {config.backbone!r}: {error}") from error
    pooling: nn.Module = nn.Identity()
    if config.pooling == "gem":
        pooling = GeM()
    elif config.pooling == "avg":
        pooling = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    # Some networks widen their feature map once more before the classifier (MobileNetV3 and V4).
    features = getattr(backbone, "head_hidden_size", None) or backbone.num_features
    head = _head(config, int(features))  # type: ignore[arg-type]
    return EmbeddingNetwork(backbone, pooling, head, config.fold)


def _head(config: NetworkConfig, features: int) -> nn.Module:
    if config.head == "reference":
        return nn.Sequential(
            nn.Flatten(),
            nn.BatchNorm1d(features),
            nn.Dropout(0.5),
            nn.Linear(features, config.dim),
            nn.BatchNorm1d(config.dim),
            nn.PReLU(),
        )
    if config.head == "linear":
        return nn.Linear(features, config.dim)
    return nn.Sequential(nn.Linear(features, config.dim, bias=False), nn.BatchNorm1d(config.dim))
