"""Where the time of a run went: reading, decoding, preprocessing, the network, and waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Stage = Literal["read", "decode", "preprocess", "model", "waiting"]
_STAGES: tuple[Stage, ...] = ("read", "decode", "preprocess", "model", "waiting")


@dataclass(frozen=True)
class Timings:
    """The split of a run's time, in seconds.

    Attributes:
        read: Reading and hashing, added up over the workers.
        decode: Decoding to grey, turning upright and splitting into figures, added up likewise.
        preprocess: From grey page to the network's input, added up likewise.
        model: In the network.
        waiting: The network had no batch. On a CPU the cores decode meanwhile; on a GPU this is
            what more workers can save.
        total: From the first image to the last, as a clock on the wall shows it.
        images: Pages and figures that became vectors.
        workers: Threads or processes that read.
        cores: Free to this process.
    """

    read: float
    decode: float
    preprocess: float
    model: float
    waiting: float
    total: float
    images: int
    workers: int
    cores: int

    @property
    def images_per_second(self) -> float:
        """0 where there were none."""
        return self.images / self.total if self.total > 0 else 0.0

    def __str__(self) -> str:
        plural = "s" if self.workers > 1 else ""
        return (
            f"{self.images:,} images in {self.total:.1f} s ({self.images_per_second:.1f}/s, "
            f"{self.workers} worker{plural} on {self.cores} cores): read {self.read:.1f} s, "
            f"decode {self.decode:.1f} s, preprocess {self.preprocess:.1f} s, "
            f"model {self.model:.1f} s, model without a batch {self.waiting:.1f} s"
        )


class Stopwatch:
    """Adds up seconds by stage, from any thread."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._seconds = dict.fromkeys(_STAGES, 0.0)
        self._lock = threading.Lock()

    @contextmanager
    def during(self, stage: Stage) -> Iterator[None]:
        """Count the block's time."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add({stage: time.perf_counter() - begun})

    def add(self, seconds: dict[Stage, float]) -> None:
        """Count time that was measured elsewhere."""
        with self._lock:
            for stage, taken in seconds.items():
                self._seconds[stage] += taken

    def taken(self) -> dict[Stage, float]:
        """What was counted since the last call, to be counted elsewhere."""
        with self._lock:
            seconds, self._seconds = self._seconds, dict.fromkeys(_STAGES, 0.0)
        return seconds

    def timings(self, images: int, workers: int, cores: int) -> Timings:
        """The split until now."""
        with self._lock:
            found = self._seconds
            return Timings(
                read=found["read"],
                decode=found["decode"],
                preprocess=found["preprocess"],
                model=found["model"],
                waiting=found["waiting"],
                total=time.perf_counter() - self._begun,
                images=images,
                workers=workers,
                cores=cores,
            )
