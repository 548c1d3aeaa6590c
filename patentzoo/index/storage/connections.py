"""Connections to a catalogue's file: to the one that lies there now, whoever put it there.

A folder may be replaced while a program holds it, or its files overwritten where they lie. A
connection goes on with what it was opened on, so each one knows which that was, and it is compared
before it is used again.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import time
import weakref
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from patentzoo.errors import IndexDamagedError, OutputError
from patentzoo.index.identity.catalogue_file import CatalogueFile, file_id
from patentzoo.index.identity.lineage import state_of_file
from patentzoo.index.storage import catalogue, schema
from patentzoo.index.storage.schema import Connection
from patentzoo.system.files import why_no_path

_INHERITED: list[Connection] = []
"""Connections of a parent process: SQLite must neither use nor close them in the child."""
_TRIES = 200
_SETTLED_NS = 20_000_000
"""As in ``catalogue_file``."""


class Connections:
    """Connections to one catalogue; those nobody uses are kept.

    Args:
        file: The catalogue.
        durable: Whether a commit is on the disk when it returns.

    Attributes:
        writable: False: SQLite must make no file beside the catalogue and change none.
    """

    def __init__(self, file: Path, *, durable: bool) -> None:
        self.file = file
        self.writable = True
        self._durable = durable
        self._watched = CatalogueFile()
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._idle: list[Connection] = []
        self._copies: list[tuple[int, str]] = []
        self._copied: object = None
        weakref.finalize(self, _close, self._idle, self._copies, self._pid)

    def take(self) -> Connection:
        """A connection nobody else uses, to the file that lies there now.

        While there is none, during a replacement say, one to the file that was there last.

        Raises:
            IndexDamagedError: There is none, and was none, or it cannot be read.
            VectorIndexError: This user may not read it.
        """
        try:
            return self._idle_one() or self._open()
        except PermissionError as error:
            raise schema.no_permission(self.file) from error
        except sqlite3.DatabaseError as error:
            if is_catalogue(self.file):
                raise schema.damaged(self.file, str(error)) from error
            raise no_index(self.file.parent) from error

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next one who takes one."""
        with self._lock:
            if self._watched.turn == connection.turn:
                self._idle.append(connection)
                return
        connection.close()  # what it holds of the file's former content must not stay

    def checkpoint(self, connection: Connection) -> None:
        """Bring what was committed from SQLite's log into the file, as far as no reader is in it.

        What lies in the log alone would be written over whatever is put in the file's place.
        """
        if self._durable and connection.look(connection) == connection.opened_on:
            # PASSIVE waits for nobody: a slow reader must not hold up a writer.
            with suppress(sqlite3.DatabaseError):  # it stays in the log
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Close those nobody uses."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def after_fork(self) -> None:
        """In a child process: a lock another thread of the parent may have held is made anew."""
        self._lock = threading.Lock()
        self._watched.after_fork()

    def _answers(self, connection: Connection) -> bool:
        """Whether a reader beside writers is one still: the last of them may have been killed."""
        try:
            return self.writable or bool(connection.execute("PRAGMA schema_version"))
        except sqlite3.OperationalError:
            return False

    def _idle_one(self) -> Connection | None:
        with self._lock:
            if self._pid != os.getpid():
                _INHERITED.extend(self._idle)
                self._idle.clear()
                self._pid, self._copied = os.getpid(), None
            while self._idle:
                connection = self._idle.pop()
                there = connection.look(connection)
                if there in (connection.opened_on, None) and self._answers(connection):
                    return connection
                connection.close()
        return None

    def _open(self) -> Connection:
        for _ in range(_TRIES):  # None: replaced in this moment
            if self.writable:
                found = self._connected("rw")
            else:
                found = self._beside_a_writer() or self._of_a_copy()
            if found is not None:
                return found
            time.sleep(0.005)
        raise IndexDamagedError(
            f"{self.file} was overwritten while programs had it open, or changes faster than it "
            "can be read. End the other programs that hold this index, then open it again."
        )

    def _connected(self, mode: schema.Mode) -> Connection | None:
        """A connection to the file itself; None if another one has taken its place meanwhile."""
        # SQLite does not say which file it opened: if the same one lies there before and after, it
        # was that one.
        before = file_id(self.file)
        try:
            connection = schema.connect(self.file, mode, durable=self._durable)
        except sqlite3.DatabaseError as error:
            self._unless_overwritten(error)
            return None
        look = partial(self._watched.look, self.file, checked=self._durable)
        connection.look = look
        try:
            connection.execute("PRAGMA schema_version")  # opens SQLite's log beside it
            turn = self._watched.turn
            connection.opened_on = look(connection)
            connection.turn = self._watched.turn
            same = before is not None and before == file_id(self.file)
            if same and (turn == connection.turn or self._watched.fits(self.file, connection)):
                return self._verified(connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            self._unless_overwritten(error)
            return None
        connection.close()
        return None

    def _verified(self, connection: Connection) -> Connection:
        """The same; checked throughout where files were put over those of the index."""
        if self._watched.unverified:
            try:
                catalogue.verify_catalogue(self.file.parent, connection)
                schema.verify_count(self.file, connection)
            except IndexDamagedError:
                connection.close()
                raise
            self._watched.unverified = False
        return connection

    def _unless_overwritten(self, error: sqlite3.DatabaseError) -> None:
        """Raise what SQLite said, unless the file is whole and others hold its former content."""
        if isinstance(error, sqlite3.OperationalError) or state_of_file(self.file) is None:
            raise error

    def _beside_a_writer(self) -> Connection | None:
        """Where SQLite's own files are there, since a writer is, it lets readers see whole states.

        They are looked for first: in a folder that others may write, too, SQLite would make them,
        and they would be this user's, so that the owner could not write them.
        """
        if not all(Path(f"{self.file}{end}").exists() for end in ("-wal", "-shm")):
            return None
        with suppress(sqlite3.OperationalError):
            return self._connected("ro")
        return None

    def _of_a_copy(self) -> Connection | None:
        """Else a writer may come at any moment, and would not wait: a copy of its own is read.

        Returns:
            None if the catalogue changed while it was copied.
        """
        with self._lock:
            state = _state(self.file)
            if state is None:
                raise no_index(self.file.parent)
            if self._copied != state and not self._copy(state):
                return None
            connection = schema.connect(Path(self._copies[-1][1], schema.CATALOGUE), "rw")
            connection.look, connection.opened_on = lambda _: _state(self.file), state
            connection.turn = self._watched.turn
            return connection

    def _copy(self, state: tuple[Any, ...]) -> bool:
        # A file changed a moment ago may change again and keep its time: then nobody would notice.
        newest = max(part[-1] for part in state if part)
        if 0 <= time.time_ns() - newest < _SETTLED_NS:
            time.sleep(_SETTLED_NS / 1e9)
        for owner, old in self._copies:
            if owner == os.getpid():
                shutil.rmtree(old, ignore_errors=True)
        self._copies.clear()
        try:
            folder = tempfile.mkdtemp(prefix="patentzoo-")
            self._copies.append((os.getpid(), folder))
            for file in (self.file, Path(f"{self.file}-wal")):
                with suppress(FileNotFoundError):
                    if not os.access(file, os.R_OK) and file.exists():
                        raise schema.no_permission(file)
                    shutil.copyfile(file, Path(folder, file.name))
        except OSError as error:
            raise OutputError(
                f"{self.file}: to be read it is copied to the folder for temporary files, which "
                f"failed ({error.strerror or error}). Make room there, or name another: TMPDIR."
            ) from error
        same = _state(self.file) == state
        self._copied = state if same else None
        return same


def is_catalogue(file: Path) -> bool:
    """Whether a file is there that may be a catalogue.

    Raises:
        VectorIndexError: This user may not look into its folder.
    """
    try:
        return file.is_file()
    except PermissionError as error:
        raise schema.no_permission(file) from error


def no_index(folder: Path) -> IndexDamagedError:
    """The error about a folder without a catalogue."""
    if not why_no_path(folder) and folder.is_file():
        return IndexDamagedError(
            f"{folder} is a file, and an index is a folder. The index goes first: check the order."
        )
    return IndexDamagedError(
        f"{folder} holds no index: {schema.CATALOGUE} is missing. Check the path, or build "
        "the index again."
    )


def copy_catalogue(file: Path, copy: Path) -> set[int]:
    """Copy the catalogue of another process to a new file; the numbers of its segments."""
    with closing(schema.connect(file, "ro")) as theirs, closing(sqlite3.connect(copy)) as mine:
        theirs.backup(mine)
        mine.execute("PRAGMA journal_mode = WAL")
        return {number for (number,) in mine.execute("SELECT number FROM segment")}


def _state(file: Path) -> tuple[Any, ...] | None:
    """What changes when a catalogue or its log does; None without a catalogue."""
    parts: list[tuple[int, ...]] = []
    for each in (file, Path(f"{file}-wal")):
        try:
            found = each.stat()
            parts.append((found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
        except (FileNotFoundError, NotADirectoryError):
            parts.append(())
    return tuple(parts) if parts[0] else None


def _close(idle: list[Connection], copies: list[tuple[int, str]], pid: int) -> None:
    if pid == os.getpid():  # in a child process they are its parent's
        for connection in idle:
            with suppress(sqlite3.Error):
                connection.close()
    for owner, folder in copies:
        if owner == os.getpid():
            shutil.rmtree(folder, ignore_errors=True)


def discard(connections: Connections, folder: str, pid: int) -> None:
    """Close the connections and delete a temporary folder that this process, ``pid``, has made."""
    if pid == os.getpid():  # in a child process it is its parent's
        connections.close()
        shutil.rmtree(folder, ignore_errors=True)
