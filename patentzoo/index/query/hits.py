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
from patentzoo.index.query.search_options import Window
from patentzoo.index.query.search_result import SearchResult
from patentzoo.index.state.closeness import Scale, closeness_of
from patentzoo.index.state.snapshot import Rows


@dataclass(frozen=True)
class Ranking:
    """How the places of a ranking are meant.

    Attributes:
        window: Which of them become hits.
        grouped: They are patents.
        cosines: Their scores are cosines of one view each, which the index's scale is of.
    """

    window: Window
    grouped: bool
    cosines: bool


def of_drawings(
    view: ReadTransaction,
    queries: QueryBatch,
    query_images: Sequence[QueryImages],
    scores: Vectors,
    positions: Rows,
    window: Window,
) -> list[SearchResult]:
    """The results of queries whose closest drawings are known.

    What the catalogue says is read here, in the state that was searched; hits are made of it when
    they are looked at.

    Args:
        view: What was searched.
        queries: m queries, each in one variant.
        query_images: What each was asked with.
        scores: float32 (m, k), in [-1, 1], never rising along a row.
        positions: int64 (m, k).
        window: Which of them become hits.
    """
    if (scores[:, 1:] > scores[:, :-1]).any():
        raise ValueError("The scores of a SearchResult never rise from one hit to the next.")
    rows: Rows = view.snapshot.rows[positions]
    scale = Scale.of_meta(view.snapshot.meta)
    batch = _Batch(view.stored(rows[:, window.offset :]), rows, scores, window, scale)
    return [
        SearchResult.of(name, partial(batch.hits, number), images, (treatment,), window.offset)
        for number, (name, images, treatment) in enumerate(
            zip(queries.names, query_images, queries.treatments, strict=True)
        )
    ]


def of_ranking(
    view: ReadTransaction,
    name: str,
    query_images: QueryImages,
    treatments: Sequence[Treatment],
    places: Sequence[RankedGroup],
    ranking: Ranking,
) -> SearchResult:
    """The result of one query whose closest drawings or patents are known."""
    window, grouped = ranking.window, ranking.grouped
    scale = Scale.of_meta(view.snapshot.meta) if ranking.cosines else None
    places = places[window.offset : window.end([each.score for each in places])]
    positions = np.array([p for each in places for p in each.positions], np.int64)
    rows: Rows = view.snapshot.rows[positions]
    stored, ahead = view.stored(rows), iter(rows.tolist())
    hits = []
    for rank, place in enumerate(places, start=window.offset + 1):
        mine = [next(ahead) for _ in place.positions]
        (best,) = _hits(stored, mine[:1], [place.score], rank, scale)
        figures = _hits(stored, mine, place.scores, 1, scale) if grouped else ()
        hits.append(dataclasses.replace(best, figures=figures) if grouped else best)
    return SearchResult(name, tuple(hits), query_images, tuple(treatments), window.offset)


@dataclass(frozen=True, eq=False)
class _Batch:
    """What the hits of several queries are made of."""

    stored: HitRows
    rows: Rows
    scores: Vectors
    window: Window
    scale: Scale | None

    def hits(self, number: int) -> tuple[Hit, ...]:
        """Those of one query."""
        scores = self.scores[number].tolist()
        first = self.window.offset
        chosen = slice(first, self.window.end(scores))
        rows = self.rows[number].tolist()[chosen]
        return _hits(self.stored, rows, scores[chosen], first + 1, self.scale)


def _hits(
    stored: HitRows, rows: Sequence[int], scores: Sequence[float], first: int, scale: Scale | None
) -> tuple[Hit, ...]:
    """Hits whose ranks count from ``first``."""
    pairs = zip(rows, scores, strict=True)
    hits = [stored.hit(row, rank, score) for rank, (row, score) in enumerate(pairs, first)]
    if scale is not None:
        for hit, percentile in zip(hits, scale.percentiles(scores).tolist(), strict=True):
            hit.placed(percentile, closeness_of(hit.score, percentile))
    return tuple(hits)
