"""HNSW: a graph of near neighbours, walked from the top (Malkov and Yashunin, TPAMI 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.index.engines.dense_clusters import DenseClusters, without_clusters
from patentzoo.index.engines.distinct import Distinct
from patentzoo.index.engines.faiss_calls import (
    load_faiss,
    read_index,
    search_with,
    selector,
    write_index,
)
from patentzoo.index.engines.flat import empty_storage
from patentzoo.index.engines.hnsw_links import link_unreached
from patentzoo.index.engines.protocol import Mask, Neighbors, Vectors
from patentzoo.index.storage.segments import Segment, parts_at

M = 32
"""Neighbours a node keeps, the paper's M; twice as many on the lowest layer."""
EF_CONSTRUCTION = 80
"""Candidates kept while a node is linked, the paper's efConstruction."""
EF_SEARCH = 128
"""Candidates kept while searching, the paper's ef; more where k asks for it."""


class HnswEngine:
    """faiss's HNSW over the stored vectors, of which it holds a copy."""

    name = "hnsw"
    exact = False

    def __init__(
        self,
        index: Any,
        storage: Any,
        segments: Sequence[Segment],
        nodes: Distinct,
        clusters: DenseClusters | None,
    ) -> None:
        index.own_fields = False
        self._index = index
        self._storage = storage  # the graph only points to it
        self._nodes = nodes
        self._clusters = clusters
        self._distinct = distinct = nodes if clusters is None else clusters.distinct
        self.count = len(distinct.of)
        self.segments = tuple(segment.entry.number for segment in segments)
        plain = all(segment.codec.storage == "float32" for segment in segments)
        self.cosines = plain and not distinct.alike

    @classmethod
    def build(cls, segments: Sequence[Segment]) -> HnswEngine:
        """Link the vectors into a new graph, so that each is reached.

        Of copies it holds one, and of the near copies in a dense cluster.
        """
        nodes, clusters = Distinct.find(segments), None
        index, storage = _graph(nodes, segments)
        fewer = without_clusters(index, nodes, segments)
        if fewer is not None:
            clusters, nodes = DenseClusters(nodes, fewer, segments), fewer
            index, storage = _graph(nodes, segments)
        link_unreached(index, lambda: nodes.blocks(segments))
        return cls(index, storage, segments, nodes, clusters)

    @classmethod
    def read(cls, path: Path, segments: Sequence[Segment]) -> HnswEngine:
        """Read a graph, and put the vectors of the segments under it."""
        faiss = load_faiss()
        index = read_index(path, faiss.IO_FLAG_SKIP_STORAGE)
        nodes = Distinct.read(path, sum(len(segment) for segment in segments))
        storage = empty_storage(segments[0])
        for segment, rows in parts_at(segments, nodes.first):
            codes = segment.codes[rows] if nodes.alike else segment.codes
            storage.add_sa_codes(np.ascontiguousarray(codes).view(np.uint8))
        index.storage = storage
        clusters = DenseClusters.read(path, nodes, segments)
        return cls(index, storage, segments, nodes, clusters)

    def write(self, path: Path) -> None:
        """Write the graph without the vectors."""
        faiss = load_faiss()
        write_index(self._index, path, faiss.IO_FLAG_SKIP_STORAGE)
        (self._clusters or self._nodes).append_to(path)

    def memory_bytes(self) -> int:
        """Graph and copy of the vectors."""
        hnsw = self._index.hnsw
        beside = 0 if self._clusters is None else self._clusters.memory_bytes()
        graph = 4 * hnsw.neighbors.size() + 8 * hnsw.offsets.size()
        return int(graph + self._stored_bytes() + beside)

    def search(self, queries: Vectors, k: int, filter_mask: Mask | None = None) -> Neighbors:
        """Near positions; fewer than k where a filter hides the way to them."""
        faiss, nodes = load_faiss(), self._nodes
        mask = nodes.filter_mask(filter_mask)
        chosen, bits = (None, None) if mask is None else selector(mask)
        width = max(EF_SEARCH, 2 * k)
        parameters = faiss.SearchParametersHNSW(efSearch=width, sel=chosen)
        reach = min(len(self._distinct.first), k if self.cosines else k + 16)
        found = search_with(self._index, queries, reach, parameters)
        del bits
        if self._clusters is not None:
            found = self._clusters.complete(queries, found, k, filter_mask)
        return self._distinct.expand(found, k, filter_mask)

    def _stored_bytes(self) -> int:
        return int(self._storage.codes.size())


def _graph(nodes: Distinct, segments: Sequence[Segment]) -> tuple[Any, Any]:
    """faiss's graph over one vector of each group, and what holds the vectors."""
    storage = empty_storage(segments[0])
    index = load_faiss().IndexHNSW(storage, M)
    index.hnsw.efConstruction = EF_CONSTRUCTION
    for vectors in nodes.blocks(segments):
        index.add(vectors)
    return index, storage
