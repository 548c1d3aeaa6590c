"""Exact search by faiss: every vector is compared, where it lies, mapped file or memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from patentzoo.index.engines.faiss_calls import load_faiss, search_with, selector
from patentzoo.index.engines.protocol import Mask, Neighbors, Vectors
from patentzoo.index.storage.segments import Segment

SPARSE = 16
"""Where a filter keeps less than one drawing in so many, only those are looked at."""
MANY = 128
"""So many queries at once are compared with vectors decoded once, by a matrix product:
faiss's scalar quantizer decodes every code anew for each query."""
_SPARE, _BLOCK = 16, 16_384

_quantizer_lock = threading.Lock()


class FlatEngine:
    """Inner products of unit vectors, which are cosines, against all rows.

    Args:
        segments: What is searched; positions count through them.
    """

    name = "flat"
    exact = True
    cosines = True

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.parts = [segment for segment in segments if len(segment)]
        self.count = sum(len(segment) for segment in segments)
        self.segments = tuple(segment.entry.number for segment in segments)

    def memory_bytes(self) -> int:
        """Only quantised vectors are held a second time."""
        quantised = (each for each in self.parts if each.codec.storage != "float32")
        return sum(each.codes.nbytes for each in quantised)

    def search(self, queries: Vectors, k: int, filter_mask: Mask | None = None) -> Neighbors:
        """Find the k closest rows of each query.

        Args:
            queries: float32 (m, dim), unit rows.
            k: At most n.
            filter_mask: bool (n,); rows that may be found. None: all.

        Returns:
            Cosines, float32 (m, k) in [-1, 1], never rising along a row, and row numbers, int64
            (m, k); equal cosines by row number. Where fewer than k rows are allowed: -1 at the end.
        """
        found: list[Neighbors] = []
        first = 0
        for part in self.parts:
            mine = None if filter_mask is None else filter_mask[first : first + len(part)]
            scores, rows = _search_part(part, queries, min(k, len(part)), mine)
            found.append((scores, np.where(rows < 0, -1, rows + first)))
            first += len(part)
        return merge(found, len(queries), k)


def merge(found: Sequence[Neighbors], count: int, k: int) -> Neighbors:
    """The best k of several lists a query; equal scores by position, -1 at the end."""
    scores = np.concatenate([np.empty((count, 0), np.float32), *(each[0] for each in found)], 1)
    rows = np.concatenate([np.empty((count, 0), np.int64), *(each[1] for each in found)], 1)
    scores = np.where(rows < 0, -np.inf, np.clip(scores, -1.0, 1.0)).astype(np.float32)
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    rows, scores = np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)
    short = k - rows.shape[1]
    if short > 0:
        rows = np.pad(rows, ((0, 0), (0, short)), constant_values=-1)
        scores = np.pad(scores, ((0, 0), (0, short)), constant_values=-np.inf)
    return np.where(rows < 0, np.float32(-1.0), scores), rows


def _search_part(part: Segment, queries: Vectors, k: int, filter_mask: Mask | None) -> Neighbors:
    if filter_mask is not None:
        kept = int(np.count_nonzero(filter_mask))
        if kept < k or SPARSE * kept < len(filter_mask):
            chosen = np.flatnonzero(filter_mask)
            scores, rows = among(part.vectors(chosen), queries, min(k, kept), None)
            return scores, np.where(rows < 0, -1, chosen[rows] if kept else rows)
    if part.codec.storage == "float32":
        return among(part.codes, queries, k, filter_mask)
    if len(queries) < MANY:
        return _quantised(part, queries, k, filter_mask)
    return _decoded(part, queries, k, filter_mask)


