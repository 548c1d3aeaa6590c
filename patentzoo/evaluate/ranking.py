"""Every query against a gallery, a chunk of queries at a time.

A ranking is never sorted whole: all that the metrics need is, for each relevant image, how many of
the gallery score at least as high. 13,133 queries against 38,834 images hold one chunk of scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ConfigError

CHUNK_BYTES = 128 * 2**20
"""Scores in memory at one time."""
DECIMALS = 9
"""Cosines are rounded, so that copies of one vector tie however the product was summed."""
NOT_THERE = -9.0
"""Below every cosine: the score of a query with itself."""
Floats = NDArray[np.float64]
Rescore = Callable[[Floats, Floats, Floats], Floats]
"""(query (d,), its scores (n,), gallery (n, d)) -> new scores (n,)."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """Where one query's relevant images stand, best first.

    Attributes:
        at_least: (R,) images of the gallery that score at least as high as each relevant one,
            itself included.
        relevant_at_least: (R,) relevant ones among them.
        nearest: row of the gallery ranked first.
    """

    at_least: NDArray[np.int64]
    relevant_at_least: NDArray[np.int64]
    nearest: int

    @property
    def places(self) -> NDArray[np.int64]:
        """(R,) ranks from 1; of equal scores the irrelevant come first."""
        irrelevant = self.at_least - self.relevant_at_least
        places: NDArray[np.int64] = irrelevant + np.arange(1, len(irrelevant) + 1)
        return places


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rows of length 1 as float64; a zero row stays zero."""
    exact = vectors.astype(np.float64)
    exact /= np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-12)
    return exact


def score_chunks(
    queries: NDArray[np.float64], gallery: NDArray[np.float64], own: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Cosines of a few queries at a time.

    Args:
        queries: (q, d) unit rows.
        gallery: (n, d) unit rows.
        own: (q,) row of the gallery that is the query itself, or -1.

    Yields:
        Number of the first query of the chunk, and its scores (c, n), to be used before the next.
    """
    rows = max(1, CHUNK_BYTES // (8 * max(1, len(gallery))))
    for first in range(0, len(queries), rows):
        scores = queries[first : first + rows] @ gallery.T
        np.round(scores, DECIMALS, out=scores)
        mine = own[first : first + rows]
        scores[np.flatnonzero(mine >= 0), mine[mine >= 0]] = NOT_THERE
        yield first, scores


def rank_queries(
    queries: NDArray[np.floating],
    query_patents: Sequence[str],
    gallery: NDArray[np.floating],
    patents: Sequence[str],
    own: NDArray[np.int64],
    rescore: Rescore | None = None,
) -> Iterator[Ranks]:
    """Rank the gallery for every query by cosine.

    Args:
        queries: (q, d) floats, normalised here.
        query_patents: q patents.
        gallery: (n, d) floats, normalised here.
        patents: n patents.
        own: (q,) row of the gallery that is the query itself, or -1.
        rescore: re-ranks each query's candidates.

    Yields:
        The ranks of each query, in order.

    Raises:
        ConfigError: A query has no relevant image.
    """
    rows_of = rows_by_patent(patents)
    units = unit_rows(gallery)
    asked = units[own] if (own >= 0).all() else unit_rows(queries)
    for first, scores in score_chunks(asked, units, own):
        for offset, row in enumerate(scores):
            query = first + offset
            relevant = rows_of.get(query_patents[query], np.empty(0, np.int64))
            relevant = relevant[relevant != own[query]]
            if not len(relevant):
                raise ConfigError(
                    f"Query number {query} has no other image of patent {query_patents[query]!r}: "
                    "leave it out of the queries."
                )
            yield _ranks(rescore(asked[query], row, units) if rescore else row, relevant)


def rows_by_patent(patents: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Rows of the gallery that belong to each patent."""
    names, member = np.unique(np.asarray(patents), return_inverse=True)
    order = np.argsort(member, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(member, minlength=len(names)))[:-1])
    return {str(name): np.asarray(part, np.int64) for name, part in zip(names, parts, strict=True)}


def _ranks(scores: NDArray[np.float64], relevant: NDArray[np.int64]) -> Ranks:
    found = np.sort(scores[relevant])[::-1]
    at_least = np.array([np.count_nonzero(scores >= score) for score in found], np.int64)
    relevant_at_least = np.searchsorted(-found, -found, side="right")
    return Ranks(at_least, relevant_at_least.astype(np.int64), int(np.argmax(scores)))


def rank_rows(
    rows: Iterable[NDArray[np.float64]], relevant: Sequence[NDArray[np.int64]]
) -> Iterator[Ranks]:
    """Rank what scores that were computed elsewhere say.

    Args:
        rows: q arrays (n,), higher is closer; rounded here as :func:`score_chunks` does.
        relevant: For each query the numbers of what is relevant, at least one.
    """
    for scores, found in zip(rows, relevant, strict=True):
        yield _ranks(np.round(scores, DECIMALS), found)
