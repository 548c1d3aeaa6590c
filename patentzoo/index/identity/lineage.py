"""The states a catalogue has been in, by which a later state is told from another index's.

A file that is overwritten where it lies (``cp new/* old/``) stays the same file to the system and
to SQLite, which goes on with pages it holds of the old content. So each commit notes its name, and
whoever finds the file changed asks whether what lies there now comes after what was there before.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

TABLE = "past"
KEPT = 10_000
"""States that are remembered; of older ones only the id of the index can be compared."""

_MADE = f"CREATE TABLE IF NOT EXISTS {TABLE} (generation INTEGER PRIMARY KEY, state TEXT NOT NULL)"


class State(NamedTuple):
    """One state of a catalogue's file.

    Attributes:
        identity: Id of the index.
        generation: How many changes it has seen.
        commit: A name of the last one; "" for one that has seen none since that is kept.
        pages: Pages of the file.
    """

    identity: str
    generation: int
    commit: str
    pages: int

    @property
    def name(self) -> str:
        """What no other state is called."""
        return f"{self.identity} {self.commit}"


def note(connection: sqlite3.Connection) -> None:
    """Note the state that is about to be committed."""
    state = state_of(connection)
    connection.execute(_MADE)
    values = (state.generation, state.name)
    connection.execute(f"INSERT OR REPLACE INTO {TABLE} VALUES (?, ?)", values)
    connection.execute(f"DELETE FROM {TABLE} WHERE generation <= ?", (state.generation - KEPT,))


def past(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """The states noted so far, and the one a connection sees."""
    query, now = f"SELECT generation, state FROM {TABLE}", state_of(connection)
    noted = connection.execute(query).fetchall() if _is_kept(connection) else []
    return [*(each for each in noted if each[0] != now.generation), (now.generation, now.name)]


def keep(connection: sqlite3.Connection, states: list[tuple[int, str]]) -> None:
    """Put these in the place of the states noted so far."""
    connection.execute(_MADE)
    connection.execute(f"DELETE FROM {TABLE}")
    connection.executemany(f"INSERT INTO {TABLE} VALUES (?, ?)", states)


def state_of(connection: sqlite3.Connection) -> State:
    """The state a connection sees."""
    query = "SELECT key, value FROM meta WHERE key IN ('identity', 'generation', 'commit')"
    found: dict[str, Any] = dict(connection.execute(query).fetchall())
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    identity, generation = str(found["identity"]), int(found["generation"])
    return State(identity, generation, str(found.get("commit", "")), pages)


def state_of_file(file: Path) -> State | None:
    """The state in the file itself, without SQLite's log beside it and without what is in memory.

    Returns:
        None where it cannot be read, being written say. By SQLite, since closing the file in
        another way would take away the locks that this process has on it.
    """
    # Immutable: SQLite then takes no lock and reads no log, and sees what the bytes say.
    address = f"file:{quote(os.fsencode(file.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return state_of(connection)
    except (sqlite3.Error, KeyError, ValueError):
        return None


def comes_after(connection: sqlite3.Connection, state: State) -> bool:
    """Whether the state that a connection sees is this one, or one that came of it."""
    now = state_of(connection)
    if now[:3] == state[:3]:
        return now.pages == state.pages
    if now.generation <= state.generation or now.pages < state.pages:
        return False
    if _is_kept(connection):
        query = f"SELECT state FROM {TABLE} WHERE generation = ?"
        found = connection.execute(query, (state.generation,)).fetchone()
        if found is not None:
            return bool(found[0] == state.name)
    return now.identity == state.identity


def _is_kept(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return connection.execute(query, (TABLE,)).fetchone() is not None
