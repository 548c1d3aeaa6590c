"""What one search works on: a state of the vectors and the same state of the catalogue."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Protocol

import numpy as np

from patentzoo.errors import QueryError
from patentzoo.hit import Hit
from patentzoo.index.engines.protocol import Mask
from patentzoo.index.query.hit_rows import Stored
from patentzoo.index.query.patent_groups import Groups
from patentzoo.index.snapshot import Rows, Snapshot
from patentzoo.index.storage import catalogue
from patentzoo.index.storage.field_types import plain_where
from patentzoo.index.storage.filters import Where
from patentzoo.index.storage.schema import Connection
from patentzoo.sources.names import GAZETTE

logger = logging.getLogger(__name__)


class HitMaker(Protocol):
    """What is known about the rows of hits, as it was when it was asked for."""

    def hit(self, row: int, rank: int, score: float) -> Hit:
        """The hit that stands for one of the rows."""
        ...


class Seen(Protocol):
    """One state of an index, filed or not."""

    @property
    def snapshot(self) -> Snapshot:
        """The vectors."""
        ...

    def stored(self, rows: Rows) -> HitMaker:
        """What hits on these rows, int64 of any shape, are made of."""
        ...

    def ids(self) -> list[str]:
        """The ids, in the order of their rows."""
        ...

    def write_catalogue(self, file: Path) -> None:
        """Write the catalogue of this state to a new file, and bring it to the disk."""
        ...


@dataclass(frozen=True, eq=False)
class View:
    """A reader's transaction.

    Attributes:
        connection: To the catalogue, in a transaction of its own.
        snapshot: The vectors of the same state.
    """

    connection: Connection
    snapshot: Snapshot

    def stored(self, rows: Rows) -> Stored:
        """What hits on these rows, int64 of any shape, are made of; read here."""
        return Stored(self.connection, rows)

    def ids(self) -> list[str]:
        """The ids, in the order of their rows."""
        return catalogue.ids(self.connection)

    def write_catalogue(self, file: Path) -> None:
        """Write the catalogue of this state to a new file, and bring it to the disk."""
        with closing(sqlite3.connect(file)) as copy:
            self.connection.backup(copy)

    def allowed(self, where: Where, exclude: Collection[str | PathLike[str]]) -> Mask | None:
        """bool (n,): the live positions a filter leaves; None for all.

        Args:
            where: As for ``search``.
            exclude: Ids and paths left out; unknown ones are told in the log.

        Raises:
            QueryError: An unknown field or operator, or a filter of another type.
        """
        if where is None and not exclude:
            return None
        mask = self._matching(where)
        if exclude:
            mask = mask.copy()
            rows, unknown = catalogue.rows_excluded(self.connection, exclude)
            if unknown:
                text = "exclude= names %d of %d that the index does not hold, the first: %r."
                logger.warning(text, len(unknown), len(exclude), unknown[0])
            mask[self.snapshot.positions(rows)] = False
        return mask

    def without_gazette(self, allowed: Mask | None) -> Mask | None:
        """Leave out the Official Gazette's pictures of patents that have another drawing.

        Args:
            allowed: bool (n,): positions that may be found; None: all.

        Returns:
            The positions left; an index whose drawings are not marked keeps all.
        """
        if GAZETTE not in catalogue.fields(self.connection):
            return allowed
        try:
            gazette = self._matching({GAZETTE: True})
        except QueryError:  # a field of the user's own, of another type
            return allowed
        found = self.snapshot.mask(self.snapshot.rows[self.snapshot.live()])
        found = found if allowed is None else found & allowed
        others = np.unique(self.groups.of[found & ~gazette])
        return found & ~(gazette & np.isin(self.groups.of, others))

    def _matching(self, where: Where) -> Mask:
        where = where if callable(where) else plain_where(where)
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
