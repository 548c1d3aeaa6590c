"""HNSW: a graph of near neighbours, walked from the top (Malkov and Yashunin, TPAMI 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.index.engines import Found, Mask, Vectors, load_faiss, search_with, selector
from patentzoo.index.flat import empty_storage
from patentzoo.index.segments import Segment

LINKS = 32
"""Neighbours a node keeps, the paper's M; twice as many on the lowest layer."""
BUILD_WIDTH = 80
"""Candidates kept while a node is linked, the paper's efConstruction."""
SEARCH_WIDTH = 128
"""Candidates kept while searching, the paper's ef; more where k asks for it."""
_BLOCK = 50_000


class HnswEngine:
    """faiss's HNSW over the stored vectors, of which it holds a copy."""

    name = "hnsw"
    exact = False

    def __init__(self, index: Any, storage: Any, segments: Sequence[Segment]) -> None:
        index.own_fields = False
        self._index = index
        self._storage = storage  # the graph only points to it
        self.count = int(index.ntotal)
        self.segments = tuple(segment.entry.number for segment in segments)
        self.cosines = all(segment.codec.storage == "float32" for segment in segments)

    @classmethod
    def build(cls, segments: Sequence[Segment]) -> HnswEngine:
        """Link every vector into a new graph."""
        faiss = load_faiss()
        storage = empty_storage(segments[0])
        index = faiss.IndexHNSW(storage, LINKS)
        index.hnsw.efConstruction = BUILD_WIDTH
        for vectors in blocks(segments):
            index.add(vectors)
        return cls(index, storage, segments)

    @classmethod
    def read(cls, path: Path, segments: Sequence[Segment]) -> HnswEngine:
        """Read a graph, and put the vectors of the segments under it."""
        faiss = load_faiss()
        index = faiss.read_index(str(path), faiss.IO_FLAG_SKIP_STORAGE)
        storage = empty_storage(segments[0])
        for segment in segments:
            storage.add_sa_codes(np.ascontiguousarray(segment.codes).view(np.uint8))
        index.storage = storage
        return cls(index, storage, segments)

    def write(self, path: Path) -> None:
        """Write the graph without the vectors."""
        faiss = load_faiss()
        faiss.write_index(self._index, str(path), faiss.IO_FLAG_SKIP_STORAGE)

    def memory_bytes(self) -> int:
        """Graph and copy of the vectors."""
        hnsw = self._index.hnsw
        return int(4 * hnsw.neighbors.size() + 8 * hnsw.offsets.size() + self._stored_bytes())

    def search(self, queries: Vectors, k: int, allowed: Mask | None = None) -> Found:
        """Near positions; fewer than k where a filter hides the way to them."""
        faiss = load_faiss()
        chosen, bits = (None, None) if allowed is None else selector(allowed)
        width = max(SEARCH_WIDTH, 2 * k)
        parameters = faiss.SearchParametersHNSW(efSearch=width, sel=chosen)
        reach = min(self.count, k if self.cosines else k + 16)
        scores, rows = search_with(self._index, queries, reach, parameters)
        del bits
        return scores, rows

    def _stored_bytes(self) -> int:
        return int(self._storage.codes.size())


def blocks(segments: Sequence[Segment], size: int = _BLOCK) -> Any:
    """Vectors of the segments, float32 (at most ``size``, dim) at a time."""
    for segment in segments:
        for first in range(0, len(segment), size):
            yield np.ascontiguousarray(segment.vectors(slice(first, first + size)))
