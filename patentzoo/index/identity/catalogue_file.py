"""The file of a catalogue as a process knows it: which one it is, and whether it was overwritten.

To overwrite a file where it lies changes neither its device nor its inode. Whenever its size or its
times are others, what lies there is therefore compared with what a connection to it sees.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path

from patentzoo.index.identity import lineage

_TRIES = 4
_SETTLED_NS = 20_000_000
"""A file changed less long ago may change again without another time of change."""

FileId = tuple[int, int, int]
"""Device, inode, and how often this process has found other content there than it knew of."""


class CatalogueFile:
    """What is known of the file.

    Attributes:
        turn: How often other content was found there.
        unverified: It was put over the former one and nobody has checked yet that it is whole.
    """

    def __init__(self) -> None:
        self.turn = 0
        self.unverified = False
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._known: lineage.State | None = None
        self._file_id: tuple[int, ...] | None = None

    def look(self, file: Path, connection: sqlite3.Connection, *, checked: bool) -> FileId | None:
        """Which file lies there now, and whether its content is what a connection sees.

        Args:
            file: The catalogue.
            connection: To it, or to what lay there.
            checked: False: only the file is looked at.

        Returns:
            None while there is no file.
        """
        found = _stat(file)
        if found is None:
            return None
        if checked:
            with self._lock:
                self._examine(file, connection, found)
        return found.st_dev, found.st_ino, self.turn

    def fits(self, file: Path, connection: sqlite3.Connection) -> bool:
        """Whether a new connection sees the file, and nothing that others hold of earlier ones."""
        return self._compared(file, connection, None)[0] is not False

    def after_fork(self) -> None:
        """In a child process: a lock another thread of the parent may have held is made anew."""
        self._lock = threading.Lock()

    def _examine(self, file: Path, connection: sqlite3.Connection, found: os.stat_result) -> None:
        stamp = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if stamp == self._stamp:
            return
        same, there = self._compared(file, connection, self._known)
        if same is None:
            return
        if not same:
            self.turn += 1
            self.unverified = self._file_id == stamp[:2]
        self._known, self._file_id = there, stamp[:2]
        settled = time.time_ns() - max(stamp[-2:]) >= _SETTLED_NS
        self._stamp = stamp if same and settled else None

    def _compared(
        self, file: Path, connection: sqlite3.Connection, known: lineage.State | None
    ) -> tuple[bool | None, lineage.State | None]:
        """Whether the file holds what a connection sees, or what that came of; and what it holds.

        Args:
            file: The catalogue.
            connection: To it.
            known: What it held before, and must not fall behind.

        Returns:
            None in the place of the first where the file cannot be read.
        """
        there = None
        for left in reversed(range(_TRIES)):  # a checkpoint may be under way
            try:
                same, there = _compare(file, connection, known)
            except (sqlite3.DatabaseError, KeyError, ValueError):
                there = lineage.state_of_file(file)
                return (None if there is None else False), there  # damaged, or pages of two
            if same:
                return True, there
            if left:
                time.sleep(0.002)
        return (None if there is None else False), there


def file_id(file: Path) -> tuple[int, int] | None:
    """Device and inode of a file; None while there is none."""
    found = _stat(file)
    return None if found is None else (found.st_dev, found.st_ino)


def _compare(
    file: Path, connection: sqlite3.Connection, known: lineage.State | None
) -> tuple[bool, lineage.State | None]:
    """Compare in one transaction: no checkpoint brings more into the file than its reader sees."""
    outside = not connection.in_transaction
    if outside:
        connection.execute("BEGIN")
    try:
        lineage.state_of(connection)  # from here on it sees one state
        there = lineage.state_of_file(file)
        if there is None or not lineage.comes_after(connection, there):
            return False, there
        if known is not None and not lineage.comes_after(connection, known):
            return False, there
        return known is None or there.generation >= known.generation, there
    finally:
        if outside and connection.in_transaction:
            connection.rollback()


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
