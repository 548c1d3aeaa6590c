"""A small model of open_clip that is taught words on the spot: its image tower is ImageNet's.

The image tower is an EfficientNet-Lite0 with its authors' weights and stays as it is; a projection
of it and a text tower of one layer learn from title figures and their titles (cf. locked-image
tuning, Zhai et al., CVPR 2022). That takes seconds, and what it finds is worth a look: figures it
has never seen, by words.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional

from patentzoo.models.config import NetworkConfig
from patentzoo.models.networks import build_network
from patentzoo.system.files import sha256_of
from patentzoo.zoo.card import Card
from patentzoo.zoo.open_clip_config import read_open_clip
from patentzoo.zoo.package_weights import LITE0, LITE0_SHA256, network_from_package

WORDS = ("faucet", "chair", "tire", "golf club", "automobile", "shoe", "printer", "television")
MODEL = {
    "embed_dim": 48,
    "vision_cfg": {
        "timm_model_name": "tf_efficientnet_lite0",
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": 128,
    },
    "text_cfg": {
        "context_length": 16,
        "vocab_size": 49408,
        "width": 48,
        "heads": 2,
        "layers": 1,
    },
}
SEEN = {"mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "longest", "fill_color": 255}


@dataclass(frozen=True)
class Taught:
    """A model folder, and the title figures it has not seen: file -> word."""

    folder: Path
    unseen: dict[Path, str]


def figures(data: Path) -> dict[Path, str]:
    """Title figures whose titles hold one of the words."""
    found = {}
    with (data / "title-figures.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            title = row["title"].lower()
            named = [word for word in WORDS if word in title or f"{word}wear" in title]
            file = data / "title-figures" / f"{row['patent']}.png"
            if len(named) == 1 and file.is_file():
                found[file] = named[0]
    return found


def _features(clip: torch.nn.Module, preprocess: Any, files: list[Path]) -> torch.Tensor:
    import cv2

    pages = [preprocess(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)) for file in files]
    batch = torch.from_numpy(np.stack(pages)).repeat(1, 3, 1, 1)
    with torch.inference_mode():
        rows = [clip.visual.trunk((part - 0.5) / 0.5) for part in batch.split(16)]
    return torch.cat(rows).clone()


def teach(data: Path, folder: Path, steps: int = 120) -> Taught:
    """Teach a model half of the figures, and write it as a folder of ours."""
    import open_clip

    torch.manual_seed(0)
    named = figures(data)
    files = sorted(named)
    rng = np.random.default_rng(0)
    held_out = {files[i] for i in rng.permutation(len(files))[: len(files) // 2]}
    seen = [file for file in files if file not in held_out]
    clip = open_clip.CLIP(**MODEL).eval()
    config = NetworkConfig(
        "tf_efficientnet_lite0", 48, channels=3, channel_mean=(0.5,) * 3, channel_std=(0.5,) * 3
    )
    trunk = network_from_package(config, LITE0, LITE0_SHA256).backbone
    clip.visual.trunk.load_state_dict(trunk.state_dict(), strict=True)
    model = read_open_clip({"model_cfg": MODEL, "preprocess_cfg": SEEN}, "test")
    features = _features(clip, model.preprocess, seen)
    tokens = open_clip.SimpleTokenizer(context_length=16)([f"a {named[file]}" for file in seen])
    classes = torch.tensor([WORDS.index(named[file]) for file in seen])
    learned = [clip.visual.head, clip.transformer, clip.token_embedding, clip.ln_final]
    parameters = [p for part in learned for p in part.parameters()]
    optimizer = torch.optim.Adam([*parameters, clip.text_projection], lr=3e-3, weight_decay=1e-4)
    for _ in range(steps):
        pictures = functional.normalize(clip.visual.head(features), dim=1)
        words = clip.encode_text(tokens, normalize=True)
        same = (classes[:, None] == classes[None]).float()
        target = same / same.sum(1, keepdim=True)
        logits = pictures @ words.T / 0.1
        loss = functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return Taught(_written(clip, model, folder), {file: named[file] for file in held_out})


def _written(clip: torch.nn.Module, model: Any, folder: Path) -> Path:
    folder.mkdir(parents=True)
    weights = folder / "open_clip_model.safetensors"
    save_file({k: v.contiguous() for k, v in clip.state_dict().items()}, weights)
    card = Card.from_dict(
        {
            "name": "taught-words",
            "summary": "A test.",
            "dim": MODEL["embed_dim"],
            "licence": "Apache-2.0",
            "weights": {
                "file": weights.name,
                "sha256": sha256_of(weights),
                "size_bytes": weights.stat().st_size,
                "layout": "open_clip",
            },
            "network": NetworkConfig.from_dict(dict(model.network)).to_dict(),
            "preprocess": model.preprocess.to_dict(),
        }
    )
    build_network(NetworkConfig.from_dict(dict(card.network)))
    (folder / "card.toml").write_text(card.to_toml(), encoding="utf-8")
    return folder
