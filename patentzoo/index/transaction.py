"""What a writer does inside its transaction: rows in, rows out, other metadata, fewer files.

A change goes these steps; a crash after a step leaves what stands beside it.

1. ``BEGIN IMMEDIATE``: the one writer's lock, which goes with the process. Nothing is changed.
2. Vectors go to a new file, and to the disk. The file is an orphan, which ``remove_orphans``
   deletes at the next ``compact``; nobody reads a file that no committed row names.
3. Rows, sources, failures, tombstones and the name of the file go to SQLite, and at last the
   generation and the checksum. SQLite rolls all of it back when the catalogue is opened next.
4. ``COMMIT``. The change is on the disk, whole.
5. After ``compact``, files that no row names any more are deleted. Those that are left are orphans.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError
from patentzoo.index.engines.protocol import StoredEngine, Vectors
from patentzoo.index.state.snapshot import Rows, codec_of
from patentzoo.index.storage import catalogue, failures, read_settings, schema
from patentzoo.index.storage.codec import Codec
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.segments import Segment, SegmentInfo
from patentzoo.index.storage.values import check_key, decode, encode, insert_drawings, row_values
from patentzoo.index.upsert_batch import UpsertBatch
from patentzoo.results import Changes


def upsert(store: IndexFolder, connection: sqlite3.Connection, batch: UpsertBatch) -> Changes:
    """Add drawings; those of the same id or source are replaced.

    Raises:
        ConfigError: Two drawings of one id, or metadata that cannot be kept.
    """
    _check_ids(batch.ids)
    known = {name for name in batch.source_of if name is not None}
    replaced = _replaced(connection, batch.ids, known)
    delete_rows(connection, replaced)
    first = _write_vectors(store, connection, batch.vectors)
    _describe(connection, batch, first)
    added = len(batch.ids) - len(replaced)
    return Changes(max(added, 0), len(replaced), failures=tuple(batch.failures))


def _describe(connection: sqlite3.Connection, batch: UpsertBatch, first: int) -> None:
    """Write down everything about drawings but their vectors; ``first`` is the first row's number.

    Raises:
        ConfigError: Metadata that cannot be kept.
    """
    known = {name for name in batch.source_of if name is not None}
    numbers = _sources(connection, {name: batch.sources[name] for name in sorted(known)})
    sources = [None if name is None else numbers[name] for name in batch.source_of]
    named = _fields(connection, dict.fromkeys(key for data in batch.metadata for key in data))
    insert_drawings(connection, first, batch.ids, batch.metadata, sources, named)
    if batch.read_settings is not None:
        read_settings.record(connection, known, batch.read_settings)
    failures.record(connection, batch.ids, batch.sources, batch.failures, batch.failed_in)
    failures.delete_lost(connection, batch.ids)
    _count(connection)


def delete_rows(connection: sqlite3.Connection, rows: Rows) -> None:
    """Remove drawings; their vectors stay in the segments until ``compact``.

    Raises:
        IndexDamagedError: The catalogue lacks one of the rows that it listed.
    """
    if not len(rows):
        return
    each = [(row,) for row in rows.tolist()]
    query = "SELECT source FROM drawing WHERE row = ?"
    held = [connection.execute(query, row).fetchone() for row in each]
    if None in held:
        reason = f"it lacks row {each[held.index(None)][0]} of its drawings"
        raise schema.damaged(schema.file_of(connection), reason)
    sources = {number for (number,) in held} - {None}
    connection.executemany("DELETE FROM drawing WHERE row = ?", each)
    # A segment never changes, since readers may have it mapped: the row is marked instead.
    connection.executemany("INSERT INTO gone VALUES (?)", each)
    query = (
        "DELETE FROM source WHERE number = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM drawing WHERE source = ?1) RETURNING id"
    )
    empty = [connection.execute(query, (number,)).fetchall() for number in sources]
    names = [decode(name) for each in empty for (name,) in each]
    failures.delete(connection, names)
    read_settings.delete(connection, names)
    _count(connection)


def set_metadata(connection: sqlite3.Connection, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Change what is known about drawings, by row; None as a value takes a fixed field away."""
    found = catalogue.records(connection, changes)
    new = {row: {**catalogue.as_dict(found[row]), **changes[row]} for row in changes}
    for data in new.values():
        data.pop("id")
    named = _fields(connection, dict.fromkeys(key for data in new.values() for key in data))
    columns = [*schema.FIXED, *named.values()]
    marks = ", ".join(f"{column} = ?" for column in columns)
    for row, data in new.items():
        name = found[row][0]
        values = row_values(row, name, None, data, named)
        connection.execute(f"UPDATE drawing SET crc = ?, {marks} WHERE row = ?", (*values[3:], row))


def compact(
    store: IndexFolder, connection: sqlite3.Connection, segments: Sequence[Segment]
) -> None:
    """Write the vectors that live into one segment."""
    tombstones = catalogue.tombstones(connection)
    if len(segments) <= 1 and not len(tombstones):
        return
    codec = codec_of(schema.read_meta(connection))
    keep = [np.isin(each.rows, tombstones, assume_unique=True, invert=True) for each in segments]
    rows = _joined([s.rows[k] for s, k in zip(segments, keep, strict=True)], np.int64)
    codes = (s.codes[k] for s, k in zip(segments, keep, strict=True))
    connection.execute("DELETE FROM segment")
    connection.execute("DELETE FROM gone")
    drop_engine(connection)  # it counts positions through the segments that go now
    if len(rows):
        # A folder's are written one by one: all of them may be more than memory holds.
        whole = codes if store.path is None else []
        joined = np.concatenate([np.empty((0, codec.dim), codec.dtype), *whole])
        segment = _segment(_next_segment(connection), rows, joined, codec)
        store.write_segment(connection, segment, codes)


