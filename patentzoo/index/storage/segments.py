"""Vector segments: files that are written once and never changed.

A segment holds the row numbers and the vectors of one change, under a header and a checksum that
the catalogue keeps. A removed row stays in its segment until ``compact``.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.index.storage.codec import Codec, Codes, Vectors
from patentzoo.index.storage.schema import damaged, no_permission, share_as_catalogue
from patentzoo.system.files import fsync_folder, sha256_of

MAGIC = b"pzvector"
_ALIGN = 64
_CHUNK = 1 << 20
"""Bytes written and hashed at a time: what stays in the processor's cache takes a third of the time
that sixteen times as much takes."""


@dataclass(frozen=True)
class SegmentInfo:
    """What the catalogue knows of a segment; ``file`` is empty for one held in memory only."""

    number: int
    file: str
    count: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, eq=False)
class Segment:
    """Rows and their stored vectors.

    Attributes:
        entry: What the catalogue knows of it.
        rows: int64 (n,), rising.
        codes: (n, dim), as the codec stores vectors; perhaps mapped from the file.
        codec: How to read them.
    """

    entry: SegmentInfo
    rows: npt.NDArray[np.int64]
    codes: Codes
    codec: Codec

    def __len__(self) -> int:
        return len(self.rows)

    def vectors(self, positions: Any = slice(None)) -> Vectors:
        """float32 (m, dim), unit rows, of the chosen positions."""
        return self.codec.decode(self.codes[positions])


def parts_at(
    segments: Sequence[Segment], positions: npt.NDArray[np.int64]
) -> Iterator[tuple[Segment, npt.NDArray[np.int64]]]:
    """Each segment, and which of its rows stand at these rising positions."""
    first = 0
    for segment in segments:
        start, end = np.searchsorted(positions, (first, first + len(segment)))
        yield segment, positions[start:end] - first
        first += len(segment)


def vectors_at(segments: Sequence[Segment], positions: npt.NDArray[np.int64]) -> Vectors:
    """float32 (m, dim), unit rows, at these positions, which count through the segments."""
    if len(segments) == 1:
        return segments[0].vectors(positions)
    found = np.empty((len(positions), segments[0].codec.dim), np.float32)
    first = 0
    for segment in segments:
        mine = (positions >= first) & (positions < first + len(segment))
        if mine.any():
            found[mine] = segment.vectors(positions[mine] - first)
        first += len(segment)
    return found


def write_segment(
    folder: Path, number: int, rows: npt.NDArray[np.int64], codes: Iterable[Codes], codec: Codec
) -> SegmentInfo:
    """Write a segment and bring it to the disk; it belongs to the index once it is committed.

    Args:
        folder: Folder of the index.
        number: Of the segment.
        rows: int64 (n,), rising.
        codes: n stored vectors in all, in one piece or several.
        codec: How they are stored.

    Raises:
        OSError: It cannot be written; nothing of it is left.
    """
    header = {"count": len(rows), "dim": codec.dim, "storage": codec.storage}
    unfinished = folder / f".vectors-{secrets.token_hex(6)}.tmp"
    digest, size = hashlib.sha256(), 0
    try:
        with unfinished.open("wb") as stream:
            for piece in _pieces(header, rows, codes):
                stream.write(piece)
                digest.update(piece)
                size += len(piece)
            stream.flush()
            os.fsync(stream.fileno())
        share_as_catalogue(unfinished, folder)
        file = f"vectors-{number:08d}-{digest.hexdigest()[:16]}.seg"
        unfinished.replace(folder / file)
        fsync_folder(folder)
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return SegmentInfo(number, file, len(rows), size, digest.hexdigest())


def read_segment(
    folder: Path, entry: SegmentInfo, codec: Codec, *, mmap: bool, verify: bool
) -> Segment:
    """Open a segment.

    Args:
        folder: Folder of the index.
        entry: What the catalogue knows of it.
        codec: How its vectors are stored.
        mmap: Map the vectors instead of reading them.
        verify: Compare its SHA-256; otherwise only size and header.

    Raises:
        IndexDamagedError: Missing, cut off or altered, by name.
        VectorIndexError: This user may not read it.
    """
    file = folder / entry.file
    try:
        size = file.stat().st_size
        if size != entry.size_bytes:
            raise damaged(file, f"{size:,} bytes instead of {entry.size_bytes:,}")
        if verify and sha256_of(file) != entry.sha256:
            raise damaged(file, "its SHA-256 is not the one recorded")
        data: npt.NDArray[np.uint8] = (
            np.memmap(file, np.uint8, "r") if mmap else np.fromfile(file, np.uint8)
        )
        rows, codes = _parse(data, codec)
    except PermissionError as error:
        raise no_permission(file) from error
    except OSError as error:
        raise damaged(file, f"missing or unreadable: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(file, f"its header makes no sense: {error}") from error
    if len(rows) != entry.count:
        raise damaged(file, f"{len(rows)} vectors instead of {entry.count}")
    return Segment(entry, rows, codes, codec)


def _pieces(
    header: dict[str, Any], rows: npt.NDArray[np.int64], codes: Iterable[Codes]
) -> Iterator[bytes | memoryview]:
    text = json.dumps(header).encode()
    head = MAGIC + len(text).to_bytes(8, "little") + text
    yield _padded(head)
    yield _padded(rows.astype("<i8").tobytes())
    for piece in codes:
        step = max(1, _CHUNK // max(1, piece.itemsize * piece.shape[1]))
        for first in range(0, len(piece), step):
            yield np.ascontiguousarray(piece[first : first + step]).tobytes()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGN)


def _parse(data: npt.NDArray[np.uint8], codec: Codec) -> tuple[npt.NDArray[np.int64], Codes]:
    if bytes(data[:8]) != MAGIC:
        raise ValueError("it does not begin like a vector segment")
    length = int.from_bytes(bytes(data[8:16]), "little")
    header = json.loads(bytes(data[16 : 16 + length]))
    if (header["dim"], header["storage"]) != (codec.dim, codec.storage):
        raise ValueError(f"{header['storage']} of {header['dim']} dimensions")
    count = int(header["count"])
    first = -(-(16 + length) // _ALIGN) * _ALIGN
    end = first + 8 * count
    start = -(-end // _ALIGN) * _ALIGN
    rows = np.array(data[first:end].view("<i8"), dtype=np.int64)
    codes = data[start:].view(codec.dtype).reshape(count, codec.dim)
    codes.flags.writeable = False
    return rows, codes
