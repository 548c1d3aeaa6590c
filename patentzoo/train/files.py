"""Batches of pictures that are read: DeepPatent, folders, tables, grants, unlabelled folders."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import IterableDataset, get_worker_info

from patentzoo.data import records
from patentzoo.data.deeppatent import DeepPatent
from patentzoo.data.records import RecordList
from patentzoo.errors import ConfigError, ImageError, TrainingError
from patentzoo.models.preprocess import Preprocess
from patentzoo.train.dataset import Batch, own_rows
from patentzoo.train.pictures import Tensor, augmented
from patentzoo.train.settings import DataConfig, LoopConfig

log = logging.getLogger(__name__)


def records_of(data: DataConfig) -> RecordList:
    """The pictures a recipe trains on, in a fixed order, without those it excludes or holds out.

    Raises:
        ImageNotFoundError: They, or some of them, are not there.
        ConfigError: A faulty list, patents in two splits, or an excluded patent among them.
    """
    return records.hold_out(_all_records(data), data.held_out)[0]


def held_out_records(data: DataConfig) -> RecordList:
    """The pictures a recipe keeps back to measure on: ``data.held_out`` of the patents.

    Raises:
        PatentZooError: As :func:`records_of`.
    """
    return records.hold_out(_all_records(data), data.held_out)[1]


def _all_records(data: DataConfig) -> RecordList:
    if data.kind == "deeppatent":
        found = DeepPatent(data.root, data.lists or None).check().get("train")
        if found is None:
            raise ConfigError(f"{data.lists or data.root} holds no list of training pictures.")
    elif data.kind == "csv":
        found = records.read_csv(data.table, data.root)
    elif data.kind == "uspto-sample":
        found = records.read_uspto_sample(data.root)
    else:
        found = records.read_folder(data.root, labelled=data.kind == "folder")
    if data.missing == "raise":
        found = found.complete()
    elif found.missing:
        log.warning("%s: %d listed pictures are missing", found.name, len(found.missing))
    if excluded := found.patents & set(data.exclude):
        raise ConfigError(f"{min(excluded)} is of an evaluation: it must not be trained on.")
    return found


class FileBatches(IterableDataset[Batch]):
    """An endless stream of batches of pictures; batch b of a seed is always the same.

    Args:
        data: Which pictures, how drawn, how changed.
        loop: Batch shape.
        preprocess: The model's own.
        seed: Of the run and stage.
        start: Number of the first batch.
        share: ``(rank, processes)``: the part of each batch whose pictures are read here.
    """

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
        found = records_of(data)
        self.missing = found.missing
        self.files = [str(record.file) for record in found]
        _, numbers = np.unique([record.patent for record in found], return_inverse=True)
        single = data.sampler == "two-views"
        self.labels = np.arange(len(self.files)) if single else np.asarray(numbers, np.int64)
        self._check_enough()

    def _check_enough(self) -> None:
        wanted = self.loop.classes
        if self.data.sampler != "shuffle" and self.class_count < wanted:
            raise ConfigError(
                f"{self.class_count} classes under {self.data.root} are too few for batches of "
                f"{wanted}. Lower loop.classes or add data."
            )

    @property
    def class_count(self) -> int:
        """Patents; pictures, where every one is its own class."""
        return int(self.labels.max()) + 1 if len(self.labels) else 0

    @property
    def rows(self) -> int:
        """Pictures in a whole batch."""
        return self.loop.classes * self.loop.views

    @property
    def steps_per_epoch(self) -> int:
        """Batches in which every picture comes about once; the last may be smaller."""
        if self.data.sampler == "two-views":
            return len(self.files) // self.loop.classes
        if self.data.sampler == "m-per-class":
            return max(1, len(self.files) // self.rows)
        whole, rest = divmod(len(self.files), self.rows)
        return whole + (rest - rest % self.share[1] > 1)

    @cached_property
    def of_class(self) -> list[npt.NDArray[np.int64]]:
        """Numbers of the pictures of each class."""
        order = np.argsort(self.labels, kind="stable")
        ends = np.cumsum(np.bincount(self.labels))
        return [np.asarray(part, np.int64) for part in np.split(order, ends[:-1])]

    def __getstate__(self) -> dict[str, Any]:
        """What a spawned worker gets: nothing that it can make itself."""
        return {key: value for key, value in self.__dict__.items() if key != "of_class"}

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        number = self.start + first
        while True:
            yield self.batch(number)
            number += step

    def batch(self, number: int) -> Batch:
        """This process's pictures of batch ``number`` (n, 1, S, S), and all its labels (N,)."""
        epoch, at = divmod(number, self.steps_per_epoch)
        rows = self.order(epoch)[at * self.rows : (at + 1) * self.rows]
        rows = rows[: len(rows) - len(rows) % self.share[1]]
        own = own_rows(len(rows), self.share)
        first = at * self.rows
        images = [
            self._picture(int(rows[i]), np.random.default_rng([self.seed, epoch, first + i]))
            for i in range(own.start, own.stop)
        ]
        return torch.from_numpy(np.stack(images)), torch.from_numpy(self.labels[rows])

    def order(self, epoch: int) -> npt.NDArray[np.int64]:
        """Numbers of the pictures in the order an epoch shows them."""
        return _order(self, epoch)

    def draw_classes(self, numbers: Sequence[int], rng: np.random.Generator) -> Batch:
        """``views`` pictures of each class named: (n * views, 1, S, S) float32 and int64 labels."""
        images = []
        for number in numbers:
            pictures = self.of_class[number]
            turns = rng.permutation(pictures)
            images += [self._picture(int(turns[i % len(turns)]), rng) for i in range(self._views)]
        labels = torch.tensor(list(numbers)).repeat_interleave(self._views)
        return torch.from_numpy(np.stack(images)), labels

    @property
    def _views(self) -> int:
        return max(2, self.loop.views)

    def sample_classes(self, rng: np.random.Generator, count: int) -> list[int]:
        """Numbers of ``count`` classes, each as likely as another."""
        drawn = min(count, self.class_count)
        return sorted(rng.choice(self.class_count, drawn, replace=False).tolist())

    def with_views(self, views: int) -> FileBatches:
        """The same pictures, another number of views a class."""
        loop = dataclasses.replace(self.loop, views=views)
        return FileBatches(self.data, loop, self.preprocess, self.seed)

    def _picture(self, number: int, rng: np.random.Generator) -> Tensor:
        """One picture, changed; where broken ones are reported, another of its class instead."""
        tried = [number, *(int(i) for i in self.of_class[self.labels[number]] if i != number)]
        for each in tried:
            try:
                grey = read_grey(self.files[each])
                return augmented(self.data.augment, grey, self.preprocess, rng)
            except ImageError as error:
                if self.data.missing == "raise":
                    raise TrainingError(
                        f"{self.files[each]} cannot be trained on: {error} Repair it, take it out "
                        "of the list, or set data.missing = 'report'."
                    ) from error
                log.warning("%s left out: %s", self.files[each], error)
        raise TrainingError(f"None of the pictures beside {self.files[number]} can be read.")


