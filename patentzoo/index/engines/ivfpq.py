"""IVF-PQ: cells, and vectors as short codes (Jégou, Douze and Schmid, TPAMI 2011)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.index.engines.distinct import Distinct, Rows, blocks
from patentzoo.index.engines.faiss_calls import (
    load_faiss,
    read_index,
    search_with,
    selector,
    write_index,
)
from patentzoo.index.engines.protocol import Mask, Neighbors, Vectors
from patentzoo.index.storage.segments import Segment

FEWEST = 1_000
"""Fewer drawings are no sample to learn codes from."""
NPROBE = 32
"""Cells looked into; more find nothing further at a million drawings."""
REFINE_FACTOR, ROOTS = 16, 0.5
"""Candidates compared again by the stored vectors: so many a wanted hit, and so many times the
square root of the number of drawings, since the codes tell near neighbours apart the less the more
there are. At a million, recall@10 with 160, 320 and 640 candidates is 0.89, 0.95 and 0.98."""
_PER_CELL = 40
_ROUNDS = 10


class IvfPqEngine:
    """faiss's IVF-PQ; its scores are rough, so what it finds is compared again."""

    name = "ivfpq"
    exact = False
    cosines = False

    def __init__(
        self, index: Any, segments: Sequence[Segment], distinct: Distinct, quantizer: Any = None
    ) -> None:
        self._index = index
        self._quantizer = quantizer  # the cells; a new index only points to them
        self._distinct = distinct
        self.count = len(distinct.of)
        self.segments = tuple(segment.entry.number for segment in segments)

    @classmethod
    def build(cls, segments: Sequence[Segment]) -> IvfPqEngine:
        """Learn cells and codes from a sample, then put every vector, copies once, into its cell.

        Raises:
            ConfigError: Too few vectors.
        """
        faiss, distinct = load_faiss(), Distinct.find(segments)
        check_count(len(distinct.of))
        # Copies are learnt from only where there is too little else.
        few = len(distinct.first) < FEWEST
        rows = np.arange(len(distinct.of)) if few else distinct.first
        count, dim = len(rows), segments[0].codec.dim
        cells = max(8, min(round(2 * math.sqrt(count)), count // _PER_CELL))
        quantizer = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFPQ(
            quantizer, dim, cells, code_bytes(dim), 8, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter, index.cp.min_points_per_centroid = _ROUNDS, 1
        index.pq.cp.min_points_per_centroid = 1
        index.train(_sample(segments, rows, max(_PER_CELL * cells, 20_000)))
        for vectors in distinct.blocks(segments):
            index.add(vectors)
        return cls(index, segments, distinct, quantizer)

    @classmethod
    def read(cls, path: Path, segments: Sequence[Segment]) -> IvfPqEngine:
        """Read cells and codes."""
        count = sum(len(segment) for segment in segments)
        return cls(read_index(path), segments, Distinct.read(path, count))

    def write(self, path: Path) -> None:
        """Write cells and codes."""
        write_index(self._index, path)
        self._distinct.append_to(path)

    def memory_bytes(self) -> int:
        """Codes, their positions, and the cells."""
        cells = 4 * self._index.d * self._index.nlist
        return int(self._index.ntotal * (self._index.code_size + 8) + cells)

    def reach(self, k: int) -> int:
        """How many candidates are looked at for k hits."""
        return min(
            len(self._distinct.first), REFINE_FACTOR * k + round(ROOTS * math.sqrt(self.count))
        )

    def search(self, queries: Vectors, k: int, filter_mask: Mask | None = None) -> Neighbors:
        """More candidates than k, since the scores are rough."""
        faiss, distinct = load_faiss(), self._distinct
        mask = distinct.filter_mask(filter_mask)
        chosen, bits = (None, None) if mask is None else selector(mask)
        parameters = faiss.SearchParametersIVF(nprobe=NPROBE, sel=chosen)
        found = search_with(self._index, queries, self.reach(k), parameters)
        del bits
        return distinct.expand(found, k, filter_mask)


def check_count(count: int) -> None:
    """Raise ConfigError for too few drawings."""
    if count < FEWEST:
        raise ConfigError(
            f"engine = 'ivfpq' needs {FEWEST:,} drawings, the index holds {count:,}. "
            "Use engine='flat' or 'auto'."
        )


def code_bytes(dim: int) -> int:
    """Bytes a vector: the greatest divisor of ``dim`` up to a byte for eight dimensions."""
    most = max(dim // 8, min(dim, 8))
    return next(size for size in range(most, 0, -1) if dim % size == 0)


def _sample(segments: Sequence[Segment], rows: Rows, size: int) -> Vectors:
    chosen = np.sort(rows[np.random.default_rng(0).permutation(len(rows))[:size]])
    return np.concatenate(list(blocks(segments, chosen)))
