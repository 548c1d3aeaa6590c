"""open-metric-learning's ``inference`` over its own image dataset.

As documented: https://github.com/OML-Team/open-metric-learning, "Using a trained model for
retrieval": a dataset of paths with a torchvision transform. Its own reader makes every image a
colour one; ``f_imread`` takes another, here one that reads grey and turns what lies.
"""

from __future__ import annotations

import argparse
import logging
import warnings
from io import BytesIO
from typing import Any

import numpy as np
import torch
from PIL import Image
from plain_network import Upright, load_network, read_card, transform_of
from timed_process import run


def read(data: bytes) -> Image.Image:
    return Upright()(Image.open(BytesIO(data)))


def load(given: argparse.Namespace) -> Any:
    return load_network(given.folder, given.device), transform_of(read_card(given.folder))


def embed(loaded: Any, files: list[str], given: argparse.Namespace) -> np.ndarray:
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for CUDA autocast wherever it runs
        from oml.datasets import ImageBaseDataset
        from oml.inference import inference

        network, transform = loaded
        dataset = ImageBaseDataset(paths=files, transform=transform, f_imread=read)
        found = inference(network, dataset, batch_size=given.batch_size, num_workers=given.workers)
    return torch.nn.functional.normalize(found).numpy()


if __name__ == "__main__":
    run(load, embed)
