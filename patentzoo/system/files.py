"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from patentzoo.errors import OutputError


def file_to_write(path: str | os.PathLike[str]) -> Path:
    """Return a path as one that something may be written to.

    Raises:
        OutputError: It is empty, or holds a NUL, which no file's name does.
    """
    text = os.fspath(path)
    if not text or "\0" in text:
        raise OutputError(f"{text!r} is no file's name: nothing can be written there. Give one.")
    return Path(text)


def is_device(path: Path) -> bool:
    """Whether a path is a device or a pipe, as /dev/null: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path`; move it there when the block ends well, else remove it.

    Args:
        path: The file to appear. Missing folders above it are made. Into a device or a pipe the
            content is written instead.

    Raises:
        OutputError: The file cannot be written there.
    """
    target = file_to_write(path)
    if is_device(target):
        with _written_to(target) as unfinished:
            yield unfinished
        return
    unfinished = target.parent / f".{target.name}.{secrets.token_hex(4)}.tmp"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror or error}). Choose another place."
        ) from error
    finally:
        # Where the folder itself could not be made, there is nothing to remove either.
        with suppress(OSError):
            unfinished.unlink()


@contextmanager
def _written_to(device: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="patentzoo-") as scratch:
        unfinished = Path(scratch, device.name)
        yield unfinished
        try:
            # In append mode: what /dev/stdout stands for may be a file with something in it.
            with unfinished.open("rb") as content, device.open("ab") as stream:
                shutil.copyfileobj(content, stream)
        except OSError as error:
            raise OutputError(f"{device} cannot be written ({error.strerror or error}).") from error


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text to `path`, lone surrogates escaped; whole or not at all."""
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace")
