"""A model folder's network and preprocessing in timm, torch and torchvision alone.

What a user who has the weights and reads the card would write; nothing of patentzoo is imported.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import timm
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file
from torch import nn
from torchvision import transforms


def read_card(folder: Path) -> dict[str, Any]:
    """``card.toml`` as a dict."""
    return tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))


class PlainGeM(nn.Module):
    """The p-th root of the mean of p-th powers; ``p`` is stored with the weights, or 3."""

    def __init__(self, stored: bool) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.tensor([3.0])) if stored else 3.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.clamp(min=1e-6).pow(self.p).mean((2, 3)).pow(1.0 / self.p)


class PlainNetwork(nn.Module):
    """float32 (B, 1, S, S) -> (B, dim), not normalised."""

    def __init__(self, card: dict[str, Any]) -> None:
        super().__init__()
        network = card["network"]
        self.fold = int(network["fold"])
        own_pooling = network["pooling"] == "backbone"
        self.backbone = timm.create_model(
            network["backbone"],
            in_chans=self.fold**2,
            num_classes=0,
            **network["backbone_args"],
            **({} if own_pooling else {"global_pool": ""}),
        )
        self.pooling: nn.Module = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        if own_pooling:
            self.pooling = nn.Identity()
        if network["pooling"] == "gem":
            self.pooling = PlainGeM(stored=True)
        width, dim = self.backbone.num_features, int(network["dim"])
        self.seen: list[torch.Tensor] = []
        self.pool_earlier = PlainGeM(stored=False)
        for level in network.get("levels", ()):
            stage = self.backbone.blocks[level]
            width += [each for each in stage.modules() if isinstance(each, nn.Conv2d)][
                -1
            ].out_channels
            stage.register_forward_hook(lambda _, __, out: self.seen.append(out))
        self.head: nn.Module = nn.Linear(width, dim)
        if network["head"] == "reference":
            self.head = nn.Sequential(
                nn.Flatten(),
                nn.BatchNorm1d(width),
                nn.Dropout(0.5),
                nn.Linear(width, dim),
                nn.BatchNorm1d(dim),
                nn.PReLU(),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.fold > 1:
            x = nn.functional.pixel_unshuffle(x, self.fold)
        self.seen.clear()
        last = self.pooling(self.backbone(x))
        return self.head(torch.cat([last, *map(self.pool_earlier, self.seen)], dim=1))


def load_network(folder: Path, device: str) -> PlainNetwork:
    """The network with the folder's weights, in eval mode."""
    network = PlainNetwork(read_card(folder))
    stored = load_file(folder / "model.safetensors")
    state = {key: t.float() if t.is_floating_point() else t for key, t in stored.items()}
    network.load_state_dict(state)
    return network.eval().to(device)


class Upright:
    """PIL image -> grey, turned as its tag says: USPTO stores landscape sheets lying."""

    def __call__(self, image: Image.Image) -> Image.Image:
        tags = getattr(image, "tag_v2", {})
        lies = str(tags.get(270, "")).endswith(";L")
        grey = image.convert("L")
        return grey.transpose(Image.Transpose.ROTATE_270) if lies else grey


class PaddedInk:
    """Grey PIL image -> cut to its ink, fitted into a square; resized by OpenCV as in training."""

    def __init__(self, size_px: int, margin: float) -> None:
        self.size_px = size_px
        self.inner = round(size_px * (1 - 2 * margin))

    def __call__(self, image: Image.Image) -> Image.Image:
        inked = np.asarray(image.crop(ImageOps.invert(image).getbbox()))
        scale = self.inner / max(inked.shape)
        height, width = (max(1, round(side * scale)) for side in inked.shape)
        shrinks = height * width < inked.size
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        small = Image.fromarray(cv2.resize(inked, (width, height), interpolation=method))
        square = Image.new("L", (self.size_px, self.size_px), 255)
        square.paste(small, ((self.size_px - width) // 2, (self.size_px - height) // 2))
        return square


class Thresholded:
    """PIL image -> black and white at a grey level, as the reference notebook does with OpenCV."""

    def __init__(self, level: int) -> None:
        self.level = level

    def __call__(self, image: Image.Image) -> Image.Image:
        return image.point(lambda value: 255 if value > self.level else 0)


class Inverted:
    """Tensor in [0, 1]: ink becomes 1, paper 0."""

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        return 1.0 - tensor


def transform_of(card: dict[str, Any]) -> transforms.Compose:
    """The card's preprocessing as torchvision transforms: PIL image -> float32 (1, S, S)."""
    step = card["preprocess"]
    if step["ink_gain"]:
        raise SystemExit("ink_gain has no counterpart in torchvision; measure another model.")
    size_px = int(step["size_px"])
    steps: list[Any] = [Upright()]
    if step.get("binarize") is not None:
        steps.append(Thresholded(int(step["binarize"])))
    if step["fit"] == "pad":
        steps.append(PaddedInk(size_px, float(step["margin"])))
    else:
        steps += [transforms.Resize(size_px), transforms.CenterCrop(size_px)]
    steps.append(transforms.ToTensor())
    if step["ink_positive"]:
        steps.append(Inverted())
    steps.append(transforms.Normalize([float(step["mean"])], [float(step["std"])]))
    return transforms.Compose(steps)
