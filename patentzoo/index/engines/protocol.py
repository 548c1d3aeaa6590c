"""What a search engine is, and which one an index of some size gets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from patentzoo.backends.forked import spare_faiss
from patentzoo.errors import ConfigError, near_miss
from patentzoo.index.segments import Segment

EngineName = Literal["auto", "flat", "hnsw", "ivfpq"]
Vectors = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Found = tuple[Vectors, npt.NDArray[np.int64]]
"""Scores, float32 (m, k), and positions, int64 (m, k); -1 where an engine finds no more."""

FLAT_UP_TO = 100_000
"""Drawings compared one by one without anybody waiting: some tens of milliseconds a query."""
HNSW_UP_TO = 3_000_000
"""Above this, a graph and the vectors beside it no longer fit an ordinary machine's memory."""


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

    def search(self, queries: Vectors, k: int, allowed: Mask | None = None) -> Found:
        """At least k near positions of each query, best first.

        Args:
            queries: float32 (m, dim), unit rows.
            k: At least 1.
            allowed: bool (count,): positions that may be found; None: all.
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


def check_engine(name: str) -> None:
    """Raise ConfigError unless an engine has this name."""
    if name not in get_args(EngineName):
        raise ConfigError(f"engine = {name!r}. {near_miss(str(name), get_args(EngineName))}")


def choose(wanted: str, count: int) -> str:
    """The engine for an index of ``count`` drawings."""
    if wanted != "auto":
        return wanted
    return "flat" if count <= FLAT_UP_TO else "hnsw" if count <= HNSW_UP_TO else "ivfpq"


def build_engine(name: str, segments: Sequence[Segment]) -> StoredEngine | None:
    """Make an engine over these segments; None for the exact one, which needs no making.

    Raises:
        ConfigError: Too few drawings for it.
    """
    if name == "hnsw":
        from patentzoo.index.hnsw import HnswEngine

        return HnswEngine.build(segments)
    if name == "ivfpq":
        from patentzoo.index.ivfpq import IvfPqEngine

        return IvfPqEngine.build(segments)
    return None


def read_engine(name: str, path: Path, segments: Sequence[Segment]) -> StoredEngine:
    """Open an engine's file over the segments it was made of."""
    if name == "hnsw":
        from patentzoo.index.hnsw import HnswEngine

        return HnswEngine.read(path, segments)
    from patentzoo.index.ivfpq import IvfPqEngine

    return IvfPqEngine.read(path, segments)


def load_faiss() -> Any:
    """Import faiss; its import takes a while, and growing an index does not need it."""
    import faiss

    spare_faiss(faiss)
    return faiss


def search_with(index: Any, queries: Vectors, k: int, parameters: Any) -> Found:
    """Scores and rows, (q, k), of a faiss index, whatever else the process has imported.

    pytorch-metric-learning and others import faiss.contrib.torch_utils, which puts a ``search``
    without ``params`` in the place of every index's own and keeps that as ``search_numpy``.
    """
    method = getattr(index, "search_numpy", index.search)
    scores, rows = method(np.ascontiguousarray(queries), k, params=parameters)
    return scores, rows


def selector(allowed: Mask) -> tuple[Any, npt.NDArray[np.uint8]]:
    """A faiss selector of positions, and the bits it points to: keep them until it is done."""
    bits = np.packbits(allowed, bitorder="little")
    return load_faiss().IDSelectorBitmap(bits), bits
