"""Networks: a backbone of timm or open_clip, a pooling and a head."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from patentzoo.errors import ConfigError, near_miss
from patentzoo.models.config import NetworkConfig
from patentzoo.models.efficientnet import SCALES, EfficientNetLite
from patentzoo.models.resnet import ResNet10T

__all__ = [
    "EmbeddingNetwork",
    "GeM",
    "NetworkConfig",
    "build_network",
    "empty_network",
    "timm_backbone",
]


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


class Colours(nn.Module):
    """A grey page as three channels, each normalised as its own: (B, 1, H, W) -> (B, 3, H, W)."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        # Settings, no weights: they are not in the state dict.
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Copy and normalise."""
        return (x - self.mean) / self.std


class LevelGeM(nn.Module):
    """GeM of exponent 3, which nothing learns.

    Maps of earlier stages reach 60, whose cubes half precision cannot hold: they are scaled.
    """

    p, eps, scale = 3, 1e-6, 16.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pool over height and width."""
        powered = (x.float().clamp(min=self.eps) / self.scale).pow(self.p)
        return powered.mean(dim=(-2, -1)).pow(1.0 / self.p) * self.scale


class EmbeddingNetwork(nn.Module):
    """Fold, backbone, pooling, head: (B, 1, H, W) float32 -> (B, dim) float32, not normalised."""

    def __init__(
        self,
        backbone: nn.Module,
        pooling: nn.Module,
        head: nn.Module,
        fold: int,
        colours: Colours | None = None,
        levels: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.pooling = pooling
        self.head = head
        self.fold = fold
        self.colours = colours
        self.levels = levels
        self.level_pooling = LevelGeM()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Embed a batch; unit length is the caller's step."""
        features: torch.Tensor = self.head(self.pooled(self.folded(x)))
        return features

    def pooled(self, folded: torch.Tensor) -> torch.Tensor:
        """What the head sees, of what :meth:`folded` gives: (B, features)."""
        last, *earlier = self.maps(folded)
        pooled: torch.Tensor = self.pooling(last)
        if not earlier:
            return pooled
        return torch.cat([pooled, *(self.level_pooling(each) for each in earlier)], dim=1)

    def maps(self, folded: torch.Tensor) -> list[torch.Tensor]:
        """The last feature map, then those of ``levels``: each (B, C, h, w)."""
        if not self.levels:
            return [self.backbone(folded)]
        net: Any = self.backbone
        x, earlier = net.bn1(net.conv_stem(folded)), []
        for number, stage in enumerate(net.blocks):
            x = stage(x)
            if number in self.levels:
                earlier.append(x)
        return [net.bn2(net.conv_head(x)), *earlier]

    def folded(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, H, W) -> (B, fold², H/fold, W/fold), or (B, 3, H, W): what the backbone sees."""
        if self.colours is not None:
            copies: torch.Tensor = self.colours(x)
            return copies
        return functional.pixel_unshuffle(x, self.fold) if self.fold > 1 else x


def build_network(config: NetworkConfig, *, pretrained: bool = False) -> EmbeddingNetwork:
    """Construct a network with random weights.

    Args:
        config: What to build.
        pretrained: Start the backbone from timm's published ImageNet weights (fetched by timm).

    Raises:
        ConfigError: timm or open_clip knows no such backbone or refuses its arguments.
        MissingExtraError: open_clip is not installed.
    """
    if config.library == "open_clip":
        from patentzoo.models.open_clip_towers import image_tower

        return _assembled(config, image_tower(config))
    return _assembled(config, timm_backbone(config, pretrained=pretrained))


class SkipInit(TorchFunctionMode):
    """While this is entered, what torch and timm would fill with random numbers stays as it is.

    Only numbers drawn at random are left out: what a network computes at its construction and does
    not store (SwinV2's table of relative coordinates) is there.
    """

    DRAWN = frozenset(
        {
            *("uniform_", "normal_", "trunc_normal_", "erfinv_", "orthogonal_"),
            *("kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_"),
        }
    )

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Return the tensor untouched, or do what was asked for."""
        if getattr(func, "__name__", "") in self.DRAWN and (args or "tensor" in (kwargs or {})):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def empty_network(config: NetworkConfig) -> EmbeddingNetwork:
    """Construct a network whose weights are about to be loaded, every one of them.

    The backbones of the bundled models are written out (:mod:`patentzoo.models.efficientnet`,
    :mod:`patentzoo.models.resnet`): the same computation, without the second that timm and
    torchvision take to be imported. Others are timm's, without the random numbers that they
    would start from.

    Raises:
        ConfigError: As :func:`build_network`.
    """
    with SkipInit():
        backbone = _written_out(config)
        return build_network(config) if backbone is None else _assembled(config, backbone)


def _written_out(config: NetworkConfig) -> nn.Module | None:
    """The backbone of a bundled model; None for all others."""
    channels, pooled = config.fold**2, config.pooling == "backbone"
    if config.backbone_args or config.library != "timm" or config.channels != 1:
        return None
    if config.backbone == ResNet10T.NAME:
        return ResNet10T(channels, pooled=pooled)
    if config.backbone in SCALES:
        return EfficientNetLite(config.backbone, channels, pooled=pooled)
    return None


def timm_backbone(
    config: NetworkConfig, *, pretrained: bool = False, in_chans: int = 0, num_classes: int = 0
) -> nn.Module:
    """Construct timm's backbone of a network.

    Args:
        config: What to build.
        pretrained: With timm's published ImageNet weights.
        in_chans: Channels of the input; 0 is the network's own.
        num_classes: Classes of a classifier on top; 0 is none.

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
    pooled = own or num_classes > 0
    arguments = dict(config.backbone_args) | ({} if pooled else {"global_pool": ""})
    try:
        backbone: nn.Module = timm.create_model(
            config.backbone,
            in_chans=in_chans or (config.channels if config.channels > 1 else config.fold**2),
            num_classes=num_classes,
            pretrained=pretrained,
            **arguments,
        )
    except TypeError as error:
        raise ConfigError(f"timm refuses backbone_args for {config.backbone!r}: {error}") from error
    return backbone


def _assembled(config: NetworkConfig, backbone: nn.Module) -> EmbeddingNetwork:
    pooling: nn.Module = nn.Identity()
    if config.pooling == "gem":
        pooling = GeM()
    elif config.pooling == "avg":
        pooling = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    features = _features(config, backbone) + level_channels(backbone, config.levels)
    head = _head(config, features)
    three = config.channels > 1
    colours = Colours(config.channel_mean, config.channel_std) if three else None
    return EmbeddingNetwork(backbone, pooling, head, config.fold, colours, config.levels)


def _features(config: NetworkConfig, backbone: Any) -> int:
    """How many numbers the backbone gives for a page."""
    if config.library == "open_clip":
        return int(config.backbone_args["embed_dim"])
    # Some networks widen their feature map once more before the classifier (MobileNetV3 and V4).
    return int(getattr(backbone, "head_hidden_size", None) or backbone.num_features)


def level_channels(backbone: nn.Module, levels: tuple[int, ...]) -> int:
    """Channels of the stages of a backbone, together.

    Raises:
        ConfigError: The backbone is no EfficientNet, or has no such stage, or they are not in
            rising order.
    """
    parts = ("conv_stem", "bn1", "blocks", "conv_head", "bn2")
    if levels and not all(hasattr(backbone, part) for part in parts):
        raise ConfigError(
            f"network.levels: a {type(backbone).__name__} has no stages that could be told apart. "
            "Choose an EfficientNet, or leave levels out."
        )
    stages: Any = backbone.blocks if levels else ()
    if any(a >= b for a, b in zip((-1, *levels), (*levels, len(stages)), strict=True)) and levels:
        raise ConfigError(
            f"network.levels = {list(levels)}: the stages are 0 to {len(stages) - 1}, each at most "
            "once, in rising order."
        )
    convolutions = [
        [part for part in stages[level].modules() if isinstance(part, nn.Conv2d)]
        for level in levels
    ]
    return sum(of_stage[-1].out_channels for of_stage in convolutions)


def _head(config: NetworkConfig, features: int) -> nn.Module:
    if config.head == "none":
        return nn.Identity()
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
