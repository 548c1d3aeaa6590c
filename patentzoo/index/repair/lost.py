"""Drawings whose vectors are lost and whose images were not found: kept until they are.

They stand in a table of their own, so that the index around them opens and is searched.
``repair_index`` brings them back when it finds their images; adding a drawing of the same id, or
removing it, deletes the entry.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from patentzoo.index import transaction
from patentzoo.index.state.snapshot import Rows
from patentzoo.index.storage import catalogue, read_settings
from patentzoo.index.storage.failures import LOST_TABLE, has_lost
from patentzoo.index.storage.values import decode, encode, encode_fixed


@dataclass(frozen=True)
class LostDrawing:
    """What is known of a drawing without a vector.

    Attributes:
        record: Its id and metadata.
        source: What it came from; None where it came as a vector.
        digest: The content hash of the source.
        options: How the source was read, as ``read_settings.kept`` writes it.
    """

    record: catalogue.Record
    source: str | None
    digest: str
    options: str

    @property
    def id(self) -> str:
        """Its id."""
        return self.record[0]

    @property
    def path(self) -> str | None:
        """Where its image was."""
        return self.record[2]


def of_rows(connection: sqlite3.Connection, rows: Rows) -> list[LostDrawing]:
    """Describe the drawings of these rows."""
    records = catalogue.records(connection, rows.tolist())
    sources = [name for name, _ in catalogue.sources_of(connection, sorted(records))]
    hashes = transaction.known_hashes(connection)
    named = dict.fromkeys(name for name in sources if name is not None)
    groups = read_settings.groups(connection, named)
    options = {name: kept for kept, names in groups.items() for name in names}
    return [
        LostDrawing(records[row], name, hashes.get(name or "", ""), options.get(name or "", ""))
        for row, name in zip(sorted(records), sources, strict=True)
    ]


def kept(connection: sqlite3.Connection) -> list[LostDrawing]:
    """Read those that earlier repairs did not find."""
    if not has_lost(connection):
        return []
    query = "SELECT record, source, digest, options FROM lost ORDER BY id"
    return [
        LostDrawing(_record(decode(record)), decode(source), digest, options)
        for record, source, digest, options in connection.execute(query)
    ]


def keep(connection: sqlite3.Connection, drawings: Iterable[LostDrawing]) -> None:
    """Write drawings down, inside a writer's transaction."""
    connection.execute(LOST_TABLE)
    connection.executemany(
        "INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?, ?)",
        (
            (
                encode(each.id),
                encode_fixed(each.source),
                each.digest,
                each.options,
                encode(list(each.record)),
            )
            for each in drawings
        ),
    )


def _record(values: list[Any]) -> catalogue.Record:
    name, patent, path, page, others = values
    return name, patent, path, page, others
