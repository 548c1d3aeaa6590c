"""Clusters of near copies so large that they fill an approximate search's list of candidates.

A walk that enters one sees nothing but its members, and what lies beside it is lost. A graph holds
one member of each; the others are compared exactly where they may be among the nearest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.index.engines.distinct import Distinct, append_marked, read_marked
from patentzoo.index.engines.faiss_calls import load_faiss, search_with
from patentzoo.index.engines.flat import among, merge
from patentzoo.index.engines.protocol import Mask, Neighbors, Vectors
from patentzoo.index.storage.segments import Segment, parts_at, vectors_at

LEAST = 128
"""Members of a cluster: as many as the list of candidates holds."""
NEAR = 0.9
"""Cosine of a member with the first one."""
MOST_VISITED = 8
"""Clusters compared with a query, those that may hold the nearest first."""
_NARROW, _BLOCK = 8, 50_000
_MARK = b"pzdense1"
_ROUNDING = 0.02
"""Scores of codes of 8 bits are off by so much."""

Rows = npt.NDArray[np.int64]


def without_clusters(
    index: Any, distinct: Distinct, segments: Sequence[Segment]
) -> Distinct | None:
    """Find the clusters in a graph, and let the first member of each stand for all.

    Args:
        index: faiss's IndexHNSW over ``distinct.first``.
        distinct: Exact copies.
        segments: Of the vectors.

    Returns:
        What is to stand for what; None where there is no cluster.
    """
    leader = np.arange(len(distinct.first))
    dense = _crowded(index, distinct, segments)
    for first in range(0, len(dense), _BLOCK):
        numbers = dense[first : first + _BLOCK]
        _group(leader, numbers, vectors_at(segments, distinct.first[numbers]))
    if (leader == np.arange(len(leader))).all():
        return None
    stands = distinct.first[leader[distinct.of]]
    return Distinct(np.unique(stands, return_inverse=True)[1].astype(np.int64))


def _crowded(index: Any, distinct: Distinct, segments: Sequence[Segment]) -> Rows:
    """int64 (d,), rising: vectors that, as far as the graph tells, are members of clusters."""
    found, first = [np.empty(0, np.int64)], 0
    for vectors in distinct.blocks(segments):
        numbers = np.arange(first, first + len(vectors))
        for count in (_NARROW, LEAST):
            if len(numbers):
                parameters = load_faiss().SearchParametersHNSW(efSearch=2 * count)
                scores, near = search_with(index, vectors[numbers - first], count, parameters)
                # Among equal vectors a graph falls into pieces, in which fewer are found.
                numbers = numbers[np.where(near < 0, 1.0, scores).min(axis=1) >= NEAR]
        found.append(numbers)
        first += len(vectors)
    return np.concatenate(found)


def _group(leader: Rows, numbers: Rows, vectors: Vectors) -> None:
    """Write into ``leader`` the first member of each cluster among some crowded vectors."""
    free = np.ones(len(numbers), dtype=bool)
    for at in range(len(numbers)):
        if free[at]:
            near = free & (vectors @ vectors[at] >= NEAR)
            free[at] = False
            if np.count_nonzero(near) >= LEAST:
                free &= ~near
                leader[numbers[near]] = numbers[at]


class DenseClusters:
    """The members of clusters, in the order of these.

    Args:
        distinct: Exact copies.
        nodes: What the graph holds: of each cluster one vector stands for all.
        segments: Of the vectors.
    """

    def __init__(self, distinct: Distinct, nodes: Distinct, segments: Sequence[Segment]) -> None:
        self.nodes = nodes
        self.distinct = distinct
        node = nodes.of[distinct.first]  # of each distinct vector
        self._number_of_node = distinct.of[nodes.first]
        sizes = np.bincount(node, minlength=len(nodes.first))
        self._leaders = self._number_of_node[np.flatnonzero(sizes > 1)]
        members = np.flatnonzero(sizes[node] > 1)
        order = np.argsort(node[members], kind="stable")
        self._members = members[order]
        self._starts = np.append(0, np.cumsum(sizes[sizes > 1]))
        self._codec = segments[0].codec
        parts = parts_at(segments, distinct.first[members])
        self._codes = np.concatenate([segment.codes[rows] for segment, rows in parts])[order]
        self._leading = vectors_at(segments, distinct.first[self._leaders])
        self._radius = np.array([self._radius_of(each) for each in range(len(self._leaders))])

    def memory_bytes(self) -> int:
        """Members' vectors and numbers."""
        return int(self._codes.nbytes + self._members.nbytes + self._leading.nbytes)

    def complete(self, queries: Vectors, found: Neighbors, k: int, mask: Mask | None) -> Neighbors:
        """The nearest of what a graph found and of the clusters that may hold nearer ones.

        Args:
            queries: float32 (m, dim).
            found: Scores and nodes, (m, c), -1 at the end.
            k: Hits wanted; as many columns as ``found`` are kept.
            mask: bool (n,): positions that may be found; None: all.

        Returns:
            Scores and numbers of distinct vectors, (m, c).
        """
        allowed = None if mask is None else self.distinct.filter_mask(mask)
        scores, nodes = found
        numbers = np.where(nodes < 0, -1, self._number_of_node[nodes])
        if allowed is not None:
            numbers = np.where(allowed[numbers], numbers, -1)
        reach = numbers.shape[1]
        scores, numbers = merge([(scores, numbers)], len(queries), reach)
        floor = np.where(numbers[:, min(k, reach) - 1] < 0, -1.0, scores[:, min(k, reach) - 1])
        visited = self._visited(queries, floor)
        for cluster in np.flatnonzero(visited.any(axis=0)).tolist():
            rows = np.flatnonzero(visited[:, cluster])
            more = self._search(cluster, queries[rows], reach, allowed)
            mine = np.where(numbers[rows] == self._leaders[cluster], -1, numbers[rows])
            both = [(scores[rows], mine), more]
            scores[rows], numbers[rows] = merge(both, len(rows), reach)
        return scores, numbers

    def _visited(self, queries: Vectors, floor: Vectors) -> npt.NDArray[np.bool_]:
        """bool (m, g): the clusters, a few at most, with members that may score over ``floor``."""
        angles = np.arccos(np.clip(queries @ self._leading.T, -1, 1))
        best = np.cos(np.maximum(0, angles - self._radius))
        visited = np.asarray(best >= floor[:, None] - _ROUNDING)
        if best.shape[1] > MOST_VISITED:
            least = np.partition(best, -MOST_VISITED, axis=1)[:, -MOST_VISITED]
            visited &= best >= least[:, None]
        return visited

    def _search(self, cluster: int, queries: Vectors, k: int, allowed: Mask | None) -> Neighbors:
        part = slice(self._starts[cluster], self._starts[cluster + 1])
        members = self._members[part]
        mine = None if allowed is None else allowed[members]
        count = len(members) if mine is None else int(np.count_nonzero(mine))
        scores, rows = among(self._vectors(part), queries, min(k, count), mine)
        return scores, np.where(rows < 0, -1, members[rows])

    def _vectors(self, part: slice) -> Vectors:
        return self._codec.decode(self._codes[part])

    def _radius_of(self, cluster: int) -> float:
        part = slice(self._starts[cluster], self._starts[cluster + 1])
        least = float((self._vectors(part) @ self._leading[cluster]).min())
        return float(np.arccos(np.clip(least, -1, 1)))

    def append_to(self, file: Path) -> None:
        """Write which are copies, then which are of one cluster, behind what an engine has written.

        An earlier version reads the second, and takes the members of a cluster for copies.
        """
        append_marked(file, self.distinct.of, _MARK)
        self.nodes.append_to(file)

    @classmethod
    def read(cls, file: Path, nodes: Distinct, segments: Sequence[Segment]) -> DenseClusters | None:
        """Read what ``append_to`` has written; None where there are no clusters."""
        copies = read_marked(file, _MARK)
        return None if copies is None else cls(Distinct(copies), nodes, segments)
