"""Retrieval measured by citations: relevant are the figures of the patents that a patent cites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ConfigError
from patentzoo.evaluate.metrics import QueryScore, as_query_scores, check_vectors
from patentzoo.evaluate.ranking import (
    NOT_THERE,
    Rescore,
    rank_rows,
    rows_by_patent,
    score_chunks,
    unit_rows,
)
from patentzoo.options import ReadOptions
from patentzoo.sources import iter_sources
from patentzoo.sources.cited import CITED, cited_ids

_WHAT_TO_GIVE = (
    "Give grants with their XML beside them, and the designs they cite as well, e.g. the weekly "
    "archives of several years. For a folder a patent use the protocol 'folder'."
)


def read_citations(data: Path) -> tuple[int, dict[str, frozenset[str]]]:
    """Read which patents of a collection cite which others of it; no picture is read.

    Args:
        data: Anything that holds grants with their XML, or tables with the columns ``patent`` and
            ``cited``.

    Returns:
        The number of patents, and for each one that cites another of them, which.

    Raises:
        ConfigError: None cites another.
    """
    told: dict[str, frozenset[str]] = {}
    for source in iter_sources(data, ReadOptions()):
        label = source.known_label()
        if label.patent and source.left_out is None and not source.companion:
            told[label.patent] = cited_ids(str(label.metadata.get(CITED) or ""))
    citing = {patent: (cited & told.keys()) - {patent} for patent, cited in told.items()}
    citations = {patent: cited for patent, cited in citing.items() if cited}
    if not citations:
        known = sum(bool(cited) for cited in told.values())
        raise ConfigError(
            f"{data}: no patent cites another one of the collection, so there is nothing to "
            f"measure by citations ({len(told)} patents, {known} with known citations). "
            f"{_WHAT_TO_GIVE}"
        )
    return len(told), citations


def score_citations(
    ids: Sequence[str],
    vectors: NDArray[np.floating],
    patents: Sequence[str],
    citations: Mapping[str, frozenset[str]],
    rescore: Rescore | None = None,
) -> list[QueryScore]:
    """Rank the images of all other patents for every image whose patent cites one of them.

    Whoever searches prior art does not have the query's own patent in the collection: its other
    images are taken out of the ranking.

    Args:
        ids: n distinct ids.
        vectors: (n, d) floats, normalised here.
        patents: n patents.
        citations: For each patent the patents that it cites.
        rescore: re-ranks each query's candidates.

    Raises:
        ConfigError: Lengths disagree, ids repeat, a vector is not finite, or no image is a query.
    """
    check_vectors(ids, vectors, patents)
    rows_of = rows_by_patent(patents)
    relevant = {patent: _relevant(patent, citations, rows_of) for patent in rows_of}
    asked = np.array([row for row, each in enumerate(patents) if len(relevant[each])], np.int64)
    if not len(asked):
        raise ConfigError(
            "No patent with a readable image cites another one with a readable image: there is "
            f"nothing to measure by citations. {_WHAT_TO_GIVE}"
        )
    units = unit_rows(vectors)

    def rows() -> Iterator[NDArray[np.float64]]:
        for first, scores in score_chunks(units[asked], units, asked):
            for query, row in zip(asked[first : first + len(scores)], scores, strict=True):
                row[rows_of[patents[query]]] = NOT_THERE
                yield rescore(units[query], row, units) if rescore else row

    found = [relevant[patents[row]] for row in asked]
    return as_query_scores(
        [ids[row] for row in asked],
        [patents[row] for row in asked],
        rank_rows(rows(), found),
        ids,
        max(map(len, found)),
    )


def _relevant(
    patent: str,
    citations: Mapping[str, frozenset[str]],
    rows_of: Mapping[str, NDArray[np.int64]],
) -> NDArray[np.int64]:
    """Rows of the images of the patents that one cites, its own never."""
    cited = sorted(citations.get(patent, frozenset()) - {patent})
    found = [rows_of[each] for each in cited if each in rows_of]
    return np.concatenate(found) if found else np.empty(0, np.int64)
