"""pytorch-metric-learning's InferenceModel, fed by a DataLoader.

As documented: https://kevinmusgrave.github.io/pytorch-metric-learning/inference_models/
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from drawing_dataset import loader_of
from plain_network import load_network, read_card, transform_of
from pytorch_metric_learning.utils.inference import InferenceModel
from timed_process import run


def load(given: argparse.Namespace) -> Any:
    network = load_network(given.folder, given.device)
    model = InferenceModel(
        trunk=network, normalize_embeddings=True, data_device=torch.device(given.device)
    )
    return model, transform_of(read_card(given.folder))


def embed(loaded: Any, files: list[str], given: argparse.Namespace) -> np.ndarray:
    model, transform = loaded
    batches = loader_of(files, transform, given.batch_size, given.workers)
    return torch.cat([model.get_embeddings(batch).cpu() for batch, _ in batches]).numpy()


if __name__ == "__main__":
    run(load, embed)
