"""IVF-PQ: cells, and vectors as short codes (Jégou, Douze and Schmid, TPAMI 2011)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.index.engines import Found, Mask, Vectors, load_faiss, search_with, selector
from patentzoo.index.hnsw import blocks
from patentzoo.index.segments import Segment

FEWEST = 1_000
"""Fewer drawings are no sample to learn codes from."""
PROBED = 32
"""Cells looked into; more find nothing further at a million drawings."""
REFINED, ROOTS = 16, 0.5
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

    def __init__(self, index: Any, segments: Sequence[Segment], quantizer: Any = None) -> None:
        self._index = index
        self._quantizer = quantizer  # the cells; a new index only points to them
        self.count = int(index.ntotal)
        self.segments = tuple(segment.entry.number for segment in segments)

    @classmethod
    def build(cls, segments: Sequence[Segment]) -> IvfPqEngine:
        """Learn cells and codes from a sample, then put every vector into its cell.

        Raises:
            ConfigError: Too few vectors.
        """
        faiss, count = load_faiss(), sum(len(segment) for segment in segments)
        check_count(count)
        dim = segments[0].codec.dim
        cells = max(8, min(round(2 * math.sqrt(count)), count // _PER_CELL))
        quantizer = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFPQ(
            quantizer, dim, cells, code_bytes(dim), 8, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter, index.cp.min_points_per_centroid = _ROUNDS, 1
        index.pq.cp.min_points_per_centroid = 1
        index.train(_sample(segments, max(_PER_CELL * cells, 20_000), dim))
        for vectors in blocks(segments):
            index.add(vectors)
        return cls(index, segments, quantizer)

    @classmethod
    def read(cls, path: Path, segments: Sequence[Segment]) -> IvfPqEngine:
        """Read cells and codes."""
        return cls(load_faiss().read_index(str(path)), segments)

    def write(self, path: Path) -> None:
        """Write cells and codes."""
        load_faiss().write_index(self._index, str(path))

    def memory_bytes(self) -> int:
        """Codes, their positions, and the cells."""
        cells = 4 * self._index.d * self._index.nlist
        return int(self.count * (self._index.code_size + 8) + cells)

    def reach(self, k: int) -> int:
        """How many candidates are looked at for k hits."""
        return min(self.count, REFINED * k + round(ROOTS * math.sqrt(self.count)))

    def search(self, queries: Vectors, k: int, allowed: Mask | None = None) -> Found:
        """More candidates than k, since the scores are rough."""
        faiss = load_faiss()
        chosen, bits = (None, None) if allowed is None else selector(allowed)
        parameters = faiss.SearchParametersIVF(nprobe=PROBED, sel=chosen)
        scores, rows = search_with(self._index, queries, self.reach(k), parameters)
        del bits
        return scores, rows


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


def _sample(segments: Sequence[Segment], size: int, dim: int) -> Vectors:
    count = sum(len(segment) for segment in segments)
    chosen = np.sort(np.random.default_rng(0).permutation(count)[:size])
    pieces, first = [np.empty((0, dim), np.float32)], 0
    for segment in segments:
        mine = chosen[(chosen >= first) & (chosen < first + len(segment))] - first
        pieces.append(segment.vectors(mine))
        first += len(segment)
    return np.concatenate(pieces)
