"""Zips that many threads read, few of them open at a time."""

from __future__ import annotations

import struct
import threading
import weakref
import zipfile
from collections import deque
from collections.abc import Callable
from typing import IO

_OPEN = 4
"""Zips of one outermost archive that stay open; a weekly archive of grants holds hundreds."""

_ENTRY_BYTES = 256
"""A member's share of a zip's directory: 46 bytes, its name and a few extra fields."""


class SharedZip:
    """A zip that its members share.

    Args:
        opened: Opens the bytes.
        max_members: A directory that is too long for so many is not even read.
        zips: The open ones.
    """

    def __init__(self, opened: Callable[[], IO[bytes]], max_members: int, zips: OpenZips) -> None:
        self._opened = opened
        self._max_members = max_members
        self._zips = zips
        self._lock = threading.Lock()
        self._stream: IO[bytes] | None = None
        self._zip: zipfile.ZipFile | None = None

    def infos(self) -> list[zipfile.ZipInfo]:
        """The directory."""
        with self._lock:
            infos = self._open().infolist()
        self._zips.used(self)
        return infos

    def read(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes of a member, all of them.

        Raises:
            EOFError: Fewer or more bytes than the directory says.
        """
        with self._lock, self._open().open(info) as stream:
            data = stream.read(info.file_size + 1)
        self._zips.used(self)
        if len(data) != info.file_size:
            raise EOFError(f"{len(data):,} of {info.file_size:,} bytes")
        return data

    def rest(self) -> None:
        """Close the file until it is needed again."""
        with self._lock:
            if self._zip is not None:
                self._zip.close()
            if self._stream is not None:
                self._stream.close()
            self._zip = self._stream = None

    def __del__(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def _open(self) -> zipfile.ZipFile:
        if self._zip is None:
            self._stream = self._opened()
            _check_directory(self._stream, self._max_members)
            self._zip = zipfile.ZipFile(self._stream)
        return self._zip


class OpenZips:
    """Which zips are open: the last few that were used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[weakref.ref[SharedZip]] = deque()

    def used(self, shared: SharedZip) -> None:
        """Note a use; the one used longest ago is closed."""
        this = weakref.ref(shared)
        with self._lock:
            if this in self._recent:
                self._recent.remove(this)
            self._recent.append(this)
            oldest = self._recent.popleft()() if len(self._recent) > _OPEN else None
        if oldest is not None:
            oldest.rest()


def _check_directory(stream: IO[bytes], max_members: int) -> None:
    """Refuse a directory of absurd length before zipfile reads it in one piece (APPNOTE 4.3.16)."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 66_000))
    tail = stream.read(66_000)
    stream.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile("its directory is missing")
    count, length = struct.unpack_from("<HI", tail, at + 10)
    if count == 0xFFFF or length == 0xFFFFFFFF:
        big = tail.rfind(b"PK\x06\x06", 0, at)
        if big >= 0 and len(tail) >= big + 48:
            count, length = struct.unpack_from("<QQ", tail, big + 32)
    if count > max_members or min(length, size) > max_members * _ENTRY_BYTES + 66_000:
        raise ValueError(f"its directory lists more than max_members = {max_members:,}")
