"""Exact search on a GPU, where faiss sees one."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from patentzoo.index.engines import Engine, Found, Mask, Vectors, load_faiss, search_with
from patentzoo.index.flat import FlatEngine, merge

MOST = 2_048
"""Hits a query that faiss gives on a GPU."""


class GpuFlatEngine:
    """The exact search on a GPU; filtered searches stay on the CPU, faiss has no selector there."""

    name = "flat"
    exact = True
    cosines = True

    def __init__(self, flat: FlatEngine) -> None:
        faiss = load_faiss()
        self.count, self.segments = flat.count, flat.segments
        self._flat = flat
        self._resources: Any = faiss.StandardGpuResources()
        self._index: Any = None
        self._lock = threading.Lock()  # faiss's GPU resources serve one thread at a time

    def memory_bytes(self) -> int:
        """Of the machine, not of the GPU."""
        return self._flat.memory_bytes()

    def search(self, queries: Vectors, k: int, allowed: Mask | None = None) -> Found:
        """As ``FlatEngine.search``."""
        if allowed is not None or k > MOST:
            return self._flat.search(queries, k, allowed)
        with self._lock:
            scores, rows = search_with(self._on_device(), queries, k, None)
        return merge([(scores, rows)], len(queries), k)

    def _on_device(self) -> Any:
        if self._index is None:
            faiss = load_faiss()
            parts = self._flat.parts
            self._index = faiss.GpuIndexFlatIP(self._resources, parts[0].codec.dim)
            for part in parts:
                self._index.add(np.ascontiguousarray(part.vectors()))
        return self._index


def on_gpu(flat: FlatEngine) -> Engine:
    """The engine on a GPU if there is one and anything to search."""
    if not flat.count or not getattr(load_faiss(), "get_num_gpus", int)():
        return flat
    return GpuFlatEngine(flat)
