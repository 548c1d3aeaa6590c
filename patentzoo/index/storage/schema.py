"""The catalogue's tables, and how its file is opened.

SQLite in WAL mode: a reader sees one state from the beginning to the end of its transaction and
never waits; one transaction writes at a time. The catalogue is the single point of commit: a vector
belongs to the index when a committed row says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shlex
import sqlite3
import stat
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from patentzoo.errors import IndexDamagedError, OutputError, PatentZooError, VectorIndexError
from patentzoo.index.identity import lineage

CATALOGUE = "catalogue.sqlite"
OWN_FILES = re.compile(
    r"vectors-\d{8}-[0-9a-f]{16}\.seg|\.vectors-[0-9a-f]+\.tmp|\.?[a-z]+-[0-9a-f]{16}\.faiss(\.tmp)?"
)
"""Names of the files beside the catalogue, unfinished ones included."""
FORMAT, VERSION = "patentzoo-index", 2
WAIT_S = 30.0
"""How long a writer waits for another one."""

MOST_FIELDS = 1_500
"""SQLite's tables have at most 2,000 columns."""

STATE = ("identity", "generation", "commit")
"""The index, how many changes it has seen, and a name of the last one that no other change has."""

FIXED = ("patent", "path", "page")
Mode = Literal["new", "rw", "ro"]

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE field (number INTEGER PRIMARY KEY, name UNIQUE NOT NULL);
CREATE TABLE segment (number INTEGER PRIMARY KEY, file TEXT NOT NULL, count INTEGER NOT NULL,
                      size_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE source (number INTEGER PRIMARY KEY, id UNIQUE NOT NULL, hash TEXT NOT NULL);
CREATE TABLE drawing (row INTEGER PRIMARY KEY, id NOT NULL, source INTEGER, crc INTEGER,
                      patent, path, page);
CREATE TABLE gone (row INTEGER PRIMARY KEY);
CREATE TABLE failure (id PRIMARY KEY, reason TEXT NOT NULL, size_bytes INTEGER) WITHOUT ROWID;
CREATE UNIQUE INDEX drawing_id ON drawing (id);
CREATE INDEX drawing_source ON drawing (source) WHERE source IS NOT NULL;
"""


class Connection(sqlite3.Connection):
    """A connection that knows which file it was opened on.

    Attributes:
        opened_on: What ``look`` said then.
        look: Says which file lies there now; None while there is none.
        turn: How often the file had been found overwritten then.
    """

    opened_on: object = None
    turn: int = 0
    look: Callable[[Connection], object]


def connect(file: Path, mode: Mode, *, durable: bool = True) -> Connection:
    """Open a catalogue; transactions are begun and ended by hand.

    Args:
        file: The SQLite file.
        mode: ``"new"`` makes the file; ``"rw"`` and ``"ro"`` need it.
        durable: Whether a commit is on the disk when it returns.
    """
    options = {"new": "mode=rwc", "rw": "mode=rw", "ro": "mode=ro"}[mode]
    address = f"file:{quote(os.fsencode(file.absolute()))}?{options}"
    connection = sqlite3.connect(
        address,
        uri=True,
        timeout=WAIT_S,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
    )
    try:
        # An index in memory has nothing to lose in a crash, and waits for no disk.
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def create(file: Path, meta: Mapping[str, Any], *, durable: bool = True) -> None:
    """Make the catalogue of an index without drawings.

    Args:
        file: Not there yet.
        meta: What it says about the index as a whole.
        durable: Whether it is on the disk when this returns.
    """
    with closing(connect(file, "new", durable=durable)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN IMMEDIATE;{TABLES}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        set_meta(connection, **beginning(meta))
        write_checksum(connection)
        connection.execute("COMMIT")


def beginning(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What the catalogue of an index without drawings says, with what is known of it."""
    known: dict[str, Any] = {"format": FORMAT, "version": VERSION, "generation": 0}
    return known | {"next_row": 0, "next_segment": 1, "count": 0, **meta}


def new_identity() -> str:
    """An id no other index has."""
    return secrets.token_hex(8)


def read_meta(connection: sqlite3.Connection) -> dict[str, Any]:
    """Everything the catalogue says about the index as a whole."""
    return dict(connection.execute("SELECT key, value FROM meta"))


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a table is there that is made only when it is needed."""
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def file_of(connection: sqlite3.Connection) -> Path:
    """The catalogue's file."""
    return Path(connection.execute("PRAGMA database_list").fetchone()[2])


def state(connection: sqlite3.Connection) -> tuple[Any, ...]:
    """The state a connection sees, as ``state_of`` tells it."""
    query = f"SELECT key, value FROM meta WHERE key IN ({', '.join('?' * len(STATE))})"
    return state_of(dict(connection.execute(query, STATE)))


def state_of(meta: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells one state from every other, those of a copy that went another way included."""
    return tuple(meta[key] for key in STATE if key in meta)


def set_meta(connection: sqlite3.Connection, **values: Any) -> None:
    """Write some of it."""
    for key, value in values.items():
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def note_change(connection: sqlite3.Connection) -> None:
    """Note and seal that there is a new state; the last statements before a commit."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
    # Two copies of one index reach equal generations on their own ways; this name tells them apart.
    set_meta(connection, commit=secrets.token_hex(8))
    lineage.note(connection)
    write_checksum(connection)


def write_checksum(connection: sqlite3.Connection) -> None:
    """Seal what is known about the index as a whole; the last statement before a commit."""
    set_meta(connection, seal=checksum(connection))


def checksum(connection: sqlite3.Connection) -> str:
    """A checksum over the small tables, so that an altered fingerprint or size is noticed."""
    digest = hashlib.sha256()
    for query in (
        "SELECT key, value FROM meta WHERE key <> 'seal' ORDER BY key",
        "SELECT number, name FROM field ORDER BY number",
        "SELECT number, file, count, size_bytes, sha256 FROM segment ORDER BY number",
        "SELECT count(*), total(row) FROM gone",
    ):
        digest.update(repr(connection.execute(query).fetchall()).encode())
    return digest.hexdigest()


def check_version(path: Path, connection: sqlite3.Connection) -> None:
    """Raise IndexDamagedError unless this patentzoo reads the catalogue's format."""
    file = path / CATALOGUE
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        found = dict(
            connection.execute("SELECT key, value FROM meta WHERE key IN ('format', 'version')")
        )
    except sqlite3.DatabaseError as error:
        raise damaged(file, str(error)) from error
    if version > VERSION or (isinstance(found.get("version"), int) and found["version"] > VERSION):
        raise IndexDamagedError(
            f"{path}: index format version {max(version, found.get('version', 0))}; this patentzoo "
            f"reads version {VERSION}. Install the patentzoo that made it, or build the index "
            "again."
        )
    if found != {"format": FORMAT, "version": VERSION}:
        raise damaged(file, f"it does not say that it is a {FORMAT}")


def verify_count(file: Path, connection: sqlite3.Connection) -> None:
    """Raise IndexDamagedError unless there are as many drawings as vectors that live."""
    query = (
        "SELECT (SELECT count(*) FROM drawing), (SELECT value FROM meta WHERE key = 'count'), "
        "(SELECT total(count) FROM segment) - (SELECT count(*) FROM gone)"
    )
    counts = connection.execute(query).fetchone()
    if len(set(map(int, counts))) != 1:
        raise damaged(file, "its tables do not belong together")


def damaged(file: Path, reason: str) -> IndexDamagedError:
    """The error about a damaged file, with the way out."""
    if file.suffix in {".seg", ".faiss"}:
        remedy = (
            f"patentzoo index --repair --out {shlex.quote(str(file.parent))} makes it again from "
            "what the catalogue lists"
        )
    else:
        remedy = "Build the index again, with overwrite=True"
    return IndexDamagedError(
        f"{file}: the index is damaged ({reason}). Restore it from a copy, or: {remedy}."
    )


def no_permission(file: Path) -> VectorIndexError:
    """The error about a file of an index that this user may not read: nothing is damaged."""
    return VectorIndexError(
        f"{file}: this user may not read it (Permission denied), and the index needs it. Its owner "
        f"can allow it: chmod -R a+rX {shlex.quote(str(file.parent))}"
    )


def cannot_write(file: Path, error: Exception) -> PatentZooError:
    """The error about a catalogue that a change could not be written to, by SQLite's words."""
    folder = file.parent
    if "locked" in str(error) or "busy" in str(error):
        return OutputError(
            f"{folder}: another process is changing this index, and was not done after "
            f"{WAIT_S:.0f} s. Try again when it is."
        )
    if isinstance(error, sqlite3.DatabaseError) and "malformed" in str(error):
        return damaged(file, str(error))
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{folder}: the index cannot be written ({reason}).")


def share_as_catalogue(file: Path, folder: Path) -> None:
    """Let those read and write a new file of an index who may the catalogue, as SQLite's own files.

    Without it a file made under another umask, by a nightly job say, would shut out readers.

    Args:
        file: The file.
        folder: Of the index; without a catalogue yet, the file stays as it is.
    """
    with suppress(OSError):
        wanted, found = (folder / CATALOGUE).stat(), file.stat()
        if stat.S_IMODE(wanted.st_mode) != stat.S_IMODE(found.st_mode):
            file.chmod(stat.S_IMODE(wanted.st_mode))
        if os.name == "posix" and (wanted.st_uid, wanted.st_gid) != (found.st_uid, found.st_gid):
            os.chown(file, wanted.st_uid if os.geteuid() == 0 else -1, wanted.st_gid)


def json_text(value: Any) -> str:
    """JSON for a value of the table ``meta``."""
    return json.dumps(value, sort_keys=True)
