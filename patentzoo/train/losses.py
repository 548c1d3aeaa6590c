"""Losses by name from pytorch-metric-learning, with margins in stated units."""

from __future__ import annotations

import torch
from torch import nn

from patentzoo.train.config import LossConfig


class RetrievalLoss(nn.Module):
    """ArcFace over all classes plus supervised contrast within the batch.

    ArcFace: Deng et al., CVPR 2019. SupCon: Khosla et al., NeurIPS 2020. Both as implemented by
    pytorch-metric-learning, whose ArcFace margin is in degrees.
    """

    def __init__(self, config: LossConfig, classes: int, dim: int) -> None:
        super().__init__()
        from pytorch_metric_learning.losses import ArcFaceLoss, SupConLoss

        self.config = config
        self.arcface = ArcFaceLoss(classes, dim, margin=config.margin_deg, scale=config.scale)
        self.contrast = SupConLoss(temperature=config.temperature)

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
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
