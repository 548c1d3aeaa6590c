"""Exact search on a GPU, where faiss sees one."""

from __future__ import annotations

import functools
import logging
import os
import threading
from typing import Any

import numpy as np

from patentzoo.index.engines.faiss_calls import load_faiss, search_with
from patentzoo.index.engines.flat import FlatEngine, merge
from patentzoo.index.engines.protocol import Engine, Mask, Neighbors, Vectors

logger = logging.getLogger(__name__)

MOST = 2_048
"""Hits a query that faiss gives on a GPU."""


class GpuFlatEngine:
    """The exact search on a GPU, with the vectors as float32 in its memory.

    Filtered searches stay on the CPU: faiss takes a selector on the GPU and does not heed it (faiss
    issues 3114 and 3924). So do all where the vectors do not fit, and those of a forked child,
    since CUDA does not survive a fork.
    """

    name = "flat"
    exact = True
    cosines = True

    def __init__(self, flat: FlatEngine) -> None:
        self.count, self.segments = flat.count, flat.segments
        self._flat = flat
        self._held: tuple[Any, Any] | None = None
        self._usable = True
        self._pid = os.getpid()
        self._lock = threading.Lock()  # faiss's GPU resources serve one thread at a time

    def memory_bytes(self) -> int:
        """Of the machine, not of the GPU."""
        return self._flat.memory_bytes()

    def search(self, queries: Vectors, k: int, filter_mask: Mask | None = None) -> Neighbors:
        """As ``FlatEngine.search``."""
        if filter_mask is not None or k > MOST or not self._usable or self._pid != os.getpid():
            return self._flat.search(queries, k, filter_mask)
        try:
            with self._lock:
                scores, rows = search_with(self._on_device(), queries, k, None)
        except RuntimeError as error:  # faiss's word for too little memory
            self._usable, self._held = False, None
            logger.warning("The GPU cannot be searched (%s): searching on the CPU.", error)
            return self._flat.search(queries, k)
        return merge([(scores, rows)], len(queries), k)

    def _on_device(self) -> Any:
        if self._held is None:
            faiss, parts = load_faiss(), self._flat.parts
            resources = faiss.StandardGpuResources()
            index = faiss.GpuIndexFlatIP(resources, parts[0].codec.dim)
            for part in parts:
                index.add(np.ascontiguousarray(part.vectors()))
            self._held = index, resources  # the index only points to them
        return self._held[0]


def on_gpu(flat: FlatEngine) -> Engine:
    """The engine on a GPU if there is one and anything to search."""
    if not flat.count or _first_asker() != os.getpid():
        return flat
    return GpuFlatEngine(flat) if getattr(load_faiss(), "get_num_gpus", int)() else flat


@functools.cache
def _first_asker() -> int:
    """The process that may use CUDA: a child forked from it must not even count devices."""
    return os.getpid()
