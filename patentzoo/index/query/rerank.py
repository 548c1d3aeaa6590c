"""Re-ranking: what the neighbours say about a query and about each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Square = npt.NDArray[np.float64]

ALPHA = 3.0
"""Exponent of the cosine by which a neighbour is weighted (Radenović et al.)."""


def expanded(query: Vectors, neighbours: Vectors, alpha: float = ALPHA) -> Vectors:
    """α-weighted query expansion (Radenović, Tolias and Chum, TPAMI 2019).

    The query moves towards its nearest drawings, each weighted by its cosine to the power of α.

    Args:
        query: float32 (dim,), unit.
        neighbours: float32 (n, dim), unit rows.
        alpha: 0 weighs all alike.

    Returns:
        float32 (dim,), unit.
    """
    weights = np.maximum(neighbours @ query, np.float32(0)) ** np.float32(alpha)
    return _unit(np.asarray(query + weights @ neighbours, dtype=np.float32))


def augmented(vectors: Vectors, k: int, alpha: float = ALPHA) -> Vectors:
    """Database-side augmentation (Arandjelović and Zisserman, CVPR 2012), α-weighted.

    Every vector moves towards its k nearest among the others.

    Args:
        vectors: float32 (n, dim), unit rows.
        k: Neighbours, below n.
        alpha: As for ``expanded``.

    Returns:
        float32 (n, dim), unit rows.
    """
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    k = min(k, len(vectors) - 1)
    if k < 1:
        return vectors
    nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
    weights = np.zeros_like(cosines)
    values = np.maximum(np.take_along_axis(cosines, nearest, axis=1), 0.0) ** alpha
    np.put_along_axis(weights, nearest, values, axis=1)
    return _unit(np.asarray(vectors + weights @ vectors, dtype=np.float32))


def k_reciprocal(cosines: Square, k1: int, k2: int, share: float) -> Square:
    """k-reciprocal re-ranking (Zhong, Zheng, Cao and Li, CVPR 2017): scores of row 0 with the rest.

    Two drawings are alike if their sets of k-reciprocal neighbours are: those that are among each
    other's nearest.

    Args:
        cosines: float64 (n, n), of the query (row 0) and its candidates with one another.
        k1: Neighbours that make a set.
        k2: Neighbours over which sets are averaged.
        share: λ, the part of the original distance in the final one, in [0, 1].

    Returns:
        float64 (n - 1,), in [-1, 1]: 1 - ((1 - λ) Jaccard distance + λ (1 - cosine)).
    """
    distance = np.clip(1.0 - cosines, 0.0, 2.0)
    np.fill_diagonal(distance, 0.0)
    order = np.argsort(distance, axis=1, kind="stable")
    sets = _expanded_sets(order, k1)
    weights = sets * np.exp(-distance)
    weights /= weights.sum(axis=1, keepdims=True)
    weights = _nearest(order, k2) @ weights / min(k2, len(order))
    common = np.minimum(weights[:1], weights).sum(axis=1)
    jaccard = 1.0 - common / (2.0 - common)  # both rows sum to 1
    final = (1.0 - share) * jaccard + share * distance[0]
    return np.asarray(np.clip(1.0 - final[1:], -1.0, 1.0))


def _nearest(order: npt.NDArray[np.int64], k: int) -> Square:
    """1 where a column is among the first k of a row's ranking."""
    found = np.zeros(order.shape)
    np.put_along_axis(found, order[:, :k], 1.0, axis=1)
    return found


def _reciprocal(order: npt.NDArray[np.int64], k: int) -> Square:
    near = _nearest(order, k + 1)  # oneself comes first
    return near * near.T


def _expanded_sets(order: npt.NDArray[np.int64], k1: int) -> Square:
    """The paper's R*: a neighbour's own set joins if two thirds of it are there already."""
    sets = _reciprocal(order, k1)
    half = _reciprocal(order, max(1, round(k1 / 2)))
    common = half @ sets.T  # (neighbour, i): how much of the neighbour's set is in that of i
    joins = (common > 2.0 / 3.0 * half.sum(axis=1, keepdims=True)) * sets.T
    return np.asarray(np.minimum(sets + joins.T @ half, 1.0) > 0, dtype=np.float64)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)