def among(vectors: Vectors, queries: Vectors, k: int, filter_mask: Mask | None) -> Neighbors:
    """faiss's exact search over an array that stays where it is."""
    scores = np.full((len(queries), k), -1.0, np.float32)
    rows = np.full((len(queries), k), -1, np.int64)
    if k and len(queries):
        faiss = load_faiss()
        chosen, bits = (None, None) if filter_mask is None else selector(filter_mask)
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        queries = np.ascontiguousarray(queries)
        size = queries.shape[1], len(queries), len(vectors), k
        pointers = [faiss.swig_ptr(each) for each in (queries, vectors, scores, rows)]
        faiss.knn_inner_product(*pointers[:2], *size, *pointers[2:], chosen)
        del bits
    return scores, rows


def _quantised(part: Segment, queries: Vectors, k: int, filter_mask: Mask | None) -> Neighbors:
    """faiss searches the codes; the best are compared once more as the unit vectors they are."""
    faiss, parameters, bits = load_faiss(), None, None
    if filter_mask is not None:
        chosen, bits = selector(filter_mask)
        parameters = faiss.SearchParameters(sel=chosen)
    reach = min(len(part), k + _SPARE)
    _, rows = search_with(quantizer_of(part), queries, reach, parameters)
    del bits
    return merge([(exact_scores(part, queries, rows), rows)], len(queries), k)


def _decoded(part: Segment, queries: Vectors, k: int, filter_mask: Mask | None) -> Neighbors:
    """The codes are decoded a block at a time, and searched as the vectors they are."""
    best: list[Neighbors] = []
    for first in range(0, len(part), _BLOCK):
        block = slice(first, first + _BLOCK)
        vectors, mine = part.vectors(block), None if filter_mask is None else filter_mask[block]
        scores, rows = among(vectors, queries, min(k, len(vectors)), mine)
        found = (scores, np.where(rows < 0, -1, rows + first))
        best = [merge([*best, found], len(queries), k)]
    return best[0]


def exact_scores(part: Segment, queries: Vectors, rows: Any) -> Vectors:
    """Cosines, float32 (m, k), of queries with rows of a segment; any number where a row is -1."""
    scores = np.empty(rows.shape, np.float32)
    for row, query in enumerate(queries):
        scores[row] = part.vectors(np.maximum(rows[row], 0)) @ query
    return scores


def rescore(part: Segment, queries: Vectors, rows: Any, k: int) -> Neighbors:
    """The best k of candidates, int64 (m, c) with -1 at the end, by their stored vectors."""
    if part.codec.storage != "float32":
        return exact_scores(part, queries, rows), rows
    k = min(k, rows.shape[1])
    scores = np.full((len(queries), k), -1.0, np.float32)
    best = np.full((len(queries), k), -1, np.int64)
    faiss = load_faiss()
    arrays = [np.ascontiguousarray(each) for each in (queries, part.codes, rows)]
    size = queries.shape[1], len(queries), len(part), rows.shape[1], k
    pointers = [faiss.swig_ptr(each) for each in (*arrays, scores, best)]
    # The stride is said, since faiss 1.15's default for it reads past the first query's candidates.
    faiss.knn_inner_products_by_idx(*pointers[:3], *size, *pointers[3:], rows.shape[1])
    return scores, best


def quantizer_of(part: Segment) -> Any:
    """A faiss index over a segment's codes; made once a segment, kept with it."""
    with _quantizer_lock:
        made = part.__dict__.get("_quantizer")
        if made is None:
            made = empty_storage(part)
            made.add_sa_codes(np.ascontiguousarray(part.codes).view(np.uint8))
            part.__dict__["_quantizer"] = made
        return made


def empty_storage(part: Segment) -> Any:
    """An empty faiss index whose codes are those of the segment's codec."""
    faiss, codec = load_faiss(), part.codec
    if codec.storage == "float32":
        return faiss.IndexFlatIP(codec.dim)
    kinds = faiss.ScalarQuantizer
    kind = kinds.QT_fp16 if codec.storage == "float16" else kinds.QT_8bit
    made = faiss.IndexScalarQuantizer(codec.dim, kind, faiss.METRIC_INNER_PRODUCT)
    if codec.trained is not None:
        faiss.copy_array_to_vector(np.ascontiguousarray(codec.trained), made.sq.trained)
    made.is_trained = True
    return made
