"""Drawings as rows of the catalogue, many at a time."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from patentzoo.errors import ConfigError
from patentzoo.index.storage import catalogue, schema
from patentzoo.index.storage.columns import Columns, is_empty, stored_column
from patentzoo.index.storage.values import Stored

_PARAMETERS = 100
"""Values an INSERT carries: a statement for every row costs more than the row does."""

Part = Sequence[Stored]


def insert(
    connection: sqlite3.Connection,
    first: int,
    columns: Columns,
    sources: Part,
    named: Mapping[str, str],
) -> None:
    """Insert drawings whose metadata are columns.

    Args:
        connection: In a writer's transaction.
        first: Row number of the first; the others follow.
        columns: What is known about them.
        sources: Number of each one's source, or None.
        named: The column of each field a user named.
    """
    if not columns.ids:
        return
    ids = stored_column(columns.ids)
    fixed = [stored_column(column) for column in columns.fixed]
    others = {name: stored_column(column) for name, column in columns.others.items()}
    rows = range(first, first + len(ids))
    table: dict[str, Part] = {"row": rows, "id": ids, "crc": crcs(rows, ids, fixed, others)}
    table |= {"source": sources, **dict(zip(schema.FIXED, fixed, strict=True))}
    table |= {named[name]: column for name, column in others.items()}
    _write(connection, {name: part for name, part in table.items() if not is_empty(part)})


def insert_one_by_one(
    connection: sqlite3.Connection,
    first: int,
    ids: Sequence[str],
    metadata: Sequence[Mapping[str, Any]],
    sources: Sequence[int | None],
    named: Mapping[str, str],
) -> None:
    """The same of any metadata.

    Raises:
        ConfigError: Metadata that cannot be kept, with the drawing's id.
    """
    names = ["row", "id", "source", "crc", *schema.FIXED, *named.values()]
    marks = ", ".join("?" * len(names))
    each = zip(ids, sources, metadata, strict=True)
    connection.executemany(
        f"INSERT INTO drawing ({', '.join(names)}) VALUES ({marks})",
        (values(row, *drawing, named) for row, drawing in enumerate(each, first)),
    )


def values(
    row: int,
    name: str,
    source: int | None,
    data: Mapping[str, Any],
    named: Mapping[str, str],
) -> list[Any]:
    """A drawing as ``catalogue.row_values`` gives it.

    Raises:
        ConfigError: Metadata that cannot be kept, with the drawing's id.
    """
    if "id" in data:
        raise ConfigError(f"{name}: 'id' cannot be a metadata key; it is the drawing's id already.")
    try:
        return catalogue.row_values(row, name, source, data, named)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}. Use text, numbers, lists.") from error


def crcs(
    rows: Sequence[int], ids: Part, fixed: Sequence[Part], others: Mapping[str, Part]
) -> list[int]:
    """Checksums as ``catalogue.crc`` computes them one by one, of stored columns."""
    names = sorted(others)
    parts = [ids, *fixed, *(others[name] for name in names)]
    if any(None in others[name] for name in names):
        each = zip(rows, *parts, strict=True)
        return [catalogue.crc(row, stored, names) for row, *stored in each]
    # The text of a row is written by one format: repr(row) at a fraction of the cost.
    pairs = ", ".join(f"({_literal(name)}, %r)" for name in names)
    known = ", ".join("None" if is_empty(part) else "%r" for part in fixed)
    text = f"(%r, %r, {known}, [{pairs}])"
    shown = zip(rows, *(part for part in parts if not is_empty(part)), strict=True)
    return list(map(zlib.crc32, map(str.encode, map(text.__mod__, shown))))


def _literal(name: str) -> str:
    return repr(name).replace("%", "%%")


def _write(connection: sqlite3.Connection, table: Mapping[str, Part]) -> None:
    at_once = max(1, _PARAMETERS // len(table))
    row = f"({', '.join('?' * len(table))})"
    start = f"INSERT INTO drawing ({', '.join(table)}) VALUES "
    flat = chain.from_iterable(zip(*table.values(), strict=True))
    count = len(table["row"])
    connection.executemany(
        start + ", ".join([row] * at_once), _batches(flat, len(table) * at_once, count // at_once)
    )
    rest = tuple(flat)
    if rest:
        connection.execute(start + ", ".join([row] * (count % at_once)), rest)


def _batches(flat: Iterator[Stored], size: int, count: int) -> Iterator[tuple[Stored, ...]]:
    for _ in range(count):
        yield tuple(islice(flat, size))
