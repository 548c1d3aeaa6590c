"""Where an image's bytes come from, with their hash; nothing is decoded here."""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.errors import ImageArrayError, ImageError, ImageNotFoundError

_CHUNK = 1 << 20
_LONGEST = 4096
"""A path longer than this is shortened in messages; it may be a whole file in base64."""


@dataclass(frozen=True)
class FileContent:
    """A file."""

    path: Path

    def open(self) -> IO[bytes]:
        """Open the file."""
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):  # a pipe would be waited for for ever
                raise ImageNotFoundError(f"{self.path}: cannot be opened (it is no file).")
            return self.path.open("rb")
        except FileNotFoundError as error:
            raise ImageNotFoundError(f"{self.path}: no such file. Check the path.") from error
        except (OSError, ValueError) as error:
            raise _unopened(self.path, error) from error

    def size(self) -> int | None:
        """Size of the file."""
        try:
            return self.path.stat().st_size
        except (OSError, ValueError):
            return None

    def digest(self) -> str:
        """Hash of the file."""
        try:
            with self.open() as stream:
                return _digest(stream)
        except OSError as error:
            raise _unopened(self.path, error) from error

    def held(self) -> FileContent:
        """A file is read twice at little cost."""
        return self


@dataclass(frozen=True)
class BytesContent:
    """Bytes in memory."""

    data: bytes

    def open(self) -> IO[bytes]:
        """A stream of the bytes."""
        return io.BytesIO(self.data)

    def size(self) -> int | None:
        """Their number."""
        return len(self.data)

    def digest(self) -> str:
        """Hash of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    def held(self) -> BytesContent:
        """They are in memory."""
        return self


@dataclass(frozen=True)
class LazyContent:
    """Bytes that a function gets: a member of an archive, an address.

    Attributes:
        load: Gets the bytes; raises ImageError.
        known_size: Bytes, where it is known before.
    """

    load: Callable[[], bytes]
    known_size: int | None = None

    def open(self) -> IO[bytes]:
        """A stream of the bytes."""
        return io.BytesIO(self.load())

    def size(self) -> int | None:
        """The known size."""
        return self.known_size

    def digest(self) -> str:
        """Hash of the bytes."""
        return self.held().digest()

    def held(self) -> BytesContent:
        """Get the bytes once."""
        return BytesContent(self.load())


@dataclass(frozen=True, eq=False)
class ArrayContent:
    """An array, taken as pixels."""

    array: npt.NDArray[Any]

    def size(self) -> int | None:
        """Bytes of the pixels."""
        return int(self.array.nbytes)

    def digest(self) -> str:
        """Hash of dtype, shape and pixels."""
        head = f"{self.array.dtype.str} {self.array.shape}\n".encode()
        if self.array.dtype.hasobject:
            raise ImageArrayError(f"An array of {self.array.dtype} is not an image.")
        return hashlib.sha256(head + np.ascontiguousarray(self.array).tobytes()).hexdigest()

    def held(self) -> ArrayContent:
        """It is in memory."""
        return self


@dataclass(frozen=True, eq=False)
class PilContent:
    """A PIL image, taken as what it shows now."""

    image: Image.Image

    def size(self) -> int | None:
        """None: it was decoded long since."""
        return None

    def digest(self) -> str:
        """Hash of mode, size and pixels."""
        head = f"{self.image.mode} {self.image.size}\n".encode()
        try:
            return hashlib.sha256(head + self.image.tobytes()).hexdigest()
        except Exception as error:  # Pillow raises whatever a broken file makes it stumble over
            raise ImageError(f"the PIL image cannot be decoded ({error})") from error

    def held(self) -> PilContent:
        """It is in memory."""
        return self


@dataclass(frozen=True, eq=False)
class NoContent:
    """Something that is no image, or cannot be reached; reading it gives the error."""

    error: ImageError
    known_size: int | None = None

    def open(self) -> IO[bytes]:
        """Raise the error."""
        raise self.error

    def size(self) -> int | None:
        """The known size."""
        return self.known_size

    def digest(self) -> str:
        """Raise the error."""
        raise self.error

    def held(self) -> NoContent:
        """There is nothing to hold."""
        return self


Content = FileContent | BytesContent | LazyContent | ArrayContent | PilContent | NoContent
"""Something with bytes, or pixels, that can be had more than once, from any thread.

``size()`` gives the bytes as stored, None where that is unknown without fetching; it never raises.
``digest()`` gives their SHA-256 as 64 hex digits. ``held()`` gives the same in memory where a
second reading would cost as much as the first. What is encoded has ``open()``, a seekable stream.
These three raise ImageError where it cannot be read.
"""


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the system says while a file is read into an ImageError that names it."""
    try:
        yield
    except OSError as error:
        raise ImageNotFoundError(f"{name}: cannot be read ({error.strerror or error}).") from error


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _unopened(path: Path, error: Exception) -> ImageNotFoundError:
    reason = getattr(error, "strerror", None) or error
    name = str(path) if len(str(path)) <= _LONGEST else f"{str(path)[:40]} …"
    return ImageNotFoundError(f"{name}: cannot be opened ({reason}).")
