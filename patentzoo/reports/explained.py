"""Where query and hits agree, for reports: of the results that can say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from patentzoo.errors import ImageError, ModelError, QueryError
from patentzoo.hit import Hit
from patentzoo.reports.explanation import Explanation
from patentzoo.reports.query_hits import QueryHits

Overlays = dict[int, tuple[str, str, str]]
"""By rank: the colour over the query and over the hit, as ``data:`` addresses; and what was taken
apart, in words, where it is not the score that the hit was ranked by."""

PER_QUERY, ALTOGETHER = 10, 100
"""So many hits are explained unless ``explain=True``: each is read and embedded once more."""


@runtime_checkable
class Explains(Protocol):
    """A result that can explain its hits."""

    def explain(self, hit: Hit) -> Explanation:
        """Show where the query and a hit agree."""


def overlays_of(results: Sequence[QueryHits], explain: bool | None) -> list[Overlays]:
    """For each result, where its hits agree with the query.

    Args:
        results: Those of a report.
        explain: Of all hits; None: of the first ones, where the model allows it; False: of none.

    Raises:
        ModelError: ``explain=True`` with a model that allows no explanation.
        QueryError: ``explain=True`` with a result that was not found in this process.
    """
    if explain is False:
        return [{} for _ in results]
    found, left = [], ALTOGETHER
    for result in results:
        depth = len(result) if explain else min(PER_QUERY, left)
        try:
            overlays = _overlays(result, result[:depth], strict=bool(explain))
        except (ModelError, QueryError):
            if explain:
                raise
            overlays, depth = {}, 0
        found.append(overlays)
        left -= depth
    return found


def _overlays(result: QueryHits, hits: Sequence[Hit], *, strict: bool) -> Overlays:
    if not isinstance(result, Explains):
        if strict:
            raise QueryError(
                f"{result.query}: a result that was read from a file cannot be explained. Search "
                "again."
            )
        return {}
    made: Overlays = {}
    for hit in hits:
        try:
            explanation = result.explain(hit)
        except ImageError:
            continue  # a picture that is gone
        other = explanation.ranked_by is not None
        words = f"explained: the cosine, {explanation.score:.3f}" if other else ""
        made[hit.rank] = (*explanation.overlays(), words)
    return made
