"""Training images: synthetic views redrawn in the epoch's styles, real figures distorted."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import IterableDataset, get_worker_info

from patentzoo.data.linedraw.dataset import DrawingSet, render_shards
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.data.linedraw.style import Style
from patentzoo.errors import BlankImageError, ConfigError
from patentzoo.models.preprocess import Preprocess
from patentzoo.train.augment import distort_real, distort_synthetic
from patentzoo.train.degrade import degraded
from patentzoo.train.neighbours import nearest_classes, with_neighbours
from patentzoo.train.real_figures import RealFigures
from patentzoo.train.settings import DataConfig, LoopConfig

Batch = tuple[torch.Tensor, torch.Tensor]


class DrawingBatches(IterableDataset[Batch]):
    """An endless stream of batches: ``classes`` patents, ``views`` figures of each.

    Batch b of a seed is always the same, whichever worker makes it.

    Args:
        data: What to draw.
        loop: Batch shape.
        preprocess: The model's own.
        seed: Of the run.
        start: Number of the first batch (a resumed run goes on behind its last).
        share: ``(rank, processes)``: iterating gives this process's part of the images, and all
            labels. Every process draws the whole batch, as chance runs through it.
    """

    steps_per_epoch = 0
    """Drawings never end."""

    def __init__(
        self,
        data: DataConfig,
        loop: LoopConfig,
        preprocess: Preprocess,
        seed: int,
        start: int = 0,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.data, self.loop, self.preprocess = data, loop, preprocess
        self.seed, self.start, self.share = seed, start, share
        self.nearest: npt.NDArray[np.int32] | None = None
        self.neighbours = 0
        self.shards = [render_shards(source, data.shards) for source in data.solids]

    @cached_property
    def drawings(self) -> DrawingSet:
        """Synthetic classes, loaded on first use in each process."""
        return DrawingSet([path for paths in self.shards for path in paths])

    @cached_property
    def chances(self) -> npt.NDArray[np.float64]:
        """Chance of each synthetic class, by the weight of its source."""
        weight = [
            source.weight
            for source, paths in zip(self.data.solids, self.shards, strict=True)
            for _ in paths
        ]
        of_class = np.array([weight[views[0][0]] for views in self.drawings.classes], np.float64)
        shares: npt.NDArray[np.float64] = of_class / of_class.sum()
        return shares

    @cached_property
    def figures(self) -> RealFigures | None:
        """Real classes, if the recipe names a folder."""
        return RealFigures(self.data.figures, self.data.exclude) if self.data.figures else None

    @property
    def class_count(self) -> int:
        """Synthetic classes first, real ones behind them."""
        drawn, real = len(self.drawings), len(self.figures) if self.figures else 0
        wanted = self._real_classes
        if drawn < self.loop.classes - wanted or real < wanted:
            raise ConfigError(
                f"{drawn} solids and {real} real figures are too few for batches of "
                f"{self.loop.classes - wanted} and {wanted}. Lower loop.classes or add data."
            )
        return drawn + real

    @property
    def _real_classes(self) -> int:
        """Classes of each batch that are real figures."""
        return round(self.loop.classes * self.data.figures_share) if self.data.figures else 0

    def __getstate__(self) -> dict[str, Any]:
        """What a spawned worker gets: not the drawings, which it loads itself."""
        cached = {"drawings", "chances", "figures"}
        return {key: value for key, value in self.__dict__.items() if key not in cached}

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        number = self.start + first
        while True:
            images, labels = self.batch(number)
            yield images[own_rows(len(labels), self.share)], labels
            number += step

    def sample_classes(self, rng: np.random.Generator, count: int) -> list[int]:
        """Numbers of ``count`` synthetic classes, by their chances, and of all real ones."""
        drawn = min(count, int((self.chances > 0).sum()))
        numbers = rng.choice(len(self.drawings), drawn, replace=False, p=self.chances).tolist()
        return [*numbers, *range(len(self.drawings), self.class_count)]

    def set_neighbours(self, centres: torch.Tensor, each: int) -> None:
        """Let ``each`` classes that look like it come with every synthetic class of a batch.

        Args:
            centres: float (class_count, dim) of all classes.
            each: 0 leaves classes to chance.
        """
        self.neighbours = each
        self.nearest = nearest_classes(centres[: len(self.drawings)]) if each else None

    def with_views(self, views: int) -> DrawingBatches:
        """The same drawings, another number of views a class."""
        same = copy.copy(self)  # with what was loaded: shards are gigabytes
        same.loop = dataclasses.replace(self.loop, views=views)
        same.start, same.share, same.nearest = 0, (0, 1), None
        return same

    def batch(self, number: int) -> Batch:
        """Batch ``number``: float32 (classes * views, 1, S, S) and int64 labels."""
        rng = np.random.default_rng([self.seed, number])
        real = self._real_classes
        count = self.loop.classes - real
        made = rng.choice(len(self.drawings), count, replace=False, p=self.chances)
        numbers = made.tolist()
        if self.nearest is not None:
            numbers = with_neighbours(made, self.nearest, self.neighbours, count, rng)
        if self.figures:
            picked = rng.choice(len(self.figures), real, replace=False, p=self.figures.chances)
            numbers += (picked + len(self.drawings)).tolist()
        return self.draw_classes(numbers, rng)

    def draw_classes(self, numbers: Sequence[int], rng: np.random.Generator) -> Batch:
        """``views`` figures of each class named: (n * views, 1, S, S) float32 and int64 labels."""
        styles = [random_style(rng) for _ in range(self.data.styles)]
        images: list[npt.NDArray[np.float32]] = []
        for order, number in enumerate(numbers):
            if number < len(self.drawings):
                images += self._synthetic(number, styles[order % len(styles)], rng)
            else:
                images += self._real(number - len(self.drawings), rng)
        labels = torch.tensor(numbers).repeat_interleave(self.loop.views)
        return torch.from_numpy(np.stack(images)), labels

    def _synthetic(
        self, number: int, style: Style, rng: np.random.Generator
    ) -> list[npt.NDArray[np.float32]]:
        views = self.drawings.classes[number]
        chosen = rng.choice(len(views), self.loop.views, replace=len(views) < self.loop.views)
        images = []
        for which in chosen.tolist():
            size = int(rng.integers(320, 720))
            grey = draw(self.drawings.view(views[which]), style, rng, size_px=size)
            images.append(self._input(grey, self._degraded(distort_synthetic(grey, rng), rng)))
        return images

    def _real(self, number: int, rng: np.random.Generator) -> list[npt.NDArray[np.float32]]:
        assert self.figures is not None
        views = self.figures.classes[number]
        distort = distort_real if len(views) == 1 else distort_synthetic
        order = rng.permutation(len(views)).tolist()
        chosen = [views[order[turn % len(order)]] for turn in range(self.loop.views)]
        return [self._input(view, self._degraded(distort(view, rng), rng)) for view in chosen]

    def _degraded(
        self, grey: npt.NDArray[np.uint8], rng: np.random.Generator
    ) -> npt.NDArray[np.uint8]:
        share = self.data.degraded_share
        return degraded(grey, rng) if share and rng.random() < share else grey

    def _input(
        self, plain: npt.NDArray[np.uint8], distorted: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        """The distorted drawing, or the plain one if distortion took all its ink."""
        try:
            return self.preprocess(distorted)
        except BlankImageError:
            return self.preprocess(plain)


def own_rows(rows: int, share: tuple[int, int]) -> slice:
    """The part of ``rows`` that belongs to process ``share = (rank, processes)``.

    Raises:
        ConfigError: They cannot be shared evenly.
    """
    rank, processes = share
    if rows % processes:
        raise ConfigError(
            f"A batch of {rows} pictures cannot be shared evenly by {processes} processes. "
            "Change loop.classes or loop.views."
        )
    return slice(rank * rows // processes, (rank + 1) * rows // processes)
