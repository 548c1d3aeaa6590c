"""The table of lost drawings as every writer sees it; see ``lost``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from patentzoo.index.storage.values import encode

TABLE = (
    "CREATE TABLE IF NOT EXISTS lost (id PRIMARY KEY, source, digest TEXT NOT NULL, "
    "options TEXT NOT NULL, record NOT NULL) WITHOUT ROWID"
)
"""Made with its first row, so that a patentzoo that does not know it reads the index, too."""


def there(connection: sqlite3.Connection) -> bool:
    """Whether an index ever lost a drawing."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'lost'"
    return connection.execute(query).fetchone() is not None


def forget(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Delete the entries of these ids: they are there again, or are to be gone."""
    if there(connection):
        connection.executemany("DELETE FROM lost WHERE id = ?", ((encode(n),) for n in ids))
