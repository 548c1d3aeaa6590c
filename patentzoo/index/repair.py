"""A damaged index made whole again from what its catalogue says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from patentzoo.errors import IndexDamagedError
from patentzoo.images import Source
from patentzoo.index import catalogue, changes, growth, schema
from patentzoo.index.changes import Incoming
from patentzoo.index.incoming import Reading, of_batches
from patentzoo.index.index import Index
from patentzoo.index.segments import Entry
from patentzoo.index.snapshot import Rows, codec_of
from patentzoo.index.store import Store
from patentzoo.results import Changes, Failure

if TYPE_CHECKING:
    import sqlite3

    from patentzoo.model import RetrievalModel


def repair_index(
    path: str | PathLike[str],
    model: RetrievalModel | None = None,
    images: Any = None,
    *,
    progress: bool = False,
) -> Changes:
    """Embed again what stood in damaged vector files; the rest of the index stays as it is.

    Args:
        path: Folder of the index.
        model: As for ``load_index``.
        images: What the index was built from. None: the files the catalogue names; drawings that
            came from archives need their archives given.
        progress: Draw a progress bar.

    Returns:
        ``replaced``: drawings embedded again; ``removed``: drawings whose images are no longer
        there, each listed in ``failures``.

    Raises:
        IndexDamagedError: The catalogue itself is damaged: build the index again.
    """
    store = Store.open(Path(path))
    index = Index(store, model)
    with store.reading() as connection:
        catalogue.verify_catalogue(store.folder, connection)
        meta = schema.read_meta(connection)
        damaged = _damaged(store, connection)
        lost = _lost(store, connection, damaged)
        found = catalogue.records(connection, lost.tolist())
        wanted = _sources(connection, lost)
    coming = _embedded(index, images, wanted, progress) if len(lost) else _nothing(index)
    coming = _as_before(coming, {record[0]: record for record in found.values()})
    with store.writing() as connection:
        changes.take_out(connection, lost)
        for entry in damaged:
            connection.execute("DELETE FROM segment WHERE number = ?", (entry.number,))
        connection.execute("DELETE FROM gone")
        rows = _rows_left(store, connection)
        _note_gone(connection, rows)
        changes.put(store, connection, coming)
        if damaged or _engine_damaged(store, meta):
            changes.drop_engine(connection)
    index.compact()
    missing = sorted({record[0] for record in found.values()} - set(coming.ids))
    reasons = {each.id: each for each in coming.failures}
    failures = [
        reasons.get(name) or Failure(name, f"{name}: its image is not where the catalogue says.")
        for name in missing
    ]
    return Changes(replaced=len(coming.ids), removed=len(missing), failures=tuple(failures))


def _damaged(store: Store, connection: sqlite3.Connection) -> list[Entry]:
    codec = codec_of(schema.read_meta(connection))
    bad = []
    for entry in catalogue.entries(connection):
        try:
            store.load_segment(entry, codec, verify=True)
        except IndexDamagedError:
            bad.append(entry)
    return bad


def _rows_left(store: Store, connection: sqlite3.Connection) -> Rows:
    codec = codec_of(schema.read_meta(connection))
    each = [store.load_segment(entry, codec).rows for entry in catalogue.entries(connection)]
    return np.concatenate([np.empty(0, np.int64), *each])


def _lost(store: Store, connection: sqlite3.Connection, damaged: list[Entry]) -> Rows:
    """The drawings whose vectors stand in no whole segment."""
    codec, numbers = codec_of(schema.read_meta(connection)), {each.number for each in damaged}
    whole = [
        store.load_segment(entry, codec).rows
        for entry in catalogue.entries(connection)
        if entry.number not in numbers
    ]
    kept = np.concatenate([np.empty(0, np.int64), *whole])
    return np.setdiff1d(catalogue.matching(connection, None), kept)


def _note_gone(connection: sqlite3.Connection, rows: Rows) -> None:
    gone = np.setdiff1d(rows, catalogue.matching(connection, None))
    connection.executemany("INSERT INTO gone VALUES (?)", ((row,) for row in gone.tolist()))


def _sources(connection: sqlite3.Connection, rows: Rows) -> dict[str, str | None]:
    """The path of each source that has to be read again."""
    found = catalogue.sources_of(connection, rows.tolist())
    return {name: path for name, path in found if name is not None}


def _embedded(
    index: Index, images: Any, wanted: Mapping[str, str | None], progress: bool
) -> Incoming:
    def skip(source: Source) -> bool:
        return source.id not in wanted

    there = [(name, path) for name, path in wanted.items() if path and Path(path).is_file()]
    reading = Reading(on_error="skip", progress=progress)
    given = there if images is None else images
    return (
        of_batches(reading.batches(index.model, given, skip), index.dim)
        if given
        else (_nothing(index))
    )


def _nothing(index: Index) -> Incoming:
    return Incoming(np.empty((0, index.dim), np.float32), [], [], [])


def _as_before(coming: Incoming, known: Mapping[str, catalogue.Record]) -> Incoming:
    """Keep what the catalogue said about a drawing, which may be more than its image says."""
    metadata = []
    for name, data in zip(coming.ids, coming.metadata, strict=True):
        old = catalogue.as_dict(known[name]) if name in known else {}
        metadata.append({**data, **{key: value for key, value in old.items() if key != "id"}})
    return dataclasses.replace(coming, metadata=metadata)


def _engine_damaged(store: Store, meta: Mapping[str, Any]) -> bool:
    try:
        growth.verify_engine(store.folder, meta)
    except IndexDamagedError:
        return True
    return False
