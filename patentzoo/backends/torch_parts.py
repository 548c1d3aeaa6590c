"""Batches through torch in parts, each on one thread, where that is the faster way.

torch's threads meet at the end of every layer, and the slowest, which may share its core with a
thread that decodes, keeps the others waiting. Parts of a batch that pass beside one another meet
once a batch. Which way is faster is a matter of network and chip, so it is tried once on a batch of
the run's own, and kept in the cache.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.errors import OutputError
from patentzoo.models.backend import FloatArray
from patentzoo.system.files import write_text

logger = logging.getLogger(__name__)

ROUNDS = 2
"""How often each way is tried; the faster run of each counts."""

LEAST_PART = 2
"""Pages a thread, from which a batch is worth a trial, or parts."""

FILE = "torch-threads.json"

Rows = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Outcomes:
    """What trials found, in a file of the cache.

    Attributes:
        file: JSON, from a key to seconds over seconds: whole batches over parts.
        key: Model, backend, version and chip.
    """

    file: Path
    key: str

    def of(self, threads: int) -> float | None:
        """The ratio that was found with so many threads; None where none was."""
        found = self._read().get(self._named(threads))
        return float(found) if isinstance(found, int | float) else None

    def keep(self, threads: int, ratio: float) -> None:
        """Write a ratio down; where that cannot be, the next process tries again."""
        found = self._read() | {self._named(threads): round(ratio, 3)}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_text(self.file, json.dumps(found, indent=2, sort_keys=True) + "\n")
        except (OSError, OutputError) as error:
            logger.info("%s", error)

    def _named(self, threads: int) -> str:
        return f"{self.key} {threads} threads"

    def _read(self) -> dict[str, Any]:
        try:
            read = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}


class Parts:
    """Runs batches whole or in parts, whichever is faster here.

    Args:
        outcomes: Where it stands what was found before.
    """

    def __init__(self, outcomes: Outcomes) -> None:
        self.outcomes = outcomes
        self._lock = threading.Lock()
        self._ratios: dict[int, float] = {}
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def __call__(self, rows: Rows, batch: FloatArray, threads: int) -> FloatArray:
        """Embed a batch.

        Args:
            rows: The network on torch's usual threads, or on those of whichever thread calls it.
            batch: float32 (B, 1, S, S).
            threads: torch's.
        """
        if threads < 2 or len(batch) < LEAST_PART * threads:
            return rows(batch)
        with self._lock:  # others wait for the end of a trial, which they would disturb
            ratio = self._known(threads)
            if ratio is None:
                return self._tried(rows, batch, threads)
        return self._in_parts(rows, batch, threads) if ratio > 1 else rows(batch)

    def _known(self, threads: int) -> float | None:
        if threads not in self._ratios:
            found = self.outcomes.of(threads)
            if found is not None:
                self._ratios[threads] = found
        return self._ratios.get(threads)

    def _tried(self, rows: Rows, batch: FloatArray, threads: int) -> FloatArray:
        """Both ways in turn; the first run of each, off the clock, makes torch ready."""
        ways: tuple[Rows, Rows] = (rows, lambda pages: self._in_parts(rows, pages, threads))
        taken: list[list[float]] = [[], []]
        for _ in range(ROUNDS + 1):
            for way, seconds in zip(ways, taken, strict=True):
                begun = time.perf_counter()
                found = way(batch)
                seconds.append(time.perf_counter() - begun)
        whole, parts = (min(seconds[1:]) for seconds in taken)
        self._ratios[threads] = ratio = whole / parts
        logger.info("torch on %d threads: parts are %.2f times as fast.", threads, ratio)
        self.outcomes.keep(threads, ratio)
        return found if ratio > 1 else rows(batch)

    def _in_parts(self, rows: Rows, batch: FloatArray, threads: int) -> FloatArray:
        pool = self._pool(threads)
        return np.concatenate(list(pool.map(rows, np.array_split(batch, threads))))

    def _pool(self, threads: int) -> ThreadPoolExecutor:
        """Threads on each of which torch computes alone."""
        pool = self._pools.get(threads)
        if pool is None:
            pool = self._pools.setdefault(threads, single_threads(threads))
        return pool

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process has threads of its own."""
        return type(self), (self.outcomes,)


def single_threads(count: int) -> ThreadPoolExecutor:
    """So many threads on each of which torch uses that thread alone; all others' stay as set."""
    import torch

    before = torch.get_num_threads()
    all_here = threading.Barrier(count)

    def alone(_: int) -> None:
        torch.get_num_threads()  # a new thread takes over the process's number at its first call
        torch.set_num_threads(1)
        all_here.wait()

    pool = ThreadPoolExecutor(count, thread_name_prefix="patentzoo-torch")
    list(pool.map(alone, range(count)))
    torch.set_num_threads(before)  # the process's number, which threads to come take over
    return pool