def read_grey(path: str | Path) -> npt.NDArray[np.uint8]:
    """The first page of a picture, upright: uint8 (H, W).

    Raises:
        ImageError: It cannot be read.
    """
    from patentzoo.options import ReadOptions
    from patentzoo.sources import iter_sources

    source = next(iter(iter_sources(Path(path), ReadOptions(figures="whole"))))
    return source.read()[0].grey


@lru_cache(maxsize=2)
def _order(batches: FileBatches, epoch: int) -> npt.NDArray[np.int64]:
    rng = np.random.default_rng([batches.seed, epoch])
    if batches.data.sampler == "shuffle":
        return rng.permutation(len(batches.files))
    if batches.data.sampler == "two-views":
        return np.repeat(rng.permutation(len(batches.files)), batches.loop.views)
    return _m_per_class(batches, rng)


def _m_per_class(batches: FileBatches, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """pytorch-metric-learning's MPerClassSampler, with chance of our own."""
    from pytorch_metric_learning.samplers import MPerClassSampler
    from pytorch_metric_learning.utils import common_functions

    before = common_functions.NUMPY_RANDOM
    common_functions.NUMPY_RANDOM = rng
    try:
        length = max(batches.rows, len(batches.files))
        sampler = MPerClassSampler(batches.labels, batches.loop.views, batches.rows, length)
        return np.fromiter(sampler, np.int64)
    finally:
        common_functions.NUMPY_RANDOM = before
