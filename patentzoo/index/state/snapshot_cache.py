"""From the catalogue's state to the vectors of the same state."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from patentzoo.errors import IndexDamagedError
from patentzoo.index.state.snapshot import Snapshot, codec_of
from patentzoo.index.storage import catalogue, schema
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.schema import Connection
from patentzoo.index.storage.segments import Segment

_TRIES = 50
Read = TypeVar("Read")


class SnapshotCache:
    """The states of an index; the vectors of the newest are kept.

    Args:
        store: Of the index.
    """

    def __init__(self, store: IndexFolder) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._file: object = None

    @contextmanager
    def current(self) -> Iterator[tuple[Connection, Snapshot]]:
        """A reader's transaction, and the vectors of the state it sees.

        Raises:
            IndexMismatchError: The index there is by now one of another model.
        """
        with one_state(self._store, self._snapshot) as (connection, snapshot):
            yield connection, self.keep(snapshot, connection.opened_on)

    def keep(self, snapshot: Snapshot, file: object = None) -> Snapshot:
        """Keep the newest state: a slow reader may come along with an older one of the same file.

        Args:
            snapshot: The state.
            file: Where its catalogue lies; None: nowhere yet.

        Returns:
            The state to use: the one that is kept where it is the same, so that threads that
            begin together share one engine, and a GPU holds the vectors once.
        """
        with self._lock:
            held = self._newest
            if held is not None and file == self._file and held.key == snapshot.key:
                return held
            other = held is None or file != self._file or held.key[0] != snapshot.key[0]
            if other or (held is not None and held.key[1] < snapshot.key[1]):
                self._newest, self._file = snapshot, file
            return snapshot

    def _snapshot(self, connection: Connection) -> Snapshot:
        held = self._newest
        if held is not None and held.key == schema.state(connection):
            return held
        self._store.check_made_by(schema.read_meta(connection))
        return load(self._store, connection, held)

    def after_fork(self) -> None:
        """In a child process: locks another thread may have held in the parent are made anew."""
        self._lock = threading.Lock()
        if self._newest is not None:
            self._newest.lock = threading.Lock()


@contextmanager
def one_state(
    store: IndexFolder, read: Callable[[Connection], Read]
) -> Iterator[tuple[Connection, Read]]:
    """A reader's transaction, and what was read of the state it sees, files included.

    A writer may delete files of that state meanwhile; then the state that is there by now is read.
    """
    with ExitStack() as stack:
        for left in reversed(range(_TRIES)):
            connection = stack.enter_context(store.reading())
            try:
                found = read(connection)
            except (IndexDamagedError, KeyError, sqlite3.DatabaseError):
                # A file the state names is gone: compacted meanwhile, or truly missing.
                if not left or not _moved(store, connection):
                    raise
                stack.pop_all().close()
            else:
                yield connection, found
                return


def load(
    store: IndexFolder, connection: Connection, held: Snapshot | None, *, verify: bool = False
) -> Snapshot:
    """Read the state a connection sees; segments already open are used again.

    Raises:
        IndexDamagedError: A segment is missing, cut off or altered.
    """
    meta = schema.read_meta(connection)
    codec = codec_of(meta)
    # Segments are numbered from 1 in every index: an equal entry is the same file within one only.
    open_ones: dict[object, Segment] = {}
    if held is not None and held.key[0] == meta["identity"]:
        open_ones = {segment.entry: segment for segment in held.segments}
    segments = [
        open_ones.get(entry) or store.load_segment(entry, codec, verify=verify)
        for entry in catalogue.entries(connection)
    ]
    return Snapshot(store, meta, segments, catalogue.tombstones(connection))


def _moved(store: IndexFolder, connection: Connection) -> bool:
    if connection.look(connection) not in (connection.opened_on, None):
        return True
    state = schema.state(connection)
    with store.reading() as other:
        return schema.state(other) != state
