"""From query vectors to ranked drawings or patents, in one state of an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from patentzoo.index.engines.protocol import Mask, Vectors
from patentzoo.index.query import rerank
from patentzoo.index.query.fusion import Fusion, fuse
from patentzoo.index.query.patent_groups import Groups, closest_groups
from patentzoo.index.state.snapshot import Snapshot

Rerank = Literal["k-reciprocal"]
Positions = npt.NDArray[np.int64]

FIGURES = 5
"""Drawings shown of a patent."""
_DEEP = 4


@dataclass(frozen=True)
class RankedGroup:
    """One place of a ranking: its score, and the positions of its drawings, the best first."""

    score: float
    positions: tuple[int, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True)
class RerankOptions:
    """How candidates are re-ranked.

    Attributes:
        query_expansion: Neighbours the query moves towards; 0: none.
        database_augmentation: Neighbours each candidate moves towards; 0: none.
        rerank: ``"k-reciprocal"`` or None.
        candidates: Candidates a view.
        k1: See ``rerank.k_reciprocal``.
        k2: See there.
        share: See there.
    """

    query_expansion: int = 0
    database_augmentation: int = 0
    rerank: Rerank | None = None
    candidates: int = 200
    k1: int = 10
    k2: int = 3
    share: float = 0.3

    @property
    def wanted(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.query_expansion or self.database_augmentation or self.rerank)


@dataclass(frozen=True, eq=False)
class QueryPlan:
    """One query.

    Attributes:
        snapshot: What is searched.
        views: float32 (v, dim), unit rows: the views of the query.
        k: Places wanted.
        filter_mask: bool (n,): positions that may be found; None: all.
        groups: The patents, if they are what is ranked.
        fusion: How views become one.
        options: How candidates are re-ranked.
    """

    snapshot: Snapshot
    views: Vectors
    k: int
    filter_mask: Mask | None
    groups: Groups | None
    fusion: Fusion
    options: RerankOptions

    def ranked(self) -> list[RankedGroup]:
        """The closest drawings or patents, closest first."""
        if not self.options.wanted and self.groups is None:
            return self._drawings()
        if not self.options.wanted:
            return self._patents()
        return self._reranked()

    def _drawings(self) -> list[RankedGroup]:
        pool = self._pool(max(_DEEP * self.k, self.options.candidates))
        return self._best(pool, self._cosines(self.views, pool))

    def _patents(self) -> list[RankedGroup]:
        assert self.groups is not None
        deep = self.k if len(self.views) == 1 else max(_DEEP * self.k, self.options.candidates // 2)
        met = [
            closest_groups(self.snapshot, view[None], deep, self.groups, self.filter_mask)
            for view in self.views
        ]
        pool = self.groups.all_members(np.unique(np.concatenate(met)), self.filter_mask)
        return self._best(pool, self._cosines(self.views, pool))

    def _reranked(self) -> list[RankedGroup]:
        options, views = self.options, self.views
        if options.query_expansion:
            views = np.stack([self._expanded(view) for view in views])
        pool = self._pool(options.candidates, views)
        vectors = self.snapshot.vectors(pool)
        if options.database_augmentation:
            vectors = rerank.augmented(vectors, options.database_augmentation)
        scores = np.asarray(views @ vectors.T, dtype=np.float32)
        if options.rerank:
            scores = np.stack([self._reciprocal(view, vectors) for view in views])
        again = self._best(pool, scores)
        return again + self._rest(pool, again) if len(again) < self.k else again

    def _pool(self, depth: int, views: Vectors | None = None) -> Positions:
        """Positions some view finds near, rising."""
        asked = self.views if views is None else views
        # A drawing may be close to the mean of the views and to none of them.
        if self.fusion == "mean" and len(asked) > 1:
            mean = asked.mean(axis=0, keepdims=True)
            asked = np.concatenate([asked, mean / np.linalg.norm(mean)]).astype(np.float32)
        _, found = self.snapshot.search(asked, depth, self.filter_mask)
        return np.unique(found)

    def _cosines(self, views: Vectors, pool: Positions) -> Vectors:
        return np.asarray(np.clip(views @ self.snapshot.vectors(pool).T, -1.0, 1.0), np.float32)

    def _expanded(self, view: Vectors) -> Vectors:
        _, found = self.snapshot.search(view[None], self.options.query_expansion, self.filter_mask)
        return rerank.expanded(view, self.snapshot.vectors(found[0]))

    def _reciprocal(self, view: Vectors, vectors: Vectors) -> Vectors:
        everything = np.concatenate([view[None], vectors]).astype(np.float64)
        options = self.options
        scores = rerank.k_reciprocal(
            everything @ everything.T, options.k1, options.k2, options.share
        )
        return scores.astype(np.float32)

    def _best(self, pool: Positions, scores: Vectors) -> list[RankedGroup]:
        """The k best drawings or patents of a pool whose scores, (v, c), are known."""
        if not len(pool):
            return []
        # Rounding may carry a cosine beyond 1. Of equal scores the earlier drawing comes first, so
        # that a ranking does not depend on the order in which an engine finds them.
        single = np.clip(fuse(scores, self.fusion), -1.0, 1.0)
        if self.groups is None:
            order = np.lexsort((pool, -single))[: self.k]
            return [_place(float(single[i]), [int(pool[i])], [float(single[i])]) for i in order]
        met, member = np.unique(self.groups.of[pool], return_inverse=True)
        best = np.full((len(scores), len(met)), -np.inf, np.float32)
        for view, row in enumerate(scores):
            np.maximum.at(best[view], member, row)
        total = np.clip(fuse(best, self.fusion), -1.0, 1.0)
        ranking = np.lexsort((pool, -single))  # a patent's drawings, the best first
        first = np.full(len(met), len(pool))
        np.minimum.at(first, member[ranking], np.arange(len(pool)))
        chosen = np.lexsort((first, -total))[: self.k]
        places = []
        for group in chosen:
            mine = [i for i in ranking[member[ranking] == group]][:FIGURES]
            each = [float(single[i]) for i in mine]
            places.append(_place(float(total[group]), [int(pool[i]) for i in mine], each))
        return places

    def _rest(self, pool: Positions, before: list[RankedGroup]) -> list[RankedGroup]:
        """What lies beyond the pool, by cosine, below everything that was re-ranked."""
        floor = before[-1].score if before else 1.0
        left: Snapshot | Groups = self.snapshot if self.groups is None else self.groups
        mask = left.without(self.filter_mask, pool)
        plain = QueryPlan(
            *(self.snapshot, self.views, self.k - len(before), mask),
            *(self.groups, self.fusion, RerankOptions()),
        )
        return [
            RankedGroup(min(each.score, floor), each.positions, each.scores)
            for each in plain.ranked()
        ]


def _place(score: float, positions: list[int], scores: list[float]) -> RankedGroup:
    return RankedGroup(score, tuple(positions), tuple(scores))
