"""The same drawings measured otherwise: without the Gazette's figures, re-ranked.

Every patent of DeepPatent has its ``D00000``, nearly a copy of one of its sheets, in the database:
what is found with it alone is a copy, not another view.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patentzoo.evaluate.citations import score_citations
from patentzoo.evaluate.gallery import Gallery
from patentzoo.evaluate.metrics import (
    Interval,
    QueryScore,
    score_against,
    score_queries,
    siblings,
    summarise,
)
from patentzoo.evaluate.protocol import Protocol
from patentzoo.evaluate.ranking import Rescore
from patentzoo.sources.names import is_gazette_figure


@dataclass(frozen=True)
class Variant:
    """What the same vectors score otherwise.

    Attributes:
        description: what differs.
        counts: gallery, queries, query_patents.
        metrics: as in the official figure.
        share_of_clean: of the protocol ``degraded``: mAP over that of the clean queries.
    """

    description: str
    counts: dict[str, int] = field(hash=False)
    metrics: dict[str, Interval] = field(hash=False)
    share_of_clean: float | None = None


def score_protocol(
    protocol: Protocol, gallery: Gallery, rescore: Rescore | None = None
) -> list[QueryScore]:
    """Score every query of a protocol over its encoded images."""
    if protocol.citations:
        images = gallery.ids, gallery.vectors, gallery.patents
        return score_citations(*images, protocol.citations, rescore)
    if not protocol.queries:
        queries = siblings(gallery.ids, gallery.patents)
        return score_queries(gallery.ids, gallery.vectors, gallery.patents, queries, rescore)
    asks = np.array([protocol.owner(id_) in protocol.queries for id_ in gallery.ids], bool)
    return score_against(*_rows(gallery, asks), *_rows(gallery, ~asks), rescore)


def reranked(protocol: Protocol, gallery: Gallery) -> Variant:
    """The score after k-reciprocal re-ranking of each query's best."""
    from patentzoo.evaluate import rerank_scores as k

    scores = score_protocol(protocol, gallery, k.k_reciprocal_scores)
    return Variant(
        f"k-reciprocal re-ranking of the best {k.POOL} (k1 {k.K1}, k2 {k.K2}, lambda {k.SHARE})",
        counts(protocol, gallery, scores),
        summarise(scores),
    )


def counts(protocol: Protocol, gallery: Gallery, scores: Sequence[QueryScore]) -> dict[str, int]:
    """How many images were searched, by how many queries of how many patents."""
    asked = sum(protocol.owner(id_) in protocol.queries for id_ in gallery.ids)
    return {
        "gallery": len(gallery.ids) - asked,
        "queries": len(scores),
        "query_patents": len({score.patent for score in scores}),
    }


def without_gazette_figures(protocol: Protocol, gallery: Gallery) -> Variant | None:
    """The score without ``D00000``, on either side; None if there are none or nothing is left."""
    kept = np.array([not is_gazette_figure(protocol.owner(id_)) for id_ in gallery.ids], bool)
    if kept.all() or not _measurable(protocol, gallery, kept):
        return None
    rest = Gallery(*_rows(gallery, kept), (), gallery.model, gallery.fingerprint)
    scores = score_protocol(protocol, rest)
    return Variant(
        "without the Official Gazette's figures (D00000)",
        counts(protocol, rest, scores),
        summarise(scores),
    )


def _measurable(protocol: Protocol, gallery: Gallery, kept: NDArray[np.bool_]) -> bool:
    """Whether some query keeps a relevant image."""
    if protocol.citations:
        left = {each for each, stays in zip(gallery.patents, kept, strict=True) if stays}
        return any(protocol.relevant(patent) & left for patent in left)
    sizes: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for id_, patent, stays in zip(gallery.ids, gallery.patents, kept, strict=True):
        if stays:
            side = asked if protocol.owner(id_) in protocol.queries else sizes
            side[patent] += 1
    if protocol.queries:
        return any(sizes[patent] for patent in asked)
    return any(size > 1 for size in sizes.values())


def _rows(
    gallery: Gallery, kept: NDArray[np.bool_]
) -> tuple[tuple[str, ...], NDArray[np.floating], tuple[str, ...]]:
    rows = np.flatnonzero(kept).tolist()
    ids, patents = gallery.ids, gallery.patents
    vectors = gallery.vectors if kept.all() else gallery.vectors[rows]
    return tuple(ids[i] for i in rows), vectors, tuple(patents[i] for i in rows)
