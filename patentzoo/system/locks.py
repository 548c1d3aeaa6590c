"""One process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from patentzoo.errors import OutputError


@contextmanager
def exclusive_lock(file: Path, what: str) -> Iterator[None]:
    """Hold a lock file; the system lets go of it when the process ends, however it ends.

    Args:
        file: Made if missing, and removed at the end.
        what: What is being done, for the error.

    Raises:
        OutputError: Another process holds it, or it cannot be written.
    """
    try:
        import fcntl
    except ImportError:  # Windows: one builder is the user's care
        yield
        return
    try:
        stream = file.open("a")
    except OSError as error:
        raise OutputError(f"{what}: {file} cannot be written ({error.strerror}).") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(
                f"{what}: another process is at it. Wait for it, or give another path."
            ) from error
        try:
            yield
        finally:
            with suppress(OSError):
                file.unlink()
