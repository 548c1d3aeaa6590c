"""What one search works on: a state of the vectors and the same state of the catalogue.

What the catalogue says about the hits of a batch is read at once, and taken apart when looked at.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from patentzoo.errors import QueryError
from patentzoo.hit import Hit
from patentzoo.index.engines.protocol import Mask
from patentzoo.index.query.patent_groups import Groups
from patentzoo.index.state.snapshot import Rows, Snapshot
from patentzoo.index.state.snapshot_cache import SnapshotCache
from patentzoo.index.storage import catalogue
from patentzoo.index.storage.catalogue import Values
from patentzoo.index.storage.field_types import plain_where
from patentzoo.index.storage.filters import Where
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.schema import Connection
from patentzoo.sources.names import GAZETTE

logger = logging.getLogger(__name__)


MOST = 100_000
"""Rows read as one text; more would make it long."""


class HitRows:
    """Some rows of the catalogue, as they were when they were read.

    SQLite gives them as one JSON text, which costs half of what as many rows cost to pass to
    Python, and which is parsed when the first hit is looked at. JSON holds whole numbers and text
    as they are; rows with anything else are read one by one.

    Args:
        connection: In a reader's transaction.
        rows: int64 of any shape: which rows; they must be there.
    """

    def __init__(self, connection: sqlite3.Connection, rows: Rows) -> None:
        self._names = tuple(catalogue.fields(connection))
        wanted = sorted(set(rows.ravel().tolist()))
        text = _as_text(connection, wanted) if len(wanted) <= MOST else None
        self._text = text
        if text is None:
            self.__dict__["_rows"] = catalogue.stored(connection, wanted)

    @cached_property
    def _rows(self) -> dict[int, Values]:
        assert self._text is not None
        return {values[0]: values for values in json.loads(self._text)}

    def hit(self, row: int, rank: int, score: float) -> Hit:
        """The hit that stands for one of the rows."""
        values = self._rows[row]
        if self._text is None:
            return Hit.unchecked(rank, score, *catalogue.record(values, self._names), ())
        return Hit.lazy(rank, score, values, self._names, values[catalogue.FIRST_FIELD :])


def _as_text(connection: sqlite3.Connection, rows: list[int]) -> str | None:
    """A JSON list of rows; None if one holds something JSON would change."""
    columns = [f"drawing.{name}" for name in catalogue.selected(connection)]
    # JSON would round a float to 15 digits; it refuses what is stored as a BLOB.
    inexact = " OR ".join(f"typeof({name}) = 'real'" for name in columns[2:])
    query = (
        f"SELECT json_group_array(json_array({', '.join(columns)})), "
        f"count(*) FILTER (WHERE {inexact}) "
        "FROM json_each(?) AS wanted CROSS JOIN drawing ON drawing.row = wanted.value"
    )
    try:
        text, rounded = connection.execute(query, (json.dumps(rows),)).fetchone()
    except sqlite3.OperationalError as error:
        if "BLOB" not in str(error):
            raise
        return None
    return None if rounded else str(text)


@dataclass(frozen=True, eq=False)
class ReadTransaction:
    """A reader's transaction.

    Attributes:
        connection: To the catalogue, in a transaction of its own.
        snapshot: The vectors of the same state.
    """

    connection: Connection
    snapshot: Snapshot

    def stored(self, rows: Rows) -> HitRows:
        """What hits on these rows, int64 of any shape, are made of; read here."""
        return HitRows(self.connection, rows)

    def ids(self) -> list[str]:
        """The ids, in the order of their rows."""
        return catalogue.ids(self.connection)

    def write_catalogue(self, file: Path) -> None:
        """Write the catalogue of this state to a new file, and bring it to the disk."""
        with closing(sqlite3.connect(file)) as copy:
            self.connection.backup(copy)

    def filter_mask(self, where: Where, exclude: Collection[str | PathLike[str]]) -> Mask | None:
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


class StateReader:
    """What each part of an ``Index`` stands on: its folder, read one whole state at a time.

    Args:
        store: Folder of the index.
    """

    _search: ClassVar[Callable[..., Any]]
    """``search``, set where it is defined: what it imports cannot import it."""

    def __init__(self, store: IndexFolder) -> None:
        self.store = store
        self._states = SnapshotCache(store)

    @contextmanager
    def read(self) -> Iterator[ReadTransaction]:
        """One state of the index; what is read through it belongs together."""
        with self._states.current() as (connection, snapshot):
            yield ReadTransaction(connection, snapshot)
