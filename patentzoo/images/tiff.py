"""Whether a TIFF is all there.

libtiff and Pillow read what is left of a TIFF that was cut off and only warn, so a search could
compare half a sheet without a word. TIFF 6.0 (Adobe, 1992), section 2, and BigTIFF give the layout.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import IO

_OFFSETS, _COUNTS = (273, 324), (279, 325)
"""StripOffsets and TileOffsets; StripByteCounts and TileByteCounts."""

_COMPRESSION = 259

_INTEGERS = {3: "H", 4: "I", 16: "Q"}
"""SHORT, LONG and LONG8, as struct spells them."""


def check_pages(stream: IO[bytes]) -> Iterator[None]:
    """Yield once a page found whole, in order; the stream's position is left alone.

    Raises:
        EOFError: The next page's directory or pixels lie beyond the end of the file.
        ValueError: The next page is one that came before, or does not say how long its pixels are.
    """
    reader = _Reader(stream)
    order = {b"II": "<", b"MM": ">"}[reader.take(0, 2)]
    big = reader.unpack(order + "H", 2)[0] == 43
    (offset,) = reader.unpack(order + ("Q" if big else "I"), 8 if big else 4)
    seen = set()
    while offset:
        if offset in seen:
            raise ValueError("its pages run in a circle")
        seen.add(offset)
        offset = _check_directory(reader, offset, order, big)
        yield


class _Reader:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        here = stream.tell()
        self.size = stream.seek(0, os.SEEK_END)
        stream.seek(here)

    def take(self, offset: int, count: int) -> bytes:
        self.require(offset, count)
        here = self._stream.tell()
        self._stream.seek(offset)
        data = self._stream.read(count)
        self._stream.seek(here)
        return data

    def require(self, offset: int, count: int) -> None:
        if offset + count > self.size:
            raise EOFError(f"{offset + count - self.size:,} bytes are missing at the end")

    def unpack(self, form: str, offset: int) -> tuple[int, ...]:
        return struct.unpack(form, self.take(offset, struct.calcsize(form)))


def _check_directory(reader: _Reader, offset: int, order: str, big: bool) -> int:
    """Check one directory and the strips it names; give the offset of the next, 0 for none."""
    head, entry, word = ("Q", "HHQ", "Q") if big else ("H", "HHI", "I")
    (count,) = reader.unpack(order + head, offset)
    start = offset + struct.calcsize(order + head)
    step = struct.calcsize(order + entry) + struct.calcsize(order + word)
    (following,) = reader.unpack(order + word, start + count * step)
    found: dict[int, tuple[int, ...]] = {}
    for place in range(start, start + count * step, step):
        tag, kind, length = reader.unpack(order + entry, place)
        if tag in (*_OFFSETS, *_COUNTS, _COMPRESSION) and kind in _INTEGERS:
            form = f"{order}{length}{_INTEGERS[kind]}"
            at = place + struct.calcsize(order + entry)
            if struct.calcsize(form) > struct.calcsize(word):
                (at,) = reader.unpack(order + word, at)
            found[tag] = reader.unpack(form, at)
    packed = found.get(_COMPRESSION, (1,)) != (1,)
    for offsets, counts in zip(_OFFSETS, _COUNTS, strict=True):
        # libtiff guesses where a length is missing, and then reads what is left of a file.
        if packed and len(found.get(offsets, ())) > len(found.get(counts, ())):
            raise ValueError("its directory does not say how long its pixels are")
        for begin, size in zip(found.get(offsets, ()), found.get(counts, ()), strict=False):
            reader.require(begin, size)
    return following
