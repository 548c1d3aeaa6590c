"""What one state of the catalogue says: fields, rows, patents, filters, hits."""

from __future__ import annotations

import functools
import json
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError
from patentzoo.index.storage import field_types, schema
from patentzoo.index.storage.filters import Where, compile_where
from patentzoo.index.storage.segments import SegmentInfo
from patentzoo.index.storage.values import Stored, crc, decode, encode
from patentzoo.system.addresses import is_url

Rows = npt.NDArray[np.int64]
Record = tuple[str, str | None, str | None, int | None, dict[str, Any]]
"""Id, patent, path, page, and the other metadata."""
Values = Sequence[Any]
"""A row of the table: its number, id, patent, path, page, and the other fields, None if missing."""
FIRST_FIELD = 2 + len(schema.FIXED)


def fields(connection: sqlite3.Connection) -> dict[str, str]:
    """The column of each field a user named; the name of a column never comes from a user."""
    found = connection.execute("SELECT name, number FROM field ORDER BY number")
    return {decode(name): f"f{number}" for name, number in found}


def columns(connection: sqlite3.Connection) -> dict[str, str]:
    """The column of everything ``where`` can name."""
    return {"id": "id", **{name: name for name in schema.FIXED}, **fields(connection)}


def entries(connection: sqlite3.Connection) -> list[SegmentInfo]:
    """The segments, in the order of their rows."""
    query = "SELECT number, file, count, size_bytes, sha256 FROM segment ORDER BY number"
    return [SegmentInfo(*values) for values in connection.execute(query)]


def tombstones(connection: sqlite3.Connection) -> Rows:
    """int64 (m,): removed rows whose vectors still lie in a segment."""
    return _numbers(connection.execute("SELECT row FROM gone ORDER BY row"))


def ids(connection: sqlite3.Connection) -> list[str]:
    """The ids, in the order of their rows."""
    return [decode(name) for (name,) in connection.execute("SELECT id FROM drawing ORDER BY row")]


def matching(connection: sqlite3.Connection, where: Where) -> Rows:
    """int64 (m,), rising: the rows a filter keeps.

    Raises:
        QueryError: As for ``compile_where``.
    """
    if callable(where):
        kept = [row for row, record in all_records(connection) if _says(where, as_dict(record))]
        return np.array(kept, dtype=np.int64)
    named = columns(connection)

    @functools.cache
    def kind(name: str) -> str:
        return field_types.kind_of_column(connection, named[name]) if name in named else ""

    wanted = field_types.plain_where(where if where is not None else {})
    field_types.warn_of_mixed(wanted, kind)
    condition, parameters = compile_where(field_types.fit_where(wanted, kind), named)
    query = f"SELECT row FROM drawing WHERE {condition} ORDER BY row"
    return _numbers(connection.execute(query, parameters))


def _says(where: Callable[[dict[str, Any]], Any], known: dict[str, Any]) -> bool:
    """What a function says of a drawing's metadata.

    Raises:
        QueryError: It failed.
    """
    try:
        return bool(where(known))
    except Exception as error:  # whatever a function of the user's raises
        raise QueryError(
            f"where=: the function failed for the drawing {known.get('id')!r}: "
            f"{type(error).__name__}: {error}. It is given a dict of what is known of a drawing; "
            "what is not known is missing: row.get(name)."
        ) from error


def column_kinds(connection: sqlite3.Connection) -> dict[str, str]:
    """The type of each field a user named."""
    named = fields(connection)
    return {name: field_types.kind_of_column(connection, column) for name, column in named.items()}


def rows_of_ids(connection: sqlite3.Connection, names: Collection[str]) -> Rows:
    """int64 (m,), rising: the rows of those ids that are there."""
    found = set()
    for name in names:
        row = connection.execute("SELECT row FROM drawing WHERE id = ?", (encode(name),)).fetchone()
        if row is not None:
            found.add(row[0])
    return np.array(sorted(found), dtype=np.int64)


def rows_excluded(
    connection: sqlite3.Connection, names: Collection[str | PathLike[str]]
) -> tuple[Rows, list[str]]:
    """int64 (m,), rising: the rows of ids and paths, and those names that no drawing has."""
    found: set[int] = set()
    unknown = []
    for name in names:
        text = os.fspath(name)
        rows = rows_of_ids(connection, [text]).tolist()
        if not rows and (isinstance(name, PathLike) or os.sep in text):
            paths = [encode(each) for each in (text, str(Path(text).resolve()))]
            query = "SELECT row FROM drawing WHERE path IN (?, ?)"
            rows = [row for (row,) in connection.execute(query, paths)]
        found.update(rows)
        if not rows:
            unknown.append(text)
    return np.array(sorted(found), dtype=np.int64), unknown


def sources_of(
    connection: sqlite3.Connection, rows: Iterable[int]
) -> list[tuple[str | None, str | None]]:
    """Source and path of each of these rows."""
    query = (
        "SELECT source.id, path FROM drawing LEFT JOIN source ON source.number = drawing.source "
        "WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row"
    )
    found = connection.execute(query, (json.dumps([int(row) for row in rows]),))
    return [(decode(name), decode(path)) for name, path in found]


