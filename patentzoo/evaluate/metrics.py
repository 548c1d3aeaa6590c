"""Retrieval metrics: arrays in, numbers out.

Average precision is taken over the *full* ranking with scikit-learn's definition, AP = Σ (Rₙ −
Rₙ₋₁) Pₙ over the distinct scores: images of equal score share one threshold, so their order cannot
matter. Ranks are pessimistic for the same reason: an irrelevant image that ties with a relevant one
stands before it. A network that maps everything to one point scores chance, not 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ConfigError
from patentzoo.evaluate.intervals import Interval as Interval
from patentzoo.evaluate.intervals import bootstrap_interval as bootstrap_interval
from patentzoo.evaluate.intervals import bootstrap_intervals
from patentzoo.evaluate.ranking import Ranks, Rescore, rank_queries

HIT_DEPTHS = (5, 10, 20, 50, 100)


@dataclass(frozen=True)
class QueryScore:
    """How one query fared.

    Attributes:
        id: the query's id.
        patent: the patent it belongs to.
        average_precision: over the full ranking of its gallery, in (0, 1].
        first_rank: rank of the first figure of the same patent, 1 is best.
        positives: how many other figures its patent has in the gallery.
        nearest: id of the image ranked first, whatever its patent.
        precision_10: average precision over the first ten alone.
        precision_bin: average precision over the first k, k being the gallery's most figures of one
            patent: pytorch-metric-learning's ``max_bin_count``.
        precision_bin_found: the same divided by the relevant images found among the k, as that
            library did before version 1.6.2.
        places: rank of each relevant image, rising, from 1.
    """

    id: str
    patent: str
    average_precision: float
    first_rank: int
    positives: int
    nearest: str
    precision_10: float = 0.0
    precision_bin: float = 0.0
    precision_bin_found: float = 0.0
    places: tuple[int, ...] = ()


def average_precision(relevant: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """Average precision over the full ranking, equal to scikit-learn's.

    Args:
        relevant: (n,) bool, at least one True.
        scores: (n,) floats, higher is closer; ties share one threshold.

    Returns:
        A number in (0, 1].
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    hits = np.cumsum(relevant[order])
    last_of_tie = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    hits = hits[last_of_tie]
    precision = hits / (last_of_tie + 1)
    return float(np.sum(np.diff(hits, prepend=0) * precision) / hits[-1])


def first_rank(relevant: NDArray[np.bool_], scores: NDArray[np.floating]) -> int:
    """Rank (from 1) of the best relevant image; irrelevant ones of equal score come before it."""
    best = scores[relevant].max()
    return 1 + int(np.count_nonzero(scores[~relevant] >= best))


def precision_over_ranking(ranks: Ranks) -> float:
    """:func:`average_precision` of a ranking that was only counted."""
    return float(np.mean(ranks.relevant_at_least / ranks.at_least))


def precision_at(ranks: Ranks, k: int, *, divide_by_found: bool = False) -> float:
    """Average precision over the first ``k``: Σ P(rank) over the relevant ones among them.

    Args:
        ranks: Of one query.
        k: Depth.
        divide_by_found: By the relevant images among the first k (1 if none), as
            pytorch-metric-learning did before 1.6.2, rather than by min(R, k).
    """
    places = ranks.places
    found = places <= k
    total = float(np.sum(np.arange(1, len(places) + 1)[found] / places[found]))
    return total / (max(1, int(found.sum())) if divide_by_found else min(len(places), k))


def siblings(ids: Sequence[str], patents: Sequence[str]) -> list[str]:
    """The ids that have another image of their patent: the queries of the protocols in one list."""
    sizes = Counter(patents)
    return [id_ for id_, patent in zip(ids, patents, strict=True) if sizes[patent] > 1]


def score_queries(
    ids: Sequence[str],
    vectors: NDArray[np.floating],
    patents: Sequence[str],
    query_ids: Sequence[str],
    rescore: Rescore | None = None,
) -> list[QueryScore]:
    """Rank the gallery for every query by cosine, the query itself removed by its id.

    Args:
        ids: n distinct gallery ids.
        vectors: (n, d) floats, normalised here.
        patents: n patents.
        query_ids: ids out of `ids`, each with another image of its patent.
        rescore: re-ranks each query's candidates.

    Raises:
        ConfigError: lengths disagree, ids repeat, a vector is not finite, a query is not
            in the gallery or has no relevant image.
    """
    check_vectors(ids, vectors, patents)
    row_of = {id_: row for row, id_ in enumerate(ids)}
    missing = [id_ for id_ in query_ids if id_ not in row_of]
    if missing:
        raise ConfigError(f"Query {missing[0]!r} is not in the gallery it is removed from.")
    sizes = Counter(patents)
    for id_ in query_ids:
        if sizes[patents[row_of[id_]]] < 2:
            raise ConfigError(
                f"Query {id_!r} has no other image of patent {patents[row_of[id_]]!r}: "
                "leave it out of the queries."
            )
    rows = np.array([row_of[id_] for id_ in query_ids], np.int64)
    asked = [patents[row] for row in rows]
    return _scored(query_ids, vectors[rows], asked, ids, vectors, patents, rows, rescore)


