"""What an index says about itself: its size, and how much an approximate search misses."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from patentzoo.errors import EmptyIndexError, QueryError
from patentzoo.index.engines.protocol import Vectors
from patentzoo.index.query.read_transaction import ReadTransaction
from patentzoo.index.state.snapshot import Snapshot
from patentzoo.index.storage import catalogue, schema
from patentzoo.results import IndexStats

if TYPE_CHECKING:
    from patentzoo.index.index import Index

NOISE = 0.3
"""Length of the random step by which a drawing becomes a query: another view, not a copy."""
_WASTE = 0.2
_ROUNDING = 1e-6
_LOOKED_AT = 100
"""Drawings looked at for each one asked, to find so many that differ."""


class Stats:
    """The numbers of one state."""

    def __init__(self, index: Index, view: ReadTransaction) -> None:
        self._index = index
        self._view = view

    def collect(self) -> IndexStats:
        """Read them."""
        snapshot, store = self._view.snapshot, self._index.store
        engine = snapshot.engine
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
            file_bytes=0 if store.path is None else self._file_bytes(store.folder),
            vector_bytes=sum(segment.codes.nbytes for segment in snapshot.segments),
            engine_bytes=engine.memory_bytes(),
            generation=int(snapshot.meta["generation"]),
            advice=_advice(snapshot),
            columns=catalogue.column_kinds(self._view.connection),
        )

    def _file_bytes(self, folder: Path) -> int:
        """Bytes of the files in a folder; a writer may delete some meanwhile, or all of it.

        Where this user may not list the folder, those that the catalogue names are added up.
        """
        try:
            files = list(folder.iterdir())
        except FileNotFoundError:
            return 0
        except PermissionError:
            names = [each.entry.file for each in self._view.snapshot.segments]
            names += [schema.CATALOGUE, str(self._view.snapshot.meta.get("engine_file") or "")]
            files = [folder / name for name in names if name]
        total = 0
        for file in files:
            with suppress(FileNotFoundError):
                found = file.stat()
                total += found.st_size if stat.S_ISREG(found.st_mode) else 0
        return total


def _advice(snapshot: Snapshot) -> str:
    removed = len(snapshot.rows) - snapshot.count
    better = snapshot.recommended_engine
    if better:
        return f"compact() makes the engine {better!r} for the drawings there are now."
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
    found, _ = snapshot.search(asked, k)
    true, _ = snapshot.flat.search(asked, k, snapshot.live_mask)
    # By cosines, since of equal drawings it does not matter which is found.
    return float(np.mean(found >= true[:, -1:] - _ROUNDING))


def _moved_a_little(snapshot: Snapshot, count: int, seed: int) -> Vectors:
    rng = np.random.default_rng(seed)
    live = snapshot.live()
    vectors = _different(snapshot.vectors(rng.choice(live, min(count, len(live)), replace=False)))
    if len(vectors) < min(count, len(live)):
        more = rng.permutation(live)[: _LOOKED_AT * count]
        vectors = _different(snapshot.vectors(more))[:count]
    step = rng.normal(size=vectors.shape)
    moved = vectors + NOISE * step / np.linalg.norm(step, axis=1, keepdims=True)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def _different(vectors: Vectors) -> Vectors:
    """One of those that are equal but for rounding: copies of one drawing would be asked again."""
    _, first = np.unique(np.round(vectors, 3) + 0.0, axis=0, return_index=True)
    chosen: Vectors = vectors[np.sort(first)]
    return chosen
