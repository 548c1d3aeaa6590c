"""Drawings of one patent, and the best of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.index.engines.protocol import Mask, Vectors
from patentzoo.index.state.snapshot import Snapshot

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Groups:
    """Which positions belong together.

    Attributes:
        of: int64 (n,): the group at each position, 0 to ``count`` - 1; -1 for a removed row.
        order: int64 (m,): positions, group by group.
        starts: int64 (count + 1,): where in ``order`` each group begins.
    """

    of: Numbers
    order: Numbers
    starts: Numbers

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.starts) - 1

    @classmethod
    def make(cls, snapshot: Snapshot, rows: Numbers, numbers: Numbers) -> Groups:
        """Groups of the live rows, equal numbers together."""
        _, group = np.unique(numbers, return_inverse=True)
        of = np.full(len(snapshot.rows), -1, np.int64)
        of[snapshot.positions(rows)] = group
        order = np.argsort(of, kind="stable")[int(np.count_nonzero(of < 0)) :]
        counts = np.bincount(group, minlength=0)
        return cls(of, order, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    def members(self, group: int, filter_mask: Mask | None) -> Numbers:
        """Positions of a group's drawings that may be found."""
        found = self.order[self.starts[group] : self.starts[group + 1]]
        return found if filter_mask is None else found[filter_mask[found]]

    def all_members(self, groups: Numbers, filter_mask: Mask | None) -> Numbers:
        """Positions, rising, of the drawings of these groups that may be found."""
        each = [self.members(int(group), filter_mask) for group in groups]
        return np.sort(np.concatenate([np.empty(0, np.int64), *each]))

    def without(self, filter_mask: Mask | None, positions: Numbers) -> Mask:
        """A filter that no drawing of the groups at these positions passes, either."""
        mask = np.ones(len(self.of), bool) if filter_mask is None else filter_mask
        return np.asarray(mask & ~np.isin(self.of, np.unique(self.of[positions])))


def closest_groups(
    snapshot: Snapshot, query: Vectors, k: int, groups: Groups, filter_mask: Mask | None
) -> Numbers:
    """int64 (at most k,): the groups of the best drawings, closest first.

    Looks further down until k groups have been met.

    Args:
        snapshot: What is searched.
        query: float32 (1, dim), a unit row.
        k: At least 1.
        groups: The patents.
        filter_mask: bool (n,): positions that may be found; None: all.
    """
    available = snapshot.available(filter_mask)
    reach = min(available, max(4 * k, 64))
    while True:
        _, positions = snapshot.search(query, reach, filter_mask)
        met = groups.of[positions[0]]
        _, first = np.unique(met, return_index=True)
        if len(first) >= k or reach >= available or len(met) < reach:
            return np.asarray(met[np.sort(first)[:k]])
        reach = min(available, 4 * reach)
