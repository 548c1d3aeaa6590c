"""Drawings as rows of the catalogue, many at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from patentzoo.errors import ConfigError
from patentzoo.index.storage import catalogue, schema


def insert(
    connection: sqlite3.Connection,
    first: int,
    ids: Sequence[str],
    metadata: Sequence[Mapping[str, Any]],
    sources: Sequence[int | None],
    named: Mapping[str, str],
) -> None:
    """Insert drawings into the catalogue.

    Args:
        connection: In a writer's transaction.
        first: Row number of the first; the others follow.
        ids: Of each.
        metadata: What is known about each.
        sources: Number of each one's source, or None.
        named: The column of each field a user named.

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