def score_against(
    query_ids: Sequence[str],
    queries: NDArray[np.floating],
    query_patents: Sequence[str],
    ids: Sequence[str],
    vectors: NDArray[np.floating],
    patents: Sequence[str],
    rescore: Rescore | None = None,
) -> list[QueryScore]:
    """Rank a database for queries that are not in it. Queries without a relevant image drop out.

    Args:
        query_ids: q distinct ids.
        queries: (q, d) floats, normalised here.
        query_patents: q patents.
        ids: n distinct ids, none of them a query's.
        vectors: (n, d) floats, normalised here.
        patents: n patents.
        rescore: re-ranks each query's candidates.

    Raises:
        ConfigError: lengths disagree, ids repeat or stand on both sides, a vector is not finite.
    """
    check_vectors(ids, vectors, patents)
    check_vectors(query_ids, queries, query_patents)
    if both := set(ids) & set(query_ids):
        raise ConfigError(f"{min(both)!r} is a query and in the database, too.")
    there = set(patents)
    kept = [row for row, patent in enumerate(query_patents) if patent in there]
    own = np.full(len(kept), -1, np.int64)
    asked_ids, asked = [query_ids[row] for row in kept], [query_patents[row] for row in kept]
    return _scored(asked_ids, queries[kept], asked, ids, vectors, patents, own, rescore)


def _scored(
    query_ids: Sequence[str],
    queries: NDArray[np.floating],
    query_patents: Sequence[str],
    ids: Sequence[str],
    vectors: NDArray[np.floating],
    patents: Sequence[str],
    own: NDArray[np.int64],
    rescore: Rescore | None,
) -> list[QueryScore]:
    if not len(query_ids):
        raise ConfigError(
            "No image has another one of its patent: there is nothing to measure. Put at least "
            "two pictures of one patent into the gallery."
        )
    # Where the query stands in the gallery it is removed, as pytorch-metric-learning does it.
    most = max(Counter(patents).values()) - int(own[0] >= 0)
    ranked = rank_queries(queries, query_patents, vectors, patents, own, rescore)
    return as_query_scores(query_ids, query_patents, ranked, ids, most)


def as_query_scores(
    query_ids: Sequence[str],
    query_patents: Sequence[str],
    ranked: Iterable[Ranks],
    ids: Sequence[str],
    most: int,
) -> list[QueryScore]:
    """Turn the ranks of q queries into their scores.

    Args:
        query_ids: q ids.
        query_patents: q patents.
        ranked: The ranks of each, in order.
        ids: Names of what was ranked.
        most: Depth of the metrics by ``max_bin``.
    """
    return [
        QueryScore(
            id=id_,
            patent=patent,
            average_precision=precision_over_ranking(ranks),
            first_rank=int(ranks.places[0]),
            positives=len(ranks.at_least),
            nearest=ids[ranks.nearest],
            precision_10=precision_at(ranks, 10),
            precision_bin=precision_at(ranks, most),
            precision_bin_found=precision_at(ranks, most, divide_by_found=True),
            places=tuple(int(place) for place in ranks.places),
        )
        for id_, patent, ranks in zip(query_ids, query_patents, ranked, strict=True)
    ]


def summarise(scores: Sequence[QueryScore], *, seed: int = 0) -> dict[str, Interval]:
    """Average the queries' scores into metrics, each with its interval over patents.

    Args:
        scores: Of ``evaluate_vectors``, one at least.
        seed: Of the bootstrap (Efron & Tibshirani, 1993); same seed, same intervals.

    Returns:
        Means in [0, 1] with 95 % intervals, by name: ``mAP``, ``rank-1`` (precision at 1),
        ``hit@k``, ``mAP@10``, and the reference's ``mAP@max_bin`` with its older form
        ``mAP@max_bin_found``.
    """
    return bootstrap_intervals(query_values(scores), [score.patent for score in scores], seed=seed)


def query_values(scores: Sequence[QueryScore]) -> dict[str, NDArray[np.float64]]:
    """What each query scored in each metric: name -> (n,) numbers in [0, 1]."""
    ranks = np.array([score.first_rank for score in scores])
    return {
        "mAP": np.array([score.average_precision for score in scores]),
        "rank-1": (ranks <= 1).astype(float),
        **{f"hit@{depth}": (ranks <= depth).astype(float) for depth in HIT_DEPTHS},
        "mAP@10": np.array([score.precision_10 for score in scores]),
        "mAP@max_bin": np.array([score.precision_bin for score in scores]),
        "mAP@max_bin_found": np.array([score.precision_bin_found for score in scores]),
    }


def check_vectors(
    ids: Sequence[str], vectors: NDArray[np.floating], patents: Sequence[str]
) -> None:
    """Raise ConfigError for lists that do not belong together, and for vectors that are none."""
    if vectors.ndim != 2 or not len(ids) == len(vectors) == len(patents):
        raise ConfigError(
            f"Evaluation wants one vector and one patent an id: got {len(ids)} ids, vectors of "
            f"shape {vectors.shape} and {len(patents)} patents."
        )
    if len(set(ids)) != len(ids):
        raise ConfigError("Gallery ids repeat: give every image an id of its own.")
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        bad = ids[int(np.flatnonzero(~finite)[0])]
        raise ConfigError(f"The vector of {bad!r} is not finite: nothing can be ranked by it.")
