"""Where batches come from: drawn solids, or pictures that are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch.utils.data import DataLoader

from patentzoo.models.preprocess import Preprocess
from patentzoo.train.dataset import Batch, DrawingBatches
from patentzoo.train.settings import DataConfig, LoopConfig

if TYPE_CHECKING:
    import numpy as np


class Batches(Protocol):
    """An endless stream of batches, of which number n is always the same."""

    seed: int
    start: int
    preprocess: Preprocess

    @property
    def steps_per_epoch(self) -> int:
        """Batches in which every picture comes about once; 0 where there is no end."""

    @property
    def class_count(self) -> int:
        """Classes there are; labels lie below it."""

    def batch(self, number: int) -> Batch:
        """Batch ``number``: float32 (n, 1, S, S) and int64 labels (n,)."""

    def draw_classes(self, numbers: Sequence[int], rng: np.random.Generator) -> Batch:
        """``views`` pictures of each class named."""

    def sample_classes(self, rng: np.random.Generator, count: int) -> list[int]:
        """Numbers of ``count`` classes to learn a statistic from."""

    def with_views(self, views: int) -> Batches:
        """The same pictures, another number of views a class."""


def make_batches(
    data: DataConfig,
    loop: LoopConfig,
    preprocess: Preprocess,
    seed: int,
    share: tuple[int, int] = (0, 1),
) -> Batches:
    """The batches a recipe asks for.

    Args:
        data: What to show.
        loop: How many classes and views a batch.
        preprocess: The model's own.
        seed: Of the run and stage.
        share: ``(rank, processes)``.

    Raises:
        ConfigError: The data are not there, or too few.
    """
    if data.kind == "synthetic":
        return DrawingBatches(data, loop, preprocess, seed, share=share)
    from patentzoo.train.files import FileBatches

    return FileBatches(data, loop, preprocess, seed, share=share)


def load(batches: Batches, workers: int) -> Iterator[Batch]:
    """Batches in order; each worker makes every workers-th batch."""
    loader: DataLoader[Batch] = DataLoader(
        batches,  # type: ignore[arg-type]  # an IterableDataset, each of them
        batch_size=None,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=torch.cuda.is_available(),
    )
    return iter(loader)