def set_engine(connection: sqlite3.Connection, engine: StoredEngine, token: str) -> None:
    """Make an engine the index's own."""
    segments = json.dumps(list(engine.segments))
    schema.set_meta(
        connection, engine_name=engine.name, engine_token=token, engine_segments=segments
    )


def drop_engine(connection: sqlite3.Connection) -> None:
    """Search exactly until another engine is made."""
    for part in ("name", "token", "segments", "file", "sha256"):
        connection.execute("DELETE FROM meta WHERE key = ?", (f"engine_{part}",))


def rows_of_source(connection: sqlite3.Connection, name: str) -> Rows:
    """int64 (m,): the drawings that came from a source."""
    query = "SELECT row FROM drawing JOIN source ON drawing.source = number WHERE source.id = ?"
    found = connection.execute(query, (encode(name),))
    return np.fromiter((row for (row,) in found), dtype=np.int64)


def known_hashes(connection: sqlite3.Connection) -> dict[str, str]:
    """Content hash by source."""
    return {
        decode(name): hash_ for name, hash_ in connection.execute("SELECT id, hash FROM source")
    }


def new_meta(
    model: str,
    fingerprint: str,
    dim: int,
    storage: str,
    engine: str,
    photos: str = "grey",
    reading: str = "",
) -> dict[str, Any]:
    """What a new catalogue says about the index as a whole."""
    return {
        "identity": schema.new_identity(),
        "model": model,
        "fingerprint": fingerprint,
        "dim": dim,
        "storage": storage,
        "engine_wanted": engine,
        "photos": photos,
        "reading": reading,
    }


def _check_ids(ids: Sequence[str]) -> None:
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        twice = next(name for name in ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ConfigError(f"Ids must differ from one another; {twice!r} occurs more than once.")


def _replaced(connection: sqlite3.Connection, ids: Iterable[str], sources: Collection[str]) -> Rows:
    """Rows that make way: of the same id, or of a source that is read anew."""
    # The first batch of a build replaces nothing: a look-up for each drawing is spared.
    if connection.execute("SELECT 1 FROM drawing LIMIT 1").fetchone() is None:
        return np.empty(0, np.int64)
    rows = set(catalogue.rows_of_ids(connection, list(ids)).tolist())
    for name in sources:
        rows.update(rows_of_source(connection, name).tolist())
    return np.array(sorted(rows), dtype=np.int64)


def _write_vectors(store: IndexFolder, connection: sqlite3.Connection, vectors: Vectors) -> int:
    """Write the vectors as a segment; the row number of the first, which the others follow."""
    meta = schema.read_meta(connection)
    # int8 takes its bounds from the first vectors; those that come later are stored within them.
    codec = codec_of(meta).fitted(vectors)
    first = int(meta["next_row"])
    if len(vectors):
        rows = np.arange(first, first + len(vectors), dtype=np.int64)
        number = _next_segment(connection)
        store.write_segment(connection, _segment(number, rows, codec.encode(vectors), codec))
        schema.set_meta(connection, next_row=first + len(vectors))
        if codec.trained is not None:
            schema.set_meta(connection, trained=codec.to_meta())
    return first


def _next_segment(connection: sqlite3.Connection) -> int:
    """A number no segment of this index ever had."""
    number = int(schema.read_meta(connection)["next_segment"])
    schema.set_meta(connection, next_segment=number + 1)
    return number


def _segment(number: int, rows: Rows, codes: npt.NDArray[Any], codec: Codec) -> Segment:
    return Segment(SegmentInfo(number, "", len(rows), codes.nbytes, ""), rows, codes, codec)


def _sources(connection: sqlite3.Connection, hashes: Mapping[str, str]) -> dict[str, int]:
    numbers = {}
    for name, hash_ in hashes.items():
        query = (
            "INSERT INTO source (id, hash) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET hash = excluded.hash RETURNING number"
        )
        numbers[name] = connection.execute(query, (encode(name), hash_)).fetchall()[0][0]
    return numbers


def _fields(connection: sqlite3.Connection, names: Iterable[Any]) -> dict[str, str]:
    """The column of every field, those seen for the first time included."""
    named = catalogue.fields(connection)
    for name in names:
        if name in named or name in schema.FIXED or name == "id":
            continue
        check_key(name)
        if len(named) >= schema.MOST_FIELDS:
            raise ConfigError(
                f"An index keeps at most {schema.MOST_FIELDS:,} different metadata keys."
            )
        number = len(named) + 1
        connection.execute("INSERT INTO field VALUES (?, ?)", (number, encode(name)))
        connection.execute(f"ALTER TABLE drawing ADD COLUMN f{number}")
        named[name] = f"f{number}"
    return named


def _count(connection: sqlite3.Connection) -> None:
    schema.set_meta(
        connection, count=connection.execute("SELECT count(*) FROM drawing").fetchone()[0]
    )


def _joined(pieces: Sequence[npt.NDArray[Any]], kind: type[np.int64]) -> Rows:
    return np.concatenate([np.empty(0, kind), *pieces])
