"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from patentzoo.errors import OutputError

_NAME_BYTES = 255
"""Longer names no usual file system takes; it tells of them only where the folder above exists."""


def why_no_path(path: str | os.PathLike[str]) -> str | None:
    """Say why no file of that name can exist; None where one can."""
    try:
        if any(len(os.fsencode(part)) > _NAME_BYTES for part in Path(path).parts):
            return f"a name of more than {_NAME_BYTES} bytes"
        Path(path).lstat()
    except UnicodeEncodeError:
        return "the name is not Unicode"
    except ValueError:
        return "the name holds a zero character"
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP):
            return str(error.strerror)
    return None


def file_to_write(path: str | os.PathLike[str]) -> Path:
    """Return a path as one that something may be written to.

    Raises:
        OutputError: It is empty, a name that no file can have, or no path at all.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str):
        kind = type(path).__name__
        raise OutputError(f"{kind} is no file's name. Give a path: text, or a pathlib.Path.")
    wrong = why_no_path(text) if text else "it is empty"
    if wrong:
        raise OutputError(f"{text!r} is no file's name ({wrong}). Give another.")
    with suppress(FileNotFoundError, NotADirectoryError):
        try:
            os.lstat(text)
        except PermissionError as error:
            raise _not_written(Path(text), str(error.strerror)) from error
    return Path(text)


def check_may_write(file: Path) -> None:
    """Look whether a file may be written, before the work whose result it is to hold.

    Raises:
        OutputError: Nothing may be written there, by its reason.
    """
    target = _followed(file_to_write(file))
    if is_device(target):
        return
    reason = _why_closed(target.parent)
    if reason is None and target.is_dir():
        reason = "it is a folder"
    if reason is None and target.exists() and os.name == "posix":
        above, mine = target.parent.stat(), target.stat()
        # In such a folder, as /tmp is one, a file is replaced by its owner only.
        if above.st_mode & stat.S_ISVTX and os.geteuid() not in (0, above.st_uid, mine.st_uid):
            reason = "it is another user's"
    if reason is not None:
        raise _not_written(file, reason)


def check_may_fill(folder: Path) -> None:
    """Look whether files may be written into a folder, which may have to be made.

    Raises:
        OutputError: As of ``check_may_write``.
    """
    reason = _why_closed(file_to_write(folder))
    if reason is not None:
        raise _not_written(folder, reason)


def _why_closed(folder: Path) -> str | None:
    """Say why nothing can be written in a folder; None where it can, and where it can be made."""
    for each in (folder.absolute(), *folder.absolute().parents):
        try:
            if each.is_symlink() and not each.exists():
                return f"{each} is a link to {each.readlink()}, which is not there"
            if not each.exists():
                continue
        except OSError as error:
            return f"{each}: {error.strerror}"
        if not each.is_dir():
            return f"{each} is a file"
        may = os.access(each, os.W_OK | os.X_OK)
        return None if may else f"nothing may be written in {each.resolve()}"
    return None


def _followed(path: Path) -> Path:
    """The file that a link stands for; another path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _not_written(path: Path, reason: str) -> OutputError:
    return OutputError(f"{path} cannot be written ({reason}). Choose another place.")


def is_device(path: Path) -> bool:
    """Whether a path is a device or a pipe, as /dev/null: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def replacing(path: str | os.PathLike[str], *, durable: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; move it there when the block ends well, else remove it.

    Args:
        path: The file to appear. Missing folders above it are made, and a link is followed. Into
            a device or a pipe the content is written instead.
        durable: Bring it to the disk before it appears, and its name after that.

    Raises:
        OutputError: The file cannot be written there.
    """
    target = _followed(file_to_write(path))
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
        if durable:
            fsync_file(unfinished)
        unfinished.replace(target)
        if durable:
            fsync_folder(target.parent)
    except OSError as error:
        raise _not_written(target, str(error.strerror or error)) from error
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


def make_folder(path: Path, told: str = "") -> None:
    """Make a folder and those above it.

    Args:
        path: The folder.
        told: How the error begins, where the folder itself says nothing to who called.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{told or f'{path} cannot be made'} ({reason}).") from error


def fsync_file(file: Path) -> None:
    """Bring a file to the disk that another library may have written."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def fsync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's content, 64 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
