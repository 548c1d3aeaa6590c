"""The folder an index is to be written to: looked at before the work, and filled after it.

A new folder appears under its name in one step, with the finished index in it. A folder that is
there, as a mounted volume, or one in a folder that may not be written, keeps its place: the index
is made inside it, and the files are moved up, the catalogue last. A link is followed first.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from patentzoo.errors import OutputError
from patentzoo.index.storage import schema
from patentzoo.system.files import fsync_file, fsync_folder, why_no_path

_OURS = re.compile(
    r"catalogue\.sqlite(-wal|-shm|-journal)?|vectors-\d{8}-[0-9a-f]{16}\.seg"
    r"|[a-z]+-[0-9a-f]{16}\.faiss|\..*\.tmp"
)
BUILDING = ".building"
"""Where an index is made inside a folder that keeps its place."""
_VOLUME = {BUILDING, f"{BUILDING}.lock", "lost+found"}
"""What an empty folder of that kind may hold."""


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise OutputError unless an index may be written at ``path``.

    Args:
        path: The folder: new, empty, or with ``overwrite`` an index.
        overwrite: Whether an index that is there makes way.
    """
    check_is_ours(path)
    if path.is_dir() and holds_index(path) and not overwrite:
        raise OutputError(
            f"{path} holds an index{_count(path)}; nothing was changed. To add to it: "
            "load_index(path).add(drawings). To replace it: overwrite=True."
        )
    check_may_write(path)
    catalogue = path / schema.CATALOGUE
    if holds_index(path) and not os.access(catalogue, os.W_OK):
        raise _unwritable(path, f"{catalogue} is another user's, or read-only")


def check_is_ours(path: Path) -> None:
    """Raise OutputError where something stands that is no index, or nothing can stand."""
    wrong = why_no_path(path)
    if wrong:
        raise _unwritable(path, wrong)
    try:
        names = [entry.name for entry in path.iterdir()] if path.is_dir() else []
    except OSError as error:
        raise _unwritable(path, str(error.strerror)) from error
    names = [name for name in names if name not in _VOLUME]
    known = schema.CATALOGUE in names
    ours = all(_OURS.fullmatch(name) for name in names)
    if names and not known and not ours:
        raise OutputError(
            f"{path} holds files that are no index ({names[0]}, ...). Give a new folder's name."
        )
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file; an index is a folder. Give another name.")


def holds_index(path: Path) -> bool:
    """Whether a folder holds an index, a damaged one included."""
    return (path / schema.CATALOGUE).exists()


def check_may_write(path: Path) -> None:
    """Try to write where an index is to be made, since only trying tells on every file system.

    Raises:
        OutputError: Nothing can be written there, by its reason.
    """
    if path.is_symlink() and not path.exists():
        raise _unwritable(path, f"it is a link to {path.readlink()}, which is not there")
    above = real(path).absolute().parents
    folders = [] if keeps_place(path) else [next(each for each in above if each.exists())]
    for folder in [*folders, *([path] if path.is_dir() else [])]:
        if not folder.is_dir():
            raise _unwritable(path, f"{folder} is a file")
        try:
            with tempfile.TemporaryFile(dir=folder, prefix=".patentzoo-") as stream:
                stream.write(b"0")
        except OSError as error:
            raise _unwritable(path, f"{folder}: {error.strerror or error}") from error


def real(path: Path) -> Path:
    """Follow a link to the folder it stands for."""
    return path.resolve() if path.is_symlink() else path


def keeps_place(path: Path) -> bool:
    """Whether a folder stays where it is, so that an index is made inside it.

    So does an empty folder: whether it could be renamed is not known everywhere, as of a folder of
    the same disk that is mounted a second time.
    """
    path = real(path)
    if not path.is_dir():
        return False
    if path.is_mount() or not os.access(path.parent, os.W_OK | os.X_OK):
        return True
    begun = (path / BUILDING).is_dir()
    return begun or {each.name for each in path.iterdir()} <= _VOLUME


def workplace(path: Path) -> Path:
    """Name the folder in which an index for ``path`` is made: on its own file system."""
    path = real(path)
    return path / BUILDING if keeps_place(path) else path.with_name(f".{path.name}{BUILDING}")


def scratch_in(path: Path) -> tempfile.TemporaryDirectory[str]:
    """Make a folder on the file system of ``path``, for what is moved there afterwards."""
    path = real(path)
    if keeps_place(path):
        return tempfile.TemporaryDirectory(dir=path, prefix=".", suffix=".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-")


def move_into(new: Path, path: Path) -> None:
    """Put a finished index in its place.

    Args:
        new: Its folder, closed.
        path: Where to. What is left there of an older format, or of a damaged index, makes way;
            other files keep their place.
    """
    path = real(path)
    if new.parent != path and not path.exists():
        new.rename(path)
    elif (
        _holds_others(path)
        or new.parent.parent == path
        or new.parent == path
        or not _swap(new, path)
    ):
        _move_files(new, path)
    fsync_folder(path.parent)


def _holds_others(path: Path) -> bool:
    """Whether files that belong to no index lie in a folder, such as a user's notes."""
    return any(each.is_dir() or not _OURS.fullmatch(each.name) for each in path.iterdir())


def _swap(new: Path, path: Path) -> bool:
    """Put a folder in another's place by its name; False where that one cannot be renamed."""
    old = new.with_name(f"{new.name}.old")
    try:
        path.rename(old)
    except OSError:
        return False
    try:
        new.rename(path)
    except OSError:
        old.rename(path)
        raise
    remove_folder(old)
    return True


def _move_files(new: Path, path: Path) -> None:
    """Move an index's files into a folder.

    1. The catalogue that is there goes, and with it the index. 2. The files beside it go. 3. The
    new files come, as links to those in ``new``, or copies. 4. The catalogue makes an index of
    them. 5. ``new`` goes. After a crash before 4 the folder holds no index, and ``new`` is whole.
    """
    _fold(new / schema.CATALOGUE)
    for each in sorted(path.iterdir(), key=lambda entry: entry.name != schema.CATALOGUE):
        if each.is_file() and _OURS.fullmatch(each.name):
            each.unlink()
    ours = [each for each in new.iterdir() if each.suffix in {".seg", ".faiss", ".sqlite"}]
    for each in sorted(ours, key=lambda entry: entry.name == schema.CATALOGUE):
        _link(each, path / each.name)
    remove_folder(new)


def _link(file: Path, target: Path) -> None:
    """Give a file a second name, on whatever file system; it is there whole or not at all."""
    try:
        target.hardlink_to(file)
    except OSError:  # no links there, or another mount of the same disk
        unfinished = target.with_name(f".{target.name}.tmp")
        shutil.copyfile(file, unfinished)
        fsync_file(unfinished)
        unfinished.replace(target)
    fsync_folder(target.parent)


def remove_folder(path: Path) -> None:
    """Delete an index folder that nobody is to find again."""
    shutil.rmtree(path, ignore_errors=True)


def _fold(file: Path) -> None:
    """Bring what SQLite keeps beside a catalogue into it, so that it moves as one file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fsync_file(file)


def _count(path: Path) -> str:
    """How many drawings an index holds, as far as can be told without opening it."""
    wrong = (sqlite3.Error, KeyError, TypeError, ValueError)
    with suppress(*wrong), closing(schema.connect(path / schema.CATALOGUE, "rw")) as opened:
        return f" of {int(schema.read_meta(opened)['count']):,} drawings"
    return ""


def _unwritable(path: Path, reason: str) -> OutputError:
    return OutputError(f"{path}: the index cannot be written ({reason}). Choose another place.")
