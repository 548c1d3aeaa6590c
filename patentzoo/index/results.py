"""Positions and scores -> hits."""

from __future__ import annotations

from collections.abc import Sequence

from patentzoo.index.engines import Vectors
from patentzoo.index.ranking import Ranked
from patentzoo.index.snapshot import Rows
from patentzoo.index.view import View, hit
from patentzoo.results import SearchResult


def of_drawings(
    view: View, names: Sequence[str], scores: Vectors, positions: Rows
) -> list[SearchResult]:
    """The results of queries whose closest drawings are known: both arrays are (m, k)."""
    records = view.records(positions)
    return [
        SearchResult(
            name,
            tuple(
                hit(records[position], rank, score)
                for rank, (score, position) in enumerate(zip(*each, strict=True), start=1)
            ),
        )
        for name, *each in zip(names, scores.tolist(), positions.tolist(), strict=True)
    ]


def of_ranking(view: View, name: str, places: Sequence[Ranked], grouped: bool) -> SearchResult:
    """The result of one query whose closest drawings, or patents if ``grouped``, are known."""
    records = view.records([position for each in places for position in each.positions])
    hits = []
    for rank, place in enumerate(places, start=1):
        pairs = zip(place.positions, place.scores, strict=True)
        figures = tuple(hit(records[p], i, score) for i, (p, score) in enumerate(pairs, start=1))
        shown = figures if grouped else ()
        hits.append(hit(records[place.positions[0]], rank, place.score, shown))
    return SearchResult(name, tuple(hits))
