"""An index to another folder: the folder that was there, or the new one, never between."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from patentzoo.errors import IndexDamagedError, OutputError
from patentzoo.index import engine_file, transaction
from patentzoo.index.identity import lineage
from patentzoo.index.query.read_transaction import ReadTransaction
from patentzoo.index.storage import catalogue, schema
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.segments import SegmentInfo, write_segment
from patentzoo.index.target import check_target, move_into, scratch_in
from patentzoo.system.files import fsync_folder

if TYPE_CHECKING:
    from patentzoo.index.index import Index


def save_to(index: Index, path: Path, *, overwrite: bool) -> None:
    """See ``Index.save``."""
    if index.path is not None and path.resolve() == index.path.resolve():
        return
    check_target(path, overwrite=overwrite)
    try:
        with index.read() as view, scratch_in(path) as scratch:
            _save(view, path, Path(scratch))
    except OSError as error:
        raise OutputError(
            f"{path}: the index cannot be written ({error.strerror or error})."
        ) from error
    except sqlite3.OperationalError as error:
        raise OutputError(f"{path}: the index cannot be written ({error}).") from error


def _save(view: ReadTransaction, path: Path, scratch: Path) -> None:
    held = _opened(path)
    if held is not None:
        _replace_content(view, held, scratch)
        return
    new = scratch / "new"
    new.mkdir()
    copy = new / schema.CATALOGUE
    with ThreadPoolExecutor(1) as beside:  # the vectors go to the disk while SQLite computes
        vectors = beside.submit(_write_vectors, view, new)
        view.write_catalogue(copy)
        entries = vectors.result()
    with closing(schema.connect(copy, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        _name_files(view, connection, new, entries)
        connection.execute("COMMIT")
    fsync_folder(new)
    move_into(new, path)


def _opened(path: Path) -> IndexFolder | None:
    """The index that is there, if its catalogue is whole: a damaged one makes way altogether."""
    if not (path / schema.CATALOGUE).is_file():
        return None
    try:
        store = IndexFolder.open(path)
        with store.reading() as connection:
            catalogue.verify_catalogue(path, connection)
    except IndexDamagedError:
        return None
    return store


def _write_vectors(view: ReadTransaction, folder: Path) -> list[SegmentInfo]:
    """Write the segments into a folder."""
    return [
        write_segment(folder, each.entry.number, each.rows, [each.codes], each.codec)
        for each in view.snapshot.segments
    ]


def _name_files(
    view: ReadTransaction,
    connection: sqlite3.Connection,
    folder: Path,
    entries: Sequence[SegmentInfo],
) -> None:
    """Write the names of the segments into the catalogue of a folder; the engine and its name."""
    snapshot = view.snapshot
    for entry in entries:
        connection.execute(
            "UPDATE segment SET file = ?, size_bytes = ?, sha256 = ? WHERE number = ?",
            (entry.file, entry.size_bytes, entry.sha256, entry.number),
        )
    # The copy goes its own way from here: whoever holds the other one open must tell them apart.
    schema.set_meta(connection, identity=schema.new_identity())
    lineage.note(connection)
    token, stored = snapshot.meta.get("engine_token"), snapshot.stored_engine()
    if token and stored is not None:
        engine_file.write(connection, folder, stored, str(token))
    else:
        transaction.drop_engine(connection)
    schema.write_checksum(connection)


def _replace_content(view: ReadTransaction, held: IndexFolder, scratch: Path) -> None:
    """Replace everything in one transaction of the index that is there."""
    copy = scratch / schema.CATALOGUE
    view.write_catalogue(copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    # Not by another folder in its place: whoever holds that index open goes on with this one.
    with held.writing(attached=copy) as connection:
        generation, past = schema.read_meta(connection)["generation"], lineage.past(connection)
        tables = "SELECT name FROM main.sqlite_master WHERE type = 'table'"
        for (name,) in connection.execute(tables).fetchall():
            connection.execute(f"DROP TABLE main.{name}")
        made = connection.execute(
            "SELECT type, name, sql FROM attached.sqlite_master WHERE sql IS NOT NULL "
            "ORDER BY type DESC"
        )
        for kind, name, sql in made.fetchall():
            connection.execute(sql)
            if kind == "table":
                connection.execute(f"INSERT INTO main.{name} SELECT * FROM attached.{name}")
        _name_files(view, connection, held.folder, _write_vectors(view, held.folder))
        # It goes on counting where the old index stood, so that this is a later state to readers.
        schema.set_meta(connection, generation=generation)
        lineage.keep(connection, past)
    held.remove_orphans()
    held.close()
