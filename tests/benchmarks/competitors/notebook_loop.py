"""The reference notebook's loop: one image at a time, Pillow and torchvision, eager float32.

Higuchi & Yanai (World Patent Information 74, 2023), the repository L4Clippers/Patent-Image-
Retrieval-Transformer-DML: threshold at 120, Resize, CenterCrop, ToTensor, Normalize, the network.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from PIL import Image
from plain_network import load_network, read_card, transform_of
from timed_process import run


def load(given: argparse.Namespace) -> Any:
    return load_network(given.folder, given.device), transform_of(read_card(given.folder))


def embed(loaded: Any, files: list[str], given: argparse.Namespace) -> np.ndarray:
    network, transform = loaded
    rows = []
    with torch.no_grad():
        for file in files:
            tensor = transform(Image.open(file))[None].to(given.device)
            rows.append(torch.nn.functional.normalize(network(tensor)).cpu().numpy())
    return np.concatenate(rows)


if __name__ == "__main__":
    run(load, embed)
