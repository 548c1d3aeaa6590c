"""Drawings of different patents that are all but the same picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError
from patentzoo.hit import Hit
from patentzoo.index.engines.protocol import Mask
from patentzoo.index.query.patent_groups import Groups
from patentzoo.index.query.read_transaction import ReadTransaction
from patentzoo.index.state.snapshot import Rows, Snapshot
from patentzoo.index.storage.filters import Where

BATCH = 1024
"""Drawings searched for at a time."""
_DEPTH = 16
"""Neighbours looked at first; more where all of them are close enough."""

Pairs = tuple[Rows, Rows, npt.NDArray[np.float32]]


def find_duplicates(view: ReadTransaction, min_score: float, where: Where) -> list[tuple[Hit, ...]]:
    """See ``Index.near_duplicates``."""
    if not -1 <= min_score <= 1:
        raise QueryError(f"min_score = {min_score!r} must lie between -1 and 1.")
    snapshot, groups = view.snapshot, view.groups
    allowed = view.filter_mask(where, ())
    found = [each for each in _pairs(snapshot, groups, min_score, allowed) if len(each[0])]
    if not found:
        return []
    left, right, scores = (np.concatenate(each) for each in zip(*found, strict=True))
    best = np.full(len(snapshot.rows), -2.0, np.float32)
    np.maximum.at(best, left, scores)
    np.maximum.at(best, right, scores)
    clusters = _components(left, right)
    stored = view.stored(snapshot.rows[np.concatenate(clusters)])
    ordered = [each[np.lexsort((each, -best[each]))] for each in clusters]
    ordered.sort(key=lambda each: (-float(best[each[0]]), int(each[0])))
    return [
        tuple(
            stored.hit(int(snapshot.rows[position]), rank, float(min(best[position], 1.0)))
            for rank, position in enumerate(each, start=1)
        )
        for each in ordered
    ]


def _pairs(
    snapshot: Snapshot, groups: Groups, min_score: float, allowed: Mask | None
) -> Iterator[Pairs]:
    """Positions of close drawings of different patents, and their cosines, a batch at a time."""
    live = snapshot.live()
    live = live if allowed is None else live[allowed[live]]
    for start in range(0, len(live), BATCH):
        rows, depth = live[start : start + BATCH], _DEPTH
        while len(rows):
            queries = snapshot.vectors(rows)
            scores, positions = snapshot.search(queries, depth + 1, allowed)
            close = scores >= min_score
            deeper = close[:, -1] & (scores.shape[1] > depth)
            other = close & (groups.of[positions] != groups.of[rows][:, None]) & ~deeper[:, None]
            left = np.broadcast_to(rows[:, None], other.shape)[other]
            yield left, positions[other], scores[other]
            rows, depth = rows[deeper], 4 * depth


def _components(left: Rows, right: Rows) -> list[Rows]:
    """Positions that pairs chain together: rising, each in one component."""
    nodes, numbers = np.unique(np.concatenate([left, right]), return_inverse=True)
    parent = np.arange(len(nodes))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    for one, other in zip(*numbers.reshape(2, -1).tolist(), strict=True):
        parent[root(one)] = root(other)
    roots = np.array([root(node) for node in range(len(nodes))])
    order = np.argsort(roots, kind="stable")
    cuts = np.flatnonzero(np.diff(roots[order])) + 1
    return [nodes[each] for each in np.split(order, cuts)]
