"""How sources were read, kept with the index, so that ``repair_index`` reads them so again.

What an index was built with stands once, in the table ``meta``; a source that ``Index.add`` read
otherwise has a row of its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from patentzoo.index.storage import schema
from patentzoo.index.storage.values import encode
from patentzoo.options import ReadOptions

KEPT = ("photos", "figures", "max_pixels", "limits", "kind")
"""The options of reading that decide which pages a file gives, and how they look."""

_TABLE = (
    "CREATE TABLE IF NOT EXISTS read_as (source PRIMARY KEY, options TEXT NOT NULL) WITHOUT ROWID"
)
"""Made with its first row, so that a patentzoo that does not know it reads the index, too."""


def kept(options: ReadOptions) -> str:
    """The options an index keeps of a run, to read its sources so again.

    ``kind="all"`` is left out, so that the text is that of indexes made before ``kind`` was kept.
    """
    chosen = {name: getattr(options, name) for name in KEPT if name != "limits"}
    if chosen["kind"] == "all":
        del chosen["kind"]
    # A NumPy number is no JSON.
    return json.dumps(chosen | {"limits": options.moved_limits()}, sort_keys=True, default=float)


def record(connection: sqlite3.Connection, sources: Collection[str], options: str) -> None:
    """Write down how sources were read.

    Args:
        connection: In a writer's transaction.
        sources: Their ids.
        options: As ``kept`` writes them.
    """
    if schema.read_meta(connection).get("reading") == options:
        delete(connection, sources)
        return
    connection.execute(_TABLE)
    connection.executemany(
        "INSERT OR REPLACE INTO read_as VALUES (?, ?)",
        ((encode(name), options) for name in sources),
    )


def delete(connection: sqlite3.Connection, sources: Iterable[str]) -> None:
    """These sources were read as the index was built, or are gone."""
    if schema.has_table(connection, "read_as"):
        names = ((encode(name),) for name in sources)
        connection.executemany("DELETE FROM read_as WHERE source = ?", names)


def groups(connection: sqlite3.Connection, sources: Collection[str]) -> dict[str, list[str]]:
    """Sources by how they were read, in their order."""
    default_settings = _default_settings(schema.read_meta(connection))
    if not schema.has_table(connection, "read_as"):
        return {default_settings: list(sources)} if sources else {}
    found: dict[str, list[str]] = {}
    for name in sources:
        query = "SELECT options FROM read_as WHERE source = ?"
        row = connection.execute(query, (encode(name),)).fetchone()
        found.setdefault(default_settings if row is None else row[0], []).append(name)
    return found


def photos_held(connection: sqlite3.Connection) -> set[str]:
    """Every value of ``photos`` that drawings of the index were read with."""
    each = [_default_settings(schema.read_meta(connection))]
    if schema.has_table(connection, "read_as"):
        each += [text for (text,) in connection.execute("SELECT DISTINCT options FROM read_as")]
    return {read(text).get("photos", "grey") for text in each}


def read(options: str) -> dict[str, Any]:
    """The kept options as keywords; those this patentzoo does not know are left out."""
    return {name: value for name, value in json.loads(options).items() if name in KEPT}


def default_settings(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The same, of how the index was built."""
    return read(_default_settings(meta))


def _default_settings(meta: Mapping[str, Any]) -> str:
    """How the index was built; of one made before that was kept, what can be told."""
    known = meta.get("reading")
    return str(known) if known else json.dumps({"photos": meta.get("photos", "grey")})
