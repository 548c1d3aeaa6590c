"""Losses by name, most of them pytorch-metric-learning's, with margins in stated units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from patentzoo.errors import ConfigError
from patentzoo.train.easy_margin import EasyMarginArcFace
from patentzoo.train.settings import LossConfig

if TYPE_CHECKING:
    from collections.abc import Callable

Losses = dict[str, torch.Tensor]


class RetrievalLoss(nn.Module):
    """ArcFace over all classes plus supervised contrast within the batch.

    ArcFace: Deng et al., CVPR 2019. SupCon: Khosla et al., NeurIPS 2020. Both as implemented by
    pytorch-metric-learning, whose ArcFace margin is in degrees.
    """

    def __init__(self, config: LossConfig, classes: int, dim: int) -> None:
        super().__init__()
        from pytorch_metric_learning.losses import ArcFaceLoss, SupConLoss

        self.config = config
        self.arcface = ArcFaceLoss(classes, dim, margin=config.angle_deg, scale=config.scale)
        self.contrast = SupConLoss(temperature=config.temperature)

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> Losses:
        """Losses of a batch.

        Args:
            embeddings: float32 (B, dim), any length.
            labels: int64 (B,).

        Returns:
            ``arcface``, ``contrast`` and their weighted sum ``loss``, each a scalar.
        """
        arcface = self.arcface(embeddings, labels)
        contrast = self.contrast(embeddings, labels)
        total = self.config.arcface_weight * arcface + self.config.contrast_weight * contrast
        return {"loss": total, "arcface": arcface.detach(), "contrast": contrast.detach()}

    def set_centres(self, centres: torch.Tensor) -> None:
        """Overwrite the class centres by (classes, dim) rows."""
        self.arcface.W.data.copy_(centres.T)


class NamedLoss(nn.Module):
    """One loss of ``LOSSES``, with its miner if it has one."""

    def __init__(self, config: LossConfig, classes: int, dim: int) -> None:
        super().__init__()
        self.name = config.name
        self.inner: nn.Module = _BUILDERS[config.name](config, classes, dim)
        self.miner = _miner(config) if config.name == "triplet" else None

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> Losses:
        """The loss of a batch, a scalar, under ``loss``.

        Args:
            embeddings: float (B, dim), any length.
            labels: int64 (B,).
        """
        if self.miner is None:
            return {"loss": self.inner(embeddings, labels)}
        return {"loss": self.inner(embeddings, labels, self.miner(embeddings, labels))}

    def set_centres(self, centres: torch.Tensor) -> None:
        """Overwrite the class centres by (classes, dim) rows.

        Raises:
            ConfigError: The loss has none, or several a class.
        """
        weights = dict(self.inner.named_parameters())
        for name, value in (("W", centres.T), ("weight", centres), ("proxies", centres)):
            if name in weights and weights[name].shape == value.shape:
                weights[name].data.copy_(value)
                return
        raise ConfigError(
            f"stage.imprint sets one centre a class; the loss {self.name!r} has none to set."
        )


def build_loss(config: LossConfig, classes: int, dim: int) -> RetrievalLoss | NamedLoss:
    """The loss a recipe asks for.

    Args:
        config: Which, with its margins and scales.
        classes: Number of classes, for the losses with centres.
        dim: Length of an embedding.
    """
    kind = RetrievalLoss if config.name == "arcface+supcon" else NamedLoss
    return kind(config, classes, dim)


def _arcface(config: LossConfig, classes: int, dim: int) -> nn.Module:
    from pytorch_metric_learning.losses import ArcFaceLoss

    loss: nn.Module = ArcFaceLoss(classes, dim, margin=config.angle_deg, scale=config.scale)
    return loss


def _subcenter_arcface(config: LossConfig, classes: int, dim: int) -> nn.Module:
    from pytorch_metric_learning.losses import SubCenterArcFaceLoss

    loss: nn.Module = SubCenterArcFaceLoss(
        num_classes=classes,
        embedding_size=dim,
        margin=config.angle_deg,
        scale=config.scale,
        sub_centers=config.sub_centers,
    )
    return loss


def _cosface(config: LossConfig, classes: int, dim: int) -> nn.Module:
    from pytorch_metric_learning.losses import CosFaceLoss

    loss: nn.Module = CosFaceLoss(classes, dim, margin=config.margin_cos, scale=config.scale)
    return loss


def _easy_arcface(config: LossConfig, classes: int, dim: int) -> nn.Module:
    return EasyMarginArcFace(
        classes,
        dim,
        margin_rad=config.angle_rad,
        scale=config.scale,
        focal_gamma=config.focal_gamma,
    )


def _proxy_anchor(config: LossConfig, classes: int, dim: int) -> nn.Module:
    from pytorch_metric_learning.losses import ProxyAnchorLoss

    loss: nn.Module = ProxyAnchorLoss(classes, dim, margin=config.margin_cos, alpha=config.scale)
    return loss


def _ntxent(config: LossConfig, classes: int, dim: int) -> nn.Module:
    from pytorch_metric_learning.losses import NTXentLoss

    loss: nn.Module = NTXentLoss(temperature=config.temperature)
    return loss


def _supcon(config: LossConfig, classes: int, dim: int) -> nn.Module:
    from pytorch_metric_learning.losses import SupConLoss

    loss: nn.Module = SupConLoss(temperature=config.temperature)
    return loss


def _triplet(config: LossConfig, classes: int, dim: int) -> nn.Module:
    from pytorch_metric_learning.losses import TripletMarginLoss

    loss: nn.Module = TripletMarginLoss(margin=config.margin_distance)
    return loss


def _miner(config: LossConfig) -> Any:
    from pytorch_metric_learning.miners import TripletMarginMiner

    return TripletMarginMiner(margin=config.margin_distance, type_of_triplets=config.miner)


_BUILDERS: dict[str, Callable[[LossConfig, int, int], nn.Module]] = {
    "arcface": _arcface,
    "subcenter-arcface": _subcenter_arcface,
    "cosface": _cosface,
    "easy-arcface": _easy_arcface,
    "proxy-anchor": _proxy_anchor,
    "ntxent": _ntxent,
    "supcon": _supcon,
    "triplet": _triplet,
}
