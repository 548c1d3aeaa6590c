"""What a search engine is."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


Mask = npt.NDArray[np.bool_]


Neighbors = tuple[Vectors, npt.NDArray[np.int64]]
"""Scores, float32 (m, k), and positions, int64 (m, k); -1 where an engine finds no more."""


class Engine(Protocol):
    """Finds near vectors among the positions 0 to ``count`` - 1.

    Attributes:
        name: ``"flat"``, ``"hnsw"`` or ``"ivfpq"``.
        exact: It compares all vectors, as they are stored, and its scores are their cosines.
        cosines: Its scores are cosines; otherwise they are computed again.
        count: How many positions it knows.
        segments: Numbers of the segments it was made of.
    """

    name: str
    exact: bool
    cosines: bool
    count: int
    segments: tuple[int, ...]

    def search(self, queries: Vectors, k: int, filter_mask: Mask | None = None) -> Neighbors:
        """At least k near positions of each query, best first.

        Args:
            queries: float32 (m, dim), unit rows.
            k: At least 1.
            filter_mask: bool (count,): positions that may be found; None: all.
        """
        ...

    def memory_bytes(self) -> int:
        """Bytes it holds in memory beyond the segments."""
        ...


class StoredEngine(Engine, Protocol):
    """An engine that takes long to make, and is therefore kept in a file."""

    def write(self, path: Path) -> None:
        """Write it to a file."""
        ...
