"""Where the time of a run went: reading, decoding, preprocessing, the network, and waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from patentzoo.results import Timings

__all__ = ["Stage", "Stopwatch", "Timings"]

Stage = Literal["read", "decode", "preprocess", "model", "waiting"]
_STAGES: tuple[Stage, ...] = ("read", "decode", "preprocess", "model", "waiting")


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
