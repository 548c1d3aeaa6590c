"""The reference network, written down plainly for timm 0.6.13; run as a program of its own.

    python reference_network.py FOLDER

makes a network with random weights, saves its state dict under DataParallel as the notebook of
Higuchi & Yanai (2023) does, and what it makes of the images in ``FOLDER/images.pt``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import timm
import torch
from torch import nn


class Reference(nn.Module):
    """SwinV2-B, flattened, normed, projected to 512, normed, PReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = timm.create_model(
            "swinv2_base_window12to24_192to384_22kft1k", in_chans=1, num_classes=0
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.BatchNorm1d(1024),
            nn.Dropout(0.5),
            nn.Linear(1024, 512),
            nn.BatchNorm1d(512),
            nn.PReLU(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.backbone(x))


def main(folder: Path) -> None:
    assert timm.__version__ == "0.6.13"
    torch.manual_seed(0)
    network = Reference()
    with torch.no_grad():
        # Statistics as after training: at their first values, the norms would do nothing.
        for norm in (network.head[1], network.head[4]):
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.uniform_(0.5, 2)
            norm.weight.uniform_(0.5, 2)
            norm.bias.normal_(0, 0.3)
        for parameter in network.backbone.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.05)
    network.eval()
    # Under DataParallel, every name begins with "module.".
    torch.save(nn.DataParallel(network).state_dict(), folder / "swin-arcface-test_epoch19.pth")
    images = torch.load(folder / "images.pt", weights_only=True)
    with torch.inference_mode():
        torch.save(network(images), folder / "vectors.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
