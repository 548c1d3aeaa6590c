"""One state of an index: its vectors, the rows that live, the engine. It never changes."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import VectorIndexError
from patentzoo.index.engines.factory import choose, read_engine
from patentzoo.index.engines.flat import FlatEngine, merge, rescore
from patentzoo.index.engines.flat_gpu import on_gpu
from patentzoo.index.engines.protocol import Engine, Mask, Neighbors, StoredEngine, Vectors
from patentzoo.index.storage import schema
from patentzoo.index.storage.codec import Codec
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.segments import Segment, vectors_at

logger = logging.getLogger(__name__)

Rows = npt.NDArray[np.int64]

DEEPEST = 1_000
"""Beyond this many hits, all vectors are compared: an approximate engine is built for the top."""
SELECTIVE = 50
"""Where a filter leaves less than one drawing in so many, only those are compared."""
_MASKS_KEPT = 16


class Snapshot:
    """What a search sees from its beginning to its end.

    Attributes:
        key: Which state of which index it is; see ``schema.state_of``.
        meta: What the catalogue says about the index as a whole.
        segments: Vectors; positions count through them, removed rows included.
        rows: int64 (n,), rising: the row number at each position.
        live_mask: bool (n,); None where no row was removed.
        count: Drawings that can be found.
        groups: The patents, once they were asked for (see ``patent_groups.py``).
        masks: Filters already computed, the last used at the end.
    """

    def __init__(
        self,
        store: IndexFolder,
        meta: dict[str, Any],
        segments: Sequence[Segment],
        tombstones: Rows,
    ) -> None:
        self.key = schema.state_of(meta)
        self.meta = meta
        self.segments = tuple(segments)
        self.rows: Rows = np.concatenate([np.empty(0, np.int64), *(s.rows for s in segments)])
        self.live_mask: Mask | None = None
        if len(tombstones):
            self.live_mask = np.isin(self.rows, tombstones, assume_unique=True, invert=True)
        self.count = len(self.rows) - len(tombstones)
        self.groups: Any = None
        self.masks: OrderedDict[str, Mask] = OrderedDict()
        self.lock = threading.Lock()
        self.flat = FlatEngine(self.segments)
        self._store = store
        self._fast: Engine | None = None

    @property
    def codec(self) -> Codec:
        """How vectors are stored."""
        return codec_of(self.meta)

    def remember(self, key: str, mask: Mask) -> None:
        """Keep a filter's mask for the next search with it."""
        with self.lock:
            self.masks[key] = mask
            while len(self.masks) > _MASKS_KEPT:
                self.masks.popitem(last=False)

    @property
    def engine(self) -> Engine:
        """What finds near vectors; opened at the first search."""
        # Under the lock: threads that begin together would each read the file, or fill the GPU.
        with self.lock:
            if self._fast is None:
                self._fast = self.stored_engine() or on_gpu(self.flat)
            return self._fast

    @property
    def recommended_engine(self) -> str | None:
        """The engine that ``compact`` would build because the collection has outgrown its own."""
        wanted = choose(self.meta["engine_wanted"], self.count)
        covered = self.engine.count
        stale = wanted != self.engine.name or len(self.rows) - covered > covered // 5
        return wanted if wanted != "flat" and stale else None

    def stored_engine(self) -> StoredEngine | None:
        """The engine that was made for these segments, or the first of them."""
        token, name = self.meta.get("engine_token"), self.meta.get("engine_name")
        if not token:
            return None
        numbers = tuple(json.loads(self.meta["engine_segments"]))
        base = self.segments[: len(numbers)]
        if tuple(segment.entry.number for segment in base) != numbers:
            return None
        held: StoredEngine | None = self._store.engines.get(token)
        if held is None:
            file = self._store.folder / self.meta["engine_file"]
            try:
                held = self._store.engines[token] = read_engine(str(name), file, base)
            except (RuntimeError, OSError) as error:  # faiss's word for it, and Python's
                if file.is_file():
                    raise _unreadable(file, error) from error
                # Another process has compacted the index meanwhile.
                logger.warning("%s is gone: searching exactly until compact().", file)
                return None
        return held

    def search(self, queries: Vectors, k: int, filter_mask: Mask | None = None) -> Neighbors:
        """The k nearest drawings of each query, as far as the engine finds them.

        Args:
            queries: float32 (m, dim), unit rows.
            k: At least 1.
            filter_mask: bool (n,): positions that may be found; removed ones may be among them.

        Returns:
            Cosines float32 and positions int64, both (m, min(k, number allowed)): as many as exist.
        """
        mask = (
            self.live_mask
            if filter_mask is None or self.live_mask is None
            else filter_mask & self.live_mask
        )
        mask = filter_mask if mask is None else mask
        available = len(self.rows) if mask is None else int(np.count_nonzero(mask))
        k = min(k, available)
        if not k or not len(queries):
            return np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        engine = self.engine
        if engine.exact:
            return engine.search(queries, k, mask)
        # Where most is wanted or little is allowed, a graph is walked to its end and finds less.
        if k > DEEPEST or 4 * k > available or SELECTIVE * available < len(self.rows):
            return self.flat.search(queries, k, mask)
        scores, rows = self._with_tail(engine, queries, k, mask)
        short = (rows < 0).any(axis=1)
        if short.any():  # the filter hid the way to some: k hits come back whenever k exist
            scores[short], rows[short] = self.flat.search(queries[short], k, mask)
        return scores, rows

    def available(self, filter_mask: Mask | None) -> int:
        """How many drawings a filter leaves."""
        return self.count if filter_mask is None else int(np.count_nonzero(filter_mask))

    def without(self, filter_mask: Mask | None, positions: Rows) -> Mask:
        """A filter that these positions do not pass, either."""
        mask = np.ones(len(self.rows), bool) if filter_mask is None else filter_mask.copy()
        mask[positions] = False
        return mask

    def _with_tail(self, engine: Engine, queries: Vectors, k: int, mask: Mask | None) -> Neighbors:
        """The engine over the drawings it knows, and an exact look at those added since."""
        base = None if mask is None else mask[: engine.count]
        scores, rows = engine.search(queries, k, base)
        if engine.cosines:
            found = [(scores, rows)]
        elif len(engine.segments) == 1:
            found = [rescore(self.segments[0], queries, rows, k)]
        else:
            found = [(self.cosines(queries, rows), rows)]
        if engine.count < len(self.rows):
            tail = FlatEngine(self.segments[len(engine.segments) :])
            later = None if mask is None else mask[engine.count :]
            scores, rows = tail.search(queries, min(k, tail.count), later)
            found.append((scores, np.where(rows < 0, -1, rows + engine.count)))
        return merge(found, len(queries), k)

    def cosines(self, queries: Vectors, rows: Rows) -> Vectors:
        """float32 (m, c): cosines with the stored vectors at int64 (m, c) positions."""
        scores = np.empty(rows.shape, np.float32)
        for row, query in enumerate(queries):
            scores[row] = self.vectors(np.maximum(rows[row], 0)) @ query
        return scores

    def vectors(self, positions: Rows) -> Vectors:
        """float32 (m, dim), unit rows, at these positions."""
        if not self.segments:
            return np.empty((len(positions), int(self.meta["dim"])), np.float32)
        return vectors_at(self.segments, positions)

    def live(self) -> Rows:
        """int64 (count,): the positions that can be found."""
        return (
            np.arange(len(self.rows)) if self.live_mask is None else np.flatnonzero(self.live_mask)
        )

    def positions(self, rows: Rows) -> Rows:
        """Positions of live row numbers."""
        return np.searchsorted(self.rows, rows)

    def mask(self, rows: Rows) -> Mask:
        """bool (n,): True at the positions of live row numbers."""
        mask = np.zeros(len(self.rows), dtype=bool)
        mask[self.positions(rows)] = True
        return mask


def _unreadable(file: Path, error: Exception) -> VectorIndexError:
    if not os.access(file, os.R_OK):
        return schema.no_permission(file)
    return schema.damaged(file, str(error).splitlines()[0])


def codec_of(meta: dict[str, Any]) -> Codec:
    """The codec a catalogue describes."""
    return Codec.from_meta(meta["storage"], int(meta["dim"]), meta.get("trained"))
