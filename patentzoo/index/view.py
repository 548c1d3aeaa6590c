"""What one search works on: a state of the vectors and the same state of the catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from patentzoo.index import catalogue
from patentzoo.index.engines import Mask
from patentzoo.index.groups import Groups
from patentzoo.index.snapshot import Rows, Snapshot
from patentzoo.index.where import Where
from patentzoo.results import Hit


@dataclass(frozen=True, eq=False)
class View:
    """A reader's transaction.

    Attributes:
        connection: To the catalogue, in a transaction of its own.
        snapshot: The vectors of the same state.
    """

    connection: sqlite3.Connection
    snapshot: Snapshot

    def allowed(self, where: Where, exclude: Collection[str]) -> Mask | None:
        """bool (n,): the live positions a filter leaves; None for all.

        Args:
            where: As for ``search``.
            exclude: Ids left out; unknown ones are no error.

        Raises:
            QueryError: An unknown field or operator, or a filter of another type.
        """
        if where is None and not exclude:
            return None
        mask = self._matching(where)
        if exclude:
            mask = mask.copy()
            rows = catalogue.rows_of_ids(self.connection, exclude)
            mask[self.snapshot.positions(rows)] = False
        return mask

    def _matching(self, where: Where) -> Mask:
        key = None if callable(where) else repr(where)
        with self.snapshot.lock:
            held = self.snapshot.masks.get(key) if key is not None else None
        if held is not None:
            return held
        mask = self.snapshot.mask(catalogue.matching(self.connection, where))
        if key is not None:
            self.snapshot.remember(key, mask)
        return mask

    @property
    def groups(self) -> Groups:
        """The patents, made once a state."""
        made = self.snapshot.groups
        if made is None:
            made = Groups.make(self.snapshot, *catalogue.groups(self.connection))
            self.snapshot.groups = made
        return made  # type: ignore[no-any-return]

    def records(self, positions: Any) -> Mapping[int, catalogue.Record]:
        """What is known about the drawings at these positions, by position."""
        chosen = np.unique(np.asarray(positions, dtype=np.int64))
        rows: Rows = self.snapshot.rows[chosen]
        found = catalogue.records(self.connection, rows.tolist())
        pairs = zip(chosen.tolist(), rows.tolist(), strict=True)
        return {position: found[row] for position, row in pairs}


def hit(record: catalogue.Record, rank: int, score: float, figures: tuple[Hit, ...] = ()) -> Hit:
    """The hit that stands for a drawing."""
    return Hit.trusted(rank, score, *record, figures)
