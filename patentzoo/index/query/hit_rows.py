"""What the catalogue says about the hits of a batch: read at once, taken apart when looked at."""

from __future__ import annotations

import json
import sqlite3
from functools import cached_property

from patentzoo.hit import Hit
from patentzoo.index.storage import catalogue
from patentzoo.index.storage.catalogue import Rows, Values

MOST = 100_000
"""Rows read as one text; more would make it long."""


class Stored:
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
            return Hit.trusted(rank, score, *catalogue.record(values, self._names), ())
        return Hit.later(rank, score, values, self._names, values[catalogue.FIRST_FIELD :])


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
