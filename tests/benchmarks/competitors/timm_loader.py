"""A plain script: a timm network behind a torch DataLoader, one worker process a core.

As timm's feature extraction and torch's data loading are documented:
https://huggingface.co/docs/timm/feature_extraction and https://pytorch.org/docs/stable/data.html
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from drawing_dataset import loader_of
from plain_network import load_network, read_card, transform_of
from timed_process import run


def load(given: argparse.Namespace) -> Any:
    return load_network(given.folder, given.device), transform_of(read_card(given.folder))


def embed(loaded: Any, files: list[str], given: argparse.Namespace) -> np.ndarray:
    network, transform = loaded
    rows = []
    with torch.inference_mode():
        for batch, _ in loader_of(files, transform, given.batch_size, given.workers):
            rows.append(torch.nn.functional.normalize(network(batch.to(given.device))).cpu())
    return torch.cat(rows).numpy()


if __name__ == "__main__":
    run(load, embed)
