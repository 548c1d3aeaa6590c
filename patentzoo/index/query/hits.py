"""Positions and scores -> hits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from patentzoo.hit import Hit, Treatment
from patentzoo.index.engines.protocol import Vectors
from patentzoo.index.query.orient import QueryBatch
from patentzoo.index.query.queries import QueryImages
from patentzoo.index.query.query_plan import RankedGroup
from patentzoo.index.query.read_transaction import HitRows, ReadTransaction
from patentzoo.index.query.search_result import SearchResult
from patentzoo.index.state.snapshot import Rows


def of_drawings(
    view: ReadTransaction,
    queries: QueryBatch,
    asked: Sequence[QueryImages],
    scores: Vectors,
    positions: Rows,
) -> list[SearchResult]:
    """The results of queries whose closest drawings are known.

    What the catalogue says is read here, in the state that was searched; hits are made of it when
    they are looked at.

    Args:
        view: What was searched.
        queries: m queries, each in one variant.
        asked: What each was asked with.
        scores: float32 (m, k), in [-1, 1], never rising along a row.
        positions: int64 (m, k).
    """
    if (scores[:, 1:] > scores[:, :-1]).any():
        raise ValueError("The scores of a SearchResult never rise from one hit to the next.")
    rows: Rows = view.snapshot.rows[positions]
    batch = _Batch(view.stored(rows), rows, scores)
    return [
        SearchResult.of(name, partial(batch.hits, number), images, (treatment,))
        for number, (name, images, treatment) in enumerate(
            zip(queries.names, asked, queries.treatments, strict=True)
        )
    ]


def of_ranking(
    view: ReadTransaction,
    name: str,
    asked: QueryImages,
    treatments: Sequence[Treatment],
    places: Sequence[RankedGroup],
    grouped: bool,
) -> SearchResult:
    """The result of one query whose closest drawings, or patents if ``grouped``, are known."""
    positions = np.array([p for each in places for p in each.positions], np.int64)
    rows: Rows = view.snapshot.rows[positions]
    stored, ahead = view.stored(rows), iter(rows.tolist())
    hits = []
    for rank, place in enumerate(places, start=1):
        mine = [next(ahead) for _ in place.positions]
        best = stored.hit(mine[0], rank, place.score)
        figures = _hits(stored, mine, place.scores) if grouped else ()
        hits.append(dataclasses.replace(best, figures=figures) if grouped else best)
    return SearchResult(name, tuple(hits), asked, tuple(treatments))


@dataclass(frozen=True, eq=False)
class _Batch:
    """What the hits of several queries are made of."""

    stored: HitRows
    rows: Rows
    scores: Vectors

    def hits(self, number: int) -> tuple[Hit, ...]:
        """Those of one query."""
        return _hits(self.stored, self.rows[number].tolist(), self.scores[number].tolist())


def _hits(stored: HitRows, rows: Sequence[int], scores: Sequence[float]) -> tuple[Hit, ...]:
    pairs = zip(rows, scores, strict=True)
    return tuple([stored.hit(row, rank, score) for rank, (row, score) in enumerate(pairs, 1)])