def moved(connection: sqlite3.Connection, paths: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """The rows whose path is another by now, with it as metadata.

    Args:
        connection: To read with.
        paths: Where sources lie now, by source.
    """
    query = "SELECT row, source.id, path FROM drawing JOIN source ON source.number = drawing.source"
    found = ((row, decode(name), decode(path)) for row, name, path in connection.execute(query))
    return {
        row: {"path": paths[name]}
        for row, name, path in found
        if name in paths and path != paths[name]
    }


def relative_paths(connection: sqlite3.Connection) -> dict[str, str | None]:
    """The path of each source, where it is relative: stored by an earlier version."""
    query = (
        "SELECT DISTINCT source.id, path FROM drawing JOIN source ON source.number = "
        "drawing.source WHERE path IS NOT NULL"
    )
    found = ((decode(name), decode(path)) for name, path in connection.execute(query))
    return {n: path for n, path in found if not (is_url(path) or Path(path).is_absolute())}


def selected(connection: sqlite3.Connection) -> list[str]:
    """The columns of ``Values``, in their order."""
    return ["row", "id", *schema.FIXED, *fields(connection).values()]


def stored(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, Values]:
    """These rows as they are stored, by row; see ``record``."""
    condition = "WHERE row IN (SELECT value FROM json_each(?))"
    # As JSON, since SQLite takes some thousands of parameters only.
    wanted = json.dumps(list(map(int, rows)))
    found = connection.execute(_select(fields(connection), condition), (wanted,))
    return {values[0]: values for values in found.fetchall()}


def records(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, Record]:
    """What is known about these rows, by row."""
    names = tuple(fields(connection))
    return {row: record(values, names) for row, values in stored(connection, rows).items()}


def all_records(connection: sqlite3.Connection) -> Iterator[tuple[int, Record]]:
    """Every row and what is known about it."""
    named = fields(connection)
    names = tuple(named)
    for values in connection.execute(_select(named, "ORDER BY row")):
        yield values[0], record(values, names)


def as_dict(record: Record) -> dict[str, Any]:
    """A drawing's metadata with its ``id``: what a ``where`` function is given."""
    name, patent, path, page, rest = record
    return {"id": name, "patent": patent, "path": path, "page": page, **rest}


def groups(connection: sqlite3.Connection) -> tuple[Rows, Rows]:
    """Rows, and a number for each: equal for drawings of one patent; those of none stand alone."""
    numbers: dict[Stored, int] = {}
    found, group = [], []
    for row, patent in connection.execute("SELECT row, patent FROM drawing ORDER BY row"):
        found.append(row)
        # Below zero: a number that no patent has.
        group.append(numbers.setdefault(patent, len(numbers)) if patent else -1 - row)
    return np.array(found, dtype=np.int64), np.array(group, dtype=np.int64)


def count_patents(connection: sqlite3.Connection) -> int:
    """Patents, a drawing of none counted as one of its own."""
    query = (
        "SELECT count(DISTINCT nullif(patent, '')), "
        "sum(CASE WHEN patent IS NULL OR patent = '' THEN 1 ELSE 0 END) FROM drawing"
    )
    named, alone = connection.execute(query).fetchone()
    return int(named + (alone or 0))


def failures(connection: sqlite3.Connection) -> list[tuple[str, str, int | None]]:
    """Id, reason and size of what was left out."""
    query = "SELECT id, reason, size_bytes FROM failure ORDER BY id"
    return [(decode(name), reason, size) for name, reason, size in connection.execute(query)]


def verify_catalogue(path: Path, connection: sqlite3.Connection) -> None:
    """Compare the catalogue with its own checksums.

    Raises:
        IndexDamagedError: It was altered.
    """
    file = path / schema.CATALOGUE
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise schema.damaged(file, str(found))
    verify_checksum(path, connection)
    named = fields(connection)
    names = tuple(named)
    for row, *stored, expected in connection.execute(_select(named, "", extra="crc")):
        if crc(row, stored, names) != expected:
            raise schema.damaged(file, f"the row of drawing {stored[0]!r} was altered")


def verify_checksum(path: Path, connection: sqlite3.Connection) -> None:
    """Compare what the catalogue says about the index as a whole with its checksum.

    Raises:
        IndexDamagedError: It was altered.
    """
    if schema.read_meta(connection).get("seal") != schema.checksum(connection):
        raise schema.damaged(path / schema.CATALOGUE, "its checksum does not fit its content")


def verify_rows(path: Path, connection: sqlite3.Connection, segment_rows: Rows) -> None:
    """Compare the catalogue with the segments.

    Raises:
        IndexDamagedError: They do not belong together.
    """
    rows = _numbers(connection.execute("SELECT row FROM drawing ORDER BY row"))
    live = np.setdiff1d(segment_rows, tombstones(connection), assume_unique=True)
    if not np.array_equal(rows, live) or len(rows) != schema.read_meta(connection)["count"]:
        raise schema.damaged(
            path / schema.CATALOGUE,
            f"{len(rows)} drawings and {len(live)} vectors do not belong together",
        )


def _select(named: Mapping[str, str], condition: str, extra: str = "") -> str:
    wanted = ["row", "id", *schema.FIXED, *named.values(), *([extra] if extra else [])]
    return f"SELECT {', '.join(wanted)} FROM drawing {condition}"


def record(values: Values, names: Sequence[str]) -> Record:
    """A stored row as what is known about a drawing.

    Args:
        values: Row, id, fixed fields and other fields.
        names: Names of the other fields.
    """
    pairs = zip(names, values[FIRST_FIELD:], strict=True)
    others = {name: each for name, each in pairs if each is not None}
    if bytes not in map(type, values):
        return values[1], values[2], values[3], values[4], others
    # Text that is no Unicode, lists, true, false and null.
    name, patent, path, page = map(decode, values[1:5])
    return name, patent, path, page, {key: decode(each) for key, each in others.items()}


def _numbers(found: Iterable[tuple[int]]) -> Rows:
    return np.fromiter((row for (row,) in found), dtype=np.int64)
