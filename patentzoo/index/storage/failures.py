"""Two tables beside the drawings: what was left out, and drawings that are lost.

Of what was left out they hold id, reason, size and source; an entry goes when its source is read
well, or is no longer there. What they hold of a lost drawing, ``repair/lost.py`` says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest

from patentzoo.index.storage import schema
from patentzoo.index.storage.values import decode, encode
from patentzoo.results import Failure

_TABLE = (
    "CREATE TABLE IF NOT EXISTS failed_in (id PRIMARY KEY, source NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS failed_in_source ON failed_in (source)",
)
"""Beside the table ``failure``, so that a patentzoo that does not know it reads the index all the
same; an index that such a one made is given it by the next writer."""


LOST_TABLE = (
    "CREATE TABLE IF NOT EXISTS lost (id PRIMARY KEY, source, digest TEXT NOT NULL, "
    "options TEXT NOT NULL, record NOT NULL) WITHOUT ROWID"
)
"""Made with its first row, so that a patentzoo that does not know it reads the index, too."""


def record(
    connection: sqlite3.Connection,
    ids: Iterable[str],
    sources: Collection[str],
    failures: Sequence[Failure],
    failed_in: Sequence[str],
) -> None:
    """Write down what was left out; what was read meanwhile is crossed out.

    Args:
        connection: In a writer's transaction.
        ids: Drawings that were read.
        sources: Sources that were read to their end, with or without failures.
        failures: What was left out.
        failed_in: The source of each; empty where that is unknown.
    """
    if _any(connection):
        delete(connection, sources)
        connection.executemany("DELETE FROM failure WHERE id = ?", ((encode(n),) for n in ids))
    if not failures:
        return
    connection.executemany(
        "INSERT OR REPLACE INTO failure VALUES (?, ?, ?)",
        ((encode(each.id), each.reason, each.size_bytes) for each in failures),
    )
    _make_table(connection)
    connection.executemany(
        "INSERT OR REPLACE INTO failed_in VALUES (?, ?)",
        (
            (encode(failure.id), encode(source))
            for failure, source in zip_longest(failures, failed_in)
            if source is not None
        ),
    )


def delete(connection: sqlite3.Connection, sources: Collection[str]) -> None:
    """Cross out what was left out of these sources."""
    if not sources or not _any(connection):
        return
    _make_table(connection)
    names = [(encode(name),) for name in sources]
    connection.executemany(
        "DELETE FROM failure WHERE id = ?1 OR id IN (SELECT id FROM failed_in WHERE source = ?1)",
        names,
    )
    connection.executemany("DELETE FROM failed_in WHERE source = ?", names)


def delete_ids(connection: sqlite3.Connection, ids: Collection[str]) -> set[str]:
    """Cross out entries by their ids; those that were there."""
    found = set()
    for name in ids:
        query = "DELETE FROM failure WHERE id = ? RETURNING id"
        if connection.execute(query, (encode(name),)).fetchall():
            found.add(name)
    return found


def sources(connection: sqlite3.Connection) -> set[str]:
    """Every source something was left out of."""
    if not schema.has_table(connection, "failed_in"):
        return set()
    found = connection.execute("SELECT DISTINCT source FROM failed_in")
    return {decode(name) for (name,) in found}


def has_lost(connection: sqlite3.Connection) -> bool:
    """Whether an index ever lost a drawing."""
    return schema.has_table(connection, "lost")


def delete_lost(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Delete the entries of lost drawings: they are there again, or are to be gone."""
    if has_lost(connection):
        connection.executemany("DELETE FROM lost WHERE id = ?", ((encode(n),) for n in ids))


def _any(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM failure LIMIT 1").fetchone() is not None


def _make_table(connection: sqlite3.Connection) -> None:
    for statement in _TABLE:
        connection.execute(statement)
