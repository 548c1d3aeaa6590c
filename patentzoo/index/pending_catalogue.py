"""An index in memory before it has a catalogue: what it was built from, kept as columns.

Searching needs ids and metadata of the hits only. Writing all of them to SQLite takes many times as
long as taking the vectors over, so that waits until something asks for the catalogue: a filter,
groups, a change.
"""

from __future__ import annotations

import dataclasses
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from patentzoo.hit import Hit
from patentzoo.index import transaction
from patentzoo.index.calibration import can_calibrate, scale_of
from patentzoo.index.engines.factory import build_engine, choose
from patentzoo.index.query.patent_groups import Groups
from patentzoo.index.snapshot import Rows, Snapshot, codec_of
from patentzoo.index.storage import schema
from patentzoo.index.storage.catalogue import FIRST_FIELD
from patentzoo.index.storage.columns import Columns
from patentzoo.index.storage.index_folder import Store
from patentzoo.index.storage.segments import Segment
from patentzoo.index.transaction import Incoming


@dataclass(frozen=True, eq=False)
class Unfiled:
    """The state of an index whose catalogue is not written yet. It never changes.

    Attributes:
        coming: What it was built from, without vectors and metadata.
        columns: The metadata; row numbers count from 0.
        snapshot: The vectors; ``snapshot.meta`` is what the catalogue will say.
    """

    coming: Incoming
    columns: Columns
    snapshot: Snapshot

    def stored(self, rows: Rows) -> Unfiled:
        """What hits are made of: as it never changes, nothing has to be read before."""
        return self

    def hit(self, row: int, rank: int, score: float) -> Hit:
        """The hit that stands for a row."""
        values = self.columns.row(row)
        return Hit.later(rank, score, values, tuple(self.columns.others), values[FIRST_FIELD:])

    def ids(self) -> list[str]:
        """The ids, in the order of their rows."""
        return list(self.columns.ids)

    def write_catalogue(self, file: Path, *, durable: bool = True) -> None:
        """Write the catalogue of this state to a new file.

        Args:
            file: Whatever is there, what an earlier try left, makes way.
            durable: Whether it is on the disk when this returns.
        """
        file.unlink(missing_ok=True)
        schema.create(file, self.snapshot.meta, durable=durable, fill=self._fill)

    def _fill(self, connection: sqlite3.Connection) -> None:
        for segment in self.snapshot.segments:
            values = dataclasses.astuple(segment.entry)
            connection.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", values)
        transaction.describe(connection, self.coming, 0, self.columns)


def hold(meta: Mapping[str, Any], coming: Incoming, engine: str) -> Store | None:
    """An index in memory of these drawings, not filed; its engine, if it needs one, is made.

    Args:
        meta: From ``changes.new_meta``.
        coming: What it is built from.
        engine: ``"auto"`` chooses by size.

    Returns:
        None where metadata have to be looked at one by one, or there are no drawings.

    Raises:
        ConfigError: Too few drawings for the engine.
    """
    columns = Columns.of(coming.ids, coming.metadata)
    if columns is None or not columns.ids:
        return None
    store, known = Store(None), schema.beginning(meta)
    codec = codec_of(known).fitted(coming.vectors)
    segment = transaction.new_segment(1, 0, coming.vectors, codec)
    count = len(columns.ids)
    known |= {"generation": 1, "next_row": count, "next_segment": 2, "count": count}
    if codec.trained is not None:
        known["trained"] = codec.to_meta()
    known |= _engine(store, choose(engine, count), segment)
    none_gone = np.empty(0, np.int64)
    known |= _calibration(Snapshot(store, known, [segment], none_gone), columns)
    snapshot = Snapshot(store, known, [segment], none_gone)
    store.hold(Unfiled(_without_vectors(coming, columns.ids), columns, snapshot))
    return store


def _calibration(snapshot: Snapshot, columns: Columns) -> dict[str, Any]:
    """What scores mean, where there are enough drawings to tell; what the catalogue is to say."""
    numbers: dict[str, int] = {}
    patents = columns.fixed[schema.FIXED.index("patent")]
    of = [numbers.setdefault(p, len(numbers)) if p else -1 - row for row, p in enumerate(patents)]
    if not can_calibrate(len(of), len(set(of))):
        return {}
    groups = Groups.make(snapshot, snapshot.rows, np.array(of, np.int64))
    generation = snapshot.meta["generation"] + 1  # as calibrate counts it
    return {"calibration": scale_of(snapshot, groups).to_meta(), "generation": generation}


def _without_vectors(coming: Incoming, ids: list[str]) -> Incoming:
    """What is kept of it beside columns and codes: nothing the user still holds and may change."""
    none = np.empty((0, coming.vectors.shape[1]), np.float32)
    failures = tuple(coming.failures)
    return dataclasses.replace(coming, vectors=none, ids=ids, metadata=(), failures=failures)


def _engine(store: Store, name: str, segment: Segment) -> dict[str, Any]:
    """Make an engine; what the catalogue is to say of it."""
    engine = build_engine(name, [segment])
    if engine is None:
        return {}
    token = secrets.token_hex(8)
    store.engines[token] = engine
    return {
        **transaction.engine_meta(engine, token),
        "generation": 3,
    }  # as add and compact count it
