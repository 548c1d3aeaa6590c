"""From the catalogue's state to the vectors of the same state."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from patentzoo.errors import IndexDamagedError
from patentzoo.index import catalogue, schema
from patentzoo.index.segments import Segment
from patentzoo.index.snapshot import Snapshot, codec_of
from patentzoo.index.store import Store

_TRIES = 50


class States:
    """The states of an index; the vectors of the newest are kept.

    Args:
        store: Of the index.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None

    @contextmanager
    def current(self) -> Iterator[tuple[sqlite3.Connection, Snapshot]]:
        """A reader's transaction, and the vectors of the state it sees."""
        with ExitStack() as stack:
            for attempt in range(_TRIES):
                connection = stack.enter_context(self._store.reading())
                last = attempt + 1 == _TRIES
                snapshot = _snapshot(self._store, connection, self._newest, last)
                if snapshot is not None:
                    self.keep(snapshot)
                    yield connection, snapshot
                    return
                stack.pop_all().close()

    def keep(self, snapshot: Snapshot) -> None:
        """Keep the newest state: a slow reader may come along with an older one."""
        with self._lock:
            held = self._newest
            if held is None or held.key[0] != snapshot.key[0] or held.key[1] < snapshot.key[1]:
                self._newest = snapshot

    def after_fork(self) -> None:
        """In a child process: locks another thread may have held in the parent are made anew."""
        self._lock = threading.Lock()
        if self._newest is not None:
            self._newest.lock = threading.Lock()


def _snapshot(
    store: Store, connection: sqlite3.Connection, held: Snapshot | None, last: bool
) -> Snapshot | None:
    """The snapshot of what the connection sees; None if that is past by now: look again."""
    query = "SELECT value FROM meta WHERE key IN ('generation', 'identity') ORDER BY key DESC"
    key = tuple(value for (value,) in connection.execute(query))
    if held is not None and held.key == key:
        return held
    try:
        return load(store, connection, held)
    except (IndexDamagedError, KeyError):
        # A file the state names is gone: compacted meanwhile, or truly missing.
        if last or not _moved(store, key):
            raise
        return None


def load(
    store: Store, connection: sqlite3.Connection, held: Snapshot | None, *, verify: bool = False
) -> Snapshot:
    """Read the state a connection sees; segments already open are used again.

    Raises:
        IndexDamagedError: A segment is missing, cut off or altered.
    """
    meta = schema.read_meta(connection)
    codec = codec_of(meta)
    open_ones: dict[object, Segment] = {}
    if held is not None and held.key[0] == meta["identity"]:
        open_ones = {segment.entry: segment for segment in held.segments}
    segments = [
        open_ones.get(entry) or store.load_segment(entry, codec, verify=verify)
        for entry in catalogue.entries(connection)
    ]
    return Snapshot(store, meta, segments, catalogue.gone(connection))


def _moved(store: Store, key: tuple[object, ...]) -> bool:
    with store.reading() as connection:
        meta = schema.read_meta(connection)
    return (meta["identity"], meta["generation"]) != key
