"""What an index says about itself: its size, and how much an approximate search misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from patentzoo.errors import EmptyIndexError, QueryError
from patentzoo.index import catalogue
from patentzoo.index.engines import Vectors
from patentzoo.index.snapshot import Snapshot
from patentzoo.index.view import View
from patentzoo.results import IndexStats

if TYPE_CHECKING:
    from patentzoo.index.index import Index

NOISE = 0.3
"""Length of the random step by which a drawing becomes a query: another view, not a copy."""
_WASTE = 0.2


class Stats:
    """The numbers of one state."""

    def __init__(self, index: Index, view: View) -> None:
        self._index = index
        self._view = view

    def collect(self) -> IndexStats:
        """Read them."""
        snapshot, store = self._view.snapshot, self._index.store
        engine = snapshot.engine
        files = [] if store.path is None else [f for f in store.path.iterdir() if f.is_file()]
        return IndexStats(
            drawings=snapshot.count,
            patents=catalogue.count_patents(self._view.connection),
            removed=len(snapshot.rows) - snapshot.count,
            dim=self._index.dim,
            model=self._index.model_name,
            engine=engine.name,
            unindexed=len(snapshot.rows) - engine.count,
            storage=snapshot.codec.storage,
            segments=len(snapshot.segments),
            file_bytes=sum(file.stat().st_size for file in files),
            vector_bytes=sum(segment.codes.nbytes for segment in snapshot.segments),
            engine_bytes=engine.memory_bytes(),
            generation=int(snapshot.meta["generation"]),
            advice=_advice(snapshot),
            columns=catalogue.column_kinds(self._view.connection),
        )


def _advice(snapshot: Snapshot) -> str:
    removed = len(snapshot.rows) - snapshot.count
    if snapshot.due:
        return f"compact() makes the engine {snapshot.due!r} for the drawings there are now."
    if removed > _WASTE * len(snapshot.rows) or len(snapshot.segments) > 100:
        return "compact() joins the vector files and frees what was removed."
    return ""


def measure_recall(snapshot: Snapshot, k: int, queries: int, seed: int) -> float:
    """Mean share of an exact search's top k that the engine finds.

    Raises:
        EmptyIndexError: Nothing to search.
        QueryError: k or queries below 1.
    """
    if k < 1 or queries < 1:
        raise QueryError(f"k = {k} and queries = {queries} must be at least 1.")
    if not snapshot.count:
        raise EmptyIndexError("The index holds no drawings: there is no recall to measure.")
    asked = _moved_a_little(snapshot, queries, seed)
    k = min(k, snapshot.count)
    _, found = snapshot.search(asked, k)
    _, true = snapshot.flat.search(asked, k, snapshot.alive)
    shares = [len(np.intersect1d(a, b)) / k for a, b in zip(found, true, strict=True)]
    return float(np.mean(shares))


def _moved_a_little(snapshot: Snapshot, count: int, seed: int) -> Vectors:
    rng = np.random.default_rng(seed)
    live = snapshot.live()
    chosen = rng.choice(live, size=min(count, len(live)), replace=False)
    vectors = snapshot.vectors(chosen)
    step = rng.normal(size=vectors.shape)
    moved = vectors + NOISE * step / np.linalg.norm(step, axis=1, keepdims=True)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
