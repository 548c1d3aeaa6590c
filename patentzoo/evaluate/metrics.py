"""Retrieval metrics: arrays in, numbers out.

A query's gallery is everything but itself. Average precision is taken over the *full* ranking with
scikit-learn's definition, AP = Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores: images of equal score
share one threshold, so their order cannot matter. Ranks are pessimistic for the same reason: an
irrelevant image that ties with the best relevant one stands before it. A network that
maps everything to one point scores chance, not 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ConfigError

HIT_DEPTHS = (5, 10, 20)


@dataclass(frozen=True)
class Interval:
    """A mean over queries and its 95 % bootstrap interval over patents, all in [0, 1]."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


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
    """

    id: str
    patent: str
    average_precision: float
    first_rank: int
    positives: int
    nearest: str


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


def bootstrap_interval(
    values: NDArray[np.floating],
    groups: Sequence[str],
    *,
    resamples: int = 5000,
    seed: int = 0,
) -> Interval:
    """Mean of `values` with a 95 % percentile bootstrap that resamples whole groups.

    Queries of one patent stand or fall together, so patents, not queries, are drawn.

    Args:
        values: (n,) one number a query.
        groups: n patents, one a query.
        resamples: bootstrap draws.
        seed: same seed, same interval.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    totals = np.bincount(member, weights=values, minlength=len(names))
    counts = np.bincount(member, minlength=len(names))
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    means = (drawn @ totals) / (drawn @ counts)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(np.mean(values)), float(low), float(high))


def siblings(ids: Sequence[str], patents: Sequence[str]) -> list[str]:
    """The ids that have another image of their patent: the queries of every protocol here."""
    sizes = Counter(patents)
    return [id_ for id_, patent in zip(ids, patents, strict=True) if sizes[patent] > 1]


def score_queries(
    ids: Sequence[str],
    vectors: NDArray[np.floating],
    patents: Sequence[str],
    query_ids: Sequence[str],
) -> list[QueryScore]:
    """Rank the gallery for every query by cosine, the query itself removed by its id.

    Args:
        ids: n distinct gallery ids.
        vectors: (n, d) floats, normalised here.
        patents: n patents.
        query_ids: ids out of `ids`, each with another image of its patent.

    Raises:
        ConfigError: lengths disagree, ids repeat, a vector is not finite, a query is not
            in the gallery or has no relevant image.
    """
    rows = _check(ids, vectors, patents, query_ids)
    exact = vectors.astype(np.float64)
    unit = exact / np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-12)
    names = np.asarray(patents)
    found = []
    for row in rows:
        others = np.flatnonzero(np.arange(len(ids)) != row)
        # Rounded, so that copies of one vector tie however the product was summed.
        scores = np.round(unit @ unit[row], 9)[others]
        relevant = names[others] == names[row]
        if not relevant.any():
            raise ConfigError(
                f"Query {ids[row]!r} has no other image of patent {patents[row]!r}: "
                "leave it out of the queries."
            )
        found.append(
            QueryScore(
                id=ids[row],
                patent=patents[row],
                average_precision=average_precision(relevant, scores),
                first_rank=first_rank(relevant, scores),
                positives=int(relevant.sum()),
                nearest=ids[int(others[int(np.argmax(scores))])],
            )
        )
    return found


def summarise(scores: Sequence[QueryScore], *, seed: int = 0) -> dict[str, Interval]:
    """`mAP`, `rank-1` and `hit@k` over the queries, each with its interval over patents."""
    groups = [score.patent for score in scores]
    precision = np.array([score.average_precision for score in scores], dtype=np.float64)
    ranks = np.array([score.first_rank for score in scores])
    metrics = {"mAP": bootstrap_interval(precision, groups, seed=seed)}
    for depth in (1, *HIT_DEPTHS):
        name = "rank-1" if depth == 1 else f"hit@{depth}"
        metrics[name] = bootstrap_interval((ranks <= depth).astype(float), groups, seed=seed)
    return metrics


def _check(
    ids: Sequence[str],
    vectors: NDArray[np.floating],
    patents: Sequence[str],
    query_ids: Sequence[str],
) -> list[int]:
    """Row of every query, or an error saying which argument is wrong."""
    if vectors.ndim != 2 or not len(ids) == len(vectors) == len(patents):
        raise ConfigError(
            f"Evaluation wants one vector and one patent an id: got {len(ids)} ids, vectors of "
            f"shape {vectors.shape} and {len(patents)} patents."
        )
    row_of = {id_: row for row, id_ in enumerate(ids)}
    if len(row_of) != len(ids):
        raise ConfigError("Gallery ids repeat: give every image an id of its own.")
    if not np.isfinite(vectors).all():
        bad = ids[int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])]
        raise ConfigError(f"The vector of {bad!r} is not finite: nothing can be ranked by it.")
    missing = [id_ for id_ in query_ids if id_ not in row_of]
    if missing:
        raise ConfigError(f"Query {missing[0]!r} is not in the gallery it is removed from.")
    if not query_ids:
        raise ConfigError(
            "No image has another one of its patent: there is nothing to measure. Put at least "
            "two pictures of one patent into the gallery."
        )
    return [row_of[id_] for id_ in query_ids]
