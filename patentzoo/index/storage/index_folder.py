"""The folder of an index: its catalogue, its segments, and who may read and write them when."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from patentzoo.errors import IndexMismatchError, OutputError, PatentZooError
from patentzoo.index.storage import schema
from patentzoo.index.storage.codec import Codec, Codes
from patentzoo.index.storage.connections import (
    Connections,
    copy_catalogue,
    discard,
    is_catalogue,
    no_index,
)
from patentzoo.index.storage.schema import Connection
from patentzoo.index.storage.segments import Segment, SegmentInfo, read_segment, write_segment
from patentzoo.system.files import why_no_path


class IndexFolder:
    """One index folder, or an index without one, whose catalogue lies in a temporary folder.

    Args:
        path: The folder; None for an index in memory.
        mmap: Map segments instead of reading them.

    Attributes:
        held: Segments of an index in memory, by number; a folder's are read from their files.
        engines: What was opened over the segments, by its token. The folder lets go of what the
            catalogue names no more; what an engine is, only the rooms above know.
        made_by: Name and fingerprint of the model whose vectors are expected; None: any.
    """

    def __init__(self, path: Path | None, *, mmap: bool = False) -> None:
        self.path = path
        self.mmap = mmap
        self.held: dict[int, Segment] = {}
        self.engines: dict[str, Any] = {}
        self.made_by: tuple[str, str] | None = None
        self._copying = threading.Lock()
        self._pid = os.getpid()
        scratch = tempfile.mkdtemp(prefix="patentzoo-") if path is None else None
        # Absolute, since a program may change its working folder while the index is open.
        self.folder = Path(path or scratch or "").absolute()
        self._pool = Connections(self.folder / schema.CATALOGUE, durable=path is not None)
        if scratch is not None:
            weakref.finalize(self, discard, self._pool, scratch, os.getpid())

    @classmethod
    def create(cls, path: Path | None, meta: Mapping[str, Any]) -> IndexFolder:
        """An empty index; ``path`` is an empty folder or None."""
        store = cls(path)
        schema.create(store._pool.file, meta, durable=path is not None)
        return store

    @classmethod
    def open(cls, path: Path, *, mmap: bool = False) -> IndexFolder:
        """Open a folder; its catalogue's format is checked, not yet its content.

        Raises:
            IndexDamagedError: No catalogue, one that cannot be read, or of another format.
        """
        if why_no_path(path) or not is_catalogue(path / schema.CATALOGUE):
            raise no_index(path)
        store = cls(path, mmap=mmap)
        store._pool.writable = _may_write(path)
        with store.connection() as connection:
            schema.check_version(path, connection)
        return store

    def meta(self) -> dict[str, Any]:
        """What the catalogue says about the index as a whole."""
        with self.reading() as connection:
            return schema.read_meta(connection)

    def close(self) -> None:
        """Close the catalogue; a later use opens it again."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection nobody else uses meanwhile."""
        self._leave_parent()
        connection = self._pool.take()
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.rollback()
            self._pool.give_back(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the catalogue throughout.

        Raises:
            IndexDamagedError: SQLite finds the catalogue damaged.
        """
        with self.connection() as connection:
            try:
                connection.execute("BEGIN")
                yield connection
            except sqlite3.DatabaseError as error:
                raise schema.damaged(self._pool.file, str(error)) from error

    @contextmanager
    def writing(
        self, attached: Path | None = None, *, since: str | None = None
    ) -> Iterator[Connection]:
        """The one writer's transaction: committed and on the disk when the block ends well.

        Args:
            attached: Another catalogue, to be read as ``attached``.
            since: What ``whose`` said when that was read on which the change rests. None: it rests
                on nothing read before.

        Raises:
            OutputError: Another writer does not come to an end, a read-only or full disk, or the
                folder is another index, or gone, before the change is complete.
            IndexMismatchError: The index there is by now one of another model.
        """
        self.check_writable()
        with self.connection() as connection:
            # Before the lock is waited for: what lies there afterwards may be another index.
            mine = self.whose(connection)
            try:
                if attached is not None:
                    connection.execute("ATTACH ? AS attached", (str(attached),))
                connection.execute("BEGIN IMMEDIATE")
                self._check_there(connection, since)
                self.check_made_by(schema.read_meta(connection))
                yield connection
                schema.note_change(connection)
                # Once more: if the folder was replaced meanwhile, the vectors went to the new one.
                self._check_there(connection)
                connection.execute("COMMIT")
                self._pool.checkpoint(connection)
            except Exception as error:
                connection.rollback()
                # Vectors written for this change: no row will ever name them.
                with suppress(sqlite3.DatabaseError, OSError, PatentZooError):
                    self.remove_orphans()
                if isinstance(error, sqlite3.DatabaseError | OSError):
                    self._check_not_overwritten(connection, mine)
                    raise schema.cannot_write(self._pool.file, error) from error
                raise
            finally:
                if attached is not None:
                    connection.rollback()
                    connection.execute("DETACH attached")

    def check_writable(self) -> None:
        """Raise OutputError where this user may not change the index."""
        if not self._pool.writable:
            raise OutputError(f"{self.folder} is read-only: copy the index, and change the copy.")

    def check_still(self, since: str | None) -> None:
        """Raise OutputError unless the index there is the one that ``whose`` named."""
        if since is not None:
            with self.reading() as connection:
                self._check_there(connection, since)

    def whose(self, connection: Connection) -> str:
        """Which index a connection is to: the id in its catalogue, and the catalogue's file."""
        query = "SELECT value FROM meta WHERE key = 'identity'"
        (found,) = connection.execute(query).fetchone()
        return f"index {found} in the file of device, inode and turn {connection.opened_on}"

    def check_made_by(self, meta: Mapping[str, Any]) -> None:
        """Raise IndexMismatchError where a folder has become an index of another model."""
        if self.made_by is not None and meta["fingerprint"] != self.made_by[1]:
            name, fingerprint = self.made_by
            raise IndexMismatchError(
                f"{self.folder} was replaced: when it was opened, it was made by {name!r} "
                f"(fingerprint {fingerprint[:12]}), now by {meta['model']!r} "
                f"({meta['fingerprint'][:12]}). Open it again with load_index."
            )

    def write_segment(
        self, connection: sqlite3.Connection, segment: Segment, pieces: Iterable[Codes] = ()
    ) -> None:
        """Write a segment inside a writer's transaction; a folder's by ``pieces``, if given."""
        number, codes = segment.entry.number, segment.codes
        entry = SegmentInfo(number, "", len(segment), codes.nbytes, "")
        if self.path is None:
            self.held[number] = segment
        else:
            pieces = pieces or [codes]
            entry = write_segment(self.folder, number, segment.rows, pieces, segment.codec)
        connection.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", [*vars(entry).values()])

    def load_segment(self, entry: SegmentInfo, codec: Codec, *, verify: bool = False) -> Segment:
        """Open a segment the catalogue names."""
        if not entry.file:
            return self.held[entry.number]
        return read_segment(self.folder, entry, codec, mmap=self.mmap, verify=verify)

    def remove_orphans(self) -> None:
        """Delete files no committed row names: what killed writers and ``compact`` left.

        Taken under the writer's lock, since a segment is written before it is committed.
        """
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._check_there(connection)
            named = {file for (file,) in connection.execute("SELECT file FROM segment")}
            meta = schema.read_meta(connection)
            named.add(meta.get("engine_file"))
            for held in set(self.engines) - {meta.get("engine_token")}:
                del self.engines[held]
            if self.path is None:
                numbers = {n for (n,) in connection.execute("SELECT number FROM segment")}
                for number in set(self.held) - numbers:
                    del self.held[number]
                return
            for entry in list(self.folder.iterdir()):
                if schema.OWN_FILES.fullmatch(entry.name) and entry.name not in named:
                    self._check_there(connection)
                    with suppress(OSError):
                        entry.unlink()

    def _check_there(self, connection: Connection, since: str | None = None) -> None:
        """Raise OutputError unless the folder is the index that a connection is to.

        Files are written and deleted by the folder's name, rows by the connection.
        """
        if self.path is None:
            return
        mine, there = self.whose(connection), connection.look(connection)
        if there is None:
            raise OutputError(f"{self.folder}: the index is no longer there ({mine}).")
        if there != connection.opened_on:
            with self.connection() as other:
                found = self.whose(other)
            raise self._replaced(mine, found)
        if since not in (None, mine):
            raise self._replaced(str(since), mine)

    def _check_not_overwritten(self, connection: Connection, mine: str) -> None:
        """Raise OutputError where a change failed because other files were put over the index's."""
        if connection.look(connection) not in (connection.opened_on, None):
            with self.connection() as other:
                raise self._replaced(mine, self.whose(other))

    def _replaced(self, before: str, now: str) -> OutputError:
        return OutputError(
            f"{self.folder} was replaced during this change: it was {before}; now it is {now}. "
            "Nothing was changed. Make the change again if it is meant for the index there now."
        )

    def _leave_parent(self) -> None:
        """In a forked child: an index in memory goes on by itself, on a copy of its catalogue.

        Raises:
            OutputError: There is no room for it, or the parent is gone, or added drawings
                after the fork and before the child's first use.
        """
        if self.path is not None or self._pid == os.getpid():
            return
        with self._copying:
            if self._pid == os.getpid():
                return
            mine = self.folder / f"{os.getpid()}-{schema.CATALOGUE}"
            try:
                numbers = copy_catalogue(self._pool.file, mine)
            except (sqlite3.DatabaseError, OSError) as error:
                raise schema.cannot_write(self._pool.file, error) from error
            if not numbers <= self.held.keys():
                raise OutputError(
                    "This index in memory was changed by the process that was forked, before it "
                    "was used in this one: save it, and open it here by its folder."
                )
            self._pool.file, self._pid = mine, os.getpid()

    def after_fork(self) -> None:
        """In a child process: locks another thread of the parent may have held are made anew."""
        self._copying = threading.Lock()
        self._pool.after_fork()


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path / schema.CATALOGUE, os.W_OK)
