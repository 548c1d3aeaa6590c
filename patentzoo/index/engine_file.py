"""The file of an engine beside the segments: written whole, and compared with its checksum."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from patentzoo.index.engines.protocol import StoredEngine
from patentzoo.index.storage import schema
from patentzoo.system.files import fsync_file, fsync_folder, sha256_of


def write(connection: sqlite3.Connection, folder: Path, engine: StoredEngine, token: str) -> None:
    """Write an engine's file, bring it to the disk, and note its name and checksum.

    Args:
        connection: In a writer's transaction.
        folder: Folder of the index.
        engine: Of this state.
        token: Its name in the catalogue.

    Raises:
        OSError: It cannot be written; nothing of it is left.
    """
    file = f"{engine.name}-{token}.faiss"
    unfinished = folder / f".{file}.tmp"
    try:
        engine.write(unfinished)
        fsync_file(unfinished)
        digest = sha256_of(unfinished)
        schema.share_as_catalogue(unfinished, folder)
        unfinished.replace(folder / file)
        fsync_folder(folder)
    except RuntimeError as error:  # faiss's word for a full disk
        raise OSError(str(error)) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    schema.set_meta(connection, engine_file=file, engine_sha256=digest)


def verify(folder: Path, meta: Mapping[str, Any]) -> None:
    """Compare an engine's file with its checksum.

    Raises:
        IndexDamagedError: It is missing, cut off or altered.
        VectorIndexError: This user may not read it.
    """
    name = meta.get("engine_file")
    if not name:
        return
    file = folder / str(name)
    try:
        if sha256_of(file) != meta.get("engine_sha256"):
            raise schema.damaged(file, "its SHA-256 is not the one recorded")
    except PermissionError as error:
        raise schema.no_permission(file) from error
    except OSError as error:
        raise schema.damaged(file, f"missing or unreadable: {error.strerror}") from error
