"""The folder of an index: its catalogue, its segments, and who may read and write them when."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.errors import IndexDamagedError, OutputError, PatentZooError
from patentzoo.index import schema
from patentzoo.index.codec import Codec
from patentzoo.index.engines import StoredEngine
from patentzoo.index.segments import Entry, Segment, read_segment, write_segment

if TYPE_CHECKING:
    from patentzoo.index.unfiled import Unfiled

_INHERITED: list[sqlite3.Connection] = []
"""Connections of a parent process: SQLite must neither use nor close them in the child."""

SIDE_FILES = ("-wal", "-shm", "-journal")


class Store:
    """One index folder, or an index without one, whose catalogue lies in a temporary folder.

    Args:
        path: The folder; None for an index in memory.
        mmap: Map segments instead of reading them.

    Attributes:
        unfiled: What an index in memory was built from, until something asks for its catalogue.
    """

    def __init__(self, path: Path | None, *, mmap: bool = False) -> None:
        self.path = path
        self.mmap = mmap
        self.writable = True
        self.held: dict[int, Segment] = {}
        self.engines: dict[str, StoredEngine] = {}
        self.unfiled: Unfiled | None = None
        self._lock, self._filing = threading.Lock(), threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._pid = os.getpid()
        self._scratch: str | None = None
        self._mode: schema.Mode = "rw"
        if path is None:
            self._make_scratch()
        self.folder = Path(self._scratch) if path is None and self._scratch else path or Path()
        self._catalogue = self.folder / schema.CATALOGUE
        self._closing = weakref.finalize(self, _close, self._idle, self._scratch, self._pid)

    @classmethod
    def create(cls, path: Path | None, meta: Mapping[str, Any]) -> Store:
        """An empty index; ``path`` is an empty folder or None."""
        store = cls(path)
        schema.create(store._catalogue, schema.beginning(meta), durable=path is not None)
        return store

    @classmethod
    def open(cls, path: Path, *, mmap: bool = False) -> Store:
        """Open a folder; its catalogue's format is checked, not yet its content.

        Raises:
            IndexDamagedError: No catalogue, one that cannot be read, or of another format.
        """
        if not (path / schema.CATALOGUE).is_file():
            raise IndexDamagedError(
                f"{path} holds no index: {schema.CATALOGUE} is missing. Check the path, or build "
                "the index again."
            )
        store = cls(path, mmap=mmap)
        if not _may_write(path):
            store._become_read_only()
        with store.connection() as connection:
            schema.check_version(path, connection)
        return store

    def hold(self, unfiled: Unfiled) -> None:
        """Begin with this; it is filed when something asks for the catalogue."""
        self.held = {each.entry.number: each for each in unfiled.snapshot.segments}
        self.unfiled = unfiled

    def meta(self) -> dict[str, Any]:
        """What the catalogue says about the index as a whole, or is going to say."""
        unfiled = self.unfiled
        if unfiled is not None:
            return unfiled.snapshot.meta
        with self.reading() as connection:
            return schema.read_meta(connection)

    def close(self) -> None:
        """Close the catalogue; a later use opens it again."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection nobody else uses meanwhile."""
        self._file()
        connection = self._borrow()
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.rollback()
            with self._lock:
                self._idle.append(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the catalogue throughout.

        Raises:
            IndexDamagedError: SQLite finds the catalogue damaged.
        """
        with self.connection() as connection:
            try:
                connection.execute("BEGIN")
                yield connection
            except sqlite3.DatabaseError as error:
                raise schema.damaged(self._catalogue, str(error)) from error

    @contextmanager
    def writing(self, attached: Path | None = None) -> Iterator[sqlite3.Connection]:
        """The one writer's transaction: committed and on the disk when the block ends well.

        Args:
            attached: Another catalogue, to be read as ``attached``.

        Raises:
            OutputError: Another writer does not come to an end, a read-only or full disk.
        """
        if not self.writable:
            raise OutputError(f"{self.folder} is read-only: copy the index, and change the copy.")
        with self.connection() as connection:
            try:
                if attached is not None:
                    connection.execute("ATTACH ? AS attached", (str(attached),))
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                generation = "UPDATE meta SET value = value + 1 WHERE key = 'generation'"
                connection.execute(generation)
                schema.write_seal(connection)
                connection.execute("COMMIT")
            except Exception as error:
                connection.rollback()
                with suppress(sqlite3.DatabaseError, OSError):
                    self.sweep()
                if isinstance(error, sqlite3.DatabaseError | OSError):
                    raise self._cannot_write(error) from error
                raise
            finally:
                if attached is not None:
                    connection.rollback()
                    connection.execute("DETACH attached")

    def write_segment(self, connection: sqlite3.Connection, segment: Segment) -> None:
        """Write a segment inside a writer's transaction."""
        number, codes = segment.entry.number, segment.codes
        entry = Entry(number, "", len(segment), codes.nbytes, "")
        if self.path is None:
            self.held[number] = segment
        else:
            entry = write_segment(self.folder, number, segment.rows, codes, segment.codec)
        values = (entry.number, entry.file, entry.count, entry.size_bytes, entry.sha256)
        connection.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", values)

    def load_segment(self, entry: Entry, codec: Codec, *, verify: bool = False) -> Segment:
        """Open a segment the catalogue names."""
        if not entry.file:
            return self.held[entry.number]
        return read_segment(self.folder, entry, codec, mmap=self.mmap, verify=verify)

    def sweep(self) -> None:
        """Delete files no committed row names: what killed writers and ``compact`` left.

        Taken under the writer's lock, since a segment is written before it is committed.
        """
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            named = {file for (file,) in connection.execute("SELECT file FROM segment")}
            meta = schema.read_meta(connection)
            engine, token = meta.get("engine_file"), meta.get("engine_token")
            for held in set(self.engines) - {token}:
                del self.engines[held]
            if self.path is None:
                numbers = {n for (n,) in connection.execute("SELECT number FROM segment")}
                for number in set(self.held) - numbers:
                    del self.held[number]
                return
            for entry in list(self.folder.iterdir()):
                ours = entry.suffix in {".seg", ".tmp", ".faiss"}
                if ours and entry.name not in named and entry.name != engine:
                    with suppress(OSError):
                        entry.unlink()

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._pid != os.getpid():
                _INHERITED.extend(self._idle)
                self._idle.clear()
                self._pid = os.getpid()
            if self._idle:
                return self._idle.pop()
        try:
            return schema.connect(self._catalogue, self._mode, durable=self.path is not None)
        except sqlite3.DatabaseError as error:
            raise schema.damaged(self._catalogue, str(error)) from error

    def _file(self) -> None:
        """Write the catalogue of what was only held so far; its state stays the same one.

        Raises:
            OutputError: There is no room for it; what is held stays.
        """
        if self.unfiled is None:
            return
        with self._filing:
            waiting = self.unfiled
            if waiting is None:
                return
            # A forked child writes one of its own: its parent may be about to do the same.
            self._catalogue = self.folder / f"{os.getpid()}-{schema.CATALOGUE}"
            try:
                waiting.write_catalogue(self._catalogue, durable=False)
            except (sqlite3.DatabaseError, OSError) as error:
                raise self._cannot_write(error) from error
            self.unfiled = None

    def after_fork(self) -> None:
        """In a child process: locks another thread of the parent may have held are made anew."""
        self._lock, self._filing = threading.Lock(), threading.Lock()

    def _make_scratch(self) -> None:
        self._scratch = tempfile.mkdtemp(prefix="patentzoo-")

    def _become_read_only(self) -> None:
        """SQLite wants to write beside a catalogue; where it cannot, it reads a frozen one."""
        self.writable = False
        self._mode = "immutable"
        left = [Path(f"{self._catalogue}{end}") for end in SIDE_FILES]
        if not any(file.exists() and file.stat().st_size for file in left):
            return
        self._make_scratch()
        assert self._scratch is not None
        for file in (self._catalogue, *left):
            if file.exists() and file.suffix != ".sqlite-shm":
                shutil.copy(file, self._scratch)
        self._catalogue, self._mode = Path(self._scratch, schema.CATALOGUE), "rw"
        self._closing.detach()
        self._closing = weakref.finalize(self, _close, self._idle, self._scratch, self._pid)

    def _cannot_write(self, error: Exception) -> PatentZooError:
        if "locked" in str(error) or "busy" in str(error):
            return OutputError(
                f"{self.folder}: another process is changing this index, and was not done after "
                f"{schema.WAIT_S:.0f} s. Try again when it is."
            )
        if isinstance(error, sqlite3.DatabaseError) and "malformed" in str(error):
            return schema.damaged(self._catalogue, str(error))
        reason = getattr(error, "strerror", None) or str(error)
        return OutputError(f"{self.folder}: the index cannot be written ({reason}).")


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path / schema.CATALOGUE, os.W_OK)


def _close(connections: list[sqlite3.Connection], scratch: str | None, pid: int) -> None:
    if pid != os.getpid():
        return  # a child process: they are its parent's
    for connection in connections:
        with suppress(sqlite3.Error):
            connection.close()
    if scratch is not None:
        shutil.rmtree(scratch, ignore_errors=True)
