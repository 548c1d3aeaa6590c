"""The reference's ArcFace with the easy margin, and its focal loss.

Higuchi & Yanai, World Patent Information 74 (2023), train with the widespread PyTorch rendering
of ArcFace (Deng et al., CVPR 2019) whose ``easy_margin`` leaves a cosine as it is where it is not
positive, inside a focal loss (Lin et al., ICCV 2017) that is applied to the mean cross-entropy of
the batch rather than to each example.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional


class EasyMarginArcFace(nn.Module):
    """Softmax over scaled cosines to learned centres, the right one's angle enlarged.

    The cosine of the right class becomes ``cos(angle + margin)`` where it is positive and stays
    ``cos(angle)`` elsewhere; all are multiplied by ``scale``.

    Args:
        classes: Number of classes.
        dim: Length of an embedding.
        margin_rad: Added to the angle to the right centre, in radians.
        scale: Factor on the cosines.
        focal_gamma: Exponent of the focal factor ``(1 - exp(-ce)) ** gamma`` on the batch's mean
            cross-entropy ``ce``; 0 leaves the cross-entropy as it is.
    """

    def __init__(
        self,
        classes: int,
        dim: int,
        *,
        margin_rad: float = 0.5,
        scale: float = 30.0,
        focal_gamma: float = 0.0,
    ) -> None:
        super().__init__()
        self.margin_rad, self.scale, self.focal_gamma = margin_rad, scale, focal_gamma
        self.weight = nn.Parameter(torch.empty(classes, dim))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The loss of a batch.

        Args:
            embeddings: float (B, dim), any length.
            labels: int64 (B,), below ``classes``.

        Returns:
            A scalar.
        """
        weight = self.weight.to(embeddings.dtype)
        cosines = functional.linear(functional.normalize(embeddings), functional.normalize(weight))
        right = cosines.gather(1, labels[:, None])
        # The root of zero has no finite slope: an embedding on its centre would end the run.
        sine = (1.0 - right**2).clamp(min=1e-12).sqrt()
        moved = right * math.cos(self.margin_rad) - sine * math.sin(self.margin_rad)
        moved = torch.where(right > 0, moved, right)
        logits = cosines.scatter(1, labels[:, None], moved) * self.scale
        return focal(functional.cross_entropy(logits, labels), self.focal_gamma)


def focal(cross_entropy: torch.Tensor, gamma: float) -> torch.Tensor:
    """``(1 - exp(-ce)) ** gamma * ce`` of a mean cross-entropy: the reference's focal loss.

    Args:
        cross_entropy: A scalar, the batch's mean.
        gamma: 0 gives the cross-entropy back.
    """
    if not gamma:
        return cross_entropy
    return (1.0 - torch.exp(-cross_entropy)) ** gamma * cross_entropy
