"""Class centres from embeddings (weight imprinting, Qi et al., CVPR 2018).

With ten thousand classes of which a batch shows forty, centres that start at random are learned
long after the network; imprinted ones make every class a useful negative from the first step.
"""

from __future__ import annotations

import logging

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from patentzoo.models.networks import EmbeddingNetwork
from patentzoo.train.batch_sources import Batches
from patentzoo.train.config import LoopConfig
from patentzoo.train.dataset import Batch
from patentzoo.train.losses import NamedLoss, RetrievalLoss

log = logging.getLogger(__name__)

CENTRE_NORM = 10.0
"""Length of the centres: ArcFace ignores it, but it sets how far an optimiser step turns them."""
_CLASSES_AT_ONCE = 32


class ClassSweep(Dataset[Batch]):
    """Every class of a training set once, in order, a few at a time."""

    def __init__(self, data: Batches) -> None:
        self.data, self.count = data, data.class_count

    def __len__(self) -> int:
        return -(-self.count // _CLASSES_AT_ONCE)

    def __getitem__(self, item: int) -> Batch:
        start = item * _CLASSES_AT_ONCE
        numbers = range(start, min(start + _CLASSES_AT_ONCE, self.count))
        return self.data.draw_classes(numbers, np.random.default_rng([self.data.seed, item, 1]))


@torch.no_grad()
def imprint(
    network: EmbeddingNetwork, loss: RetrievalLoss | NamedLoss, data: Batches, loop: LoopConfig
) -> torch.Tensor:
    """Set ArcFace's centres to the normalised mean embedding of a few figures of each class.

    Args:
        network: As trained so far.
        loss: Its centres are overwritten.
        data: The classes.
        loop: Worker processes and precision.

    Returns:
        The centres: float32 (classes, dim) on the CPU.
    """
    network.eval()
    device = next(network.parameters()).device
    sums = torch.zeros(0, 0, device=device)  # (dim, classes)
    loader: DataLoader[Batch] = DataLoader(
        ClassSweep(data.with_views(loop.imprint_views or loop.views)),
        batch_size=None,
        num_workers=loop.workers,
    )
    for images, labels in loader:
        with torch.autocast(device.type, torch.bfloat16, enabled=loop.precision == "bf16"):
            embeddings = network(images.to(device).contiguous(memory_format=torch.channels_last))
        if not len(sums):
            sums = torch.zeros(embeddings.shape[1], data.class_count, device=device)
        rows = functional.normalize(embeddings.float(), dim=1)
        sums.index_add_(1, labels.to(device), rows.T)
    centres = functional.normalize(sums, dim=0).T
    loss.set_centres(centres * CENTRE_NORM)
    log.info("centres of %d classes imprinted", len(centres))
    return centres.cpu()
