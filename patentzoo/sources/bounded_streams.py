"""Streams between a hostile archive and the reader of the standard library."""

from __future__ import annotations

import os
from typing import IO


class BoundedReader:
    """A seekable stream that refuses to be read in absurdly large pieces.

    ``tarfile`` reads an extended header in one piece, however large it claims to be.

    Args:
        stream: The archive; closed with this.
        most: Bytes a read may ask for.
    """

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._most = most

    def read(self, count: int = -1) -> bytes:
        """As a file's."""
        if count < 0 or count > self._most:
            raise ValueError(f"a header claims {count:,} bytes")
        return self._stream.read(count)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As a file's."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As a file's."""
        return self._stream.tell()

    def close(self) -> None:
        """Close the archive."""
        self._stream.close()


class ForwardReader(BoundedReader):
    """The same over a decompressing stream, which goes forward only and has an end.

    Args:
        stream: Decompresses.
        most: Bytes a read may ask for.
        total: Bytes it may give in all.
    """

    def __init__(self, stream: IO[bytes], most: int, total: float) -> None:
        super().__init__(stream, most)
        self._total = total
        self._position = 0
        self._last = b""
        self._again = 0
        """How many of the last bytes are to be given once more."""

    def read(self, count: int = -1) -> bytes:
        """As a file's."""
        if self._again:
            kept = self._last[-self._again :][:count]
            self._again -= len(kept)
            return kept + self.read(count - len(kept)) if count > len(kept) else kept
        data = super().read(count)
        self._position += len(data)
        if self._position > self._total:
            raise ValueError(
                f"it unpacks to more than max_ratio allows, {int(self._total):,} bytes"
            )
        self._last = data[-512:] or self._last
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Forward, or back by no more than the last block."""
        if whence != os.SEEK_SET:
            raise ValueError("a packed archive is read from its beginning")
        if offset > self._total:
            raise ValueError(
                f"it unpacks to more than max_ratio allows, {int(self._total):,} bytes"
            )
        behind = self._position - offset
        if 0 <= behind <= len(self._last):
            self._again = behind
            return offset
        if behind > 0:
            raise ValueError("a header points backwards")
        self._again = 0
        while self._position < offset:
            if not self.read(min(1 << 16, offset - self._position)):
                raise EOFError("it ends too early")
        return offset

    def tell(self) -> int:
        """Bytes given so far."""
        return self._position - self._again
